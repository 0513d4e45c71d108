//! Point addition as a sequence of operations on two values, for hardware that does one of a kind a
//! cycle.
//!
//! There are three kinds: a product, a + b or a + b·2^shift, and K − b. K is one multiple of p, not
//! below any value that is subtracted: −f·v is formed as f·(K − v), so that K stays small.

use super::formulas::{add_points, bias, closed_bound, Arithmetic};
use super::CurveParams;
use crate::arith::mont_mul_bound;
use crate::graph::GraphError;
use num_bigint::BigUint;

/// A value, by the operation that makes it.
pub(super) type Value = usize;

/// What makes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    /// Coordinate x1, y1, z1, x2, y2, z2.
    Input(usize),
    /// a + b, or a + b·2^shift.
    Add { a: Value, b: Value, shifted: bool },
    /// K − b.
    Complement(Value),
    /// x·y·R⁻¹.
    Product(Value, Value),
}

impl Operation {
    pub(super) fn operands(self) -> Vec<Value> {
        match self {
            Operation::Input(_) => Vec::new(),
            Operation::Add { a, b, .. } => vec![a, b],
            Operation::Complement(b) => vec![b],
            Operation::Product(x, y) => vec![x, y],
        }
    }
}

/// Complete addition on a curve with its bounds.
#[derive(Clone, Debug)]
pub(super) struct Program {
    curve: CurveParams,
    /// In an order in which operands come before results.
    pub(super) operations: Vec<Operation>,
    /// Largest possible value of each.
    maxima: Vec<BigUint>,
    pub(super) outputs: [Value; 3],
    /// K.
    pub(super) complement: BigUint,
    pub(super) shift: u32,
    /// Largest coordinate, in and out.
    pub(super) coordinate_max: BigUint,
}

/// A program under construction for a given K.
struct Builder<'a> {
    curve: &'a CurveParams,
    operations: Vec<Operation>,
    maxima: Vec<BigUint>,
    complement: BigUint,
    shift: u32,
    /// Largest value subtracted.
    subtrahend: BigUint,
}

impl Builder<'_> {
    /// The value of an operation, which exists once.
    fn value(&mut self, operation: Operation) -> Value {
        if let Some(known) = self.operations.iter().position(|known| *known == operation) {
            return known;
        }
        let max = |value: Value| &self.maxima[value];
        let found = match operation {
            Operation::Input(_) => BigUint::default(),
            Operation::Add { a, b, shifted } => {
                max(a) + (max(b) << if shifted { self.shift } else { 0 })
            }
            Operation::Complement(b) => {
                self.subtrahend = self.subtrahend.clone().max(max(b).clone());
                self.complement.clone()
            }
            Operation::Product(x, y) => mont_mul_bound(&self.curve.field, max(x), max(y)),
        };
        self.operations.push(operation);
        self.maxima.push(found);
        self.operations.len() - 1
    }

    fn add(&mut self, a: Value, b: Value) -> Value {
        let (a, b) = (a.min(b), a.max(b));
        let shifted = false;
        self.value(Operation::Add { a, b, shifted })
    }

    fn total(&mut self, values: &[Value]) -> Option<Value> {
        let (&first, rest) = values.split_first()?;
        Some(rest.iter().fold(first, |sum, &value| self.add(sum, value)))
    }

    fn times(&mut self, value: Value, factor: u32) -> Value {
        let high = 1 << self.shift;
        if factor > high && factor < 2 * high {
            let a = self.times(value, factor - high);
            let b = value;
            return self.value(Operation::Add {
                a,
                b,
                shifted: true,
            });
        }
        if factor <= 1 {
            return value;
        }
        let half = self.times(value, factor / 2);
        let even = self.add(half, half);
        if factor.is_multiple_of(2) {
            even
        } else {
            self.add(even, value)
        }
    }
}

impl Arithmetic for Builder<'_> {
    type Value = Value;

    fn mul(&mut self, x: &Value, y: &Value) -> Result<Value, GraphError> {
        Ok(self.value(Operation::Product(*x, *y)))
    }

    fn sum(
        &mut self,
        added: &[(&Value, u32)],
        subtracted: &[(&Value, u32)],
    ) -> Result<Value, GraphError> {
        let common = added.first().map_or(1, |(_, factor)| *factor);
        let terms = || added.iter().chain(subtracted);
        if common > 1 && terms().all(|(_, factor)| *factor == common) {
            let once = |terms: &[(&Value, u32)]| -> Vec<Value> {
                terms.iter().map(|(value, _)| **value).collect()
            };
            let (added, subtracted) = (once(added), once(subtracted));
            let ones = |values: &'_ [Value]| -> Vec<(Value, u32)> {
                values.iter().map(|&value| (value, 1)).collect()
            };
            let (added, subtracted) = (ones(&added), ones(&subtracted));
            let sum = self.sum_of(&added, &subtracted);
            return Ok(self.times(sum, common));
        }
        let plain = |terms: &[(&Value, u32)]| -> Vec<(Value, u32)> {
            terms
                .iter()
                .map(|(value, factor)| (**value, *factor))
                .collect()
        };
        Ok(self.sum_of(&plain(added), &plain(subtracted)))
    }
}

