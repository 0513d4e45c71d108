//! CPUs compared: this project's backend, arkworks and other libraries on equal operands, in turns,
//! in one run. `make bench-cpu` runs it on one CPU and on two.
//!
//! `cpu [--cpus N] [--rounds R] [--log-sizes 16,18,20] [msm] [ntt] [groth16]` prints Markdown: speed
//! relative to arkworks by the wall clock / by CPU time, medians of R rounds, or of fewer where these take long.

mod groth16;
mod measure;

use std::sync::Arc;

use ark_ec::short_weierstrass::Projective;
use ark_ff::{BigInteger, PrimeField};
use measure::{compare, Measured};
use rustix::thread::{sched_setaffinity, CpuSet};
use vegalith_benches::contenders::{msm, ntt, Contender};
use vegalith_benches::{points, random};

struct Options {
    cpus: usize,
    rounds: usize,
    log_sizes: Vec<u32>,
    tasks: Vec<String>,
}

impl Options {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Options {
            cpus: 1,
            rounds: 5,
            log_sizes: vec![16, 18, 20],
            tasks: Vec::new(),
        };
        while let Some(argument) = arguments.next() {
            let mut number = || {
                let value = arguments.next().unwrap_or_default();
                let parsed = value
                    .split(',')
                    .map(str::parse)
                    .collect::<Result<Vec<u32>, _>>();
                parsed.map_err(|_| format!("{argument}: expected a number, found {value:?}"))
            };
            match argument.as_str() {
                "--cpus" => options.cpus = number()?[0].max(1) as usize,
                "--rounds" => options.rounds = number()?[0].max(1) as usize,
                "--log-sizes" => options.log_sizes = number()?,
                "msm" | "ntt" | "groth16" => options.tasks.push(argument),
                other => return Err(format!("{other}: expected msm, ntt, groth16 or an option")),
            }
        }
        if options.tasks.is_empty() {
            options.tasks = ["msm", "ntt", "groth16"].map(String::from).to_vec();
        }
        Ok(options)
    }
}

/// Columns of one table, one after another.
struct Table {
    /// Contenders and their cells.
    rows: Vec<(&'static str, Vec<String>)>,
    num_columns: usize,
}

impl Table {
    fn new(title: &str, columns: &[String]) -> Self {
        println!("\n| {title} | {} |", columns.join(" | "));
        println!("|---|{}", "---|".repeat(columns.len()));
        Table {
            rows: Vec::new(),
            num_columns: 0,
        }
    }

    fn column(&mut self, contenders: Vec<Contender>, rounds: usize) -> Result<(), String> {
        let measured = compare(contenders, rounds)?;
        for one in &measured {
            let known = self.rows.iter().position(|(name, _)| *name == one.name);
            let row = known.unwrap_or_else(|| {
                self.rows.push((one.name, Vec::new()));
                self.rows.len() - 1
            });
            let cells = &mut self.rows[row].1;
            cells.resize(self.num_columns, String::new());
            cells.push(cell(one, &measured[0]));
        }
        self.num_columns += 1;
        Ok(())
    }

    fn print(self) {
        for (name, mut cells) in self.rows {
            cells.resize(self.num_columns, String::new());
            println!("| {name} | {} |", cells.join(" | "));
        }
    }
}

fn cell(one: &Measured, first: &Measured) -> String {
    let mib = one.peak_bytes as f64 / f64::from(1 << 20);
    format!(
        "{:.2} / {:.2} ({:.1} ms, {mib:.0} MiB)",
        first.wall / one.wall,
        first.cpu / one.cpu,
        one.wall * 1e3
    )
}

fn msm<C: msm::Curve>(options: &Options, witness: &[ark_bn254::Fr]) -> Result<(), String> {
    for kind in ["uniform", "witness"] {
        let sizes: Vec<u32> = options
            .log_sizes
            .iter()
            .copied()
            .filter(|log| kind == "uniform" || 1 << log <= witness.len())
            .collect();
        if sizes.is_empty() {
            continue;
        }
        let columns: Vec<_> = sizes.iter().map(|log| format!("2^{log}")).collect();
        let mut table = Table::new(&format!("{} MSM, {kind} scalars", C::NAME), &columns);
        for log_size in sizes {
            let n = 1 << log_size;
            let scalars = match kind {
                "uniform" => random(n),
                _ => witness[..n]
                    .iter()
                    .map(|s| {
                        C::ScalarField::from_le_bytes_mod_order(&s.into_bigint().to_bytes_le())
                    })
                    .collect(),
            };
            let task = msm::Task::<C> {
                bases: Arc::new(points::<Projective<C>>(n)),
                scalars: Arc::new(scalars),
            };
            table.column(msm::contenders(&task), options.rounds)?;
        }
        table.print();
    }
    Ok(())
}

fn ntt<F: ntt::Field>(options: &Options) -> Result<(), String> {
    let columns: Vec<_> = options
        .log_sizes
        .iter()
        .map(|log| format!("2^{log}"))
        .collect();
    let mut table = Table::new(&format!("{} NTT", F::NAME), &columns);
    for log_size in &options.log_sizes {
        let input: Arc<Vec<F>> = Arc::new(random(1 << log_size));
        table.column(ntt::contenders(&input), options.rounds)?;
    }
    table.print();
    Ok(())
}

fn proofs(options: &Options) -> Result<(), Box<dyn std::error::Error>> {
    let task = groth16::Task::new()?;
    let backend = vegalith::CpuBackend::new();
    let columns = [format!("{} constraints", task.num_constraints())];
    let mut table = Table::new("Groth16, 16 trades", &columns);
    table.column(groth16::contenders(&task, &backend), options.rounds)?;
    table.print();
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = Options::parse(std::env::args().skip(1))?;
    // Before any pool of threads is made: every library counts the CPUs that it may use.
    let mut cpus = CpuSet::new();
    (0..options.cpus).for_each(|cpu| cpus.set(cpu));
    sched_setaffinity(None, &cpus)?;
    println!("CPUs: {}, rounds: up to {}", options.cpus, options.rounds);
    for task in &options.tasks {
        match task.as_str() {
            "msm" => {
                let witness = groth16::witness()?;
                msm::<ark_bn254::g1::Config>(&options, &witness)?;
                msm::<ark_bls12_381::g1::Config>(&options, &witness)?;
                msm::<ark_bn254::g2::Config>(&options, &witness)?;
                msm::<ark_bls12_381::g2::Config>(&options, &witness)?;
            }
            "ntt" => {
                ntt::<ark_bn254::Fr>(&options)?;
                ntt::<ark_bls12_381::Fr>(&options)?;
                ntt::<vegalith::Goldilocks>(&options)?;
            }
            _ => proofs(&options)?,
        }
    }
    Ok(())
}
