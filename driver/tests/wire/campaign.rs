//! Jobs over a line on which bytes and frames go wrong all the time and at the end of which the board
//! is restarted at random cycles. After a job that failed, the next one has a quiet line.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use vegalith_driver::serial::SerialOptions;
use vegalith_driver::simulator::{NoiseRates, Options, TerminalOptions};
use vegalith_driver::{
    Device, Expectation, Limits, NttJob, Result, SerialTransport, SimTransport, Statistics,
};

use super::account::{Account, Bounds, Timed, Waits};
use super::wire::{ntt_board, Served};

/// Small jobs: frames that are shorter than what passes between two faults.
const LOG_SIZE: u32 = 3;
const BYTES: usize = 8 << LOG_SIZE;
const REPLY_TIMEOUT: Duration = Duration::from_millis(60);
/// A machine with other work may hold the simulated board up for seconds, which is no fault.
const ATTEMPTS: u32 = 300;
const JOB_LIMIT: Duration = Duration::from_secs(20);
/// With its time on the line.
const ATTEMPT: Duration = REPLY_TIMEOUT.saturating_add(Duration::from_millis(1));
/// All attempts, and as many before them to settle a request in doubt.
const REQUEST_BOUND: Duration = ATTEMPT.saturating_mul(2 * ATTEMPTS);

const BOUNDS: Bounds = Bounds {
    register: REQUEST_BOUND,
    piece: REQUEST_BOUND,
    piece_bytes: BYTES,
    // The attempt under way, whichever request it is of.
    beyond_deadline: ATTEMPT.saturating_mul(2),
    reset: REQUEST_BOUND,
};

const FROM_BOARD: NoiseRates = NoiseRates {
    flip: 4000,
    lose: 4000,
    duplicate: 4000,
    insert: 4000,
    duplicate_frame: 50_000,
    lose_frame: 50_000,
    // Pauses of a program's own machine are nothing to simulate.
    stall: 0,
    stall_clocks: 0,
    restart: 0,
};

const TO_BOARD: NoiseRates = NoiseRates {
    stall: 4000,
    // Some longer than a reply is waited for.
    stall_clocks: 20_000,
    restart: 300,
    ..FROM_BOARD
};

const QUIET: NoiseRates = NoiseRates {
    flip: 0,
    lose: 0,
    duplicate: 0,
    insert: 0,
    duplicate_frame: 0,
    lose_frame: 0,
    ..FROM_BOARD
};

/// Uploads, transforms and reads back.
fn run_job(device: &mut Device, input: &[u8]) -> Result<(Vec<u8>, Statistics)> {
    let data = device.upload(input)?;
    let scratch = device.allocate(BYTES as u64)?;
    let job = NttJob {
        source: &data,
        destination: &data,
        scratch: &scratch,
        log_size: LOG_SIZE,
        inverse: false,
        coset: true,
        scale: [0; 32],
    };
    let statistics = device.run_ntt(job, Limits::from(Instant::now() + JOB_LIMIT))?;
    let mut output = vec![0; BYTES];
    device.read(&data, 0, &mut output)?;
    Ok((output, statistics))
}

/// Input, and what the simulator by itself makes of it.
type Case = (Vec<u8>, Vec<u8>, Statistics);

fn known(seed: u64) -> Result<Vec<Case>> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let simulator = SimTransport::open(ntt_board().preset, &Options::default())?;
    let mut device = Device::open(Box::new(simulator), &Expectation::default())?;
    let case = |_| {
        let mut input = vec![0; BYTES];
        random.fill_bytes(&mut input);
        // Below 2^63, so canonical.
        let tops = input.iter_mut().skip(7).step_by(8);
        tops.for_each(|byte| *byte &= 0x7f);
        let (output, statistics) = run_job(&mut device, &input)?;
        Ok((input, output, statistics))
    };
    (0..64).map(case).collect()
}

