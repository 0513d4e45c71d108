//! Arithmetic modules: evaluator against `BigUint`, Verilator against the evaluator, the fast
//! body against the synthesisable one, measured latency against the reported one, lint.

mod support;

use num_bigint::BigUint;
use rand_chacha::rand_core::SeedableRng;
use rand_chacha::ChaCha8Rng;
use support::{check_pipeline, edges, lint, rows_of_edges_and_random, Body};
use vegalith_hdl::{
    butterfly, canonicalize, complete_adder, mont_mul, negate_canonical, scale, ArithModule,
    ConstantProducts, CurveParams, FieldParams, MontMulOptions, Target,
};

fn fields() -> [FieldParams; 7] {
    [
        FieldParams::bn254_fq(),
        FieldParams::bn254_fr(),
        FieldParams::bls12_381_fq(),
        FieldParams::bls12_381_fr(),
        FieldParams::bls12_377_fq(),
        FieldParams::bls12_377_fr(),
        FieldParams::goldilocks(),
    ]
}

fn scalar_fields() -> Vec<FieldParams> {
    fields()
        .into_iter()
        .filter(|field| field.generator.is_some())
        .collect()
}

/// A multiplier with operands below 8p.
fn multiplier(field: &FieldParams, target: &Target) -> ArithModule {
    let max = &field.modulus * 8u32 - 1u32;
    let options = MontMulOptions::for_width(max.bits() as usize, target);
    mont_mul(
        &format!("mont_mul_{}", field.name),
        field,
        &max,
        &max,
        options,
        target,
    )
    .unwrap()
}

fn both_bodies(field: &FieldParams) {
    let module = multiplier(field, &Target::ultrascale_plus());
    println!("{}: {}", module.name, module.census);
    lint(&module);
    let max = &field.modulus * 8u32 - 1u32;
    let rows = rows_of_edges_and_random(&[edges(field, &max), edges(field, &max)], 2000, 11);
    let golden = |row: &[BigUint]| {
        let z = field.mont_mul(&row[0], &row[1]);
        // The multiplication's definition, without the formula of the hardware.
        assert_eq!(
            (&z << field.radix_bits) % &field.modulus,
            (&row[0] * &row[1]) % &field.modulus
        );
        vec![z]
    };
    check_pipeline(&module, Body::Synthesisable, &rows, golden);
    check_pipeline(&module, Body::Fast, &rows, golden);
}

#[test]
fn base_fields_in_both_bodies() {
    both_bodies(&FieldParams::bn254_fq());
    both_bodies(&FieldParams::bls12_381_fq());
    both_bodies(&FieldParams::bls12_377_fq());
}

#[test]
fn scalar_fields_in_both_bodies() {
    scalar_fields().iter().for_each(both_bodies);
}

/// The very modules that adders and butterflies instantiate, with their operand bounds.
#[test]
fn instantiated_multipliers_in_both_bodies() {
    let target = Target::ultrascale_plus();
    for curve in [CurveParams::bn254(), CurveParams::bls12_381()] {
        let module = complete_adder(&curve, &target).unwrap().multiplier;
        let max = &module.port("x").unwrap().max;
        let operand = edges(&curve.field, max);
        let rows = rows_of_edges_and_random(&[operand.clone(), operand], 1000, 19);
        let golden = |row: &[BigUint]| vec![curve.field.mont_mul(&row[0], &row[1])];
        check_pipeline(&module, Body::Synthesisable, &rows, golden);
        check_pipeline(&module, Body::Fast, &rows, golden);
    }
}

#[test]
fn multipliers_for_other_targets() {
    for target in [Target::ecp5(), Target::asic()] {
        for field in [FieldParams::bn254_fq(), FieldParams::goldilocks()] {
            let module = multiplier(&field, &target);
            println!("{} for {}: {}", module.name, target.name, module.census);
            lint(&module);
            let max = &field.modulus * 8u32 - 1u32;
            let operand = edges(&field, &max);
            let rows = rows_of_edges_and_random(&[operand.clone(), operand], 200, 12);
            check_pipeline(&module, Body::Synthesisable, &rows, |row| {
                vec![field.mont_mul(&row[0], &row[1])]
            });
        }
    }
}

/// Beside the fast body, which shares nothing with the graph, so that both are held to the formula.
#[test]
fn constant_products_on_tiles() {
    let field = FieldParams::bn254_fr();
    let max = &field.modulus * 2u32 - 1u32;
    let target = Target::ultrascale_plus();
    let adders = MontMulOptions::for_width(max.bits() as usize, &target);
    let tiles = MontMulOptions {
        constant_products: ConstantProducts::Tiles,
        ..adders
    };
    let build = |name: &str, options| mont_mul(name, &field, &max, &max, options, &target).unwrap();
    let module = build("mont_mul_on_tiles", tiles);
    let smaller = build("mont_mul_on_adders", adders);
    println!("{}\n{}", module.census, smaller.census);
    assert!(module.census.tiles > 2 * smaller.census.tiles);
    assert!(module.census.compressor_bits < smaller.census.compressor_bits);
    lint(&module);
    let operand = edges(&field, &max);
    let rows = rows_of_edges_and_random(&[operand.clone(), operand], 500, 15);
    let golden = |row: &[BigUint]| vec![field.mont_mul(&row[0], &row[1])];
    check_pipeline(&module, Body::Synthesisable, &rows, golden);
    check_pipeline(&module, Body::Fast, &rows, golden);
}

