//! MSM in G1: arkworks, the CPU backend, other libraries and the simulated kernels.

use std::sync::Arc;

use ark_ec::short_weierstrass::Projective;
use criterion::{BenchmarkId, Criterion, Throughput};
use vegalith_benches::contenders::msm::{contenders, Curve, Task};
use vegalith_benches::{points, random};

const LOG_SIZES: [u32; 3] = [8, 12, 16];

fn msm<C: Curve>(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group(format!("msm/{}", C::NAME));
    group.sample_size(10);
    for log_size in LOG_SIZES {
        let n = 1 << log_size;
        let task = Task::<C> {
            bases: Arc::new(points::<Projective<C>>(n)),
            scalars: Arc::new(random(n)),
        };
        group.throughput(Throughput::Elements(n as u64));
        for mut contender in contenders(&task) {
            let id = BenchmarkId::new(contender.name, log_size);
            group.bench_function(id, |bencher| bencher.iter(&mut contender.run));
        }
        #[cfg(feature = "sim")]
        if log_size <= vegalith_benches::MAX_LOG_SIZE {
            use vegalith::{Backend, BasesOptions, Job};
            let simulator = vegalith_benches::simulator();
            let id = simulator
                .load_bases(&C::bases(task.bases), BasesOptions { trusted: true })
                .expect("bases load");
            group.bench_function(BenchmarkId::new("simulation", log_size), |bencher| {
                bencher.iter(|| {
                    let job = Job::Msm {
                        bases: id,
                        scalars: C::scalars(task.scalars.clone()),
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
    msm::<ark_bn254::g1::Config>(&mut criterion);
    msm::<ark_bls12_381::g1::Config>(&mut criterion);
    criterion.final_summary();
}
