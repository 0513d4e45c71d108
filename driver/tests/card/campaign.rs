//! Many faults in a row in the system calls behind a PCIe transport and in the device behind them:
//! each at a random call of a job, and after it a job without one.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use vegalith_driver::pcie::{PcieAddress, PcieOptions, PcieTransport};
use vegalith_driver::{Error, Result};

use super::account::{Account, Bounds, Timed, Waits};
use super::card::faults::Fault;
use super::card::job::{known, Case, Setup};
use super::card::nodes::Machine;

/// Short, since stalls must be longer; long enough for a machine with other work, whose delays are no
/// faults.
const REGISTER_LIMIT: Duration = Duration::from_millis(1000);
const CHUNK_LIMIT: Duration = Duration::from_millis(1000);
const RESET_LIMIT: Duration = Duration::from_millis(1000);
const JOB_LIMIT: Duration = Duration::from_millis(2000);
/// So much longer than the limits that waiting for the end of one would be seen.
const LONGEST_STALL: Duration = Duration::from_millis(3000);
const STALLS_ONE_IN: u32 = 100;
const ATTEMPTS: u32 = 20;

const BOUNDS: Bounds = Bounds {
    register: REGISTER_LIMIT,
    piece: CHUNK_LIMIT,
    piece_bytes: 1 << 20,
    beyond_deadline: REGISTER_LIMIT,
    // An earlier call to come back, a look at the session before and behind, the write, the wait.
    reset: REGISTER_LIMIT.saturating_mul(5).saturating_add(RESET_LIMIT),
};

/// A campaign under way.
struct Campaign<'a> {
    machine: &'a Machine,
    address: PcieAddress,
    options: PcieOptions,
    waits: Arc<Mutex<Waits>>,
    setup: Option<Setup>,
    account: Account,
}

impl Campaign<'_> {
    fn open(&mut self) -> Result<()> {
        // A device is closed before it is opened again.
        self.setup = None;
        let inner = PcieTransport::open(&self.address, &self.options)?;
        let timed = Timed {
            inner,
            bounds: BOUNDS,
            waits: self.waits.clone(),
        };
        self.setup = Some(Setup::open(Box::new(timed))?);
        Ok(())
    }

    /// `what` is for the account of a wrong result.
    fn run(&mut self, case: &Case, what: &dyn Fn() -> String) -> Result<()> {
        let Some(setup) = &mut self.setup else {
            return Err(Error::InvalidArgument("the device is not open".to_owned()));
        };
        let (output, statistics) = self.account.count(setup.run(&case.0, JOB_LIMIT))?;
        if output != case.1 || statistics != case.2 {
            let result = if output == case.1 { "right" } else { "wrong" };
            self.account.wrong.push(format!(
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
                self.account.resets += 1;
                if setup.device.reset().is_ok() {
                    return true;
                }
            }
            self.machine.card.plug_in();
            if self.open().is_ok() {
                self.account.reopened += 1;
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
        if let Some(fault) = fired {
            *self.account.faults.entry(fault.kind()).or_default() += 1;
        }
        if outcome.is_err() {
            self.account.lost += u64::from(!self.recover());
        }
        let behind = || format!("after {}", what());
        let mut afterwards = self.run(next, &behind);
        if afterwards.is_err() && outcome.is_ok() && fired.is_some() {
            // The fault came behind the job's last look.
            self.account.lost += u64::from(!self.recover());
            afterwards = self.run(next, &behind);
        }
        if let Err(error) = afterwards {
            let failure = format!("{}: {error}", behind());
            self.account.failed_afterwards.push(failure);
            self.account.lost += u64::from(!self.recover());
        }
    }
}

/// Injects `faults` faults of a seed. `progress` is told of each.
pub fn run(
    machine: &Machine,
    name: &'static str,
    faults: u64,
    seed: u64,
    progress: &dyn Fn(u64),
) -> Result<Account> {
    let started = Instant::now();
    let cases = known(seed);
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
        waits: Arc::default(),
        setup: None,
        account: Account {
            name,
            ..Account::default()
        },
    };
    campaign.open()?;
    // How many system calls a job takes.
    machine.card.arm(Fault::Io, u32::MAX);
    campaign.run(&cases[0], &|| "the first job".to_owned())?;
    let calls = machine.card.calls();
    machine.card.disarm();
    while campaign.account.total() < faults {
        let fault = Fault::any(&mut rng, LONGEST_STALL, STALLS_ONE_IN);
        let mut case = || &cases[rng.gen_range(0..cases.len())];
        let (now, next) = (case(), case());
        let after_calls = rng.gen_range(0..calls);
        campaign.fault(fault, after_calls, now, next);
        progress(campaign.account.total());
    }
    Ok(campaign.account.close(&campaign.waits, started))
}
