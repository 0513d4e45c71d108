//! Injects faults into the line between a serial transport and a board of which every gate is simulated.
//!
//! ```text
//! cargo run --release -p vegalith-driver --features serial,sim --example faults_serial -- 100000 1
//! ```
//!
//! Arguments: number of faults (1000), seed (1), and how many of a million bytes meet each kind of fault
//! (5000). Exit code 1: something that must hold did not.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use rand::{Rng, RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use vegalith_abi::registers as map;
use vegalith_driver::serial::SerialOptions;
use vegalith_driver::simulator::{NoiseRates, TerminalOptions};
use vegalith_driver::{Error, SerialTransport, Transport};

#[path = "../tests/wire/mod.rs"]
mod wire;

use wire::Served;

/// Requests between two looks at the faults so far.
const ROUND: u32 = 50;
/// Bytes of memory that are written and read.
const MEMORY_BYTES: usize = 8192;
/// Longest access: short, so that there are many frames.
const ACCESS_BYTES: usize = 48;

/// What came of the requests.
#[derive(Debug, Default)]
struct Outcomes {
    requests: u64,
    jobs: u64,
    /// Accepted and not what was written, or executed twice: must be none.
    wrong: Vec<String>,
    /// Given up after all attempts.
    given_up: u64,
}

struct Campaign {
    transport: SerialTransport,
    random: ChaCha8Rng,
    memory: Vec<u8>,
    outcomes: Outcomes,
}

impl Campaign {
    fn note(&mut self, what: String) {
        self.outcomes.wrong.push(what);
    }

    /// One request and what can be known of it.
    fn request(&mut self) -> Result<(), Error> {
        self.outcomes.requests += 1;
        let length = self.random.gen_range(1..=ACCESS_BYTES);
        let address = self.random.gen_range(0..self.memory.len() - length);
        match self.random.gen_range(0..10) {
            0..=3 => {
                self.random
                    .fill_bytes(&mut self.memory[address..][..length]);
                let data = &self.memory[address..][..length];
                self.transport.write_memory(address as u64, data)
            }
            4..=7 => {
                let mut read = vec![0; length];
                self.transport.read_memory(address as u64, &mut read)?;
                if read != self.memory[address..][..length] {
                    self.note(format!("{length} bytes at {address:#x}: {read:02x?}"));
                }
                Ok(())
            }
            8 => {
                let word = self.random.next_u32();
                self.transport.write_register(map::ntt::SCALE, word)?;
                let found = self.transport.read_register(map::ntt::SCALE)?;
                if found != word {
                    self.note(format!("register: expected {word:#x}, found {found:#x}"));
                }
                Ok(())
            }
            _ => self.job(),
        }
    }

    /// A job that is refused for its arguments, so that it is over at once: it must start once.
    fn job(&mut self) -> Result<(), Error> {
        self.outcomes.jobs += 1;
        self.transport.write_register(map::ntt::LOG_SIZE, 0)?;
        self.transport
            .write_register(map::CONTROL, map::CONTROL_START)?;
        let until = Instant::now() + Duration::from_secs(30);
        if !self.transport.wait_control(map::CONTROL_DONE, until)? {
            self.note("a job did not end".to_owned());
        }
        let errors = self.transport.read_register(map::ERRORS)?;
        if errors != map::ERROR_ARGUMENT {
            self.note(format!("a job's errors are {errors:#x}"));
        }
        self.transport
            .write_register(map::CONTROL, map::CONTROL_CONTINUE)?;
        // A second start would now run, or be over and done.
        let control = self.transport.read_register(map::CONTROL)?;
        if control & (map::CONTROL_START | map::CONTROL_DONE) != 0 {
            self.note(format!("a job started twice: control is {control:#x}"));
        }
        Ok(())
    }
}

fn run(faults: u64, seed: u64, rate: u32) -> Result<bool, Error> {
    let noise = NoiseRates::even(rate);
    let line = TerminalOptions {
        to_board: noise,
        from_board: noise,
        seed,
    };
    let mut served = Served::start(wire::ntt_board(), line);
    let options = SerialOptions {
        reply_timeout: Duration::from_millis(40),
        attempts: 200,
        ..SerialOptions::default()
    };
    let mut transport = SerialTransport::open(&served.path, &options)?;
    let memory = vec![0; MEMORY_BYTES];
    transport.write_memory(0, &memory)?;
    let mut campaign = Campaign {
        transport,
        random: ChaCha8Rng::seed_from_u64(seed),
        memory,
        outcomes: Outcomes::default(),
    };
    let begin = Instant::now();
    let mut shown = Instant::now();
    while served.noise().total() < faults {
        for _ in 0..ROUND {
            match campaign.request() {
                Ok(()) => {}
                // Never expected at these rates; counted rather than hidden, and what was being
                // written is brought in order.
                Err(Error::LinkDown { .. }) => {
                    campaign.outcomes.given_up += 1;
                    let memory = campaign.memory.clone();
                    campaign.transport.write_memory(0, &memory)?;
                }
                Err(error) => return Err(error),
            }
        }
        if shown.elapsed() > Duration::from_secs(30) {
            shown = Instant::now();
            let seconds = begin.elapsed().as_secs();
            eprintln!("{seconds} s: {} faults", served.noise().total());
        }
    }
    let mut found = vec![0; MEMORY_BYTES];
    campaign.transport.read_memory(0, &mut found)?;
    if found != campaign.memory {
        campaign.note("the memory at the end".to_owned());
    }
    let board = campaign.transport.identify()?;
    println!(
        "serial line: {} faults, seed {seed}, {:.0} s",
        served.noise().total(),
        begin.elapsed().as_secs_f64()
    );
    println!("{:?}", served.noise());
    println!("{:?}", campaign.transport.statistics());
    println!("frames that the board dropped: {}", board.dropped_frames);
    println!("{:?}", campaign.outcomes);
    Ok(campaign.outcomes.wrong.is_empty() && campaign.outcomes.given_up == 0)
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, default: u64| match arguments.get(at) {
        None => Some(default),
        Some(text) => text.parse().ok(),
    };
    let (Some(faults), Some(seed), Some(rate)) = (number(0, 1000), number(1, 1), number(2, 5000))
    else {
        eprintln!("expected a number of faults, a seed, and a rate");
        return ExitCode::from(2);
    };
    match run(faults, seed, rate as u32) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(1)
        }
    }
}