struct Campaign {
    served: Served,
    device: Option<Device>,
    waits: Arc<Mutex<Waits>>,
    account: Account,
}

impl Campaign {
    fn noise(&mut self, to_board: NoiseRates, from_board: NoiseRates) {
        let mut terminal = self.served.pause();
        terminal.set_noise(to_board, from_board);
        self.served.resume(terminal);
    }

    fn open(&mut self) -> Result<()> {
        // A device is closed before it is opened again.
        self.device = None;
        let options = SerialOptions {
            reply_timeout: REPLY_TIMEOUT,
            longest_reply_timeout: REPLY_TIMEOUT,
            attempts: ATTEMPTS,
            ..SerialOptions::default()
        };
        let timed = Timed {
            inner: SerialTransport::open(&self.served.path, &options)?,
            bounds: BOUNDS,
            waits: self.waits.clone(),
        };
        self.device = Some(Device::open(Box::new(timed), &Expectation::default())?);
        Ok(())
    }

    fn try_job(&mut self, input: &[u8]) -> Result<(Vec<u8>, Statistics)> {
        if self.device.is_none() {
            self.open()?;
        }
        run_job(self.device.as_mut().expect("is open"), input)
    }

    fn run(&mut self, case: &Case, what: &str) -> Result<()> {
        let outcome = self.try_job(&case.0);
        let (output, statistics) = self.account.count(outcome)?;
        if (&output, &statistics) != (&case.1, &case.2) {
            let number = self.account.jobs();
            let wrong =
                format!("job {number}, {what}: {statistics:?}, {output:02x?} of {case:02x?}");
            self.account.wrong.push(wrong);
        }
        Ok(())
    }

    /// As an operator would: resets, and opens again what stays down.
    fn recover(&mut self) -> bool {
        if let Some(device) = &mut self.device {
            self.account.resets += 1;
            if device.reset().is_ok() {
                return true;
            }
        }
        let opened = (0..3).any(|_| self.open().is_ok());
        self.account.reopened += u64::from(opened);
        opened
    }

    fn step(&mut self, case: &Case, next: &Case) {
        if self.run(case, "on a bad line").is_ok() {
            return;
        }
        self.noise(QUIET, QUIET);
        self.account.lost += u64::from(!self.recover());
        if let Err(error) = self.run(next, "on a quiet line") {
            self.account.failed_afterwards.push(error.to_string());
            self.account.lost += u64::from(self.open().is_err());
        }
        self.noise(TO_BOARD, FROM_BOARD);
    }

    fn count(&mut self) {
        let counts = self.served.noise();
        self.account.faults = [
            ("bit flipped", counts.flipped),
            ("byte lost", counts.lost),
            ("byte doubled", counts.duplicated),
            ("byte from nowhere", counts.inserted),
            ("frame doubled", counts.duplicated_frames),
            ("frame lost", counts.lost_frames),
            ("pause on the line", counts.stalls),
            ("board restarted", counts.restarts),
        ]
        .into();
    }
}

/// Runs jobs until `faults` have happened. `progress` is told how many.
pub fn run(name: &'static str, faults: u64, seed: u64, progress: &dyn Fn(u64)) -> Result<Account> {
    let started = Instant::now();
    let cases = known(seed)?;
    let line = TerminalOptions {
        seed,
        ..TerminalOptions::default()
    };
    let mut campaign = Campaign {
        served: Served::start(ntt_board(), line),
        device: None,
        waits: Arc::default(),
        account: Account {
            name,
            ..Account::default()
        },
    };
    campaign.open()?;
    campaign.noise(TO_BOARD, FROM_BOARD);
    for pair in cases.windows(2).cycle() {
        campaign.step(&pair[0], &pair[1]);
        campaign.count();
        progress(campaign.account.total());
        if campaign.account.total() >= faults {
            break;
        }
    }
    Ok(campaign.account.close(&campaign.waits, started))
}