impl Builder<'_> {
    fn sum_of(&mut self, added: &[(Value, u32)], subtracted: &[(Value, u32)]) -> Value {
        let mut factors: Vec<u32> = subtracted.iter().map(|(_, factor)| *factor).collect();
        factors.sort_unstable();
        factors.dedup();
        let mut terms = Vec::new();
        for &(value, factor) in added {
            terms.push(self.times(value, factor));
        }
        for factor in factors {
            let of_factor: Vec<Value> = subtracted
                .iter()
                .filter(|(_, other)| *other == factor)
                .map(|(value, _)| *value)
                .collect();
            if let Some(sum) = self.total(&of_factor) {
                let negative = self.value(Operation::Complement(sum));
                terms.push(self.times(negative, factor));
            }
        }
        // No formula has an empty sum.
        self.total(&terms).unwrap_or_default()
    }
}

/// The program for coordinates up to `max`, with the smallest K that fits.
fn for_coordinates(curve: &CurveParams, max: &BigUint) -> Result<Program, GraphError> {
    let p = &curve.field.modulus;
    let mut complement = p.clone();
    loop {
        let mut builder = Builder {
            curve,
            operations: (0..6).map(Operation::Input).collect(),
            maxima: vec![max.clone(); 6],
            complement: complement.clone(),
            shift: curve.b3().max(2).ilog2(),
            subtrahend: BigUint::default(),
        };
        let outputs = add_points(&mut builder, curve.b3(), [0, 1, 2], [3, 4, 5])?;
        let needed = bias(p, &builder.subtrahend);
        if needed <= complement {
            return Ok(Program {
                curve: curve.clone(),
                operations: builder.operations,
                maxima: builder.maxima,
                outputs,
                complement,
                shift: builder.shift,
                coordinate_max: max.clone(),
            });
        }
        if needed > p * 256u32 {
            return Err(GraphError::Overflow {
                what: format!("subtrahends on {}", curve.name),
                expected: p * 256u32,
                found: needed,
            });
        }
        complement = needed;
    }
}

impl Program {
    /// Addition of points whose coordinates keep the smallest bound that it keeps itself.
    pub(super) fn new(curve: &CurveParams) -> Result<Self, GraphError> {
        let max = closed_bound(curve, |max| {
            let program = for_coordinates(curve, max)?;
            let largest = program.outputs.iter().map(|&value| &program.maxima[value]);
            Ok(largest.max().cloned().unwrap_or_default())
        })?;
        for_coordinates(curve, &max)
    }

    /// Width that every value fits.
    pub(super) fn value_bits(&self) -> usize {
        let widest = self.maxima.iter().chain([&self.complement]);
        widest.map(BigUint::bits).max().unwrap_or(1) as usize
    }

    /// Largest first and second operand of a product.
    pub(super) fn product_bounds(&self) -> (BigUint, BigUint) {
        let mut bounds = (BigUint::default(), BigUint::default());
        for operation in &self.operations {
            if let Operation::Product(x, y) = *operation {
                bounds.0 = bounds.0.max(self.maxima[x].clone());
                bounds.1 = bounds.1.max(self.maxima[y].clone());
            }
        }
        bounds
    }

    /// Bit by bit what the hardware makes of two points.
    pub(super) fn evaluate(&self, coordinates: &[BigUint; 6]) -> [BigUint; 3] {
        let minus_inverse = self.curve.field.minus_inverse();
        let mut values: Vec<BigUint> = Vec::new();
        for operation in &self.operations {
            let value = match *operation {
                Operation::Input(index) => coordinates[index].clone(),
                Operation::Add { a, b, shifted } => {
                    &values[a] + (&values[b] << if shifted { self.shift } else { 0 })
                }
                Operation::Complement(b) => &self.complement - &values[b],
                Operation::Product(x, y) => {
                    let field = &self.curve.field;
                    field.mont_mul_with(&minus_inverse, &values[x], &values[y])
                }
            };
            values.push(value);
        }
        self.outputs.map(|output| values[output].clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_close_and_operations_are_few() {
        for curve in [
            CurveParams::bn254(),
            CurveParams::bls12_381(),
            CurveParams::bls12_377(),
        ] {
            let program = Program::new(&curve).unwrap();
            let count = |kind: fn(&Operation) -> bool| {
                program.operations.iter().filter(|op| kind(op)).count()
            };
            let products = count(|op| matches!(op, Operation::Product(..)));
            let sums = count(|op| matches!(op, Operation::Add { .. } | Operation::Complement(_)));
            let times_p = |value: &BigUint| value / &curve.field.modulus;
            println!(
                "{}: {sums} sums, {} bits, coordinates up to {}p, K = {}p, operands {:?}p",
                curve.name,
                program.value_bits(),
                times_p(&program.coordinate_max),
                times_p(&program.complement),
                [program.product_bounds().0, program.product_bounds().1].map(|max| times_p(&max)),
            );
            assert_eq!(products, 12);
            assert!(sums <= if curve.b == 3 { 27 } else { 36 }, "{sums}");
            for output in program.outputs {
                assert!(program.maxima[output] <= program.coordinate_max);
            }
        }
    }

    #[test]
    fn infinity_is_neutral() {
        let curve = CurveParams::bn254();
        let field = &curve.field;
        let program = Program::new(&curve).unwrap();
        let (x, y) = (
            field.to_mont(&curve.generator.0),
            field.to_mont(&curve.generator.1),
        );
        let one = field.one_mont();
        let zero = BigUint::default();
        let sum = program.evaluate(&[zero.clone(), one.clone(), zero, x.clone(), y.clone(), one]);
        let [x3, y3, z3] = sum.map(|value| field.from_mont(&value));
        let p = &field.modulus;
        assert_eq!(x3, field.from_mont(&x) * &z3 % p);
        assert_eq!(y3, field.from_mont(&y) * &z3 % p);
    }
}
