//! MSM: every backend and plain arkworks on equal operands.

use std::sync::Arc;

use ark_ec::VariableBaseMSM;
use criterion::{BenchmarkId, Criterion, Throughput};
use vegalith::{Bases, BasesOptions, Job, Scalars};
use vegalith_benches::{
    backends, bls12_381_points, bls12_381_scalars, bn254_points, bn254_scalars, deadline,
};

const LOG_SIZES: [u32; 3] = [8, 12, 16];

fn on_backends(c: &mut Criterion, name: &str, operands: impl Fn(usize) -> (Bases, Scalars)) {
    let mut group = c.benchmark_group(format!("msm/{name}"));
    group.sample_size(10);
    for log_size in LOG_SIZES {
        let (bases, scalars) = operands(1 << log_size);
        group.throughput(Throughput::Elements(1 << log_size));
        for (backend, max_log_size) in backends() {
            let info = backend.info();
            if log_size > max_log_size
                || info.max_msm_points(bases.curve(), bases.group()).is_none()
            {
                continue;
            }
            let id = backend
                .load_bases(&bases, BasesOptions { trusted: true })
                .expect("bases load");
            group.bench_function(BenchmarkId::new(&info.name, log_size), |bencher| {
                bencher.iter(|| {
                    let job = Job::Msm {
                        bases: id,
                        scalars: scalars.clone(),
                    };
                    backend.run(job, deadline()).expect("the job is done")
                });
            });
        }
    }
}

fn arkworks(c: &mut Criterion) {
    let mut group = c.benchmark_group("msm/bn254-g1");
    group.sample_size(10);
    for log_size in LOG_SIZES {
        let (points, scalars) = (bn254_points(1 << log_size), bn254_scalars(1 << log_size));
        group.throughput(Throughput::Elements(1 << log_size));
        group.bench_function(BenchmarkId::new("arkworks", log_size), |bencher| {
            bencher.iter(|| ark_bn254::G1Projective::msm_unchecked(&points, &scalars));
        });
    }
}

fn msm(c: &mut Criterion) {
    on_backends(c, "bn254-g1", |n| {
        let (points, scalars) = (bn254_points(n), bn254_scalars(n));
        (
            Bases::Bn254G1(Arc::new(points)),
            Scalars::Bn254(Arc::new(scalars)),
        )
    });
    on_backends(c, "bls12-381-g1", |n| {
        let (points, scalars) = (bls12_381_points(n), bls12_381_scalars(n));
        (
            Bases::Bls12_381G1(Arc::new(points)),
            Scalars::Bls12_381(Arc::new(scalars)),
        )
    });
    arkworks(c);
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    msm(&mut criterion);
    criterion.final_summary();
}
