//! Prints what circuits cost, by what the constraints are spent on:
//! `cargo run -p vegalith-prover --example constraints`. The table of `docs/statement.md` is this.

use vegalith_prover::{breakdown, Breakdown, Error, Shape};

fn count(letters: &str) -> Result<Breakdown, Error> {
    match Shape::from_letters(letters) {
        Some(shape) => breakdown(&shape),
        None => Err(Error::Synthesis(format!("no shape: {letters}"))),
    }
}

fn row(name: &str, parts: [usize; 5]) -> String {
    let total: usize = parts.iter().sum();
    let [tree, signatures, margin, range, rest] = parts;
    format!("| {name} | {tree} | {signatures} | {margin} | {range} | {rest} | {total} |\n")
}

fn parts(count: Breakdown) -> [usize; 5] {
    [
        count.tree,
        count.signatures,
        count.margin,
        count.range,
        count.rest,
    ]
}

/// A Markdown table: whole circuits, then what one further transaction adds to any circuit, and what
/// is left without transactions.
pub fn table() -> Result<String, Error> {
    let mut table = String::from(
        "| circuit | tree | signatures | margin | range | rest | total |\n|---|---|---|---|---|---|---|\n",
    );
    let trade = parts(count("t")?);
    for (name, letters) in [
        ("1 trade", "t".into()),
        ("4 trades", "t".repeat(4)),
        ("16 trades", "t".repeat(16)),
        ("1 deposit", "d".to_string()),
        ("1 withdrawal", "w".into()),
    ] {
        table += &row(name, parts(count(&letters)?));
    }
    for (name, letters) in [
        ("each further trade", "tt"),
        ("each further deposit", "td"),
        ("each further withdrawal", "tw"),
    ] {
        let both = parts(count(letters)?);
        table += &row(name, std::array::from_fn(|k| both[k] - trade[k]));
    }
    let two = parts(count("tt")?);
    let fixed = std::array::from_fn(|k| 2 * trade[k] - two[k]);
    table += &row("oracle, fees and public input", fixed);
    Ok(table)
}

#[allow(dead_code)] // The test that compares the table with the documentation has no main.
fn main() -> Result<(), Error> {
    print!("{}", table()?);
    Ok(())
}
