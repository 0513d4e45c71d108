//! A device that goes and comes back: opened again by its address, with its memory in doubt.

mod support;

use std::sync::{Arc, Mutex};

use support::Stub;
use vegalith_abi::registers;
use vegalith_driver::{Device, DeviceLock, Error, Exclusive, Expectation, Result, Transport};

/// What stands at an address: a device that can be taken away.
#[derive(Clone)]
struct Place(Arc<Mutex<Inner>>);

struct Inner {
    there: Option<Stub>,
    opened: u32,
    open_now: u32,
}

/// One opening of the device; it ends for good when the device is taken away.
struct Session {
    stub: Stub,
    place: Place,
}

impl Place {
    fn new(stub: &Stub) -> Self {
        Place(Arc::new(Mutex::new(Inner {
            there: Some(stub.clone()),
            opened: 0,
            open_now: 0,
        })))
    }

    /// Puts something else there.
    fn put(&self, stub: Option<Stub>) {
        let old = std::mem::replace(&mut self.0.lock().unwrap().there, stub);
        if let Some(old) = old {
            let mut state = old.state();
            state.reset_link_down = true;
            state.dies_after_reads = Some(0);
        }
    }

    fn open(&self, lock: DeviceLock) -> Result<Exclusive> {
        let place = self.clone();
        Exclusive::open(
            lock,
            Box::new(move || {
                let mut inner = place.0.lock().unwrap();
                assert_eq!(inner.open_now, 0, "opened before it was closed");
                let stub = inner.there.clone().ok_or_else(|| Error::Open {
                    device: "stub".into(),
                    reason: "nothing is there".into(),
                })?;
                inner.opened += 1;
                inner.open_now += 1;
                drop(inner);
                let place = place.clone();
                Ok(Box::new(Session { stub, place }) as Box<dyn Transport>)
            }),
        )
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.place.0.lock().unwrap().open_now -= 1;
    }
}

impl Transport for Session {
    fn name(&self) -> String {
        self.stub.name()
    }
    fn read_register(&mut self, offset: u32) -> Result<u32> {
        self.stub.read_register(offset)
    }
    fn write_register(&mut self, offset: u32, value: u32) -> Result<()> {
        self.stub.write_register(offset, value)
    }
    fn memory_bytes(&self) -> u64 {
        self.stub.memory_bytes()
    }
    fn read_memory(&mut self, address: u64, data: &mut [u8]) -> Result<()> {
        self.stub.read_memory(address, data)
    }
    fn write_memory(&mut self, address: u64, data: &[u8]) -> Result<()> {
        self.stub.write_memory(address, data)
    }
    fn wait_control(&mut self, bits: u32, until: std::time::Instant) -> Result<bool> {
        self.stub.wait_control(bits, until)
    }
    fn reset(&mut self) -> Result<()> {
        self.stub.reset()
    }
}

fn lock(folder: &tempfile::TempDir) -> Result<DeviceLock> {
    DeviceLock::acquire_in(folder.path(), "stub")
}

#[track_caller]
fn is_down(result: Result<()>, words: &[&str]) -> usize {
    match result {
        Err(Error::LinkDown { reason, .. }) => {
            for word in words {
                assert!(reason.contains(word), "no {word:?} in {reason}");
            }
            reason.len()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_device_that_came_back_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let stub = Stub::msm();
    let place = Place::new(&stub);
    let exclusive = place.open(lock(&folder).unwrap()).unwrap();
    let mut device = Device::open(Box::new(exclusive), &Expectation::default()).unwrap();
    assert_eq!(device.memory_generation(), 0);
    device.reset().unwrap();
    assert_eq!(place.0.lock().unwrap().opened, 1, "no reason to");
    assert_eq!(device.memory_generation(), 0, "memory outlives a reset");

    place.put(None);
    let words = ["its cable is off", "opened again", "nothing is there"];
    let first = is_down(device.reset(), &words);
    for _ in 0..3 {
        let again = is_down(device.reset(), &words);
        assert_eq!(again, first, "the reason does not grow");
    }
    assert!(matches!(lock(&folder), Err(Error::Busy { .. })), "kept");

    place.put(Some(Stub::msm()));
    device.reset().unwrap();
    assert_eq!(device.memory_generation(), 1);
    device.reset().unwrap();
    assert_eq!(device.memory_generation(), 1);
    assert_eq!(place.0.lock().unwrap().opened, 2);
    drop(device);
    lock(&folder).unwrap();
}

#[test]
fn another_kernel_in_its_place_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let stub = Stub::msm();
    let place = Place::new(&stub);
    let exclusive = place.open(lock(&folder).unwrap()).unwrap();
    let mut device = Device::open(Box::new(exclusive), &Expectation::default()).unwrap();
    let digest = stub.state().registers[&registers::PRESET_DIGEST];
    place.put(Some(Stub::msm().with(registers::PRESET_DIGEST, digest ^ 1)));
    is_down(device.reset(), &["preset digest"]);
    is_down(device.reset(), &["preset digest"]);
    let smaller = Stub::msm();
    smaller.state().memory.truncate(4096);
    place.put(Some(smaller));
    is_down(device.reset(), &["4096 bytes of memory", "expected 65536"]);
    place.put(Some(Stub::msm()));
    device.reset().unwrap();
    assert!(device.memory_generation() >= 1);
}

/// A failure that leaves the link up is the device's own: its memory is not given up for it.
#[test]
fn only_a_link_that_is_down_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let stub = Stub::msm();
    let place = Place::new(&stub);
    let mut exclusive = place.open(lock(&folder).unwrap()).unwrap();
    stub.state().reset_fails = true;
    assert!(matches!(exclusive.reset(), Err(Error::Fault { .. })));
    stub.state().reset_fails = false;
    exclusive.reset().unwrap();
    assert_eq!(exclusive.memory_generation(), 0);
    assert_eq!(place.0.lock().unwrap().opened, 1);
}

#[test]
fn the_lock_goes_first() {
    let folder = tempfile::tempdir().unwrap();
    let stub = Stub::msm();
    let place = Place::new(&stub);
    let held = place.open(lock(&folder).unwrap()).unwrap();
    let error = lock(&folder).and_then(|lock| place.open(lock)).unwrap_err();
    assert!(matches!(error, Error::Busy { .. }), "{error}");
    assert_eq!(place.0.lock().unwrap().opened, 1);
    drop(held);
    // One that cannot be opened gives its lock back.
    place.put(None);
    assert!(matches!(
        place.open(lock(&folder).unwrap()),
        Err(Error::Open { .. })
    ));
    lock(&folder).unwrap();
}
