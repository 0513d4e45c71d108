//! Forward NTT: arkworks, the CPU backend, other libraries and the simulated kernels.

use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, Throughput};
use vegalith_benches::contenders::ntt::{contenders, Field};
use vegalith_benches::random;

const LOG_SIZES: [u32; 3] = [10, 14, 18];

fn ntt<F: Field>(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group(format!("ntt/{}", F::NAME));
    group.sample_size(10);
    for log_size in LOG_SIZES {
        let input: Arc<Vec<F>> = Arc::new(random(1 << log_size));
        group.throughput(Throughput::Elements(1 << log_size));
        for mut contender in contenders(&input) {
            let id = BenchmarkId::new(contender.name, log_size);
            group.bench_function(id, |bencher| bencher.iter(&mut contender.run));
        }
        #[cfg(feature = "sim")]
        if log_size <= vegalith_benches::MAX_LOG_SIZE {
            use vegalith::{Backend, Job, NttOptions};
            let simulator = vegalith_benches::simulator();
            if simulator
                .info()
                .max_ntt_log_size(F::elements(input.clone()).field())
                .is_none()
            {
                continue;
            }
            group.bench_function(BenchmarkId::new("simulation", log_size), |bencher| {
                bencher.iter(|| {
                    let job = Job::Ntt {
                        input: F::elements(input.clone()),
                        options: NttOptions::default(),
                    };
                    simulator
                        .run(job, vegalith_benches::deadline())
                        .expect("the job is done")
                });
            });
        }
    }
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    ntt::<ark_bn254::Fr>(&mut criterion);
    ntt::<ark_bls12_381::Fr>(&mut criterion);
    ntt::<vegalith::Goldilocks>(&mut criterion);
    criterion.final_summary();
}
