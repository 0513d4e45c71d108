//! Libraries of the Rust registry that compute the same, on the same operands.

use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_ff::{BigInteger, FftField, Fp2, Fp2Config, PrimeField};
use blst::MultiPoint;
use halo2curves::group::Curve as _;
use halo2curves::msm::msm_best;
use halo2curves::{bls12381, bn256, CurveAffine};
use p3_dft::{Radix2DFTSmallBatch, Radix2DitParallel, TwoAdicSubgroupDft};
use p3_field::PrimeField64;
use taceo_ark_algebra::{fft, msm};
use vegalith::Goldilocks;

use super::msm::{sum, Task};
use super::ntt::answer;
use super::Contender;

/// An element of a prime field for halo2curves.
fn to_halo2<F: PrimeField, H: ff::PrimeField>(element: &F) -> H {
    let mut repr = H::Repr::default();
    repr.as_mut()
        .copy_from_slice(&element.into_bigint().to_bytes_le());
    Option::from(H::from_repr(repr)).expect("a reduced element")
}

fn from_halo2<F: PrimeField, H: ff::PrimeField>(element: &H) -> F {
    F::from_le_bytes_mod_order(element.to_repr().as_ref())
}

/// `msm_best` over a group, given how coordinates are carried over.
fn halo2<'a, C, H>(
    task: &Task<C>,
    to: impl Fn(&C::BaseField) -> H::Base,
    from: impl Fn(&H::Base) -> C::BaseField + Copy + 'a,
) -> Contender<'a>
where
    C: SWCurveConfig,
    H: CurveAffine + 'a,
{
    let points: Vec<H> = task
        .bases
        .iter()
        .map(|p| Option::from(H::from_xy(to(&p.x), to(&p.y))).expect("a point"))
        .collect();
    let scalars: Vec<H::ScalarExt> = task.scalars.iter().map(to_halo2).collect();
    Contender {
        name: "halo2curves",
        run: Box::new(move || {
            let result = msm_best(&scalars, &points).to_affine();
            let coordinates = Option::<halo2curves::Coordinates<H>>::from(result.coordinates());
            let point = match coordinates {
                Some(c) => Affine::<C>::new_unchecked(from(c.x()), from(c.y())),
                None => Affine::identity(),
            };
            sum::<C>(point.into())
        }),
    }
}

fn taceo<C: SWCurveConfig>(task: &Task<C>) -> Contender<'_> {
    Contender {
        name: "taceo-ark-algebra",
        run: Box::new(|| sum::<C>(msm::msm_unchecked(&task.bases, &task.scalars))),
    }
}

pub fn bn254_g1(task: &Task<ark_bn254::g1::Config>) -> Vec<Contender<'_>> {
    let halo2 = halo2::<_, bn256::G1Affine>(task, to_halo2, from_halo2);
    vec![halo2, taceo(task)]
}

pub fn bn254_g2(task: &Task<ark_bn254::g2::Config>) -> Vec<Contender<'_>> {
    let halo2 = halo2::<_, bn256::G2Affine>(
        task,
        |x| bn256::Fq2::new(to_halo2(&x.c0), to_halo2(&x.c1)),
        |x| quadratic(from_halo2(x.c0()), from_halo2(x.c1())),
    );
    vec![halo2, taceo(task)]
}

pub fn bls12_381_g1(task: &Task<ark_bls12_381::g1::Config>) -> Vec<Contender<'_>> {
    let halo2 = halo2::<_, bls12381::G1Affine>(task, to_halo2, from_halo2);
    vec![halo2, taceo(task), blst_g1(task)]
}

pub fn bls12_381_g2(task: &Task<ark_bls12_381::g2::Config>) -> Vec<Contender<'_>> {
    let halo2 = halo2::<_, bls12381::G2Affine>(
        task,
        |x| bls12381::Fq2::new(to_halo2(&x.c0), to_halo2(&x.c1)),
        |x| quadratic(from_halo2(x.c0()), from_halo2(x.c1())),
    );
    vec![halo2, taceo(task), blst_g2(task)]
}

fn quadratic<P: Fp2Config>(c0: P::Fp, c1: P::Fp) -> Fp2<P> {
    Fp2::new(c0, c1)
}

fn blst_scalars(scalars: &[ark_bls12_381::Fr]) -> Vec<u8> {
    scalars
        .iter()
        .flat_map(|scalar| scalar.into_bigint().to_bytes_le())
        .collect()
}

fn to_blst(element: &ark_bls12_381::Fq) -> blst::blst_fp {
    let mut fp = blst::blst_fp::default();
    let bytes = element.into_bigint().to_bytes_le();
    // SAFETY: reads 48 bytes, which these are, and writes the element.
    unsafe { blst::blst_fp_from_lendian(&mut fp, bytes.as_ptr()) };
    fp
}

fn from_blst(fp: &blst::blst_fp) -> ark_bls12_381::Fq {
    let mut bytes = [0; 48];
    // SAFETY: writes 48 bytes.
    unsafe { blst::blst_lendian_from_fp(bytes.as_mut_ptr(), fp) };
    ark_bls12_381::Fq::from_le_bytes_mod_order(&bytes)
}

