//! What a campaign of faults answers for: no wrong result is accepted, no call takes longer than its
//! bound, and the next job works.
#![allow(dead_code, reason = "each user takes a part")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use vegalith_driver::{Result, Transport};

/// What a machine with other work may add to a call.
pub const SLACK: Duration = Duration::from_millis(500);

/// One way to a kernel and what came of the faults on it.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// Name of the transport and its manner.
    pub name: &'static str,
    /// Faults that happened, by kind.
    pub faults: BTreeMap<&'static str, u64>,
    /// Jobs whose result was taken for right.
    pub accepted: u64,
    /// Jobs that ended with an error.
    pub refused: u64,
    /// Accepted jobs whose result or counters were not those of the simulator by itself.
    pub wrong: Vec<String>,
    /// Jobs after a recovery, with nothing going wrong any more, that failed.
    pub failed_afterwards: Vec<String>,
    /// Failures after which the device could not be recovered.
    pub lost: u64,
    pub resets: u64,
    pub reopened: u64,
    pub waits: Waits,
    pub seconds: f64,
}

impl Account {
    pub fn total(&self) -> u64 {
        self.faults.values().sum()
    }

    pub fn jobs(&self) -> u64 {
        self.accepted + self.refused
    }

    /// Counts a job by what came of it.
    pub fn count<R>(&mut self, outcome: Result<R>) -> Result<R> {
        match outcome {
            Ok(_) => self.accepted += 1,
            Err(_) => self.refused += 1,
        }
        outcome
    }

    /// The account of a campaign that is over.
    pub fn close(mut self, waits: &Mutex<Waits>, started: Instant) -> Self {
        self.waits = waits.lock().unwrap().clone();
        self.seconds = started.elapsed().as_secs_f64();
        self
    }

    /// Whether everything holds that must.
    pub fn is_clean(&self) -> bool {
        self.wrong.is_empty()
            && self.failed_afterwards.is_empty()
            && self.lost == 0
            && self.waits.late == 0
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&table(std::slice::from_ref(self)))
    }
}

/// All accounts side by side, and what broke a rule.
pub fn table(accounts: &[Account]) -> String {
    type Cell = fn(&Account) -> u64;
    let mut text = String::new();
    let mut row = |name: &str, cells: Vec<u64>, sum: Option<u64>| {
        let _ = write!(text, "{name:<34}");
        for cell in cells.into_iter().chain(sum) {
            let _ = write!(text, "{cell:>19}");
        }
        text += "\n";
    };
    let kinds: BTreeSet<_> = accounts.iter().flat_map(|a| a.faults.keys()).collect();
    for kind in kinds {
        let count = |account: &Account| account.faults.get(kind).copied().unwrap_or(0);
        let cells: Vec<u64> = accounts.iter().map(count).collect();
        let sum = cells.iter().sum();
        row(kind, cells, Some(sum));
    }
    let rows: [(&str, Cell); 12] = [
        ("faults", Account::total),
        ("jobs", Account::jobs),
        ("  refused", |a| a.refused),
        ("  accepted", |a| a.accepted),
        ("  accepted and wrong", |a| a.wrong.len() as u64),
        ("next jobs that failed", |a| {
            a.failed_afterwards.len() as u64
        }),
        ("devices lost", |a| a.lost),
        ("resets by the driver", |a| a.resets),
        ("opened again", |a| a.reopened),
        ("calls with a bound", |a| a.waits.calls),
        ("calls beyond it", |a| a.waits.late),
        ("seconds", |a| a.seconds as u64),
    ];
    for (name, cell) in rows {
        let cells: Vec<u64> = accounts.iter().map(cell).collect();
        // They ran side by side.
        let sum = (name != "seconds").then(|| cells.iter().sum());
        row(name, cells, sum);
    }
    let longest = |a: &Account| {
        a.waits
            .longest
            .as_ref()
            .map_or(0, |(_, d)| d.as_millis() as u64)
    };
    let cells: Vec<u64> = accounts.iter().map(longest).collect();
    let most = cells.iter().copied().max();
    row("longest wait over its bound, ms", cells, most);
    let mut head = format!("{:<34}", "");
    for name in accounts
        .iter()
        .map(|account| account.name)
        .chain(["together"])
    {
        let _ = write!(head, "{name:>19}");
    }
    for account in accounts {
        for fault in account
            .wrong
            .iter()
            .chain(&account.failed_afterwards)
            .take(5)
        {
            let _ = writeln!(text, "{}: {fault}", account.name);
        }
        if let (Some((call, over)), true) = (&account.waits.longest, account.waits.late > 0) {
            let _ = writeln!(text, "{}: {call} took {over:?} too long", account.name);
        }
    }
    format!("{head}\n{text}")
}

