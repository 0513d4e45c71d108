//! The CPU backend through its public interface: refusals are typed and name what is wrong.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{One, UniformRand};
use vegalith::{
    Backend, Bases, BasesId, BasesOptions, CpuBackend, Elements, Error, Goldilocks, Health, Job,
    NttOptions, Output, Point, Scalars, Ticket,
};

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

fn bases(n: usize) -> Bases {
    Bases::Bn254G1(Arc::new(vec![ark_bn254::G1Affine::generator(); n]))
}

fn scalars(n: usize) -> Scalars {
    Scalars::Bn254(Arc::new(vec![ark_bn254::Fr::one(); n]))
}

#[test]
fn fewer_scalars_than_bases_use_the_first_bases() {
    let cpu = CpuBackend::new();
    let g = ark_bn254::G1Affine::generator();
    let two = (g + g).into_affine();
    let bases = Bases::Bn254G1(Arc::new(vec![g, two, two]));
    let id = cpu.load_bases(&bases, BasesOptions::default()).unwrap();
    assert_eq!(
        cpu.load_bases(&bases, BasesOptions { trusted: true }),
        Ok(id)
    );
    let job = Job::Msm {
        bases: id,
        scalars: scalars(2),
    };
    let outcome = cpu.run(job, soon()).unwrap();
    assert_eq!(
        outcome.output,
        Output::Point(Point::Bn254G1((g + two).into_affine()))
    );
    assert_eq!((outcome.device, outcome.fallback), (None, None));
    assert_eq!(cpu.health(), Health::Ready);
}

#[test]
fn tables_change_no_result() {
    let mut rng = ark_std::test_rng();
    let scalars: Vec<_> = (0..100).map(|_| ark_bn254::Fr::rand(&mut rng)).collect();
    let job = |bases| Job::Msm {
        bases,
        scalars: Scalars::Bn254(Arc::new(scalars.clone())),
    };
    let outputs = [1, 4].map(|tables| {
        let cpu = CpuBackend::with_tables(tables);
        let id = cpu
            .load_bases(&bases(100), BasesOptions::default())
            .unwrap();
        cpu.run(job(id), soon()).unwrap().output
    });
    let sum = ark_bn254::G1Affine::generator() * scalars.iter().sum::<ark_bn254::Fr>();
    assert_eq!(
        outputs,
        [(); 2].map(|()| Output::Point(Point::Bn254G1(sum.into_affine())))
    );
}

#[test]
fn msm_refusals() {
    let cpu = CpuBackend::new();
    assert!(matches!(
        cpu.load_bases(&bases(0), BasesOptions::default()),
        Err(Error::InvalidInput(_))
    ));
    let unknown = Job::Msm {
        bases: BasesId([7; 32]),
        scalars: scalars(1),
    };
    assert!(matches!(
        cpu.submit(unknown, soon()),
        Err(Error::Unknown { kind: "bases", .. })
    ));
    let id = cpu.load_bases(&bases(3), BasesOptions::default()).unwrap();
    let refused = |scalars, words: &str| match cpu.submit(Job::Msm { bases: id, scalars }, soon()) {
        Err(Error::InvalidInput(message)) => assert!(message.contains(words), "{message}"),
        other => panic!("{other:?}"),
    };
    refused(scalars(0), "none");
    refused(scalars(4), "4 scalars for 3 bases");
    refused(
        Scalars::Bls12_381(Arc::new(vec![ark_bls12_381::Fr::one()])),
        "scalars are of bls12-381, bases of bn254",
    );
}

#[test]
fn ntt_refusals() {
    let cpu = CpuBackend::new();
    for n in [0, 3, 6] {
        let job = Job::Ntt {
            input: Elements::Goldilocks(Arc::new(vec![Goldilocks::one(); n])),
            options: NttOptions::default(),
        };
        assert!(
            matches!(cpu.submit(job, soon()), Err(Error::InvalidInput(_))),
            "{n}"
        );
    }
}

#[test]
fn unknown_and_cancelled_tickets() {
    let cpu = CpuBackend::new();
    assert!(matches!(
        cpu.wait(Ticket(99)),
        Err(Error::Unknown { kind: "ticket", .. })
    ));
    let job = Job::Ntt {
        input: Elements::Goldilocks(Arc::new(vec![Goldilocks::one(); 4])),
        options: NttOptions::default(),
    };
    let ticket = cpu.submit(job, soon()).unwrap();
    cpu.cancel(ticket);
    assert!(matches!(
        cpu.wait(ticket),
        Err(Error::Unknown { kind: "ticket", .. })
    ));
}
