//! Transforms against arkworks: every kind, every size, edges and random values, every path.

use super::*;
use crate::lanes::Twin;
use ark_ff::{AdditiveGroup, Field, PrimeField};
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const KINDS: [Transform; 4] = [
    Transform {
        inverse: false,
        coset: false,
    },
    Transform {
        inverse: true,
        coset: false,
    },
    Transform {
        inverse: false,
        coset: true,
    },
    Transform {
        inverse: true,
        coset: true,
    },
];

/// arkworks' transform over the domain of our convention.
fn expected<F: NttField>(values: &[F], kind: Transform) -> Vec<F> {
    let log_size = values.len().trailing_zeros();
    let g = F::from(F::DOMAIN_GENERATOR);
    let mut domain = Radix2EvaluationDomain::<F>::new(values.len()).unwrap();
    domain.group_gen = g.pow((-F::ONE).into_bigint() >> log_size);
    domain.group_gen_inv = domain.group_gen.inverse().unwrap();
    if kind.coset {
        domain = domain.get_coset(g).unwrap();
    }
    let mut values = values.to_vec();
    if kind.inverse {
        domain.ifft_in_place(&mut values);
    } else {
        domain.fft_in_place(&mut values);
    }
    values
}

/// Random values with stretches of zeros, of ones and of −1, whose Montgomery form is any pattern, and of what
/// arkworks holds as p − 1.
fn values<F: PrimeField>(n: usize, rng: &mut ChaCha8Rng) -> Vec<F> {
    let r = F::from(2u64).pow([F::MODULUS.as_ref().len() as u64 * 64]);
    let edges = [F::ZERO, F::ONE, -F::ONE, -r.inverse().unwrap()];
    let (mut kind, mut left) = (0, 0);
    (0..n)
        .map(|_| {
            if left == 0 {
                (kind, left) = (rng.gen_range(0..8), rng.gen_range(1..20));
            }
            left -= 1;
            edges.get(kind).copied().unwrap_or_else(|| F::rand(rng))
        })
        .collect()
}

fn agrees<L: NttLanes<Element: NttField>>(f: L, log_sizes: impl Iterator<Item = u32>) {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    for log_size in log_sizes {
        let mut plan = Plan::new(f, log_size);
        // With factors and memory kept and made anew, each at even and odd sizes.
        plan.keeps = log_size % 4 < 2;
        let mut input = values::<L::Element>(1 << log_size, &mut rng);
        if log_size % 2 == 1 {
            // The largest numbers everywhere.
            let n = input.len() / 2;
            let r = L::Element::from(2u64).pow([L::Element::MODULUS.as_ref().len() as u64 * 64]);
            input[n..].fill(-r.inverse().unwrap());
        }
        for kind in KINDS {
            let mut found = input.clone();
            plan.transform(&mut found, kind);
            assert!(found == expected(&input, kind), "2^{log_size}, {kind:?}");
        }
    }
}

fn all_paths<F: NttField>() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    for log_size in 0..MIN_LOG_SIZE {
        let ntt = Ntt::new(log_size).unwrap();
        for kind in KINDS {
            let input = values::<F>(ntt.size(), &mut rng);
            let mut found = input.clone();
            ntt.transform(&mut found, kind).unwrap();
            assert!(found == expected(&input, kind), "2^{log_size}, {kind:?}");
        }
    }
    agrees(PortableNtt::<F>::new(), 6..=14);
    #[cfg(target_arch = "x86_64")]
    if let Some(s) = Avx512::detect() {
        agrees(F::ntt_lanes(s), (6..=14).chain([16, 17]));
    }
}

#[test]
fn bn254_agrees_with_arkworks() {
    all_paths::<ark_bn254::Fr>();
}

#[test]
fn bls12_381_agrees_with_arkworks() {
    all_paths::<ark_bls12_381::Fr>();
}

#[test]
fn bls12_377_agrees_with_arkworks() {
    all_paths::<ark_bls12_377::Fr>();
}

