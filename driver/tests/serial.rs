//! The serial transport against boards of which every gate is simulated, behind a pseudo-terminal.

use std::path::Path;
use std::time::{Duration, Instant};

use rand::{Rng, RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use vegalith_abi::registers as map;
use vegalith_driver::serial::SerialOptions;
use vegalith_driver::simulator::{
    models, BoardSimulator, BoardTerminal, Model, ModelOnBoard, NoiseRates, Options,
    TerminalOptions,
};
use vegalith_driver::{
    Capabilities, Device, Digest, Error, Expectation, NttJob, SerialTransport, SimTransport,
    Statistics, Transport, Unavailability,
};

mod account;
#[path = "wire/campaign.rs"]
mod campaign;
mod wire;

use wire::{ntt_board, patient, soon, Served};

fn open(path: &Path, model: &ModelOnBoard) -> Device {
    let transport = SerialTransport::open(path, &patient()).unwrap();
    let expected = Expectation {
        block_type: None,
        preset_digest: Some(Digest(model.digest)),
    };
    Device::open(Box::new(transport), &expected).unwrap()
}

const MODULUS: u128 = (1 << 64) - (1 << 32) + 1;

fn power(base: u64, mut exponent: u64) -> u64 {
    let (mut base, mut result) = (u128::from(base), 1u128);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = result * base % MODULUS;
        }
        base = base * base % MODULUS;
        exponent >>= 1;
    }
    result as u64
}

/// The definition: X_k = Σ x_n·ω^(nk).
fn definition(input: &[u64]) -> Vec<u64> {
    let count = input.len() as u64;
    let root = power(7, (MODULUS - 1) as u64 / count);
    (0..count)
        .map(|k| {
            let step = u128::from(power(root, k));
            let horner = |sum: u128, &x: &u64| (sum * step + u128::from(x)) % MODULUS;
            input.iter().rev().fold(0, horner) as u64
        })
        .collect()
}

fn bytes(elements: &[u64]) -> Vec<u8> {
    elements.iter().flat_map(|x| x.to_le_bytes()).collect()
}

/// A forward transform: its output and what it took.
fn transform(device: &mut Device, input: &[u64]) -> (Vec<u8>, Statistics) {
    let data = device.upload(&bytes(input)).unwrap();
    let scratch = device.allocate(8 * input.len() as u64).unwrap();
    let job = NttJob {
        source: &data,
        destination: &data,
        scratch: &scratch,
        log_size: input.len().ilog2(),
        inverse: false,
        coset: false,
        scale: [0; 32],
    };
    let statistics = device.run_ntt(job, soon()).unwrap();
    let mut output = vec![0; 8 * input.len()];
    device.read(&data, 0, &mut output).unwrap();
    (output, statistics)
}

fn elements(log_size: u32, seed: u64) -> Vec<u64> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    (0..1usize << log_size)
        .map(|_| (u128::from(random.next_u64()) % MODULUS) as u64)
        .collect()
}

/// The same job takes the same cycles, reads and writes the same bytes and gives the same result on
/// the board and in the simulator.
#[test]
fn a_job_on_the_board_takes_the_cycles_of_the_simulator() {
    let model = ntt_board();
    let served = Served::start(model, TerminalOptions::default());
    let transport = SerialTransport::open(&served.path, &patient()).unwrap();
    assert_eq!(transport.memory_bytes(), 128 << 10);
    let latency_cycles = transport.board().latency_cycles;
    drop(transport);
    let mut board = open(&served.path, model);
    let is_kernel = |kernel: &&Model| kernel.preset == model.preset;
    let kernel = models().iter().find(is_kernel).unwrap();
    assert_eq!(kernel.latency_cycles, u32::from(latency_cycles));
    let options = Options {
        memory_bytes: 128 << 10,
        ..Options::default()
    };
    let transport = SimTransport::open(model.preset, &options).unwrap();
    let expected = Expectation {
        block_type: None,
        preset_digest: Some(Digest(model.digest)),
    };
    let mut simulator = Device::open(Box::new(transport), &expected).unwrap();
    let Capabilities::Ntt { .. } = board.identity().capabilities else {
        panic!("the board carries an NTT");
    };
    for log_size in [1, 3, 6, 9] {
        let input = elements(log_size, log_size.into());
        let on_board = transform(&mut board, &input);
        let in_simulator = transform(&mut simulator, &input);
        assert_eq!(on_board.1, in_simulator.1, "2^{log_size}");
        assert!(on_board.0 == in_simulator.0, "2^{log_size}");
        assert!(on_board.0 == bytes(&definition(&input)), "2^{log_size}");
    }
}

