//! Device memory: capacity, bases that give way to others, jobs larger than the kernel's own limit.

use vegalith::driver::Expectation;
use vegalith::simulator::Options;
use vegalith::{Backend, Curve, DeviceBackend, Error, Group};
use vegalith_abi::registers;

use crate::altered::Altered;
use crate::support::{on_every_curve, points, random_scalars, rng, Bn254, Case, Engine, TRUSTED};

on_every_curve!(large_jobs_run_in_parts);

fn with_memory<C: Engine>(memory_bytes: u64) -> DeviceBackend {
    C::open(Options {
        memory_bytes,
        ..Options::default()
    })
}

#[test]
fn capacity_is_stated_and_held() {
    let device = with_memory::<Bn254>(192 << 10);
    let info = device.info();
    assert_eq!(info.memory_bytes, Some(192 << 10));
    let limit = info.max_msm_points(Curve::Bn254, Group::G1).unwrap();
    // 13 pages of sums, 2 that may be part empty; a point takes 64 bytes and a scalar 32.
    assert_eq!(limit, ((192 << 10) - 15 * 4096) / 96);
    let mut rng = rng(40);
    let mut set = points::<Bn254>(limit + 1, &mut rng);
    let too_many = device.load_bases(&Bn254::bases(set.clone()), TRUSTED);
    assert_eq!(
        too_many,
        Err(Error::Unsupported {
            backend: "sim:msm-bn254-demo".into(),
            what: format!(
                "{} bases; at most {limit} fit the device's memory",
                limit + 1
            ),
        })
    );
    set.pop();
    let scalars = random_scalars::<Bn254>(limit, &mut rng);
    Case::new::<Bn254>(set, scalars).succeeds_on(&device, "a full memory");
}

#[test]
fn bases_give_way_and_come_back() {
    // Room for two of the three sets beside scalars and sums.
    let device = with_memory::<Bn254>(160 << 10);
    let cases: Vec<Case> = (0..3).map(|i| Case::random::<Bn254>(600, 41 + i)).collect();
    for round in 0..3 {
        for (i, case) in cases.iter().enumerate() {
            case.succeeds_on(&device, &format!("round {round}, set {i}"));
        }
    }
}

#[test]
fn a_memory_too_small_for_any_job_says_so() {
    let device = with_memory::<Bn254>(4096);
    let error = Case::random::<Bn254>(1, 44).run(&device).unwrap_err();
    assert!(matches!(error, Error::Unsupported { .. }), "{error}");
}

/// What the altered kernel says it takes at most.
const SMALL: usize = 256;

fn large_jobs_run_in_parts<C: Engine>() {
    let small = Altered::open::<C>(registers::CAP_LOG_MAX_SIZE, |_| SMALL.ilog2());
    let device = small.backend(Expectation::default()).unwrap();
    let part = Case::random::<C>(SMALL, 45).succeeds_on(&device, "one part");
    for (n, parts) in [(257, 2), (512, 2), (1000, 4)] {
        let what = format!("{n} points");
        let whole = Case::random::<C>(n, 46).succeeds_on(&device, &what);
        assert_eq!(whole.bytes_written, parts * part.bytes_written, "{what}");
    }
}
