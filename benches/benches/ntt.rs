//! NTT: every backend and plain arkworks on equal operands.

use std::sync::Arc;

use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};
use vegalith::{Elements, Job, NttOptions};
use vegalith_benches::{backends, bn254_scalars, deadline, goldilocks};

const LOG_SIZES: [u32; 3] = [10, 14, 18];

fn on_backends(c: &mut Criterion, operands: impl Fn(usize) -> Elements) {
    let mut group = c.benchmark_group(format!("ntt/{}", operands(1).field()));
    group.sample_size(10);
    for log_size in LOG_SIZES {
        let input = operands(1 << log_size);
        group.throughput(Throughput::Elements(1 << log_size));
        for (backend, max_log_size) in backends() {
            let info = backend.info();
            if log_size > max_log_size || info.max_ntt_log_size(input.field()).is_none() {
                continue;
            }
            group.bench_function(BenchmarkId::new(&info.name, log_size), |bencher| {
                bencher.iter(|| {
                    let job = Job::Ntt {
                        input: input.clone(),
                        options: NttOptions::default(),
                    };
                    backend.run(job, deadline()).expect("the job is done")
                });
            });
        }
    }
}

fn arkworks(c: &mut Criterion) {
    let mut group = c.benchmark_group("ntt/bn254-fr");
    group.sample_size(10);
    for log_size in LOG_SIZES {
        let input = bn254_scalars(1 << log_size);
        let domain = Radix2EvaluationDomain::<ark_bn254::Fr>::new(1 << log_size).expect("a domain");
        group.throughput(Throughput::Elements(1 << log_size));
        group.bench_function(BenchmarkId::new("arkworks", log_size), |bencher| {
            bencher.iter_batched_ref(
                || input.clone(),
                |values| domain.fft_in_place(values),
                BatchSize::LargeInput,
            );
        });
    }
}

fn ntt(c: &mut Criterion) {
    on_backends(c, |n| Elements::Bn254Fr(Arc::new(bn254_scalars(n))));
    on_backends(c, |n| Elements::Goldilocks(Arc::new(goldilocks(n))));
    arkworks(c);
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    ntt(&mut criterion);
    criterion.final_summary();
}