#[test]
fn odd_moduli_and_radices() {
    use rand::Rng;
    let mut random = ChaCha8Rng::seed_from_u64(13);
    for bits in [64usize, 97, 255, 400] {
        let bytes: Vec<u8> = (0..bits.div_ceil(8)).map(|_| random.gen()).collect();
        let mut modulus = BigUint::from_bytes_le(&bytes) % (BigUint::from(1u32) << bits);
        modulus.set_bit(0, true);
        modulus.set_bit(bits as u64 - 1, true);
        let field = FieldParams {
            name: "random",
            modulus,
            radix_bits: bits + 7,
            generator: None,
        };
        let max = &field.modulus * 3u32;
        let options = MontMulOptions {
            karatsuba_levels: 1,
            constant_products: ConstantProducts::Adders { digit_window: 3 },
        };
        let name = format!("mont_mul_random_{bits}");
        let module = mont_mul(
            &name,
            &field,
            &max,
            &max,
            options,
            &Target::ultrascale_plus(),
        )
        .unwrap();
        let operand = edges(&field, &max);
        let rows = rows_of_edges_and_random(&[operand.clone(), operand], 100, 14);
        let golden = |row: &[BigUint]| vec![field.mont_mul(&row[0], &row[1])];
        check_pipeline(&module, Body::Synthesisable, &rows, golden);
        check_pipeline(&module, Body::Fast, &rows, golden);
    }
}

#[test]
fn butterflies() {
    for field in scalar_fields() {
        let target = Target::ultrascale_plus();
        let module = butterfly(&field, &target).unwrap();
        println!("{}: {}", module.name, module.census);
        lint(&module);
        let p = &field.modulus;
        let lazy = edges(&field, &(p * 2u32 - 1u32));
        let reduced = edges(&field, &(p - 1u32));
        let swap = vec![BigUint::from(0u32), BigUint::from(1u32)];
        let rows = rows_of_edges_and_random(&[lazy.clone(), lazy, reduced, swap], 1000, 15);
        let golden = |row: &[BigUint]| {
            let twice = p * 2u32;
            let (a, b) = if row[3] == BigUint::from(0u32) {
                (&row[0], &row[1])
            } else {
                (&row[1], &row[0])
            };
            let sum = (a + b) % &twice;
            let diff = field.mont_mul(&(a + &twice - b), &row[2]);
            assert!(diff < twice);
            vec![sum, diff]
        };
        check_pipeline(&module, Body::Fast, &rows, golden);
        if field.bits() < 128 {
            check_pipeline(&module, Body::Synthesisable, &rows, golden);
        }
    }
}

#[test]
fn small_modules() {
    for field in scalar_fields() {
        let target = Target::ultrascale_plus();
        let p = &field.modulus;
        let lazy = edges(&field, &(p * 2u32 - 1u32));
        let reduced = edges(&field, &(p - 1u32));

        let module = canonicalize(&field, &target).unwrap();
        lint(&module);
        let rows = rows_of_edges_and_random(std::slice::from_ref(&lazy), 1000, 16);
        check_pipeline(&module, Body::Synthesisable, &rows, |row| vec![&row[0] % p]);

        let module = negate_canonical(&field, &target).unwrap();
        lint(&module);
        let rows = rows_of_edges_and_random(std::slice::from_ref(&reduced), 1000, 17);
        check_pipeline(&module, Body::Synthesisable, &rows, |row| {
            vec![(p - &row[0]) % p]
        });

        let module = scale(&field, &target).unwrap();
        lint(&module);
        let rows = rows_of_edges_and_random(&[lazy, reduced], 1000, 18);
        check_pipeline(&module, Body::Fast, &rows, |row| {
            let z = field.mont_mul(&row[0], &row[1]);
            assert!(z < p * 2u32);
            vec![z]
        });
    }
}

#[test]
fn text_is_reproducible() {
    let field = FieldParams::bls12_377_fr();
    let target = Target::ultrascale_plus();
    let (first, second) = (butterfly(&field, &target), butterfly(&field, &target));
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!(first.files, second.files);
    assert_eq!(first.dpi_sources, second.dpi_sources);
}

#[test]
fn parameters_out_of_range_are_refused() {
    let target = Target::ultrascale_plus();
    let mut field = FieldParams::goldilocks();
    let max = field.modulus.clone();
    let options = MontMulOptions::for_width(64, &target);
    field.modulus += 1u32;
    assert!(mont_mul("even", &field, &max, &max, options, &target).is_err());
    let mut field = FieldParams::goldilocks();
    field.radix_bits = 63;
    assert!(mont_mul("small_radix", &field, &max, &max, options, &target).is_err());
    // 4p·p/2^65 is above p: the butterfly's result would not stay below 2p.
    let mut field = FieldParams::goldilocks();
    field.radix_bits = 65;
    assert!(butterfly(&field, &target).is_err());
}
