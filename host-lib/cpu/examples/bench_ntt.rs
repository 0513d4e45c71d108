//! Transforms against arkworks in one run: `bench_ntt [log2 sizes, comma-separated] [rounds] [threads] [field]`.
//!
//! Runs alternate, and medians are compared: of the wall clock, and of the time that this process had
//! on CPUs, which a busy machine disturbs less. Short transforms are repeated within a run.

use std::time::Instant;

use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use vegalith_cpu::{Ntt, NttField, Transform};

/// Elements that a run transforms at least.
const ELEMENTS: usize = 1 << 20;

/// Seconds on CPUs of the threads of this process.
fn cpu_seconds() -> f64 {
    let Ok(threads) = std::fs::read_dir("/proc/self/task") else {
        return 0.0;
    };
    let nanoseconds = threads.flatten().filter_map(|thread| {
        let stat = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        stat.split(' ').next()?.parse::<f64>().ok()
    });
    nanoseconds.sum::<f64>() * 1e-9
}

/// Wall and CPU seconds of one of `count` runs.
fn timed(count: usize, mut f: impl FnMut()) -> [f64; 2] {
    let (wall, cpu) = (Instant::now(), cpu_seconds());
    for _ in 0..count {
        f();
    }
    [wall.elapsed().as_secs_f64(), cpu_seconds() - cpu].map(|s| s / count as f64)
}

fn median(mut times: Vec<[f64; 2]>) -> [f64; 2] {
    [0, 1].map(|k| {
        times.sort_by(|a, b| a[k].total_cmp(&b[k]));
        times[times.len() / 2][k]
    })
}

/// arkworks' domain of our convention.
fn domain<F: NttField>(n: usize) -> Radix2EvaluationDomain<F> {
    let mut domain = Radix2EvaluationDomain::new(n).expect("the field has one");
    domain.group_gen = F::from(F::DOMAIN_GENERATOR).pow((-F::ONE).into_bigint() >> n.ilog2());
    domain.group_gen_inv = domain.group_gen.inverse().expect("roots are not zero");
    domain
}

fn bench<F: NttField>(name: &str, sizes: &[u32], rounds: usize) {
    for &log_size in sizes {
        let n = 1usize << log_size;
        let repeats = (ELEMENTS / n).max(1);
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let input: Vec<F> = (0..n).map(|_| F::rand(&mut rng)).collect();
        let lanes = Ntt::<F>::new(log_size).expect("the field has such transforms");
        let portable = Ntt::<F>::portable(log_size).expect("the field has such transforms");
        let plain = domain::<F>(n);
        let shifted = plain
            .get_coset(F::from(F::DOMAIN_GENERATOR))
            .expect("the generator is not zero");
        for (what, inverse, coset) in [
            ("forward", false, false),
            ("inverse", true, false),
            ("coset", false, true),
            ("coset inverse", true, true),
        ] {
            let kind = Transform { inverse, coset };
            let mut values = [input.clone(), input.clone(), input.clone()];
            let domain = if coset { shifted } else { plain };
            let mut times = [const { Vec::new() }; 3];
            for round in 0..=rounds {
                let count = if round == 0 { 1 } else { repeats };
                let [ark, lane, port] = &mut values;
                let round_times = [
                    timed(count, || match inverse {
                        false => domain.fft_in_place(ark),
                        true => domain.ifft_in_place(ark),
                    }),
                    timed(count, || {
                        lanes.transform(lane, kind).expect("the length fits")
                    }),
                    timed(count, || {
                        portable.transform(port, kind).expect("the length fits")
                    }),
                ];
                assert!(values[0] == values[1] && values[0] == values[2], "{what}");
                // The first round makes tables.
                if round > 0 {
                    times
                        .iter_mut()
                        .zip(round_times)
                        .for_each(|(t, time)| t.push(time));
                }
            }
            let [ark, lanes, portable] = times.map(median);
            println!(
                "{name} 2^{log_size} {what:13} arkworks {:9.3} ms, lanes {:8.3} ms: {:5.2}x (cpu {:5.2}x), portable {:5.2}x (cpu {:5.2}x); {:.2} ns cpu an element",
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
        .unwrap_or("16,18,20".into())
        .split(',')
        .filter_map(|s| s.parse().ok())
        .collect();
    let rounds = argument(2).and_then(|s| s.parse().ok()).unwrap_or(5);
    let threads = argument(3).and_then(|s| s.parse().ok()).unwrap_or(1);
    let fields = argument(4).unwrap_or_default();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.expect("threads can be started").install(|| {
        println!("threads: {threads}");
        if "bn254".contains(&fields) {
            bench::<ark_bn254::Fr>("bn254", &sizes, rounds);
        }
        if "bls12-381".contains(&fields) {
            bench::<ark_bls12_381::Fr>("bls12-381", &sizes, rounds);
        }
        if "goldilocks".contains(&fields) {
            bench::<vegalith_cpu::Goldilocks>("goldilocks", &sizes, rounds);
        }
    });
}