#[test]
fn registers_memory_and_reset() {
    let served = Served::start(ntt_board(), TerminalOptions::default());
    let mut transport = SerialTransport::open(&served.path, &patient()).unwrap();
    assert_eq!(
        transport.read_register(map::MAGIC).unwrap(),
        map::MAGIC_VALUE
    );
    transport
        .write_register(map::ntt::LOG_SIZE, 0x7e7d_5d5e)
        .unwrap();
    let value = transport.read_register(map::ntt::LOG_SIZE).unwrap();
    assert_eq!(value, 0x7e7d_5d5e);

    // Lengths around the payload's, at places that are no beats; flags and escapes among the bytes.
    let size = transport.memory_bytes();
    for (address, length) in [(3, 1), (61, 300), (4096, 256), (size - 257, 257)] {
        let data: Vec<u8> = (0..length).map(|i: u64| (0x7c + i % 5) as u8).collect();
        transport.write_memory(address, &data).unwrap();
        let mut read = vec![0; data.len()];
        transport.read_memory(address, &mut read).unwrap();
        assert!(read == data, "{length} bytes at {address:#x}");
    }
    for (address, length) in [(size, 1), (size - 1, 2), (u64::MAX, 1), (1 << 32, 1)] {
        let refused = transport.write_memory(address, &vec![0; length]);
        assert!(matches!(refused, Err(Error::InvalidArgument(_))));
    }

    transport.reset().unwrap();
    assert_eq!(transport.read_register(map::ntt::LOG_SIZE).unwrap(), 0);
    let until = Instant::now() + Duration::from_secs(20);
    assert!(transport.wait_control(map::CONTROL_IDLE, until).unwrap());
    let soon = Instant::now() + Duration::from_millis(50);
    assert!(!transport.wait_control(map::CONTROL_DONE, soon).unwrap());
}

/// Bits flipped, bytes lost, doubled and invented, frames doubled, pauses, in both directions: nothing
/// wrong is ever accepted, nothing is executed twice, and a job's result is right.
#[test]
fn noise_costs_time_only() {
    const FAULTS: u64 = 300;
    let model = ntt_board();
    let options = TerminalOptions {
        to_board: NoiseRates::even(2_000),
        from_board: NoiseRates::even(2_000),
        seed: 2026,
    };
    let mut served = Served::start(model, options);
    let impatient = SerialOptions {
        reply_timeout: Duration::from_millis(250),
        longest_reply_timeout: Duration::from_millis(250),
        attempts: 100,
        ..SerialOptions::default()
    };
    let mut transport = SerialTransport::open(&served.path, &impatient).unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let size = transport.memory_bytes() as usize;
    // What the memory must hold, in a part of it.
    let mut memory = vec![0; 4096];
    transport.write_memory(0, &memory).unwrap();
    let mut requests = 0;
    while requests % 20 != 0 || served.noise().total() < FAULTS {
        requests += 1;
        let length = random.gen_range(1..=256);
        let address = random.gen_range(0..memory.len() - length);
        if random.gen() {
            random.fill_bytes(&mut memory[address..][..length]);
            let data = &memory[address..][..length];
            transport.write_memory(address as u64, data).unwrap();
        } else {
            let mut read = vec![0; length];
            transport.read_memory(address as u64, &mut read).unwrap();
            assert!(read == memory[address..][..length], "at {address:#x}");
        }
        let word: u32 = random.gen();
        transport.write_register(map::ntt::SCALE, word).unwrap();
        assert_eq!(transport.read_register(map::ntt::SCALE).unwrap(), word);
    }
    let mut read = vec![0; memory.len()];
    transport.read_memory(0, &mut read).unwrap();
    assert!(read == memory);
    assert!(size > memory.len());
    let board = transport.identify().unwrap();
    let statistics = transport.statistics();
    assert!(statistics.repeats > 0, "{statistics:?}");
    assert!(board.dropped_frames > 0 && statistics.dropped_frames > 0);
    println!("{:?}\n{statistics:?}\n{board:?}", served.noise());
    drop(transport);

    let transport = SerialTransport::open(&served.path, &impatient).unwrap();
    let mut device = Device::open(Box::new(transport), &Expectation::default()).unwrap();
    let input = elements(6, 5);
    let (output, _) = transform(&mut device, &input);
    assert!(output == bytes(&definition(&input)));
}

