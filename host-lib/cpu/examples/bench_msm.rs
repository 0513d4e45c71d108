//! MSM against arkworks in one run: `bench_msm [log2 sizes, comma-separated] [rounds] [threads]`.
//!
//! Runs alternate, and medians are compared: of the wall clock, and of the time that this process had
//! on CPUs, which a busy machine disturbs less.

use std::time::Instant;

use ark_ec::short_weierstrass::{Affine, Projective};
use ark_ec::{AdditiveGroup, CurveGroup, PrimeGroup, VariableBaseMSM};
use ark_ff::{Field, UniformRand};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use vegalith_cpu::{Curve, PreparedBases};

/// Seconds on CPUs of this process, threads that have ended included; in steps of 10 ms.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Fields 14 and 15 of proc(5), counted from behind the name's parenthesis.
    let fields = stat.rsplit(')').next().unwrap_or_default().split(' ');
    let ticks = fields
        .skip(12)
        .take(2)
        .filter_map(|f| f.parse::<f64>().ok());
    ticks.sum::<f64>() * 1e-2
}

fn timed<T>(f: impl FnOnce() -> T) -> (T, [f64; 2]) {
    let (wall, cpu) = (Instant::now(), cpu_seconds());
    let result = f();
    (result, [wall.elapsed().as_secs_f64(), cpu_seconds() - cpu])
}

fn median(mut times: Vec<[f64; 2]>) -> [f64; 2] {
    [0, 1].map(|k| {
        times.sort_by(|a, b| a[k].total_cmp(&b[k]));
        times[times.len() / 2][k]
    })
}

fn bench<C: Curve>(name: &str, sizes: &[u32], rounds: usize) {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let largest = 1usize << sizes.iter().max().expect("there are sizes");
    let step = Projective::<C>::generator() * C::ScalarField::rand(&mut rng);
    let mut point = Projective::<C>::generator();
    let points: Vec<Projective<C>> = (0..largest)
        .map(|_| {
            point += step;
            point
        })
        .collect();
    let points: Vec<Affine<C>> = Projective::normalize_batch(&points);
    let (prepared, preparing) = timed(|| PreparedBases::<C>::new(&points));
    let portable = PreparedBases::<C>::portable(&points);
    println!(
        "{name}: bases prepared at {:.0} ns each",
        preparing[1] / largest as f64 * 1e9
    );
    for &log_size in sizes {
        let n = 1usize << log_size;
        for kind in ["uniform", "witness"] {
            let scalars: Vec<C::ScalarField> = (0..n)
                .map(|_| match (kind, rng.gen_range(0..10)) {
                    ("uniform", _) | (_, 9) => C::ScalarField::rand(&mut rng),
                    (_, 0..=4) => C::ScalarField::ZERO,
                    (_, 5..=7) => C::ScalarField::ONE,
                    _ => C::ScalarField::from(rng.gen::<u32>()),
                })
                .collect();
            let mut times = [const { Vec::new() }; 3];
            for _ in 0..rounds {
                let (expected, time) =
                    timed(|| Projective::<C>::msm_unchecked(&points[..n], &scalars));
                times[0].push(time);
                let (sum, time) = timed(|| prepared.msm(&scalars));
                times[1].push(time);
                assert_eq!(sum, expected);
                let (sum, time) = timed(|| portable.msm(&scalars));
                times[2].push(time);
                assert_eq!(sum, expected);
            }
            let [ark, lanes, portable] = times.map(median);
            println!(
                "{name} 2^{log_size} {kind:8} arkworks {:8.1} ms, lanes {:7.1} ms: {:5.2}x (cpu {:5.2}x), portable {:5.2}x (cpu {:5.2}x); {:.0} ns cpu a scalar",
                ark[0] * 1e3,
                lanes[0] * 1e3,
                ark[0] / lanes[0],
                ark[1] / lanes[1],
                ark[0] / portable[0],
                ark[1] / portable[1],
                lanes[1] / n as f64 * 1e9,
            );
        }
    }
}

fn main() {
    let argument = |k: usize| std::env::args().nth(k);
    let sizes: Vec<u32> = argument(1)
        .unwrap_or("16,18".into())
        .split(',')
        .filter_map(|s| s.parse().ok())
        .collect();
    let rounds = argument(2).and_then(|s| s.parse().ok()).unwrap_or(5);
    let threads = argument(3).and_then(|s| s.parse().ok()).unwrap_or(1);
    let curves = argument(4).unwrap_or_default();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.expect("threads can be started").install(|| {
        let g2 = |sizes: &[u32]| sizes.iter().map(|s| s - 2).collect::<Vec<_>>();
        println!("threads: {threads}");
        if "bn254-g1".contains(&curves) {
            bench::<ark_bn254::g1::Config>("bn254-g1", &sizes, rounds);
        }
        if "bn254-g2".contains(&curves) {
            bench::<ark_bn254::g2::Config>("bn254-g2", &g2(&sizes), rounds);
        }
        if "bls12-381-g1".contains(&curves) {
            bench::<ark_bls12_381::g1::Config>("bls12-381-g1", &sizes, rounds);
        }
        if "bls12-381-g2".contains(&curves) {
            bench::<ark_bls12_381::g2::Config>("bls12-381-g2", &g2(&sizes), rounds);
        }
    });
}
