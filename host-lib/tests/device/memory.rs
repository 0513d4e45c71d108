//! Device memory in pieces: whatever size is offered runs, wherever earlier bases left holes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ark_bn254::{Fr, G1Projective};
use ark_ec::CurveGroup;
use ark_ff::UniformRand;
use rand::SeedableRng;
use vegalith::{
    Backend, Bases, BasesId, BasesOptions, CpuBackend, Curve, DeviceBackend, Group, Job, Output,
    Scalars,
};

use crate::fake::Fake;

const PAGE: usize = 4096;
/// Points that fill a page.
const POINTS_PER_PAGE: usize = PAGE / 64;

struct Case {
    bases: Bases,
    scalars: Scalars,
    expected: Output,
}

impl Case {
    fn new(num_points: usize, seed: u64) -> Self {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
        let step = G1Projective::rand(&mut rng);
        let mut point = G1Projective::rand(&mut rng);
        let points: Vec<G1Projective> = (0..num_points)
            .map(|_| {
                point += step;
                point
            })
            .collect();
        let scalars = (0..num_points).map(|_| Fr::rand(&mut rng)).collect();
        let bases = Bases::Bn254G1(Arc::new(G1Projective::normalize_batch(&points)));
        let scalars = Scalars::Bn254(Arc::new(scalars));
        let cpu = CpuBackend::new();
        let id = load(&cpu, &bases);
        let expected = run(&cpu, id, &scalars).unwrap();
        Case {
            bases,
            scalars,
            expected,
        }
    }

    #[track_caller]
    fn succeeds_on(&self, device: &DeviceBackend, what: &str) {
        let id = load(device, &self.bases);
        let output = run(device, id, &self.scalars).unwrap_or_else(|e| panic!("{what}: {e}"));
        assert_eq!(output, self.expected, "{what}");
    }
}

fn load(backend: &dyn Backend, bases: &Bases) -> BasesId {
    let options = BasesOptions { trusted: true };
    backend.load_bases(bases, options).unwrap()
}

fn run(backend: &dyn Backend, bases: BasesId, scalars: &Scalars) -> vegalith::Result<Output> {
    let job = Job::Msm {
        bases,
        scalars: scalars.clone(),
    };
    let ticket = backend.submit(job, Instant::now() + Duration::from_secs(60))?;
    backend.wait(ticket).map(|outcome| outcome.output)
}

/// 28 pages: bases of 6 pages, bases of 16 behind them, 6 free. An MSM over the second set wants 8
/// pages of scalars and one of sums in addition; without the first set there are holes of 6 and 6.
#[test]
fn bases_move_when_only_holes_are_left() {
    let device = Fake::msm(28 * PAGE).open();
    let offered = device.info().max_msm_points(Curve::Bn254, Group::G1);
    assert!(offered >= Some(16 * POINTS_PER_PAGE), "{offered:?}");
    let first = Case::new(6 * POINTS_PER_PAGE, 1);
    let second = Case::new(16 * POINTS_PER_PAGE, 2);
    load(&device, &first.bases);
    load(&device, &second.bases);
    second.succeeds_on(&device, "between holes");
    second.succeeds_on(&device, "once more");
    first.succeeds_on(&device, "the set that gave way");
    second.succeeds_on(&device, "and back");
}

/// Sets of every size up to the largest, one after the other in a memory that each of them leaves
/// in another shape.
#[test]
fn every_size_offered_runs_in_any_order() {
    let device = Fake::msm(28 * PAGE).open();
    let offered = device.info().max_msm_points(Curve::Bn254, Group::G1);
    let largest = offered.unwrap();
    let cases: Vec<Case> = [100, 384, 512, 700, 1024, largest - 1, largest]
        .into_iter()
        .zip(3..)
        .map(|(num_points, seed)| Case::new(num_points, seed))
        .collect();
    for (i, before) in cases.iter().enumerate() {
        for (j, case) in cases.iter().enumerate() {
            load(&device, &before.bases);
            case.succeeds_on(&device, &format!("set {j} behind set {i}"));
        }
    }
}
