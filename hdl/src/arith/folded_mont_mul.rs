//! Montgomery multiplication folded over the digits of one operand, for devices with few tiles.
//!
//! ```text
//!            ┌───────────── ring_cycles, one of ring_cycles multiplications in each ─────────────┐
//!            ▼                                                                                   │
//!  x, yᵢ ─► x·yᵢ ─► t = acc + x·yᵢ ─► m = t·(−p⁻¹) mod 2^w ─► acc' = (t + m·p)/2^w ──────────────┴─► z
//! ```
//! After the round of each of the `num_digits` digits of y, lowest first, acc is x·y·R⁻¹ mod p exactly as
//! [`super::mont_mul`] puts it out: (x·y + M·p)/R with M = −x·y·p⁻¹ mod R, its digits being the m.
//! Montgomery 1985, digit by digit. All three products are tiles; sums are `Chunks` of w bits, so
//! that the division by 2^w leaves out the lowest chunk.

use super::fast_leaf::{folded_body, FoldedShape};
use super::{mont_mul_bound, FieldParams};
use crate::graph::{ArithModule, Census, Graph, GraphError, Target, VerilogModule};
use num_bigint::BigUint;
use num_traits::{One, Zero};

/// A multiplier that takes one digit of one of `ring_cycles` multiplications every cycle.
#[derive(Clone, Debug)]
pub(crate) struct FoldedMultiplier {
    /// Module with ports `clk`, `first`, `x`, `digit` → `z`.
    ///
    /// Round i of a multiplication is given i·`ring_cycles` cycles after its first round: x every
    /// time, digit i of y, and `first` with digit 0. `z` is there `latency_cycles` after round 0, for
    /// that one cycle. No reset: a multiplication that is not continued leaves nothing behind.
    pub(crate) name: String,
    /// The module and what it instantiates.
    pub(crate) files: Vec<VerilogModule>,
    /// C++ of the body under `VEGALITH_FAST_LEAF`, whose `z` is only right in the cycles promised.
    pub(crate) dpi_sources: Vec<(String, String)>,
    pub(crate) census: Census,
    /// Digits of y, lowest first, and rounds.
    pub(crate) num_digits: usize,
    pub(crate) digit_bits: usize,
    /// Cycles between two rounds of a multiplication.
    pub(crate) ring_cycles: usize,
    /// From the first digit to the result.
    pub(crate) latency_cycles: usize,
    pub(crate) x_bits: usize,
    pub(crate) z_bits: usize,
}

/// Largest value between rounds.
fn accumulator_max(field: &FieldParams, x_max: &BigUint, digit_bits: usize) -> BigUint {
    let digit_max = (BigUint::one() << digit_bits) - 1u32;
    let product = (x_max + &field.modulus) * digit_max;
    let mut max = BigUint::zero();
    loop {
        let next = (&max + &product) >> digit_bits;
        if next == max {
            return max;
        }
        max = next;
    }
}

/// The round as a pipeline, and when its parts come and go.
struct Round {
    module: ArithModule,
    /// Cycle in which chunk 0 of the accumulator is wanted, chunk i being wanted i cycles later.
    wanted: usize,
    /// Cycle in which chunk 0 of the next accumulator is there.
    made: usize,
    /// Cycle in which the whole of it is there as `z`.
    result: usize,
    /// Widths of the accumulator's chunks.
    widths: Vec<usize>,
    z_bits: usize,
}

