//! Each place where the circuit asserts something is, for some case, lie or forgery, the only place
//! that stops it: without it the witness would satisfy. (Constraints that define a value, a product or a
//! quotient, are always satisfied by what the circuit itself computes; they assert nothing.)

use std::collections::BTreeMap;

use super::*;
use crate::exchange::execute_ignoring;
use crate::exchange::tests::cases::cases;
use crate::samples::sample_mixed_batch;

/// Assertions that no witness of tests can break alone: file, beginning of the line, and why.
const EXEMPT: [(&str, &str, &str); 7] = [
    (
        "edwards.rs",
        "b.enforce(&x2.scale(EdwardsConfig::COEFF_D)",
        "half and eighth of a key are computed on the curve",
    ),
    (
        "signature.rs",
        "let found = b.bits(value, bits)?;",
        "every hash is below 2^254, every scalar below 2^251; see gadgets",
    ),
    (
        "signature.rs",
        "b.range(&Num::constant(Fr::from(top - 1))",
        "happens once in 2^78; see gadgets",
    ),
    (
        "mod.rs",
        "b.range(&timestamp, TIME_BITS)?;",
        "one above its range is of the future, one below 0 is no u64",
    ),
    (
        "mod.rs",
        "b.range(&fees, FEE_BITS)?;",
        "no collateral can take fees of 2^64",
    ),
    (
        "account.rs",
        "b.range(&rest, REST_BITS)?;",
        "what else has this leaf are no integers of an account",
    ),
    (
        "trade.rs",
        "b.range(&price, PRICE_BITS)?;",
        "the limits of both orders enclose it",
    ),
];

type Sites = BTreeMap<&'static std::panic::Location<'static>, bool>;

/// Assertions of the circuit outside its builder, and whether the witness breaks them.
fn sites(executed: &Executed, lies: u32) -> Sites {
    let mut b = builder();
    b.lies = (0..32).map(|k| lies >> k & 1 == 1).collect();
    synthesize(&mut b, &executed.witness).unwrap();
    std::mem::take(&mut b.sites)
        .into_iter()
        .filter(|(site, _)| !site.file().ends_with("builder.rs"))
        .collect()
}

fn line(site: &std::panic::Location<'_>) -> String {
    let name = std::path::Path::new(site.file()).file_name().unwrap();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/circuit");
    let text = std::fs::read_to_string(folder.join(name)).unwrap();
    let line = text.lines().nth(site.line() as usize - 1).unwrap();
    line.trim().to_string()
}

#[test]
fn every_assertion_alone_stops_something() {
    let all = sites(&run(&sample_mixed_batch()), 0);
    assert!(all.values().all(|broken| !broken));
    assert!(all.len() > 40, "{}", all.len());
    let mut alone: BTreeMap<_, usize> = all.keys().map(|site| (*site, 0)).collect();
    let mut count = |executed: &Executed, lies: u32| {
        let broken = sites(executed, lies);
        let broken: Vec<_> = broken.iter().filter(|(_, broken)| **broken).collect();
        if let [(site, _)] = broken[..] {
            *alone.get_mut(site).unwrap() += 1;
        }
    };
    for case in cases().into_iter().filter(|case| !case.breaks.is_empty()) {
        let executed = execute_ignoring(&case.batch, case.breaks.iter().copied()).unwrap();
        let margin = case.refusal.reason.rule() == Rule::Margin;
        for lies in 0..if margin { 16 } else { 1 } {
            count(&executed, lies);
        }
    }
    for forgery in forged::forgeries() {
        count(&forgery.executed, 0);
    }
    let mut exempt = 0;
    for (site, times) in alone {
        let line = line(site);
        let found = EXEMPT
            .iter()
            .find(|(file, piece, _)| site.file().ends_with(file) && line.starts_with(piece));
        match found {
            None => assert!(times > 0, "nothing is stopped by {site} alone: {line}"),
            Some((_, _, reason)) => {
                assert_eq!(times, 0, "{site} is no exemption ({reason}): {line}");
                exempt += 1;
            }
        }
    }
    assert_eq!(exempt, EXEMPT.len());
}
