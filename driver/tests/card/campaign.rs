//! Many faults in a row: no result of a job may be wrong, no call may take longer than it says, and
//! the device must work afterwards.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use vegalith_driver::pcie::{PcieAddress, PcieOptions, PcieTransport};
use vegalith_driver::{Error, Result, Transport};

use super::faults::Fault;
use super::job::{Known, Setup};
use super::nodes::Machine;

/// Short, since stalls must be longer; long enough for a machine with other work.
const REGISTER_LIMIT: Duration = Duration::from_millis(150);
const CHUNK_LIMIT: Duration = Duration::from_millis(200);
const RESET_LIMIT: Duration = Duration::from_millis(300);
const JOB_LIMIT: Duration = Duration::from_millis(400);
const LONGEST_STALL: Duration = Duration::from_millis(400);
/// What a machine with other work may add to a call.
const SLACK: Duration = Duration::from_millis(250);
const ATTEMPTS: u32 = 20;

/// What became of the faults of one kind.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fates {
    /// Happened.
    pub fired: u64,
    /// The job's result was right all the same.
    pub absorbed: u64,
    /// The job ended with an error.
    pub reported: u64,
    /// The job before had been right, and the next one ended with an error.
    pub reported_later: u64,
}

/// Result of a campaign.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    pub seed: u64,
    pub faults: u64,
    pub by_kind: BTreeMap<&'static str, Fates>,
    /// Jobs whose result or counters were taken for right and were not.
    pub wrong_results: Vec<String>,
    /// Calls of the transport that took longer than they may.
    pub late_calls: u64,
    /// The one of them that took longest beyond its bound.
    pub longest_beyond: Option<(String, Duration)>,
    /// Jobs without a fault that failed after the device had been recovered.
    pub failed_afterwards: Vec<String>,
    /// Faults after which the device did not work again.
    pub lost: u64,
    pub resets: u64,
    pub reopened: u64,
    pub seconds: f64,
}

impl Summary {
    /// Whether everything holds that must.
    pub fn is_clean(&self) -> bool {
        self.wrong_results.is_empty()
            && self.late_calls == 0
            && self.lost == 0
            && self.failed_afterwards.is_empty()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "PCIe: {} faults, seed {}, {:.1} s",
            self.faults, self.seed, self.seconds
        )?;
        writeln!(
            f,
            "{:<20}{:>8}{:>10}{:>10}{:>16}",
            "fault", "fired", "absorbed", "reported", "reported later"
        )?;
        for (kind, fates) in &self.by_kind {
            writeln!(
                f,
                "{kind:<20}{:>8}{:>10}{:>10}{:>16}",
                fates.fired, fates.absorbed, fates.reported, fates.reported_later
            )?;
        }
        writeln!(f, "wrong results accepted: {}", self.wrong_results.len())?;
        for wrong in self.wrong_results.iter().take(5) {
            writeln!(f, "  {wrong}")?;
        }
        writeln!(f, "calls beyond their bound: {}", self.late_calls)?;
        if let Some((call, duration)) = &self.longest_beyond {
            writeln!(f, "longest: {call} by {duration:?}")?;
        }
        writeln!(
            f,
            "next jobs that failed: {}, devices lost: {}",
            self.failed_afterwards.len(),
            self.lost
        )?;
        for failure in self.failed_afterwards.iter().take(5) {
            writeln!(f, "  {failure}")?;
        }
        write!(
            f,
            "resets: {}, opened again: {}",
            self.resets, self.reopened
        )
    }
}

/// Calls that took longer than they may.
#[derive(Default)]
struct Lateness {
    calls: u64,
    longest: Option<(String, Duration)>,
}

/// A transport whose calls are held to their bounds.
struct Timed {
    inner: PcieTransport,
    lateness: Arc<Mutex<Lateness>>,
}

impl Timed {
    fn call<T>(
        &mut self,
        what: &str,
        bound: Duration,
        call: impl FnOnce(&mut PcieTransport) -> T,
    ) -> T {
        let started = Instant::now();
        let result = call(&mut self.inner);
        let beyond = started.elapsed().saturating_sub(bound + SLACK);
        if !beyond.is_zero() {
            let mut lateness = self.lateness.lock().unwrap();
            lateness.calls += 1;
            if lateness
                .longest
                .as_ref()
                .is_none_or(|(_, longest)| beyond > *longest)
            {
                lateness.longest = Some((what.to_owned(), beyond));
            }
        }
        result
    }
}

impl Transport for Timed {
    fn name(&self) -> String {
        self.inner.name()
    }
    fn read_register(&mut self, offset: u32) -> Result<u32> {
        self.call("read_register", REGISTER_LIMIT, |t| t.read_register(offset))
    }
    fn write_register(&mut self, offset: u32, value: u32) -> Result<()> {
        self.call("write_register", REGISTER_LIMIT, |t| {
            t.write_register(offset, value)
        })
    }
    fn memory_bytes(&self) -> u64 {
        self.inner.memory_bytes()
    }
    fn read_memory(&mut self, address: u64, data: &mut [u8]) -> Result<()> {
        self.call("read_memory", CHUNK_LIMIT, |t| t.read_memory(address, data))
    }
    fn write_memory(&mut self, address: u64, data: &[u8]) -> Result<()> {
        self.call("write_memory", CHUNK_LIMIT, |t| {
            t.write_memory(address, data)
        })
    }
    fn wait_control(&mut self, control_bits: u32, until: Instant) -> Result<bool> {
        let bound = until.saturating_duration_since(Instant::now()) + REGISTER_LIMIT;
        self.call("wait_control", bound, |t| {
            t.wait_control(control_bits, until)
        })
    }
    fn reset(&mut self) -> Result<()> {
        // An earlier call to come back, a look at the session before and behind, the write.
        let bound = REGISTER_LIMIT * 5 + RESET_LIMIT;
        self.call("reset", bound, PcieTransport::reset)
    }
}