fn round(
    field: &FieldParams,
    name: &str,
    (x_max, y_max): (&BigUint, &BigUint),
    digit_bits: usize,
    target: &Target,
) -> Result<Round, GraphError> {
    let all = usize::MAX;
    let mut graph = Graph::new(target.clone());
    let x = graph.input("x", x_max);
    let digit = graph.input("digit", &((BigUint::one() << digit_bits) - 1u32));
    let products = graph.product_chunks(x, digit, digit_bits, all);
    let product = graph.sum_of_chunks(products, all);
    let wanted = graph.first_cycle(&product);

    let max = accumulator_max(field, x_max, digit_bits);
    let acc: Vec<_> = (0..(max.bits() as usize).div_ceil(digit_bits))
        .map(|i| {
            let most = (&max >> (i * digit_bits)).min((BigUint::one() << digit_bits) - 1u32);
            graph.input_at(&format!("acc{i}"), &most, wanted + i)
        })
        .collect();
    let widths = acc.iter().map(|&chunk| graph.width(chunk)).collect();
    let acc = graph.chunks_of(digit_bits, &acc);
    let sum = graph.sum_of_chunks(vec![product, acc], all);

    let digit_max = (BigUint::one() << digit_bits) - 1u32;
    let low = graph.chunk_signals(&sum, &digit_max)[0];
    let inverse = field.minus_inverse() & &digit_max;
    let inverse = graph.constant_of(inverse, digit_bits);
    let products = graph.product_chunks(inverse, low, digit_bits, 1);
    let quotient = graph.sum_of_chunks(products, 1);
    let quotient = graph.chunk_signals(&quotient, &digit_max)[0];

    let modulus = graph.constant_of(field.modulus.clone(), field.bits());
    let mut sums = graph.product_chunks(modulus, quotient, digit_bits, all);
    sums.push(sum);
    let total = graph.sum_of_chunks(sums, all).without_lowest();
    let made = graph.first_cycle(&total);
    let next = graph.chunk_signals(&total, &max);
    let z_bits = mont_mul_bound(field, x_max, y_max).bits() as usize;
    let z = graph.concat(&next);
    let z = graph.slice(z, 0, z_bits);
    let result = graph.cycle(z);

    let head = format!(
        "(acc + x*digit + m*p)/2^{digit_bits}, m such that it divides; field {}.\n\
         Chunks of {digit_bits} bits: acc0 is taken {wanted} cycles after x and digit, each chunk a\n\
         cycle after the one below; next0 is there {made} cycles after x, z after {result}.",
        field.name
    );
    let names: Vec<_> = (0..next.len()).map(|i| format!("next{i}")).collect();
    let mut outputs: Vec<_> = names
        .iter()
        .zip(&next)
        .map(|(name, &signal)| (name.as_str(), signal, graph.width(signal)))
        .collect();
    outputs.push(("z", z, z_bits));
    let module = graph.finish_as_timed(name, &head, &outputs, None)?;
    Ok(Round {
        module,
        wanted,
        made,
        result,
        widths,
        z_bits,
    })
}

fn coprime(mut a: usize, mut b: usize) -> bool {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a == 1
}

/// A folded multiplier with digits of `digit_bits`, which must divide the radix's exponent.
///
/// `ring_cycles` is coprime to `period`, so that rounds of a multiplication fall into different
/// cycles of a schedule that repeats after `period` cycles.
pub(crate) fn folded_mont_mul(
    suffix: &str,
    field: &FieldParams,
    (x_max, y_max): (&BigUint, &BigUint),
    digit_bits: usize,
    period: usize,
    target: &Target,
) -> Result<FoldedMultiplier, GraphError> {
    if digit_bits == 0 || !field.radix_bits.is_multiple_of(digit_bits) {
        return Err(GraphError::Parameter {
            what: "bits of a digit",
            expected: format!("a divisor of {}", field.radix_bits),
            found: digit_bits.to_string(),
        });
    }
    let num_digits = field.radix_bits / digit_bits;
    if y_max.bits() as usize > field.radix_bits {
        return Err(GraphError::Overflow {
            what: format!("{num_digits} digits of y"),
            expected: field.radix() - 1u32,
            found: y_max.clone(),
        });
    }
    let name = format!("vegalith_{suffix}");
    let round_name = format!("{name}_round");
    let round = round(field, &round_name, (x_max, y_max), digit_bits, target)?;
    // One register of the ring can be cleared.
    let shortest = round.made - round.wanted + 1;
    let ring_cycles = (shortest..)
        .find(|&cycles| coprime(cycles, period))
        .unwrap_or(shortest);
    let x_bits = x_max.bits() as usize;
    let multiplier = FoldedMultiplier {
        census: round.module.census,
        files: round.module.files.clone(),
        dpi_sources: Vec::new(),
        num_digits,
        digit_bits,
        ring_cycles,
        latency_cycles: (num_digits - 1) * ring_cycles + round.result,
        x_bits,
        z_bits: round.z_bits,
        name,
    };
    let shape = FoldedShape {
        x_bits,
        digit_bits,
        num_digits,
        z_bits: round.z_bits,
        ring_cycles,
        tail_cycles: round.result,
    };
    let fast = folded_body(field, &multiplier.name, &shape);
    let spare = ring_cycles - shortest;
    let text = ring_text(field, &multiplier, &round, spare, &fast.verilog);
    let mut files = vec![VerilogModule {
        name: multiplier.name.clone(),
        text,
    }];
    files.extend(multiplier.files);
    Ok(FoldedMultiplier {
        files,
        dpi_sources: vec![fast.dpi_source],
        ..multiplier
    })
}

