//! Forward NTT: arkworks, the CPU backend, other libraries and the simulated kernels.

use std::sync::Arc;

use criterion::Criterion;
use vegalith_benches::contenders::measure;
use vegalith_benches::contenders::ntt::{contenders, Field};
use vegalith_benches::random;

fn ntt<F: Field>(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group(format!("ntt/{}", F::NAME));
    for log_size in [10, 14, 18] {
        let input: Arc<Vec<F>> = Arc::new(random(1 << log_size));
        measure(&mut group, log_size, contenders(&input));
    }
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    ntt::<ark_bn254::Fr>(&mut criterion);
    ntt::<ark_bls12_381::Fr>(&mut criterion);
    ntt::<vegalith::Goldilocks>(&mut criterion);
    criterion.final_summary();
}