/// A campaign under way.
struct Campaign<'a> {
    machine: &'a Machine,
    address: PcieAddress,
    options: PcieOptions,
    lateness: Arc<Mutex<Lateness>>,
    setup: Option<Setup>,
    summary: Summary,
}

impl Campaign<'_> {
    fn open(&mut self) -> Result<()> {
        // A device is closed before it is opened again.
        self.setup = None;
        let inner = PcieTransport::open(&self.address, &self.options)?;
        let timed = Timed {
            inner,
            lateness: self.lateness.clone(),
        };
        self.setup = Some(Setup::open(Box::new(timed))?);
        Ok(())
    }

    /// `what` is for the account of a wrong result.
    fn run(&mut self, case: &Case, what: &dyn Fn() -> String) -> Result<()> {
        let Some(setup) = &mut self.setup else {
            return Err(Error::InvalidArgument("the device is not open".to_owned()));
        };
        let (output, statistics) = setup.run(&case.0, JOB_LIMIT)?;
        if output != case.1 || statistics != case.2 {
            let result = if output == case.1 { "right" } else { "wrong" };
            self.summary.wrong_results.push(format!(
                "{}: {result} output, {statistics:?} instead of {:?}",
                what(),
                case.2
            ));
        }
        Ok(())
    }

    /// As an operator would: resets, and opens again what stays down.
    fn recover(&mut self) -> bool {
        for _ in 0..ATTEMPTS {
            if let Some(setup) = &mut self.setup {
                self.summary.resets += 1;
                if setup.device.reset().is_ok() {
                    return true;
                }
            }
            self.machine.card.plug_in();
            if self.open().is_ok() {
                self.summary.reopened += 1;
                return true;
            }
            std::thread::sleep(LONGEST_STALL / ATTEMPTS * 2);
        }
        false
    }

    fn fault(&mut self, fault: Fault, after_calls: u32, case: &Case, next: &Case) {
        let card = self.machine.card.clone();
        card.arm(fault, after_calls);
        let what = || format!("{fault:?} at call {after_calls}");
        let outcome = self.run(case, &what);
        let fired = card.disarm();
        let mut fates = Fates {
            fired: u64::from(fired.is_some()),
            ..Fates::default()
        };
        match &outcome {
            Ok(_) => fates.absorbed = fates.fired,
            Err(_) => {
                fates.reported = 1;
                self.summary.lost += u64::from(!self.recover());
            }
        }
        let behind = || format!("after {}", what());
        let mut afterwards = self.run(next, &behind);
        if afterwards.is_err() && outcome.is_ok() && fired.is_some() {
            // The fault came behind the job's last look.
            fates.reported_later = 1;
            fates.absorbed = 0;
            self.summary.lost += u64::from(!self.recover());
            afterwards = self.run(next, &behind);
        }
        if let Err(error) = afterwards {
            let failure = format!("{}: {error}", behind());
            self.summary.failed_afterwards.push(failure);
            self.summary.lost += u64::from(!self.recover());
        }
        let kind = self.summary.by_kind.entry(fault.kind()).or_default();
        kind.fired += fates.fired;
        kind.absorbed += fates.absorbed;
        kind.reported += fates.reported;
        kind.reported_later += fates.reported_later;
    }
}

/// Input, output and counters.
type Case = (Vec<u8>, Vec<u8>, vegalith_driver::Statistics);

/// Injects `faults` faults of a seed, each at a random system call of a job.
pub fn run(machine: &Machine, faults: u64, seed: u64) -> Result<Summary> {
    let started = Instant::now();
    let known = Known::new(seed);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut campaign = Campaign {
        machine,
        address: PcieAddress::Bdf("0000:3b:00.0".parse().unwrap()),
        options: PcieOptions {
            register_limit: REGISTER_LIMIT,
            reset_limit: RESET_LIMIT,
            chunk_limit: CHUNK_LIMIT,
            ..machine.options()
        },
        lateness: Arc::default(),
        setup: None,
        summary: Summary {
            seed,
            ..Summary::default()
        },
    };
    campaign.open()?;
    // How many system calls a job takes.
    machine.card.arm(Fault::Io, u32::MAX);
    campaign.run(&known.cases[0], &|| "the first job".to_owned())?;
    let calls = machine.card.calls();
    machine.card.disarm();
    while campaign.summary.faults < faults {
        let fault = Fault::any(&mut rng, LONGEST_STALL, 25);
        let mut case = || &known.cases[rng.gen_range(0..known.cases.len())];
        let (now, next) = (case(), case());
        let after_calls = rng.gen_range(0..calls);
        campaign.summary.faults += 1;
        campaign.fault(fault, after_calls, now, next);
    }
    let mut summary = campaign.summary;
    let lateness = campaign.lateness.lock().unwrap();
    summary.late_calls = lateness.calls;
    summary.longest_beyond = lateness.longest.clone();
    summary.seconds = started.elapsed().as_secs_f64();
    Ok(summary)
}
