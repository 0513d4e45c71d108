//! The life of a job: arguments, limits, errors, and a kernel that takes the next one.

mod support;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use support::{Behaviour, Stub};
use vegalith_abi::memory::{PartialSum, Scalar};
use vegalith_abi::registers::{self, msm};
use vegalith_driver::{
    Buffer, Device, Error, Expectation, KernelErrors, Limits, MsmJob, MsmResult, UNWRITTEN,
};

struct Bench {
    stub: Stub,
    device: Device,
    points: Buffer,
}

impl Bench {
    fn new() -> Self {
        let stub = Stub::msm();
        let device = Device::open(Box::new(stub.clone()), &Expectation::default()).unwrap();
        let points = device.allocate(8 * 64).unwrap();
        stub.state().resets = 0;
        Bench {
            stub,
            device,
            points,
        }
    }

    fn run(&mut self, n: usize, limits: Limits<'_>) -> Result<MsmResult, Error> {
        let scalars: Vec<Scalar> = (0..n).map(|i| Scalar([i as u8 + 1; 32])).collect();
        let job = MsmJob {
            points: &self.points,
            first_point: 0,
            scalars: &scalars,
        };
        self.device.run_msm(job, limits)
    }

    /// The next job ends well, and nothing of the earlier ones is kept.
    fn takes_the_next(&mut self) {
        let free = self.device.free_bytes();
        self.stub.state().behaviour = Behaviour::Ends(0);
        assert!(self.run(3, soon()).is_ok());
        assert_eq!(self.device.free_bytes(), free);
        assert_eq!(free, 15 * 4096, "all but the points");
    }
}

fn soon() -> Limits<'static> {
    Limits::from(Instant::now() + Duration::from_secs(60))
}

#[test]
fn a_job_is_described_in_registers_and_memory() {
    let mut bench = Bench::new();
    let counters = [
        registers::CYCLES,
        registers::BUSY,
        registers::ACTIVE_CYCLES,
        registers::STALL,
        registers::BYTES_READ,
    ];
    for (i, offset) in counters.into_iter().enumerate() {
        let mut state = bench.stub.state();
        state.registers.insert(offset, 10 + i as u32);
        state.registers.insert(offset + 4, 1 + i as u32);
    }
    let result = bench.run(3, soon()).unwrap();
    let counter = |i: u64| (1 + i) << 32 | (10 + i);
    let statistics = result.statistics;
    assert_eq!(statistics.cycles, counter(0));
    assert_eq!(statistics.busy_unit_cycles, counter(1));
    assert_eq!(statistics.active_cycles, counter(2));
    assert_eq!(statistics.stall_cycles, counter(3));
    assert_eq!(statistics.bytes_read, counter(4));
    assert_eq!(statistics.bytes_written, 4 * 192);
    // The stub writes no sums.
    assert_eq!(result.partial_sums, [UNWRITTEN; 4]);

    let state = bench.stub.state();
    let argument = |offset| {
        let [low, high] = [offset, offset + 4].map(|o| u64::from(state.registers[&o]));
        (high << 32 | low) as usize
    };
    assert_eq!(argument(msm::POINTS), bench.points.address() as usize);
    assert_eq!(state.registers[&msm::NUM_POINTS], 3);
    let scalars = argument(msm::SCALARS);
    assert_eq!(scalars % 4096, 0);
    let expected = [[1; 32], [2; 32], [3; 32]].concat();
    assert_eq!(state.memory[scalars..scalars + 96], expected);
    let sums = argument(msm::RESULT);
    assert_eq!(sums % 4096, 0);
    let bytes = 4 * size_of::<PartialSum>();
    assert_eq!(state.memory[sums..sums + bytes], vec![0xff; bytes]);
    assert_eq!((state.starts, state.continues, state.resets), (1, 1, 0));
}

#[test]
fn a_hanging_job_ends_at_its_deadline() {
    let mut bench = Bench::new();
    bench.stub.state().behaviour = Behaviour::Hangs;
    let limit = Duration::from_millis(150);
    let started = Instant::now();
    let error = bench.run(3, Limits::from(started + limit)).unwrap_err();
    let elapsed = started.elapsed();
    assert!(elapsed >= limit && elapsed < limit + Duration::from_secs(1));
    match &error {
        Error::Timeout { operation, waited } => {
            assert_eq!(operation, "MSM of 3 points");
            assert!(*waited <= elapsed);
        }
        other => panic!("{other}"),
    }
    assert_eq!(bench.stub.state().resets, 1);
    bench.takes_the_next();
}

