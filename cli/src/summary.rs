//! What `demo` tells people: what was proved, what it cost on both backends, and whether it holds.

use ark_bn254::Fr;
use vegalith_prover::{
    Batch, Executed, Keys, ProveReport, Side, Stage, StageReport, State, Trade, Transaction,
    Verdict, MARKETS,
};

use crate::proof::hex;
use crate::report::group_digits;
use crate::stages::{self, Engine};

/// What a proof of the batch says.
pub fn statement(batch: &Batch, executed: &Executed, keys: &Keys) -> Vec<String> {
    let statement = &executed.statement;
    let mut lines = vec!["What is proved".to_owned()];
    for transaction in &batch.transactions {
        if let Transaction::Trade(trade) = transaction {
            lines.extend(trade_lines(trade, &batch.state, &executed.state));
        }
    }
    lines.extend([
        entry(
            "old root",
            &format!(
                "{} of {} accounts",
                short(&statement.old_root),
                batch.state.accounts().count()
            ),
        ),
        entry("new root", &short(&statement.new_root)),
        entry(
            "public input",
            &format!(
                "{}, the hash of roots, prices, time, fees and batch",
                short(&statement.public_input())
            ),
        ),
        entry(
            "circuit",
            &format!(
                "{} constraints: signatures, nonces, limits, fees, funding, margin, tree",
                group_digits(keys.num_constraints() as u64)
            ),
        ),
        entry("keys", &keys.source().to_string()),
        String::new(),
    ]);
    lines
}

fn trade_lines(trade: &Trade, before: &State, after: &State) -> Vec<String> {
    let (maker, taker) = (&trade.maker.order, &trade.taker.order);
    let market = usize::from(maker.market);
    let name = MARKETS.get(market).map_or("?", |rules| rules.name);
    let (verb, preposition) = match maker.side {
        Side::Buy => ("buys", "from"),
        Side::Sell => ("sells", "to"),
    };
    let mut lines = vec![
        entry(
            "trade",
            &format!(
                "account {} {verb} {} lots of {name} {preposition} account {} at {} USD a lot",
                maker.account,
                trade.size,
                taker.account,
                amount(trade.price)
            ),
        ),
        entry(
            "fees",
            &format!(
                "{} USD (maker) and {} USD (taker)",
                amount(trade.maker_fee),
                amount(trade.taker_fee)
            ),
        ),
    ];
    for index in [maker.account, taker.account] {
        let found = [before, after].map(|state| {
            let account = state.account(index)?;
            Some((account.positions.get(market)?.size, account.collateral))
        });
        if let [Some((size, cash)), Some((new_size, new_cash))] = found {
            lines.push(entry(
                &format!("account {index}"),
                &format!(
                    "{size} → {new_size} lots of {name}, cash {} → {} USD",
                    amount(cash),
                    amount(new_cash)
                ),
            ));
        }
    }
    lines
}

/// What every stage cost on the CPU and in simulation, and sums.
pub fn stages(cpu: &ProveReport, sim: &ProveReport) -> Vec<String> {
    let mut head = vec!["stage", "n", "cpu s", "simul. s"];
    head.extend(stages::DEVICE_HEADS);
    let mut rows: Vec<Vec<String>> = Stage::ALL
        .iter()
        .map(|stage| row(*stage, cpu.stage(*stage), sim.stage(*stage)))
        .collect();
    rows.push(Vec::new());
    for (label, engine) in [
        ("all 4 MSMs in G1", Engine::Msm),
        ("all 7 NTTs", Engine::Ntt),
    ] {
        let [on_cpu, simulated] = [cpu, sim].map(|report| stages::sum(report, engine));
        let mut row = vec![
            label.to_owned(),
            String::new(),
            stages::seconds(on_cpu.seconds),
            stages::seconds(simulated.seconds),
        ];
        row.extend(stages::device_cells(engine, Some(simulated.device)));
        rows.push(row);
    }
    rows.push(vec![
        "the whole proof".to_owned(),
        String::new(),
        stages::seconds(cpu.seconds),
        stages::seconds(sim.seconds),
    ]);

    let mut lines = vec![format!(
        "What it costs: {} constraints, domain {} (n: points, elements, rows or variables)",
        group_digits(cpu.constraints as u64),
        power(cpu.domain)
    )];
    lines.extend(stages::table(&head, &rows));
    lines.push(String::new());
    lines.extend(simulation(sim));
    lines
}

