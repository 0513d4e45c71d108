//! Montgomery multiplication.
//!
//! ```text
//!  x, y ─► Karatsuba over tiles ─► T = x·y ─┬─► T mod R ─► ·(−p⁻¹) mod R ─► m ─► ·p ─┐
//!          rows, never resolved    3 cycles │    rows of shifted T          3 cycles │
//!                                           └────────────────────────────────────────┴─► + ─► /R ─► z
//!                                                                         the low r bits are 0:
//!                                                                         only bits above are added
//! ```
//! The two constant products are sums of shifted rows (signed digits), so that only x·y takes tiles,
//! or tiles too: [`ConstantProducts`].
//! Montgomery, "Modular multiplication without trial division", 1985; no final subtraction.

use super::fast_leaf;
use super::FieldParams;
use crate::graph::{
    best_window, karatsuba_levels, ArithModule, Graph, GraphError, Rows, Signal, Target,
};
use num_bigint::BigUint;
use num_traits::Zero;

/// What multiplies by the two constants of a field, −p⁻¹ and p.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConstantProducts {
    /// Sums of shifted rows: no tiles, many adders.
    Adders {
        /// Widest window of the signed digits, 2 to 5; the cheapest up to it is taken. Above 2,
        /// odd multiples are added first: fewer rows, up to three cycles more for each of the two
        /// products, nothing for sparse constants.
        digit_window: usize,
    },
    /// Tiles without Karatsuba, of the product modulo R only the lower half: for devices that have
    /// tiles to spare and logic not.
    Tiles,
}

/// How a multiplier is cut; [`MontMulOptions::for_width`] gives what costs least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MontMulOptions {
    /// Karatsuba levels of x·y, 0 to 5: fewer tiles, more compressors and a cycle or two each.
    pub karatsuba_levels: usize,
    /// The products by constants.
    pub constant_products: ConstantProducts,
}

impl MontMulOptions {
    /// Options that cost least for operands of `width` bits.
    pub fn for_width(width: usize, target: &Target) -> Self {
        MontMulOptions {
            karatsuba_levels: karatsuba_levels(width, target),
            constant_products: ConstantProducts::Adders { digit_window: 4 },
        }
    }

    fn check(&self) -> Result<(), GraphError> {
        let range = |what, found: usize, low: usize, high: usize| {
            if (low..=high).contains(&found) {
                Ok(())
            } else {
                Err(GraphError::Parameter {
                    what,
                    expected: format!("{low} to {high}"),
                    found: found.to_string(),
                })
            }
        };
        range("Karatsuba levels", self.karatsuba_levels, 0, 5)?;
        match self.constant_products {
            ConstantProducts::Adders { digit_window } => range("digit window", digit_window, 2, 5),
            ConstantProducts::Tiles => Ok(()),
        }
    }

    /// x·constant, modulo 2^modulus_bits if given.
    fn constant_rows(
        self,
        graph: &mut Graph,
        x: Signal,
        constant: &BigUint,
        modulus_bits: Option<usize>,
    ) -> Rows {
        match self.constant_products {
            ConstantProducts::Adders { digit_window } => {
                let window = best_window(constant, digit_window);
                graph.constant_product_rows(x, constant, window, modulus_bits)
            }
            ConstantProducts::Tiles => {
                let constant = graph.constant_of(constant.clone(), constant.bits() as usize);
                graph.product_rows(x, constant, 0)
            }
        }
    }
}

fn check_field(field: &FieldParams) -> Result<(), GraphError> {
    let bits = field.bits();
    if !(64..=400).contains(&bits) || !field.modulus.bit(0) {
        return Err(GraphError::Parameter {
            what: "modulus",
            expected: "odd, 64 to 400 bits".to_owned(),
            found: format!("{:#x}", field.modulus),
        });
    }
    if field.radix_bits < bits || field.radix_bits > bits + 64 {
        return Err(GraphError::Parameter {
            what: "radix bits",
            expected: format!("{bits} to {}", bits + 64),
            found: field.radix_bits.to_string(),
        });
    }
    Ok(())
}

/// Largest result of operands up to the given bounds: (x·y + (R − 1)·p)/R.
pub fn mont_mul_bound(field: &FieldParams, x_max: &BigUint, y_max: &BigUint) -> BigUint {
    (x_max * y_max + (field.radix() - 1u32) * &field.modulus) >> field.radix_bits
}

/// z = (x·y + m·p)/R inside a graph.
pub(crate) fn mont_mul_signals(
    graph: &mut Graph,
    field: &FieldParams,
    options: MontMulOptions,
    x: Signal,
    y: Signal,
) -> Signal {
    let r = field.radix_bits;
    let product_max = graph.max(x) * graph.max(y);
    let rows = graph.product_rows(x, y, options.karatsuba_levels);
    let product = graph.resolve(rows, &product_max);

    let low = graph.slice(product, 0, r);
    let minus_inverse = field.minus_inverse();
    let rows = options.constant_rows(graph, low, &minus_inverse, Some(r));
    let m = graph.resolve_modulo(rows, r);

    let total_max = product_max + (field.radix() - 1u32) * &field.modulus;
    let rows = options
        .constant_rows(graph, m, &field.modulus, None)
        .plus(Rows::of(product));
    graph.resolve_exact_high(rows, r, &total_max)
}

/// Module z = x·y·R⁻¹ mod p for x ≤ `x_max`, y ≤ `y_max`, exactly (x·y + m·p)/R with
/// m = −x·y·p⁻¹ mod R, so z ≤ [`mont_mul_bound`]: lazy, no final subtraction.
///
/// Ports `x`, `y` → `z`, `z` being `z_bits` wide or as wide as its bound. The module is called
/// `vegalith_<suffix>`. Under `VEGALITH_FAST_LEAF` its body is one DPI-C call a cycle with the
/// same latency and the same result.
pub fn mont_mul(
    suffix: &str,
    field: &FieldParams,
    x_max: &BigUint,
    y_max: &BigUint,
    options: MontMulOptions,
    target: &Target,
) -> Result<ArithModule, GraphError> {
    options.check()?;
    check_field(field)?;
    let name = format!("vegalith_{suffix}");
    let mut graph = Graph::new(target.clone());
    let x = graph.input("x", x_max);
    let y = graph.input("y", y_max);
    let z = mont_mul_signals(&mut graph, field, options, x, y);
    debug_assert!(!graph.max(z).is_zero());
    let z_bits = graph.width(z);
    let head = format!(
        "z = x*y/R mod p, exactly (x*y + m*p)/R; field {}, R = 2^{}, target {}.\n\
         Requires x <= {x_max:x}\n         y <= {y_max:x} (hex).\n\
         Ensures  z <= {:x}; one operand pair a cycle.",
        field.name,
        field.radix_bits,
        target.name,
        graph.max(z)
    );
    let widths = (graph.width(x), graph.width(y), z_bits);
    let fast = |latency: usize| fast_leaf::fast_body(field, &name, widths, latency);
    let mut module = graph.finish(&name, &head, &[("z", z, z_bits)], Some(&fast))?;
    let field = field.clone();
    let minus_inverse = field.minus_inverse();
    // What the graph's own evaluator gives, without a big integer for each of its nodes.
    module.evaluator = std::sync::Arc::new(move |inputs| match inputs {
        [x, y] => vec![field.mont_mul_with(&minus_inverse, x, y)],
        _ => Vec::new(),
    });
    Ok(module)
}
