//! Sums of scalar · base.

use std::sync::Arc;

use super::{deadline, Answer, Contender};
use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_ec::{CurveGroup, VariableBaseMSM};
use ark_serialize::CanonicalSerialize;
use vegalith::{Backend, Bases, BasesOptions, CpuBackend, Job, Output, Point, Scalars};
use vegalith_cpu::PreparedBases;

/// Points and scalars of a task.
pub struct Task<C: SWCurveConfig> {
    /// As many as there are scalars.
    pub bases: Arc<Vec<Affine<C>>>,
    /// What they are multiplied with.
    pub scalars: Arc<Vec<C::ScalarField>>,
}

/// A curve whose tasks the backend takes.
pub trait Curve: vegalith_cpu::Curve {
    /// Curve and group.
    const NAME: &'static str;
    /// Points as a backend takes them.
    fn bases(points: Arc<Vec<Affine<Self>>>) -> Bases;
    /// Scalars as a backend takes them.
    fn scalars(scalars: Arc<Vec<Self::ScalarField>>) -> Scalars;
    /// What a backend gives, if it is of this curve and group.
    fn point(point: Point) -> Option<Affine<Self>>;
    /// Other libraries that know it.
    fn peers(_task: &Task<Self>) -> Vec<Contender<'_>> {
        Vec::new()
    }
}

macro_rules! curve {
    ($name:literal, $config:ty, $bases:ident, $scalars:ident $(, $peers:path)?) => {
        impl Curve for $config {
            const NAME: &'static str = $name;
            fn bases(points: Arc<Vec<Affine<Self>>>) -> Bases {
                Bases::$bases(points)
            }
            fn scalars(scalars: Arc<Vec<Self::ScalarField>>) -> Scalars {
                Scalars::$scalars(scalars)
            }
            fn point(point: Point) -> Option<Affine<Self>> {
                match point {
                    Point::$bases(point) => Some(point),
                    _ => None,
                }
            }
            $(
                #[cfg(feature = "peers")]
                fn peers(task: &Task<Self>) -> Vec<Contender<'_>> {
                    $peers(task)
                }
            )?
        }
    };
}
curve!(
    "bn254 G1",
    ark_bn254::g1::Config,
    Bn254G1,
    Bn254,
    super::peers::bn254_g1
);
curve!(
    "bn254 G2",
    ark_bn254::g2::Config,
    Bn254G2,
    Bn254,
    super::peers::bn254_g2
);
curve!(
    "bls12-381 G1",
    ark_bls12_381::g1::Config,
    Bls12_381G1,
    Bls12_381,
    super::peers::bls12_381_g1
);
curve!(
    "bls12-381 G2",
    ark_bls12_381::g2::Config,
    Bls12_381G2,
    Bls12_381,
    super::peers::bls12_381_g2
);

/// Times the memory of bases.
const TABLES: u32 = 4;
/// Up to so many bases, multiples of them are made in seconds, and fit any machine.
const TABLES_FOR: usize = 1 << 18;

/// Everyone who does the task: arkworks first.
pub fn contenders<C: Curve>(task: &Task<C>) -> Vec<Contender<'_>> {
    let portable = PreparedBases::<C>::portable(&task.bases);
    let mut all = vec![
        Contender {
            name: "arkworks",
            run: Box::new(|| sum(Projective::<C>::msm_unchecked(&task.bases, &task.scalars))),
        },
        on_backend("vegalith", CpuBackend::new(), task),
        Contender {
            name: "vegalith without IFMA",
            run: Box::new(move || sum(portable.msm(&task.scalars))),
        },
    ];
    if task.bases.len() <= TABLES_FOR {
        let tables = PreparedBases::<C>::with_tables(&task.bases, TABLES);
        all.push(Contender {
            name: "vegalith with tables",
            run: Box::new(move || sum(tables.msm(&task.scalars))),
        });
    }
    all.extend(C::peers(task));
    #[cfg(feature = "sim")]
    if let Some(simulator) = super::simulator(task.scalars.len()) {
        let bases = C::bases(task.bases.clone());
        let offered = simulator
            .info()
            .max_msm_points(bases.curve(), bases.group());
        if offered.is_some() {
            all.push(on_backend("simulation", simulator, task));
        }
    }
    all
}

fn on_backend<'a, C: Curve>(
    name: &'static str,
    backend: impl Backend + 'a,
    task: &'a Task<C>,
) -> Contender<'a> {
    let options = BasesOptions { trusted: true };
    let id = backend
        .load_bases(&C::bases(task.bases.clone()), options)
        .expect("bases load");
    Contender {
        name,
        run: Box::new(move || {
            let job = Job::Msm {
                bases: id,
                scalars: C::scalars(task.scalars.clone()),
            };
            let outcome = backend.run(job, deadline()).expect("the job is done");
            let Output::Point(point) = outcome.output else {
                unreachable!("an MSM gives a point");
            };
            sum::<C>(C::point(point).expect("a point of its curve").into())
        }),
    }
}

/// A sum as an answer.
pub fn sum<C: SWCurveConfig>(sum: Projective<C>) -> Answer {
    Box::new(move || {
        let mut bytes = Vec::new();
        sum.into_affine()
            .serialize_uncompressed(&mut bytes)
            .expect("a vector takes all bytes");
        bytes
    })
}
