//! Complete projective addition on y² = x³ + b: right for equal, opposite and infinite operands.
//!
//! Renes, Costello, Batina, "Complete addition formulas for prime order elliptic curves", 2015,
//! algorithm 7: 12 multiplications, here in two layers of six. No value between the
//! multipliers is reduced: every sum keeps its bound and a difference adds the smallest multiple
//! of p that keeps it positive.
//!
//! ```text
//!  X1 Y1 Z1 X2 Y2 Z2
//!   │ sums X+Y, Y+Z, X+Z of either point
//!   ▼ six multipliers
//!  t0 = X1·X2   t1 = Y1·Y2   t2 = Z1·Z2
//!  t3 = (X1+Y1)(X2+Y2) − t0 − t1      t4 = (Y1+Z1)(Y2+Z2) − t1 − t2
//!  y3 = b3·((X1+Z1)(X2+Z2) − t0 − t2)
//!  x3 = 3·t0    z3 = t1 + b3·t2    t1' = t1 − b3·t2
//!   ▼ six multipliers
//!  X3 = t3·t1' − t4·y3     Y3 = t1'·z3 + y3·x3     Z3 = z3·t4 + x3·t3
//! ```

use super::formulas::{add_points, bias, closed_bound, Arithmetic};
use super::CurveParams;
use crate::arith::{mont_mul, mont_mul_bound, FieldParams, MontMulOptions};
use crate::graph::{ArithModule, Graph, GraphError, Signal, Target};
use num_bigint::BigUint;
use num_traits::Zero;

/// A point adder and what its users need to know beside its ports.
#[derive(Clone, Debug)]
pub struct PointAdder {
    /// Module `vegalith_point_adder_<curve>` with `x1`, `y1`, `z1`, `x2`, `y2`, `z2` →
    /// `x3`, `y3`, `z3`.
    pub module: ArithModule,
    /// The one multiplier that it instantiates twelve times.
    pub multiplier: ArithModule,
    /// Width of every coordinate port.
    pub coordinate_bits: usize,
    /// Largest coordinate allowed at the inputs; none at the outputs is larger.
    pub coordinate_max: BigUint,
}

/// The formulas over bounds: what the largest values are.
struct OverBounds<'a> {
    curve: &'a CurveParams,
    operand: BigUint,
}

impl Arithmetic for OverBounds<'_> {
    type Value = BigUint;
    fn mul(&mut self, x: &BigUint, y: &BigUint) -> Result<BigUint, GraphError> {
        self.operand = self.operand.clone().max(x.max(y).clone());
        Ok(mont_mul_bound(&self.curve.field, x, y))
    }
    fn sum(
        &mut self,
        added: &[(&BigUint, u32)],
        subtracted: &[(&BigUint, u32)],
    ) -> Result<BigUint, GraphError> {
        let most = |terms: &[(&BigUint, u32)]| -> BigUint {
            terms.iter().map(|(value, factor)| *value * factor).sum()
        };
        Ok(most(added) + bias(&self.curve.field.modulus, &most(subtracted)))
    }
}

/// The formulas over signals.
struct OverSignals<'a> {
    graph: &'a mut Graph,
    multiplier: &'a ArithModule,
    field: &'a FieldParams,
}

impl Arithmetic for OverSignals<'_> {
    type Value = Signal;
    fn mul(&mut self, x: &Signal, y: &Signal) -> Result<Signal, GraphError> {
        let product = self.graph.instance(self.multiplier, &[*x, *y])?[0];
        // The module's bound is that of its largest operands; these may be smaller.
        let bound = mont_mul_bound(self.field, self.graph.max(*x), self.graph.max(*y));
        self.graph.tighten(product, bound);
        Ok(product)
    }
    fn sum(
        &mut self,
        added: &[(&Signal, u32)],
        subtracted: &[(&Signal, u32)],
    ) -> Result<Signal, GraphError> {
        let plain = |terms: &[(&Signal, u32)]| -> Vec<(Signal, u32)> {
            terms
                .iter()
                .map(|(signal, factor)| (**signal, *factor))
                .collect()
        };
        let (added, subtracted) = (plain(added), plain(subtracted));
        let most: BigUint = subtracted
            .iter()
            .map(|(signal, factor)| self.graph.max(*signal) * factor)
            .sum();
        let bias = bias(&self.field.modulus, &most);
        self.graph
            .linear("point addition", &added, &subtracted, &bias)
    }
}

/// Largest multiplier operand and largest sum coordinate for coordinates up to `max`.
fn bounds(curve: &CurveParams, max: &BigUint) -> Result<(BigUint, BigUint), GraphError> {
    let mut over = OverBounds {
        curve,
        operand: BigUint::zero(),
    };
    let point = || [max.clone(), max.clone(), max.clone()];
    let sums = add_points(&mut over, curve.b3(), point(), point())?;
    let largest = sums.into_iter().max().unwrap_or_default();
    Ok((over.operand, largest))
}

/// Smallest bound that sums of points within it keep, and the largest multiplier operand.
fn closed_bounds(curve: &CurveParams) -> Result<(BigUint, BigUint), GraphError> {
    let max = closed_bound(curve, |max| Ok(bounds(curve, max)?.1))?;
    let (operand, _) = bounds(curve, &max)?;
    Ok((max, operand))
}

/// Complete adder of a curve: any two points, also equal, opposite or infinite.
///
/// Inputs and outputs are projective (x = X/Z, y = Y/Z; infinity has Z ≡ 0, for example (0, R, 0)),
/// in Montgomery form, lazily reduced: any representative up to `coordinate_max`.
pub fn complete_adder(curve: &CurveParams, target: &Target) -> Result<PointAdder, GraphError> {
    let (coordinate_max, operand) = closed_bounds(curve)?;
    let options = MontMulOptions::for_width(operand.bits() as usize, target);
    complete_adder_with(curve, target, options, coordinate_max, &operand)
}

fn complete_adder_with(
    curve: &CurveParams,
    target: &Target,
    options: MontMulOptions,
    coordinate_max: BigUint,
    operand: &BigUint,
) -> Result<PointAdder, GraphError> {
    let field = &curve.field;
    let suffix = format!("mont_mul_{}", field.name);
    let multiplier = mont_mul(&suffix, field, operand, operand, options, target)?;
    let mut graph = Graph::new(target.clone());
    let [p1, p2] = [["x1", "y1", "z1"], ["x2", "y2", "z2"]]
        .map(|names| names.map(|name| graph.input(name, &coordinate_max)));
    let mut over = OverSignals {
        graph: &mut graph,
        multiplier: &multiplier,
        field,
    };
    let [x3, y3, z3] = add_points(&mut over, curve.b3(), p1, p2)?;
    let coordinate_bits = coordinate_max.bits() as usize;
    let head = format!(
        "(x3 : y3 : z3) = (x1 : y1 : z1) + (x2 : y2 : z2) on {}, complete, projective.\n\
         Montgomery form with R = 2^{}; coordinates up to {coordinate_max:x} (hex) in and out.\n\
         Renes, Costello, Batina 2015, algorithm 7; 12 multipliers, one addition a cycle.",
        curve.name, field.radix_bits
    );
    let outputs = [
        ("x3", x3, coordinate_bits),
        ("y3", y3, coordinate_bits),
        ("z3", z3, coordinate_bits),
    ];
    let name = format!("vegalith_point_adder_{}", curve.name);
    let module = graph.finish(&name, &head, &outputs, None)?;
    Ok(PointAdder {
        module,
        multiplier,
        coordinate_bits,
        coordinate_max,
    })
}