#[test]
fn goldilocks_agrees_with_arkworks() {
    all_paths::<crate::Goldilocks>();
}

/// Lane by lane, in the field whose code is small.
#[test]
fn the_twin_agrees_with_arkworks() {
    agrees(crate::Goldilocks::ntt_lanes(Twin), 6..=11);
}

/// Σ_j values[j]·(s·ω^i)^j from the definition.
#[test]
fn tiny_transforms_agree_with_the_definition() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let g = ark_bn254::Fr::from(5u64);
    for log_size in 0..8 {
        let omega = butterflies::domain_root::<ark_bn254::Fr>(5, log_size);
        let input = values::<ark_bn254::Fr>(1 << log_size, &mut rng);
        for coset in [false, true] {
            let shift = if coset { g } else { ark_bn254::Fr::ONE };
            let expected: Vec<_> = (0..1u64 << log_size)
                .map(|i| {
                    let x = shift * omega.pow([i]);
                    input
                        .iter()
                        .rev()
                        .fold(ark_bn254::Fr::ZERO, |sum, c| sum * x + c)
                })
                .collect();
            let ntt = Ntt::new(log_size).unwrap();
            let mut found = input.clone();
            ntt.transform(
                &mut found,
                Transform {
                    inverse: false,
                    coset,
                },
            )
            .unwrap();
            assert_eq!(found, expected, "2^{log_size}, coset {coset}");
            ntt.transform(
                &mut found,
                Transform {
                    inverse: true,
                    coset,
                },
            )
            .unwrap();
            assert_eq!(found, input, "2^{log_size}, coset {coset}");
        }
    }
}

/// Threads that wait for each other while tables are made take up other transforms of the same size.
#[test]
fn many_first_transforms_end() {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(8)
        .build()
        .unwrap();
    for count in [3, 8, 16] {
        let ntt = Ntt::<crate::Goldilocks>::new(12).unwrap();
        let values: Vec<_> = (0u64..count << 12).map(crate::Goldilocks::from).collect();
        let mut found = values.clone();
        pool.install(|| ntt.transform(&mut found, KINDS[3]))
            .unwrap();
        for (found, values) in found.chunks(1 << 12).zip(values.chunks(1 << 12)) {
            assert_eq!(found, expected(values, KINDS[3]));
        }
    }
}

#[test]
fn batches_are_transforms_one_after_another() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    for log_size in [0, 3, 6, 9] {
        let size = 1 << log_size;
        let input = values::<ark_bn254::Fr>(5 * size, &mut rng);
        for kind in KINDS {
            let mut found = input.clone();
            let ntt = Ntt::new(log_size).unwrap();
            ntt.transform(&mut found, kind).unwrap();
            assert!(ntt.transformed(&input, kind).unwrap() == found);
            for (found, input) in found.chunks(size).zip(input.chunks(size)) {
                assert!(found == expected(input, kind), "2^{log_size}, {kind:?}");
            }
        }
    }
}

#[test]
fn sizes_and_lengths_that_do_not_fit_are_refused() {
    let max = MAX_LOG_SIZE;
    assert_eq!(
        Ntt::<ark_bn254::Fr>::new(29).err(),
        Some(NttError::Size { log_size: 29, max })
    );
    let ntt = Ntt::<ark_bn254::Fr>::new(3).unwrap();
    let refused = ntt.transform(&mut [ark_bn254::Fr::ONE; 12], Transform::default());
    assert_eq!(refused, Err(NttError::Length { size: 8, found: 12 }));
}

#[test]
fn roots_have_full_order() {
    fn check<F: NttField>() {
        let root = butterflies::domain_root::<F>(F::DOMAIN_GENERATOR, F::TWO_ADICITY);
        assert_eq!(root.pow([1u64 << (F::TWO_ADICITY - 1)]), -F::ONE);
    }
    check::<ark_bn254::Fr>();
    check::<ark_bls12_381::Fr>();
    check::<ark_bls12_377::Fr>();
    check::<crate::Goldilocks>();
}
