//! Sums of vegalith-cpu, in lanes and portable, against arkworks': few points with many coincidences, and
//! scalars at the edges of digits and halves.

#![no_main]

use arbitrary::Arbitrary;
use ark_ec::short_weierstrass::{Affine, Projective};
use ark_ec::{CurveGroup, PrimeGroup, VariableBaseMSM};
use ark_ff::PrimeField;
use libfuzzer_sys::fuzz_target;
use vegalith_cpu::{Curve, PreparedBases};

#[derive(Arbitrary, Debug)]
struct Job {
    group: Group,
    terms: Vec<Term>,
    /// So often one after another.
    repeated: u8,
}

#[derive(Arbitrary, Debug)]
enum Group {
    Bn254G1,
    Bn254G2,
    Bls12_381G1,
    Bls12_381G2,
}

#[derive(Arbitrary, Debug)]
struct Term {
    /// Times the generator; zero is infinity.
    point: i8,
    scalar: Scalar,
}

#[derive(Arbitrary, Debug)]
enum Scalar {
    Small(i8),
    /// ±2^bit plus a little.
    Power {
        bit: u8,
        negative: bool,
        more: i8,
    },
    /// Any, reduced.
    Bytes([u8; 32]),
}

impl Scalar {
    fn value<F: PrimeField>(&self) -> F {
        let small = |n: i8| match n {
            0.. => F::from(n.unsigned_abs()),
            _ => -F::from(n.unsigned_abs()),
        };
        match self {
            Scalar::Small(n) => small(*n),
            Scalar::Power {
                bit,
                negative,
                more,
            } => {
                let power = F::from(2u64).pow([u64::from(*bit)]);
                small(*more) + if *negative { -power } else { power }
            }
            Scalar::Bytes(bytes) => F::from_le_bytes_mod_order(bytes),
        }
    }
}

fn check<C: Curve>(job: &Job) {
    let generator = Projective::<C>::generator();
    let once = job.terms.iter().take(400).map(|term| {
        let point = generator * Scalar::Small(term.point).value::<C::ScalarField>();
        (point.into_affine(), term.scalar.value::<C::ScalarField>())
    });
    let (points, scalars): (Vec<Affine<C>>, Vec<C::ScalarField>) = once.unzip();
    let times = usize::from(job.repeated % 16) + 1;
    let (points, scalars) = (points.repeat(times), scalars.repeat(times));
    let expected = Projective::<C>::msm_unchecked(&points, &scalars);
    assert_eq!(PreparedBases::new(&points).msm(&scalars), expected);
    assert_eq!(PreparedBases::portable(&points).msm(&scalars), expected);
    let tables = PreparedBases::with_tables(&points, u32::from(job.repeated / 16));
    assert_eq!(tables.msms(&[&scalars, &[]]), [expected, Projective::default()]);
}

fuzz_target!(|job: Job| match job.group {
    Group::Bn254G1 => check::<ark_bn254::g1::Config>(&job),
    Group::Bn254G2 => check::<ark_bn254::g2::Config>(&job),
    Group::Bls12_381G1 => check::<ark_bls12_381::g1::Config>(&job),
    Group::Bls12_381G2 => check::<ark_bls12_381::g2::Config>(&job),
});
