//! Simulated kernels behind files that behave like the device nodes of a PCIe card: real system
//! calls, answered by a file system of this process.

mod account;
#[path = "card/campaign.rs"]
mod campaign;
mod card;

use std::time::{Duration, Instant};

use card::faults::Fault;
use card::job::{known, Setup};
use card::nodes::{Machine, MEMORY_BYTES};
use rand::{Rng, RngCore, SeedableRng};
use vegalith_abi::registers;
use vegalith_driver::pcie::{discover, PcieAddress, PcieOptions, PcieTransport};
use vegalith_driver::{Error, Transport, Unavailability};

const LONG: Duration = Duration::from_secs(30);

fn by_place() -> PcieAddress {
    PcieAddress::Bdf("3b:00.0".parse().unwrap())
}

fn open(machine: &Machine, options: &PcieOptions) -> PcieTransport {
    PcieTransport::open(&machine.prefix(), options).unwrap()
}

/// Limits that a test can wait for.
fn impatient(machine: &Machine) -> PcieOptions {
    PcieOptions {
        register_limit: Duration::from_millis(300),
        chunk_limit: Duration::from_millis(300),
        reset_limit: Duration::from_millis(600),
        ..machine.options()
    }
}

#[track_caller]
fn is_down<T: std::fmt::Debug>(result: vegalith_driver::Result<T>, reason: &str) {
    match result {
        Err(Error::LinkDown { reason: found, .. }) => {
            assert!(found.contains(reason), "{found:?} without {reason:?}")
        }
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn is_unavailable<T: std::fmt::Debug>(
    result: vegalith_driver::Result<T>,
    cause: Unavailability,
    texts: &[&str],
) {
    let error = result.unwrap_err();
    let Error::Unavailable { cause: found, .. } = &error else {
        panic!("{error:?}");
    };
    assert_eq!(*found, cause, "{error}");
    let message = error.to_string();
    for text in texts {
        assert!(message.contains(text), "{message:?} without {text:?}");
    }
}

/// By path and by place, polled and with interrupts.
#[test]
fn a_job_has_the_result_and_the_cycles_of_the_simulator() {
    let cases = known(1);
    for has_events in [false, true] {
        let Some(machine) = Machine::new(has_events) else {
            return;
        };
        for address in [machine.prefix(), by_place()] {
            let transport = PcieTransport::open(&address, &machine.options()).unwrap();
            assert_eq!(transport.name(), format!("pcie:{address}"));
            let mut setup = Setup::open(Box::new(transport)).unwrap();
            for (input, output, statistics) in &cases {
                let (found, counters) = setup.run(input, LONG).unwrap();
                assert!(found == *output, "{address}, events {has_events}");
                assert_eq!(counters, *statistics, "{address}, events {has_events}");
            }
        }
    }
}

#[test]
fn the_end_of_a_job_is_told_by_the_interrupt() {
    let Some(machine) = Machine::new(true) else {
        return;
    };
    let cases = known(2);
    let mut setup = Setup::open(Box::new(open(&machine, &machine.options()))).unwrap();
    for (input, output, _) in &cases {
        let (found, _) = setup.run(input, LONG).unwrap();
        assert!(found == *output);
    }
    assert!(machine.card.events_read() > 0);
}

/// Lengths and addresses within beats, and copies of more than a piece.
#[test]
fn memory_keeps_what_is_beside_a_copy() {
    let Some(machine) = Machine::new(false) else {
        return;
    };
    let options = PcieOptions {
        chunk_bytes: 4096,
        ..machine.options()
    };
    let mut transport = open(&machine, &options);
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(3);
    let mut expected = vec![0; MEMORY_BYTES as usize];
    rng.fill_bytes(&mut expected);
    transport.write_memory(0, &expected).unwrap();
    for round in 0..300 {
        let longest = if round % 3 == 0 { 20_000 } else { 200 };
        let length = rng.gen_range(0..longest);
        let address = match round % 4 {
            0 => MEMORY_BYTES as usize - length,
            _ => rng.gen_range(0..MEMORY_BYTES as usize - length),
        };
        let mut data = vec![0; length];
        if round % 2 == 0 {
            rng.fill_bytes(&mut data);
            expected[address..address + length].copy_from_slice(&data);
            transport.write_memory(address as u64, &data).unwrap();
        } else {
            transport.read_memory(address as u64, &mut data).unwrap();
            assert!(data == expected[address..address + length], "round {round}");
        }
    }
    let mut found = vec![0; MEMORY_BYTES as usize];
    transport.read_memory(0, &mut found).unwrap();
    assert!(found == expected);
    for (address, bytes) in [(MEMORY_BYTES - 1, 2), (MEMORY_BYTES + 1, 0), (u64::MAX, 1)] {
        let refused = transport.read_memory(address, &mut vec![0; bytes]);
        assert!(
            matches!(refused, Err(Error::InvalidArgument(_))),
            "{refused:?}"
        );
    }
}

/// What a driver does at times, and what must not be noticed.
#[test]
fn short_and_interrupted_transfers_are_gone_on_with() {
    let Some(machine) = Machine::new(false) else {
        return;
    };
    let mut transport = open(&machine, &machine.options());
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(4);
    let mut data = vec![0; 64 * 1024];
    for fault in [
        Fault::Short(1),
        Fault::Short(9),
        Fault::Ragged,
        Fault::Interrupted(3),
    ] {
        rng.fill_bytes(&mut data);
        machine.card.arm(fault, 0);
        transport.write_memory(4096, &data).unwrap();
        assert_eq!(machine.card.disarm(), Some(fault));
        let mut found = vec![0; data.len()];
        machine.card.arm(fault, 0);
        transport.read_memory(4096, &mut found).unwrap();
        assert_eq!(machine.card.disarm(), Some(fault));
        assert!(found == data, "{fault:?}");
    }
}

/// Each error says what happened; the device works after a reset.
#[test]
fn a_failed_call_is_a_link_down_until_a_reset() {
    let Some(machine) = Machine::new(false) else {
        return;
    };
    let cases = known(5);
    let (input, output, _) = &cases[0];
    let mut setup = Setup::open(Box::new(open(&machine, &impatient(&machine)))).unwrap();
    for (fault, reason) in [
        (Fault::Io, "input/output error"),
        (Fault::Offline, "busy"),
        (Fault::Nothing, "moved 0 of"),
        (Fault::LinkDown(200), "input/output error"),
        (Fault::Stall(LONG / 60), "did not end within 300ms"),
    ] {
        machine.card.arm(fault, 0);
        let started = Instant::now();
        is_down_ignoring_case(setup.run(input, LONG), reason);
        assert!(started.elapsed() < Duration::from_secs(2), "{fault:?}");
        assert_eq!(machine.card.disarm(), Some(fault));
        setup.device.reset().unwrap();
        let (found, _) = setup.run(input, LONG).unwrap();
        assert!(found == *output, "{fault:?}");
    }
}

#[track_caller]
fn is_down_ignoring_case<T: std::fmt::Debug>(result: vegalith_driver::Result<T>, reason: &str) {
    let lower = result.map_err(|error| match error {
        Error::LinkDown { device, reason } => Error::LinkDown {
            device,
            reason: reason.to_lowercase(),
        },
        other => other,
    });
    is_down(lower, &reason.to_lowercase());
}

#[test]
fn registers_of_all_ones_are_a_dead_link() {
    let Some(machine) = Machine::new(false) else {
        return;
    };
    let mut transport = open(&machine, &machine.options());
    transport.reset().unwrap();
    // An argument may well be all ones.
    transport
        .write_register(registers::ARGUMENTS, u32::MAX)
        .unwrap();
    let word = transport.read_register(registers::ARGUMENTS).unwrap();
    assert_eq!(word, u32::MAX);
    for offset in [registers::CONTROL, registers::MAGIC, registers::ARGUMENTS] {
        machine.card.arm(Fault::LinkDown(200), 0);
        is_down(transport.read_register(offset), "all ones");
        is_down(
            transport.wait_control(registers::CONTROL_IDLE, Instant::now() + LONG),
            "all ones",
        );
        is_down(transport.reset(), "all ones");
        machine.card.disarm();
        transport.reset().unwrap();
    }
}

/// A job whose argument, start or acknowledgement got lost is not the job that was asked for.
#[test]
fn writes_that_get_lost_are_noticed() {
    let Some(machine) = Machine::new(false) else {
        return;
    };
    let mut transport = open(&machine, &machine.options());
    transport.reset().unwrap();
    transport.write_register(registers::ARGUMENTS, 1).unwrap();
    machine.card.arm(Fault::LostWrite, 0);
    let lost = transport.write_register(registers::ARGUMENTS, 2);
    let Err(Error::Fault { reason, .. }) = lost else {
        panic!("{lost:?}");
    };
    assert_eq!(reason, "register 0x10 reads 0x1 after 0x2 was written");
    // A job with arguments out of range ends at once.
    let control = registers::CONTROL;
    transport
        .write_register(control, registers::CONTROL_START)
        .unwrap();
    let until = Instant::now() + LONG;
    assert!(transport
        .wait_control(registers::CONTROL_DONE, until)
        .unwrap());
    machine.card.arm(Fault::LostWrite, 0);
    let lost = transport.write_register(control, registers::CONTROL_CONTINUE);
    assert!(matches!(lost, Err(Error::Fault { .. })), "{lost:?}");
    transport
        .write_register(control, registers::CONTROL_CONTINUE)
        .unwrap();
}

/// The stalled write is carried out late; nobody can use the device before.
#[test]
fn a_stuck_call_keeps_the_device_to_itself() {
    let Some(machine) = Machine::new(false) else {
        return;
    };
    let options = impatient(&machine);
    let stall = Duration::from_millis(1500);
    let mut transport = open(&machine, &options);
    transport.reset().unwrap();
    machine.card.arm(Fault::Stall(stall), 0);
    let started = Instant::now();
    is_down(transport.write_memory(0, &[1; 64]), "writing 64 bytes");
    assert!(started.elapsed() < Duration::from_secs(1));
    // Still in the call.
    let again = Instant::now();
    is_down(transport.read_register(0), "did not end within");
    assert!(again.elapsed() < Duration::from_millis(200));
    is_down(transport.reset(), "did not end within");
    drop(transport);
    let reopened = PcieTransport::open(&by_place(), &options);
    is_unavailable(reopened, Unavailability::Busy, &["locked", "fuser -v"]);
    std::thread::sleep(stall.saturating_sub(started.elapsed()));
    let until = Instant::now() + LONG;
    let mut transport = loop {
        match PcieTransport::open(&by_place(), &options) {
            Ok(transport) => break transport,
            Err(error) => assert!(Instant::now() < until, "{error}"),
        }
    };
    let mut found = [0; 64];
    transport.read_memory(0, &mut found).unwrap();
    assert_eq!(found, [1; 64]);
}

#[test]
fn waiting_ends_when_it_must() {
    let Some(machine) = Machine::new(false) else {
        return;
    };
    let mut transport = open(&machine, &impatient(&machine));
    transport.reset().unwrap();
    let wait = |transport: &mut PcieTransport, limit| {
        let started = Instant::now();
        let until = started + limit;
        let seen = transport.wait_control(registers::CONTROL_DONE, until);
        (seen, started.elapsed())
    };
    let limit = Duration::from_millis(200);
    let (seen, elapsed) = wait(&mut transport, limit);
    assert!(!seen.unwrap());
    assert!((limit..limit * 3).contains(&elapsed), "{elapsed:?}");
    let (seen, _) = wait(&mut transport, Duration::ZERO);
    assert!(!seen.unwrap());
    machine.card.arm(Fault::Stall(Duration::from_secs(2)), 3);
    let (seen, elapsed) = wait(&mut transport, limit);
    is_down(seen, "waiting for the kernel");
    assert!(elapsed < Duration::from_millis(1200), "{elapsed:?}");
}

/// Files that are gone while they are open, and files that fail because the device is gone.
#[test]
fn a_device_that_vanished_is_found_again_by_its_place() {
    let Some(mut machine) = Machine::new(false) else {
        return;
    };
    let cases = known(6);
    let (input, output, _) = &cases[0];
    for pulls_files in [false, true, false] {
        let transport = PcieTransport::open(&by_place(), &machine.options()).unwrap();
        let mut setup = Setup::open(Box::new(transport)).unwrap();
        setup.run(input, LONG).unwrap();
        if pulls_files {
            machine.unmount();
        } else {
            machine.card.arm(Fault::Vanish, 20);
        }
        is_down(setup.run(input, LONG), "the device is gone");
        is_unavailable(
            PcieTransport::open(&by_place(), &machine.options()),
            Unavailability::Missing,
            &["xdma0_user", "modprobe xdma"],
        );
        if pulls_files {
            machine.mount().unwrap();
        } else {
            machine.card.plug_in();
        }
        // Its memory is lost, so it does not come back by itself.
        is_down(setup.device.reset(), "the device is gone");
        drop(setup);
        let transport = PcieTransport::open(&by_place(), &machine.options()).unwrap();
        let mut setup = Setup::open(Box::new(transport)).unwrap();
        let (found, _) = setup.run(input, LONG).unwrap();
        assert!(found == *output);
    }
}

/// A kernel of the same image answers as before, but what was in memory is not there.
#[test]
fn a_reloaded_image_is_not_taken_for_the_one_that_was_opened() {
    let Some(machine) = Machine::new(false) else {
        return;
    };
    let cases = known(7);
    let (input, output, _) = &cases[0];
    for fault in [Fault::Reload, Fault::HardReset] {
        let mut setup = Setup::open(Box::new(open(&machine, &machine.options()))).unwrap();
        // Resets of ours leave the session alone.
        setup.device.reset().unwrap();
        setup.run(input, LONG).unwrap();
        let buffer = setup.device.upload(&[7; 4096]).unwrap();
        machine.card.arm(fault, 0);
        let mut data = [0; 4096];
        is_down(
            setup.device.read(&buffer, 0, &mut data),
            "its session word is",
        );
        is_down(setup.device.reset(), "open it again");
        drop((buffer, setup));
        let mut setup = Setup::open(Box::new(open(&machine, &machine.options()))).unwrap();
        let (found, _) = setup.run(input, LONG).unwrap();
        assert!(found == *output);
    }
}

#[test]
fn whoever_opens_is_told_what_is_in_the_way() {
    let Some(machine) = Machine::new(false) else {
        return;
    };
    machine.add_function("0000:5e:00.0", "xocl", None);
    machine.add_function("0000:5f:00.0", "", None);
    machine.add_function("0000:60:00.0", "xdma", None);
    machine.add_function("0000:61:00.0", "xdma", Some("xdma3"));
    let options = machine.options();
    let at = |place: &str| PcieTransport::open(&place.parse().unwrap(), &options);
    use Unavailability::{Busy, Missing, NoDriver};
    is_unavailable(
        at("0000:01:00.0"),
        Missing,
        &["0000:3b:00.0, 0000:5e:00.0", "expected a PCI function"],
    );
    is_unavailable(
        at("5e:00.0"),
        NoDriver,
        &["found driver xocl", "modprobe xdma"],
    );
    is_unavailable(at("5f:00.0"), NoDriver, &["found no driver"]);
    is_unavailable(at("60:00.0"), NoDriver, &["no nodes", "dmesg"]);
    is_unavailable(at("61:00.0"), Missing, &["xdma3_user", "No such file"]);
    is_unavailable(at("xdma7"), Missing, &["xdma7_user"]);
    let other_channel = PcieOptions {
        channel: 1,
        ..options.clone()
    };
    is_unavailable(
        PcieTransport::open(&by_place(), &other_channel),
        Missing,
        &["xdma0_h2c_1"],
    );
    let first = at("xdma0").unwrap();
    is_unavailable(at("3b:00.0"), Busy, &["locked by another user"]);
    drop(first);
    at("3b:00.0").unwrap();
    let wrong = PcieOptions {
        chunk_bytes: 100,
        ..options.clone()
    };
    let refused = PcieTransport::open(&by_place(), &wrong);
    assert!(matches!(refused, Err(Error::InvalidArgument(_))));

    let found = discover(&options);
    let cards: Vec<(String, Option<Unavailability>)> = found
        .iter()
        .map(|device| {
            let cause = device.problem.as_ref().map(|problem| match problem {
                Error::Unavailable { cause, .. } => *cause,
                other => panic!("{other}"),
            });
            (device.address.to_string(), cause)
        })
        .collect();
    let expected = [
        ("0000:3b:00.0", None),
        ("0000:5e:00.0", Some(NoDriver)),
        ("0000:5f:00.0", Some(NoDriver)),
        ("0000:60:00.0", Some(NoDriver)),
        ("0000:61:00.0", Some(Missing)),
    ];
    let expected = expected.map(|(place, cause)| (place.to_owned(), cause));
    assert_eq!(cards, expected);
    assert_eq!(found[0].id, Some((0x10ee, 0x9038)));
    assert_eq!(found[0].driver.as_deref(), Some("xdma"));
    assert_eq!(found[0].prefix, Some(machine.dev().join("xdma0")));
    // Without sysfs the nodes are still found.
    let mut bare = options;
    bare.roots.sysfs = machine.dev();
    let found = discover(&bare);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].address, machine.prefix());
}

/// Of a kernel that is polled, and of one with interrupts.
#[test]
fn hundreds_of_faults_and_no_wrong_result() {
    let mut kinds = std::collections::BTreeSet::new();
    for (has_events, faults) in [(false, 400), (true, 100)] {
        let Some(machine) = Machine::new(has_events) else {
            return;
        };
        let account = campaign::run(&machine, "PCIe", faults, 20_261_121, &|_| {}).unwrap();
        println!("{account}");
        assert!(account.is_clean(), "{account}");
        assert_eq!(account.total(), faults);
        kinds.extend(account.faults.into_keys());
    }
    assert_eq!(kinds.len(), 12, "{kinds:?}");
}