/// The same of jobs, with frames lost and boards restarted at random cycles.
#[test]
fn hundreds_of_faults_and_no_wrong_result() {
    let account = campaign::run("serial line", 600, 7, &|_| {}).unwrap();
    println!("{account}");
    assert!(account.is_clean(), "{account}");
    assert!(account.total() >= 600 && account.accepted > 0, "{account}");
}

/// A board that stands still is an error in bounded time; once it goes on, the request of which nobody
/// knew is settled and everything works.
#[test]
fn a_silent_board_is_noticed_and_comes_back() {
    let mut served = Served::start(ntt_board(), TerminalOptions::default());
    let options = SerialOptions {
        reply_timeout: Duration::from_millis(300),
        longest_reply_timeout: Duration::from_millis(300),
        attempts: 4,
        ..SerialOptions::default()
    };
    let mut transport = SerialTransport::open(&served.path, &options).unwrap();
    let terminal = served.pause();
    let begin = Instant::now();
    let silent = transport.write_register(map::ntt::SCALE, 42);
    assert!(matches!(silent, Err(Error::LinkDown { .. })), "{silent:?}");
    let waited = begin.elapsed();
    assert!(waited < Duration::from_secs(5), "{waited:?}");
    let until = Instant::now() + Duration::from_millis(100);
    assert!(!transport.wait_control(map::CONTROL_IDLE, until).unwrap());
    assert!(until.elapsed() < Duration::from_secs(1));
    served.resume(terminal);
    // The board now works off what was sent; late replies are strays.
    let settled = (0..10).find_map(|_| transport.read_register(map::MAGIC).ok());
    assert_eq!(settled, Some(map::MAGIC_VALUE));
    transport.write_register(map::ntt::SCALE, 43).unwrap();
    assert_eq!(transport.read_register(map::ntt::SCALE).unwrap(), 43);
    assert!(transport.statistics().stray_frames > 0);
}

#[test]
fn a_restarted_board_is_not_taken_for_the_old_one() {
    let mut served = Served::start(ntt_board(), TerminalOptions::default());
    let mut transport = SerialTransport::open(&served.path, &patient()).unwrap();
    let mut terminal = served.pause();
    terminal.board().press_button(100).unwrap();
    served.resume(terminal);
    for _ in 0..2 {
        let lost = transport.read_register(map::MAGIC).unwrap_err();
        assert!(lost.to_string().contains("restarted"), "{lost}");
    }
    assert!(matches!(transport.reset(), Err(Error::LinkDown { .. })));
    let mut again = SerialTransport::open(&served.path, &patient()).unwrap();
    assert_eq!(again.read_register(map::MAGIC).unwrap(), map::MAGIC_VALUE);
}

#[test]
fn what_cannot_be_opened_says_why() {
    let cause = |path: &Path, options| match SerialTransport::open(path, &options) {
        Err(Error::Unavailable { cause, remedy, .. }) => {
            assert!(!remedy.is_empty());
            cause
        }
        other => panic!("{}: {other:?}", path.display()),
    };
    let quick = SerialOptions {
        reply_timeout: Duration::from_millis(20),
        longest_reply_timeout: Duration::from_millis(20),
        attempts: 3,
        ..SerialOptions::default()
    };
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("ttyUSB7");
    assert_eq!(cause(&missing, quick), Unavailability::Missing);
    let file = folder.path().join("file");
    std::fs::write(&file, "no terminal").unwrap();
    assert_eq!(cause(&file, quick), Unavailability::NoDriver);
    // A terminal at whose other end nobody answers.
    let board = BoardSimulator::open(ntt_board().preset).unwrap();
    let silent = BoardTerminal::open(board, TerminalOptions::default()).unwrap();
    let begin = Instant::now();
    assert_eq!(cause(silent.path(), quick), Unavailability::Failed);
    assert!(begin.elapsed() < Duration::from_secs(5));
}
