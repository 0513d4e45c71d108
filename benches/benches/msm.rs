//! MSM in G1: arkworks, the CPU backend, other libraries and the simulated kernels.

use std::sync::Arc;

use ark_ec::short_weierstrass::Projective;
use criterion::Criterion;
use vegalith_benches::contenders::measure;
use vegalith_benches::contenders::msm::{contenders, Curve, Task};
use vegalith_benches::{points, random};

fn msm<C: Curve>(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group(format!("msm/{}", C::NAME));
    for log_size in [8, 12, 16] {
        let task = Task::<C> {
            bases: Arc::new(points::<Projective<C>>(1 << log_size)),
            scalars: Arc::new(random(1 << log_size)),
        };
        measure(&mut group, log_size, contenders(&task));
    }
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    msm::<ark_bn254::g1::Config>(&mut criterion);
    msm::<ark_bls12_381::g1::Config>(&mut criterion);
    criterion.final_summary();
}