/// How long calls took beside how long they may take.
#[derive(Clone, Debug, Default)]
pub struct Waits {
    pub calls: u64,
    /// Calls that took longer than their bound and [`SLACK`].
    pub late: u64,
    /// The call that took longest beyond its bound.
    pub longest: Option<(String, Duration)>,
}

/// Bounds of a transport's calls.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    pub register: Duration,
    /// Of a piece of memory.
    pub piece: Duration,
    pub piece_bytes: usize,
    /// What waiting may take beyond its deadline.
    pub beyond_deadline: Duration,
    pub reset: Duration,
}

/// A transport whose calls are held to their bounds.
pub struct Timed<T> {
    pub inner: T,
    pub bounds: Bounds,
    pub waits: Arc<Mutex<Waits>>,
}

impl<T: Transport> Timed<T> {
    fn call<R>(&mut self, what: &str, bound: Duration, call: impl FnOnce(&mut T) -> R) -> R {
        let started = Instant::now();
        let result = call(&mut self.inner);
        let over = started.elapsed().saturating_sub(bound);
        let mut waits = self.waits.lock().unwrap();
        waits.calls += 1;
        waits.late += u64::from(over > SLACK);
        let longest = waits
            .longest
            .as_ref()
            .map_or(Duration::ZERO, |(_, longest)| *longest);
        if over > longest {
            waits.longest = Some((what.to_owned(), over));
        }
        result
    }

    fn copy_bound(&self, bytes: usize) -> Duration {
        self.bounds.piece * bytes.div_ceil(self.bounds.piece_bytes) as u32
    }
}

impl<T: Transport> Transport for Timed<T> {
    fn name(&self) -> String {
        self.inner.name()
    }
    fn read_register(&mut self, offset: u32) -> Result<u32> {
        self.call("read_register", self.bounds.register, |t| {
            t.read_register(offset)
        })
    }
    fn write_register(&mut self, offset: u32, value: u32) -> Result<()> {
        self.call("write_register", self.bounds.register, |t| {
            t.write_register(offset, value)
        })
    }
    fn memory_bytes(&self) -> u64 {
        self.inner.memory_bytes()
    }
    fn read_memory(&mut self, address: u64, data: &mut [u8]) -> Result<()> {
        self.call("read_memory", self.copy_bound(data.len()), |t| {
            t.read_memory(address, data)
        })
    }
    fn write_memory(&mut self, address: u64, data: &[u8]) -> Result<()> {
        self.call("write_memory", self.copy_bound(data.len()), |t| {
            t.write_memory(address, data)
        })
    }
    fn wait_control(&mut self, control_bits: u32, until: Instant) -> Result<bool> {
        let left = until.saturating_duration_since(Instant::now());
        self.call("wait_control", left + self.bounds.beyond_deadline, |t| {
            t.wait_control(control_bits, until)
        })
    }
    fn reset(&mut self) -> Result<()> {
        self.call("reset", self.bounds.reset, T::reset)
    }
    fn memory_generation(&self) -> u64 {
        self.inner.memory_generation()
    }
    fn has_counters(&self) -> bool {
        self.inner.has_counters()
    }
}