fn to_blst2(element: &ark_bls12_381::Fq2) -> blst::blst_fp2 {
    blst::blst_fp2 {
        fp: [to_blst(&element.c0), to_blst(&element.c1)],
    }
}

fn from_blst2(fp: &blst::blst_fp2) -> ark_bls12_381::Fq2 {
    quadratic(from_blst(&fp.fp[0]), from_blst(&fp.fp[1]))
}

macro_rules! blst {
    ($name:ident, $curve:ty, $affine:ident, $to_affine:ident, $to:ident, $from:ident) => {
        fn $name(task: &Task<$curve>) -> Contender<'_> {
            let points: Vec<_> = task
                .bases
                .iter()
                .map(|p| blst::$affine {
                    x: $to(&p.x),
                    y: $to(&p.y),
                })
                .collect();
            let scalars = blst_scalars(&task.scalars);
            Contender {
                name: "blst",
                run: Box::new(move || {
                    let total = points.mult(&scalars, 255);
                    let mut affine = blst::$affine::default();
                    // SAFETY: both are valid for the call.
                    unsafe { blst::$to_affine(&mut affine, &total) };
                    let point = Affine::new_unchecked($from(&affine.x), $from(&affine.y));
                    sum::<$curve>(Projective::from(point))
                }),
            }
        }
    };
}
blst!(
    blst_g1,
    ark_bls12_381::g1::Config,
    blst_p1_affine,
    blst_p1_to_affine,
    to_blst,
    from_blst
);
blst!(
    blst_g2,
    ark_bls12_381::g2::Config,
    blst_p2_affine,
    blst_p2_to_affine,
    to_blst2,
    from_blst2
);

pub fn bn254_fr(input: &[ark_bn254::Fr]) -> Vec<Contender<'_>> {
    vec![halo2_fft::<_, bn256::Fr>(input), taceo_fft(input)]
}

pub fn bls12_381_fr(input: &[ark_bls12_381::Fr]) -> Vec<Contender<'_>> {
    vec![halo2_fft::<_, bls12381::Fr>(input), taceo_fft(input)]
}

fn root<F: FftField>(n: usize) -> F {
    F::get_root_of_unity(n as u64).expect("a domain")
}

fn halo2_fft<F, H>(input: &[F]) -> Contender<'_>
where
    F: PrimeField,
    H: ff::PrimeField + halo2curves::fft::FftGroup<H>,
{
    let values: Vec<H> = input.iter().map(to_halo2).collect();
    let omega: H = to_halo2(&root::<F>(input.len()));
    let log_size = input.len().trailing_zeros();
    Contender {
        name: "halo2curves",
        run: Box::new(move || {
            let mut values = values.clone();
            halo2curves::fft::best_fft(&mut values, omega, log_size);
            Box::new(move || {
                let values: Vec<F> = values.iter().map(from_halo2).collect();
                answer(values.into())()
            })
        }),
    }
}

fn taceo_fft<F: PrimeField>(input: &[F]) -> Contender<'_> {
    let domain = fft::Domain::<F>::new(input.len()).expect("a domain");
    Contender {
        name: "taceo-ark-algebra",
        run: Box::new(move || {
            let mut values = input.to_vec();
            domain.fft_in_to_out(&mut values);
            fft::bit_reverse(&mut values);
            answer(values.into())
        }),
    }
}

/// Its roots of unity are others than ours: the same transform of a domain in another order, so that
/// its answer is put into ours.
pub fn goldilocks(input: &[Goldilocks]) -> Vec<Contender<'_>> {
    let values: Vec<_> = input
        .iter()
        .map(|value| p3_goldilocks::Goldilocks::new(value.into_bigint().0[0]))
        .collect();
    let order = order_of_roots(input.len());
    let (parallel, narrow) = (Radix2DitParallel::default(), Radix2DFTSmallBatch::default());
    vec![
        plonky3(
            "p3-dft, DitParallel",
            parallel,
            values.clone(),
            order.clone(),
        ),
        plonky3("p3-dft, SmallBatch", narrow, values, order),
    ]
}

fn plonky3<'a>(
    name: &'static str,
    dft: impl TwoAdicSubgroupDft<p3_goldilocks::Goldilocks> + 'a,
    values: Vec<p3_goldilocks::Goldilocks>,
    order: Vec<usize>,
) -> Contender<'a> {
    Contender {
        name,
        run: Box::new(move || {
            let values = dft.dft(values.clone());
            let order = order.clone();
            Box::new(move || {
                let ours: Vec<_> = order
                    .iter()
                    .map(|&i| Goldilocks::from(values[i].as_canonical_u64()))
                    .collect();
                answer(ours.into())()
            })
        }),
    }
}

/// i ↦ k with ωᵢ of ours = ωₖ of Plonky3's.
fn order_of_roots(n: usize) -> Vec<usize> {
    use p3_field::TwoAdicField;
    let theirs = p3_goldilocks::Goldilocks::two_adic_generator(n.trailing_zeros() as usize);
    let theirs = Goldilocks::from(theirs.as_canonical_u64());
    let ours = root::<Goldilocks>(n);
    let mut power = Goldilocks::from(1u64);
    let step = (0..n)
        .find(|_| {
            let found = power == ours;
            power *= theirs;
            found
        })
        .expect("both generate the group of roots");
    (0..n).map(|i| i * step % n).collect()
}
