//! Prints what the arithmetic costs; asserts the limits that documentation quotes.

use vegalith_hdl::{
    butterfly, complete_adder, mont_mul, ConstantProducts, CurveParams, FieldParams,
    MontMulOptions, Target,
};

/// Operand width, tiles and cycles that documentation promises at most.
const PROMISES: [(usize, usize, usize); 2] = [(264, 108, 39), (400, 162, 40)];

#[test]
fn bn254_multiplier_per_target() {
    let field = FieldParams::bn254_fq();
    let max = &field.modulus * 8u32 - 1u32;
    let width = max.bits() as usize;
    for target in [Target::ultrascale_plus(), Target::ecp5(), Target::asic()] {
        let best = MontMulOptions::for_width(width, &target);
        for constant_products in [
            ConstantProducts::Adders { digit_window: 2 },
            ConstantProducts::Adders { digit_window: 3 },
            ConstantProducts::Adders { digit_window: 4 },
            ConstantProducts::Tiles,
        ] {
            for extra in [0, 1] {
                let options = MontMulOptions {
                    karatsuba_levels: best.karatsuba_levels + extra,
                    constant_products,
                };
                let module = mont_mul("mul", &field, &max, &max, options, &target).unwrap();
                println!(
                    "{}, {} levels, {constant_products:?}: {}",
                    target.name, options.karatsuba_levels, module.census
                );
            }
        }
    }
}

#[test]
fn point_adders() {
    for curve in [
        CurveParams::bn254(),
        CurveParams::bls12_381(),
        CurveParams::bls12_377(),
    ] {
        let adder = complete_adder(&curve, &Target::ultrascale_plus()).unwrap();
        println!(
            "{}: {} coordinate bits, {}",
            adder.module.name, adder.coordinate_bits, adder.module.census
        );
        let multiplier = &adder.multiplier;
        println!("{}: {}", multiplier.name, multiplier.census);
        let width = multiplier.ports[0].width;
        let (_, tiles, cycles) = PROMISES
            .into_iter()
            .find(|(bits, ..)| width <= *bits)
            .unwrap();
        assert!(multiplier.census.tiles <= tiles, "{}", multiplier.census);
        assert!(multiplier.latency_cycles <= cycles, "{}", multiplier.census);
        assert_eq!(adder.module.census.tiles, 12 * multiplier.census.tiles);
    }
}

#[test]
fn goldilocks_butterfly() {
    let module = butterfly(&FieldParams::goldilocks(), &Target::ultrascale_plus()).unwrap();
    println!("{}: {}", module.name, module.census);
    assert!(module.census.tiles <= 9, "{}", module.census);
}