#[test]
fn a_cancelled_job_ends_soon() {
    let mut bench = Bench::new();
    bench.stub.state().behaviour = Behaviour::Hangs;
    let cancelled = AtomicBool::new(false);
    let started = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(100));
            cancelled.store(true, Ordering::Relaxed);
        });
        let limits = Limits {
            cancelled: Some(&cancelled),
            ..soon()
        };
        let error = bench.run(2, limits).unwrap_err();
        let operation = "MSM of 2 points".to_owned();
        assert_eq!(error, Error::Cancelled { operation });
    });
    assert!(started.elapsed() < Duration::from_secs(2));
    assert_eq!(bench.stub.state().resets, 1);
    bench.takes_the_next();
}

#[test]
fn error_bits_are_an_error_and_no_result() {
    for bits in [
        registers::ERROR_BUS,
        registers::ERROR_ARGUMENT,
        registers::ERROR_OVERFLOW,
        1 << 31,
    ] {
        let mut bench = Bench::new();
        bench.stub.state().behaviour = Behaviour::Ends(bits);
        let expected = Error::Kernel {
            operation: "MSM of 1 points".to_owned(),
            errors: KernelErrors(bits),
        };
        assert_eq!(bench.run(1, soon()), Err(expected));
        assert_eq!(bench.stub.state().resets, 1);
        bench.takes_the_next();
    }
}

#[test]
fn a_broken_bus_is_reported_and_reset() {
    let mut bench = Bench::new();
    bench.stub.state().behaviour = Behaviour::Breaks;
    let error = bench.run(1, soon()).unwrap_err();
    assert!(matches!(error, Error::Fault { .. }), "{error}");
    assert_eq!(bench.stub.state().resets, 1);
    bench.takes_the_next();
}

#[test]
fn a_device_that_does_not_come_back_is_down() {
    let mut bench = Bench::new();
    {
        let mut state = bench.stub.state();
        state.behaviour = Behaviour::Ends(registers::ERROR_BUS);
        state.recovers = false;
    }
    let error = bench.run(1, soon()).unwrap_err();
    assert!(matches!(error, Error::LinkDown { .. }), "{error}");
}

#[test]
fn jobs_beyond_capacity_are_refused_before_they_start() {
    let mut bench = Bench::new();
    let too_large = Error::TooLarge {
        what: "an MSM of 9 points".to_owned(),
        largest: 8,
    };
    assert_eq!(bench.run(9, soon()), Err(too_large));
    let none = bench.run(0, soon()).unwrap_err();
    assert!(matches!(none, Error::InvalidArgument(_)), "{none}");

    // A page for the scalars is left, none for the sums.
    let hog = bench.device.allocate(14 * 4096).unwrap();
    let full = Error::OutOfMemory {
        needed: 4096,
        available: 0,
    };
    assert_eq!(bench.run(1, soon()), Err(full));
    drop(hog);
    assert_eq!(bench.stub.state().starts, 0);
    bench.takes_the_next();
}

#[test]
fn operands_must_lie_in_their_buffers() {
    let mut bench = Bench::new();
    let scalars = [Scalar([1; 32]); 2];
    let few = bench.device.allocate(64).unwrap();
    let other = Bench::new();
    let many = bench.device.allocate(2 * 4096).unwrap();
    let mut run = |points: &Buffer, first_point: u64| {
        let job = MsmJob {
            points,
            first_point,
            scalars: &scalars,
        };
        bench.device.run_msm(job, soon())
    };
    for (what, result) in [
        ("too few points", run(&few, 0)),
        ("another device's buffer", run(&other.points, 0)),
        ("an address between pages", run(&many, 1)),
        ("points behind the buffer", run(&many, 128)),
        ("an offset that overflows", run(&many, u64::MAX / 64 + 1)),
    ] {
        assert!(
            matches!(result, Err(Error::InvalidArgument(_))),
            "{what}: {result:?}"
        );
    }
    assert!(run(&many, 64).is_ok(), "the second page");
}