/// The ring around the round, `spare` registers longer than it need be.
fn ring_text(
    field: &FieldParams,
    multiplier: &FoldedMultiplier,
    round: &Round,
    spare: usize,
    fast: &str,
) -> String {
    let num_chunks = round.widths.len();
    // The register of chunk 0 is cleared in the cycle before it is wanted.
    let firsts = round.wanted + num_chunks - 2;
    let mut text = format!(
        "// z = x*y/R mod p, exactly (x*y + m*p)/R; field {field}, R = 2^{radix}, a digit of y each round.
// x, digit i of y (lowest first) and first (with digit 0) every {ring} cycles, {digits} times;
// z is there {latency} cycles after the first. {ring} multiplications may be under way.
module {name} (
  input  wire clk,
  input  wire first,
  input  wire [{x_top}:0] x,
  input  wire [{digit_top}:0] digit,
  output wire [{z_top}:0] z
);
`ifdef VEGALITH_FAST_LEAF
{fast}`else
  reg [{firsts}:1] firsts;
  always @(posedge clk) firsts <= {{firsts[{firsts_kept}:1], first}};
",
        field = field.name,
        radix = field.radix_bits,
        ring = multiplier.ring_cycles,
        digits = multiplier.num_digits,
        latency = multiplier.latency_cycles,
        name = multiplier.name,
        x_top = multiplier.x_bits - 1,
        digit_top = multiplier.digit_bits - 1,
        z_top = multiplier.z_bits - 1,
        firsts_kept = firsts - 1,
    );
    let mut ports = String::new();
    for (i, &width) in round.widths.iter().enumerate() {
        let top = width - 1;
        let clear = round.wanted + i - 1;
        text += &format!("  wire [{top}:0] next{i};\n  reg [{top}:0] acc{i};\n");
        let mut last = format!("next{i}");
        for step in 0..spare {
            let name = format!("spare{i}_{step}");
            text +=
                &format!("  reg [{top}:0] {name};\n  always @(posedge clk) {name} <= {last};\n");
            last = name;
        }
        text += &format!(
            "  always @(posedge clk)\n    if (firsts[{clear}]) acc{i} <= {width}'d0;\n    else acc{i} <= {last};\n"
        );
        ports += &format!(",\n    .acc{i}(acc{i}), .next{i}(next{i})");
    }
    text + &format!(
        "  {} round (\n    .clk(clk), .x(x), .digit(digit), .z(z){ports}\n  );\n`endif\nendmodule\n",
        round.module.name
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::random;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use vegalith_testbench::{Bench, BenchError, Source};

    fn source(multiplier: &FoldedMultiplier, fast: bool) -> Source {
        let mut source = Source::new(&multiplier.name)
            .input("first", 1)
            .input("x", multiplier.x_bits)
            .input("digit", multiplier.digit_bits)
            .output("z", multiplier.z_bits)
            .quick_compile();
        for file in &multiplier.files {
            source = source.file(format!("{}.v", file.name), &file.text);
        }
        if fast {
            source = source.define("VEGALITH_FAST_LEAF");
            for (name, text) in &multiplier.dpi_sources {
                source = source.dpi(name, text);
            }
        }
        source
    }

    /// Every place of the ring starts multiplications of its own, after random pauses.
    fn check(field: &FieldParams, digit_bits: usize, most: u32, target: &Target) {
        let max = &field.modulus * most - 1u32;
        let period = 12 * field.radix_bits / digit_bits;
        let suffix = format!("folded_{}_{digit_bits}", field.name);
        let bounds = (&max, &max);
        let multiplier =
            folded_mont_mul(&suffix, field, bounds, digit_bits, period, target).unwrap();
        println!(
            "{suffix}: ring {}, latency {}, {}",
            multiplier.ring_cycles, multiplier.latency_cycles, multiplier.census
        );
        for fast in [false, true] {
            check_body(field, &multiplier, &max, fast);
        }
    }

    fn check_body(field: &FieldParams, multiplier: &FoldedMultiplier, max: &BigUint, fast: bool) {
        let source = source(multiplier, fast);
        let mut bench = match Bench::start(&source) {
            Err(BenchError::Unavailable(reason)) => {
                println!("skipped: {reason}");
                return;
            }
            bench => bench.unwrap(),
        };
        source.lint().unwrap();
        let digit_bits = multiplier.digit_bits;
        let mut rng = ChaCha8Rng::seed_from_u64(41);
        let p = &field.modulus;
        let edges = [
            BigUint::zero(),
            BigUint::one(),
            p - 1u32,
            p.clone(),
            field.one_mont(),
            max.clone(),
        ];
        let count = 3000;
        let mut rows = vec![vec![BigUint::zero(); 3]; count + multiplier.latency_cycles];
        let mut expected = Vec::new();
        let mask = (BigUint::one() << digit_bits) - 1u32;
        for place in 0..multiplier.ring_cycles {
            let mut cycle = place;
            while cycle < count {
                // Without a pause half of the time.
                if place > 0 && rng.gen_range(0..4) == 0 {
                    rows[cycle][0] = BigUint::from(rng.gen_range(0..2u32));
                    rows[cycle][1] = random(&mut rng, max);
                    cycle += multiplier.ring_cycles;
                    continue;
                }
                let [x, y] = [0, 1].map(|_| match rng.gen_range(0..8usize) {
                    i if i < edges.len() && expected.len() < count / 8 => edges[i].clone(),
                    _ => random(&mut rng, &(max + 1u32)),
                });
                expected.push((cycle + multiplier.latency_cycles, x.clone(), y.clone()));
                for digit in 0..multiplier.num_digits {
                    let Some(row) = rows.get_mut(cycle) else {
                        break;
                    };
                    *row = vec![
                        BigUint::from(u32::from(digit == 0)),
                        x.clone(),
                        (&y >> (digit * digit_bits)) & &mask,
                    ];
                    cycle += multiplier.ring_cycles;
                }
            }
        }
        let seen = bench.run(&rows).unwrap();
        let mut compared = 0;
        for (cycle, x, y) in expected {
            if let Some(row) = seen.get(cycle) {
                let z = field.mont_mul(&x, &y);
                assert_eq!(row[0], z, "cycle {cycle}, x {x:x}, y {y:x}");
                compared += 1;
            }
        }
        assert!(compared > count / 3 / multiplier.num_digits);
    }

    #[test]
    fn every_place_of_the_ring_multiplies() {
        let field = FieldParams::bn254_fq();
        check(&field, 66, 40, &Target::ecp5());
        check(&field, 33, 40, &Target::ecp5());
    }

    #[test]
    fn other_fields_digits_and_targets() {
        check(&FieldParams::bls12_381_fq(), 49, 8, &Target::ecp5());
        check(
            &FieldParams::goldilocks(),
            24,
            3,
            &Target::ultrascale_plus(),
        );
    }

    #[test]
    fn digits_that_do_not_divide_are_refused() {
        let field = FieldParams::bn254_fq();
        let max = field.modulus.clone();
        let target = Target::ecp5();
        assert!(folded_mont_mul("m", &field, (&max, &max), 65, 48, &target).is_err());
        let wide = field.radix();
        assert!(folded_mont_mul("m", &field, (&max, &wide), 66, 48, &target).is_err());
    }
}
