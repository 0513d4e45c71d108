//! Operations in lanes against arkworks, on edges and on random elements, in the instructions and in their twin.

use super::*;
use crate::curve::BaseField;
use crate::lanes::Twin;
use ark_ff::{Field, Fp, MontBackend, MontConfig, PrimeField, UniformRand};

/// Both operands and everything that the formulas do to them, as elements of arkworks.
struct Everything<F: LaneField> {
    f: F,
    a: [F::Scalar; 8],
    b: [F::Scalar; 8],
}

impl<F: LaneField> Kernel for Everything<F> {
    type Output = Vec<(&'static str, [F::Scalar; 8])>;
    #[inline(always)]
    fn run(self) -> Self::Output {
        let f = self.f;
        let (a, b) = (f.import(&self.a), f.import(&self.b));
        // The same elements at the top of their ranges.
        let lift = |x: F::E, k: u64| f.sub(x, f.zero(), k);
        let (a2, b2, b3) = (lift(a, 1), lift(b, 1), lift(b, 2));
        let (a4, b4) = (lift(a, 3), lift(b, 3));
        let stored = f.store(a);
        let mixed = f.select(0b1010_0110, a, b);
        let mask = f.same(a, b);
        let flags = core::array::from_fn(|i| F::Scalar::from(u64::from(mask >> i & 1)));
        vec![
            ("a", f.export(a)),
            ("a", f.export(a4)),
            ("a", f.export(f.load(stored.each_ref()))),
            ("ab", f.export(f.mul(a, b))),
            ("ab", f.export(f.mul(a4, b4))),
            ("ab+a", f.export(f.mul_add(a4, b4, a2))),
            ("aa+b", f.export(f.square_add(a2, b2))),
            ("aa+b", f.export(f.square_add(a, b))),
            ("a+b", f.export(f.add(a, b))),
            ("a-b", f.export(f.sub(a, b, 1))),
            ("a-b", f.export(f.sub(a, b3, 3))),
            ("a", f.export(f.reduce(a, 1))),
            ("a", f.export(f.reduce(f.reduce(a4, 2), 1))),
            ("a", f.export(f.canonical(a2))),
            ("select", f.export(mixed)),
            ("same", flags),
            ("one", f.export(f.one())),
        ]
    }
}

fn agrees<F: LaneField>(f: F, edges: &[F::Scalar]) {
    let mut rng = ark_std::test_rng();
    let mut pairs: Vec<(F::Scalar, F::Scalar)> = (0..400)
        .map(|_| (F::Scalar::rand(&mut rng), F::Scalar::rand(&mut rng)))
        .collect();
    for &a in edges {
        pairs.extend(edges.iter().map(|&b| (a, b)));
        pairs.push((a, F::Scalar::rand(&mut rng)));
    }
    for eight in pairs.chunks_exact(8) {
        let a: [F::Scalar; 8] = core::array::from_fn(|i| eight[i].0);
        let b: [F::Scalar; 8] = core::array::from_fn(|i| eight[i].1);
        for (what, found) in f.run(Everything { f, a, b }) {
            for i in 0..8 {
                let (a, b) = (a[i], b[i]);
                let expected = match what {
                    "a" => a,
                    "ab" => a * b,
                    "ab+a" => a * b + a,
                    "aa+b" => a * a + b,
                    "a+b" => a + b,
                    "a-b" => a - b,
                    "select" => [b, a][0b1010_0110 >> i & 1],
                    "same" => F::Scalar::from(u64::from(a == b)),
                    _ => F::Scalar::ONE,
                };
                assert_eq!(found[i], expected, "{what} of {a} and {b}");
            }
        }
    }
}

/// 0, 1, 2, −1, −2, powers of two around limbs and words, halves, and Montgomery forms of all those.
fn edges<F: PrimeField>() -> Vec<F> {
    let mut edges = vec![F::ZERO, F::ONE, F::from(2u64), -F::ONE, -F::from(2u64)];
    for bits in [51u64, 52, 53, 63, 64, 104, 208, 252] {
        let power = F::from(2u64).pow([bits]);
        edges.extend([power, power - F::ONE, -power]);
    }
    edges.push(F::from(2u64).inverse().unwrap());
    let r = F::from(2u64).pow([64 * F::MODULUS.as_ref().len() as u64]);
    let forms: Vec<F> = edges.iter().map(|e| *e / r).collect();
    edges.extend(forms);
    edges
}

/// The fields of coordinates are in words too.
fn words<F: BaseField + PrimeField>() {
    agrees(Portable::<F>::default(), &edges());
}

fn prime<T: MontConfig<W>, const W: usize, const L: usize>() {
    let edges = edges::<Fp<MontBackend<T, W>, W>>();
    agrees(Prime::<Twin, T, W, L>::new(Twin), &edges);
    #[cfg(target_arch = "x86_64")]
    if let Some(s) = crate::lanes::Avx512::detect() {
        agrees(Prime::<_, T, W, L>::new(s), &edges);
    }
}

#[test]
fn prime_fields_agree_with_arkworks() {
    prime::<ark_bn254::FqConfig, 4, 5>();
    prime::<ark_bn254::FrConfig, 4, 5>();
    prime::<ark_bls12_381::FrConfig, 4, 5>();
    prime::<ark_bls12_381::FqConfig, 6, 8>();
    words::<ark_bn254::Fq>();
    words::<ark_bls12_381::Fq>();
}

fn quadratic<F: BaseField>(base: Vec<F::BasePrimeField>) {
    let edges: Vec<F> = base
        .iter()
        .step_by(3)
        .flat_map(|&a| base.iter().step_by(7).map(move |&b| [a, b]))
        .filter_map(F::from_base_prime_field_elems)
        .collect();
    assert!(edges.len() > 50);
    agrees(F::lanes(Twin), &edges);
    agrees(Portable::<F>::default(), &edges);
    #[cfg(target_arch = "x86_64")]
    if let Some(s) = crate::lanes::Avx512::detect() {
        agrees(F::lanes(s), &edges);
    }
}

#[test]
fn quadratic_fields_agree_with_arkworks() {
    quadratic::<ark_bn254::Fq2>(edges());
    quadratic::<ark_bls12_381::Fq2>(edges());
}

#[test]
#[cfg(debug_assertions)]
#[should_panic(expected = "element above 4p")]
fn ranges_are_checked_in_debug_builds() {
    let f = Prime::<Twin, ark_bn254::FqConfig, 4, 5>::new(Twin);
    let above = f.sub(f.one(), f.zero(), 4);
    f.mul(above, above);
}