/// How fast the simulation was, so that nobody takes its seconds for the hardware's.
fn simulation(sim: &ProveReport) -> Vec<String> {
    let [msm, ntt] = [Engine::Msm, Engine::Ntt].map(|engine| stages::sum(sim, engine));
    let rate = |cycles: u64, seconds: f64| format!("{:.0}", cycles as f64 / seconds / 1e3);
    let cycles = msm.device.cycles + ntt.device.cycles;
    vec![
        format!(
            "  Simulation: {} cycles, {} kcycles/s (MSM {}, NTT {}, side by side).",
            group_digits(cycles),
            rate(cycles, sim.seconds),
            rate(msm.device.cycles, msm.seconds),
            rate(ntt.device.cycles, ntt.seconds)
        ),
        "  Simulated seconds are this machine's, not the hardware's; cycles and bytes are the hardware's."
            .to_owned(),
        "  adder, butterfly: share of the unit's slots that did needed work. Stages overlap.".to_owned(),
        String::new(),
    ]
}

fn row(stage: Stage, cpu: Option<&StageReport>, sim: Option<&StageReport>) -> Vec<String> {
    let seconds = |report: Option<&StageReport>| {
        report.map_or_else(String::new, |report| stages::seconds(report.seconds))
    };
    let mut row = vec![
        stages::label(stage).to_owned(),
        stages::count(sim.map_or(0, |report| report.n)),
        seconds(cpu),
        seconds(sim),
    ];
    row.extend(stages::device_cells(
        stages::engine(stage),
        sim.and_then(|report| report.device),
    ));
    row
}

/// Whether the proofs hold and are equal.
pub fn checks(verdicts: [&Verdict; 2], equal: bool, bytes: usize) -> Vec<String> {
    let [cpu, sim] = verdicts;
    let good = equal && verdicts.iter().all(|verdict| **verdict == Verdict::Valid);
    vec![
        "What was checked".to_owned(),
        entry("cpu", &format!("arkworks verifies the proof: {cpu}")),
        entry("simulation", &format!("arkworks verifies the proof: {sim}")),
        entry(
            "equality",
            &if equal {
                format!("both proofs are equal, byte for byte (files of {bytes} bytes)")
            } else {
                "THE PROOFS DIFFER though their randomness is the same".to_owned()
            },
        ),
        String::new(),
        if good {
            "Every G1 MSM and NTT of this proof ran, cycle by cycle, in generated Verilog. It verifies."
        } else {
            "The demo FAILED."
        }
        .to_owned(),
    ]
}

fn entry(name: &str, text: &str) -> String {
    format!("  {name:<12}  {text}")
}

/// Micros as units with six decimals.
fn amount(micros: i128) -> String {
    let sign = if micros < 0 { "-" } else { "" };
    let (units, rest) = (
        micros.unsigned_abs() / 1_000_000,
        micros.unsigned_abs() % 1_000_000,
    );
    let units = u64::try_from(units).map_or_else(|_| units.to_string(), group_digits);
    format!("{sign}{units}.{rest:06}")
}

/// First and last digits.
fn short(value: &Fr) -> String {
    let text = hex(value);
    format!("{}…{}", &text[..10], &text[text.len() - 8..])
}

/// 32768 as 2^15.
fn power(domain: usize) -> String {
    if domain.is_power_of_two() {
        format!("2^{}", domain.trailing_zeros())
    } else {
        domain.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_and_powers_for_people() {
        assert_eq!(amount(0), "0.000000");
        assert_eq!(amount(6_128_112), "6.128112");
        assert_eq!(amount(-26_000_000_000), "-26,000.000000");
        assert_eq!(power(1 << 15), "2^15");
        assert_eq!(short(&Fr::from(255u64)), "0x00000000…000000ff");
    }

    #[test]
    fn a_failed_demo_says_so() {
        let text = |verdicts, equal| checks(verdicts, equal, 1).join("\n");
        let (valid, invalid) = (&Verdict::Valid, &Verdict::Invalid);
        assert!(text([valid, valid], true).contains("It verifies."));
        for bad in [
            text([valid, invalid], true),
            text([invalid, valid], true),
            text([valid, valid], false),
        ] {
            assert!(
                bad.contains("FAILED") && !bad.contains("It verifies."),
                "{bad}"
            );
        }
    }
}
