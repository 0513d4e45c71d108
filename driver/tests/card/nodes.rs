//! The nodes of a card: registers and memory of a simulated kernel, and the driver's manners
//! (positions are addresses, DMA moves whole beats, registers are four bytes).

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use rustix::io::Errno;
use tempfile::TempDir;
use vegalith_abi::registers;
use vegalith_driver::pcie::{PcieAddress, PcieOptions, PcieRoots};
use vegalith_driver::simulator::{Error, Options, Simulator};

use super::faults::{Armed, Fault};
use super::fuse::{Files, Mount, Wake};

pub const PRESET: &str = "ntt-goldilocks-demo";
pub const MEMORY_BYTES: u64 = 1 << 20;
/// Where the card's interconnect shows memory and registers.
pub const MEMORY_BASE: u64 = 0x10_0000_0000;
pub const REGISTER_BASE: u64 = 0x1_0000;
pub const PREFIX: &str = "xdma0";
/// Cycles that pass between two looks at the control register.
const CYCLES_PER_LOOK: u64 = 4096;
/// Jobs of a kernel that runs by itself take at least this long, so that they are waited for.
const SHORTEST_JOB: Duration = Duration::from_millis(3);
const BEAT_BYTES: u64 = 64;

pub fn simulator_options() -> Options {
    Options {
        memory_bytes: MEMORY_BYTES,
        ..Options::default()
    }
}

/// What is in a card, and where.
#[derive(Clone, Debug)]
pub struct Layout {
    pub preset: String,
    pub memory_bytes: u64,
    pub memory_base: u64,
    pub register_base: u64,
}

impl Default for Layout {
    /// Nothing where it is without being told.
    fn default() -> Self {
        Layout {
            preset: PRESET.to_owned(),
            memory_bytes: MEMORY_BYTES,
            memory_base: MEMORY_BASE,
            register_base: REGISTER_BASE,
        }
    }
}

impl Layout {
    /// What a card is taken for that nothing else is said of.
    pub fn usual(preset: &str) -> Self {
        let options = PcieOptions::default();
        Layout {
            preset: preset.to_owned(),
            memory_bytes: options.memory_bytes,
            memory_base: options.memory_base,
            register_base: options.register_base,
        }
    }

    fn new_kernel(&self) -> Result<Simulator, Error> {
        let mut options = Options {
            memory_bytes: self.memory_bytes,
            ..Options::default()
        };
        // As behind a card's interconnect.
        options.faults.keep_transfers_over_reset = true;
        Simulator::open(&self.preset, &options)
    }

    fn register_offset(&self, position: u64) -> Result<u32, Errno> {
        let offset = position.checked_sub(self.register_base);
        let offset = offset.ok_or(Errno::INVAL)?;
        let within = offset < u64::from(registers::SPACE_BYTES);
        within.then_some(offset as u32).ok_or(Errno::INVAL)
    }

    /// Address in the kernel's memory of a transfer.
    fn memory_address(&self, position: u64, bytes: usize) -> Result<u64, Errno> {
        if !position.is_multiple_of(BEAT_BYTES) || !(bytes as u64).is_multiple_of(BEAT_BYTES) {
            return Err(Errno::INVAL);
        }
        position.checked_sub(self.memory_base).ok_or(Errno::IO)
    }
}

/// A card whose nodes are files.
pub struct Card {
    layout: Layout,
    state: Mutex<State>,
    has_events: bool,
}

pub struct State {
    kernel: Simulator,
    armed: Option<Armed>,
    /// System calls since the fault was armed.
    calls: u32,
    fired: Option<Fault>,
    link_down_calls: u8,
    interruptions: u8,
    is_gone: bool,
    /// Runs of the kernel by itself; only the latest goes on.
    runs: u32,
    /// Interrupts not yet read, and who waits for one.
    events: u32,
    events_read: u32,
    waiting: Vec<Wake>,
}

/// What to do with a system call.
enum Course {
    Normal,
    Fail(Errno),
    /// Move so many bytes only.
    Move(usize),
    Lose,
    Stall(Duration),
}

impl Card {
    /// With `has_events` the kernel runs by itself and raises an interrupt when it is done; else it
    /// runs when it is looked at, and there is no node for interrupts.
    pub fn new(layout: Layout, has_events: bool) -> Result<Arc<Self>, Error> {
        Ok(Arc::new(Card {
            state: Mutex::new(State {
                kernel: layout.new_kernel()?,
                armed: None,
                calls: 0,
                fired: None,
                link_down_calls: 0,
                interruptions: 0,
                is_gone: false,
                runs: 0,
                events: 0,
                events_read: 0,
                waiting: Vec::new(),
            }),
            layout,
            has_events,
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Lets a fault happen.
    pub fn arm(&self, fault: Fault, after_calls: u32) {
        let mut state = self.state();
        state.armed = Some(Armed { fault, after_calls });
        state.calls = 0;
        state.fired = None;
    }

    /// Takes back the fault and what lasts of it, but for one that needs a hand. Returns the fault if it
    /// happened.
    pub fn disarm(&self) -> Option<Fault> {
        let mut state = self.state();
        state.armed = None;
        state.link_down_calls = 0;
        state.interruptions = 0;
        state.fired.take()
    }

    /// System calls since a fault was armed.
    pub fn calls(&self) -> u32 {
        self.state().calls
    }

    pub fn events_read(&self) -> u32 {
        self.state().events_read
    }

    /// Puts the card back into its slot, if it is not there, as after a loss of power.
    pub fn plug_in(&self) {
        let mut state = self.state();
        if state.is_gone {
            state.is_gone = false;
            state.kernel = self.layout.new_kernel().unwrap();
            state.runs += 1;
        }
    }

    pub fn is_gone(&self) -> bool {
        self.state().is_gone
    }

    /// What to do with a call that moves `bytes`.
    fn course(&self, is_memory: bool, is_write: bool, bytes: usize) -> Course {
        let mut state = self.state();
        let calls = state.calls;
        state.calls += 1;
        if let Some(Armed { fault, after_calls }) = state.armed {
            let fits = match fault {
                Fault::Short(_) | Fault::Ragged => is_memory,
                Fault::LostWrite => !is_memory && is_write,
                _ => true,
            };
            if calls >= after_calls && fits {
                state.armed = None;
                state.fired = Some(fault);
                if let Some(course) = state.begin(fault, bytes, &self.layout) {
                    return course;
                }
            }
        }
        if state.is_gone {
            return Course::Fail(Errno::NODEV);
        }
        if state.interruptions > 0 {
            state.interruptions -= 1;
            return Course::Fail(Errno::INTR);
        }
        if state.link_down_calls > 0 {
            state.link_down_calls -= 1;
            return match is_memory {
                true => Course::Fail(Errno::IO),
                false => Course::Lose,
            };
        }
        Course::Normal
    }

    fn read_user(&self, offset: u64, bytes: usize) -> Result<Vec<u8>, Errno> {
        if bytes != 4 || !offset.is_multiple_of(4) {
            return Err(Errno::PROTO);
        }
        let offset = self.layout.register_offset(offset)?;
        let mut state = self.state();
        let kernel = &mut state.kernel;
        if offset == registers::CONTROL && !self.has_events {
            let bits = registers::CONTROL_DONE | registers::CONTROL_IDLE;
            kernel
                .run_until(bits, CYCLES_PER_LOOK)
                .map_err(|_| Errno::IO)?;
        }
        let word = kernel.read_register(offset).map_err(|_| Errno::IO)?;
        Ok(word.to_le_bytes().to_vec())
    }

    fn write_user(self: &Arc<Self>, offset: u64, data: &[u8]) -> Result<usize, Errno> {
        let word: [u8; 4] = data.try_into().map_err(|_| Errno::PROTO)?;
        let word = u32::from_le_bytes(word);
        let offset = self.layout.register_offset(offset)?;
        let mut state = self.state();
        let starts = offset == registers::CONTROL && word & registers::CONTROL_START != 0;
        if starts {
            state.kernel.start_job();
        }
        let written = state.kernel.write_register(offset, word);
        written.map_err(|_| Errno::IO)?;
        if self.has_events && offset == registers::CONTROL {
            state.runs += 1;
            let (card, run) = (self.clone(), state.runs);
            std::thread::spawn(move || card.run_to_end(run, starts));
        }
        Ok(4)
    }

    /// Runs the kernel until it is done or idle, or something else runs.
    fn run_to_end(&self, run: u32, raises_event: bool) {
        let bits = match raises_event {
            true => registers::CONTROL_DONE,
            false => registers::CONTROL_DONE | registers::CONTROL_IDLE,
        };
        if raises_event {
            std::thread::sleep(SHORTEST_JOB);
        }
        loop {
            let mut state = self.state();
            if state.runs != run {
                return;
            }
            match state.kernel.run_until(bits, CYCLES_PER_LOOK) {
                Ok(true) if raises_event => {
                    state.events += 1;
                    state.waiting.drain(..).for_each(|wake| wake.wake());
                    return;
                }
                Ok(false) => {}
                _ => return,
            }
            drop(state);
            // The lock is not fair.
            std::thread::sleep(Duration::from_micros(50));
        }
    }
}

impl State {
    /// Begins a fault; `None` if the call goes on with what the fault has changed.
    fn begin(&mut self, fault: Fault, bytes: usize, layout: &Layout) -> Option<Course> {
        match fault {
            Fault::Short(sixteenths) => {
                let part = bytes * usize::from(sixteenths) / 16;
                let beats = part - part % BEAT_BYTES as usize;
                return Some(Course::Move(beats.max(BEAT_BYTES as usize).min(bytes)));
            }
            Fault::Ragged => return Some(Course::Move(bytes.div_ceil(2) - 1)),
            Fault::Nothing => return Some(Course::Move(0)),
            Fault::Io => return Some(Course::Fail(Errno::IO)),
            Fault::Offline => return Some(Course::Fail(Errno::BUSY)),
            Fault::Stall(duration) => return Some(Course::Stall(duration)),
            Fault::LostWrite => return Some(Course::Lose),
            Fault::Interrupted(calls) => self.interruptions = calls,
            Fault::LinkDown(calls) => self.link_down_calls = calls,
            Fault::Vanish => self.is_gone = true,
            Fault::Reload => {
                self.kernel = layout.new_kernel().unwrap();
                self.runs += 1;
            }
            Fault::HardReset => {
                let mut memory = vec![0; layout.memory_bytes as usize];
                self.kernel.read_memory(0, &mut memory).unwrap();
                self.kernel = layout.new_kernel().unwrap();
                self.kernel.write_memory(0, &memory).unwrap();
                self.runs += 1;
            }
        }
        None
    }
}

/// A card's files; the kernel's requests come here.
pub struct Nodes(pub Arc<Card>);

impl Files for Nodes {
    fn names(&self) -> Vec<String> {
        if self.0.state().is_gone {
            return Vec::new();
        }
        let mut suffixes = vec!["_user", "_h2c_0", "_c2h_0"];
        suffixes.extend(self.0.has_events.then_some("_events_0"));
        let name = |suffix: &&str| format!("{PREFIX}{suffix}");
        suffixes.iter().map(name).collect()
    }

    fn read(&self, name: &str, offset: u64, mut bytes: usize) -> Result<Vec<u8>, Errno> {
        let card = &self.0;
        if name.ends_with("_events_0") {
            let mut state = card.state();
            let events = std::mem::take(&mut state.events);
            state.events_read += events;
            // A driver would sleep.
            return match events {
                0 => Err(Errno::AGAIN),
                events => Ok(events.to_le_bytes().to_vec()),
            };
        }
        let is_memory = name.ends_with("_c2h_0");
        if !is_memory && !name.ends_with("_user") {
            return Err(Errno::BADF);
        }
        let mut moved = usize::MAX;
        match card.course(is_memory, false, bytes) {
            Course::Normal => {}
            Course::Fail(errno) => return Err(errno),
            Course::Move(count) => moved = count,
            Course::Lose => return Ok(vec![0xff; bytes]),
            Course::Stall(duration) => std::thread::sleep(duration),
        }
        if !is_memory {
            let mut word = card.read_user(offset, bytes)?;
            word.truncate(moved);
            return Ok(word);
        }
        let address = card.layout.memory_address(offset, bytes)?;
        bytes = bytes.min(moved);
        let mut data = vec![0; bytes];
        let read = card.state().kernel.read_memory(address, &mut data);
        read.map_err(|_| Errno::IO)?;
        Ok(data)
    }

    fn write(&self, name: &str, offset: u64, mut data: &[u8]) -> Result<usize, Errno> {
        let card = &self.0;
        let is_memory = name.ends_with("_h2c_0");
        if !is_memory && !name.ends_with("_user") {
            return Err(Errno::BADF);
        }
        let mut moved = usize::MAX;
        match card.course(is_memory, true, data.len()) {
            Course::Normal => {}
            Course::Fail(errno) => return Err(errno),
            Course::Move(count) => moved = count,
            Course::Lose => return Ok(data.len()),
            Course::Stall(duration) => std::thread::sleep(duration),
        }
        if !is_memory {
            return match moved < 4 {
                true => Ok(moved),
                false => card.write_user(offset, data),
            };
        }
        let address = card.layout.memory_address(offset, data.len())?;
        data = &data[..data.len().min(moved)];
        let written = card.state().kernel.write_memory(address, data);
        written.map_err(|_| Errno::IO)?;
        Ok(data.len())
    }

    fn is_readable(&self, name: &str, wake: Wake) -> bool {
        let mut state = self.0.state();
        if name.ends_with("_events_0") && state.events == 0 {
            state.waiting.push(wake);
            return false;
        }
        true
    }
}

/// A card in a folder of device nodes, with a sysfs beside it.
pub struct Machine {
    pub card: Arc<Card>,
    folder: TempDir,
    mount: Option<Mount>,
}

impl Machine {
    /// `None`, with a message, where file systems cannot be mounted.
    pub fn new(has_events: bool) -> Option<Self> {
        Machine::with(Layout::default(), has_events)
    }

    /// The same of a card of another layout.
    pub fn with(layout: Layout, has_events: bool) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let card = Card::new(layout, has_events).unwrap();
        let mut machine = Machine {
            card,
            folder,
            mount: None,
        };
        std::fs::create_dir(machine.dev()).unwrap();
        machine.add_function("0000:3b:00.0", "xdma", Some(PREFIX));
        match machine.mount() {
            Ok(()) => Some(machine),
            Err(error) => {
                println!("skipped: no FUSE file system can be mounted here: {error}");
                None
            }
        }
    }

    pub fn mount(&mut self) -> std::io::Result<()> {
        let nodes = Arc::new(Nodes(self.card.clone()));
        self.mount = Some(Mount::new(&self.dev(), nodes)?);
        Ok(())
    }

    /// Takes the nodes away, and whatever is under way on them.
    pub fn unmount(&mut self) {
        self.mount = None;
    }

    pub fn dev(&self) -> PathBuf {
        self.folder.path().join("dev")
    }

    pub fn prefix(&self) -> PcieAddress {
        PcieAddress::Prefix(self.dev().join(PREFIX))
    }

    /// Adds a Xilinx card to sysfs; its nodes begin with `prefix`.
    pub fn add_function(&self, bdf: &str, driver: &str, prefix: Option<&str>) {
        let bus = self.folder.path().join("sys/bus/pci");
        let function = bus.join("devices").join(bdf);
        std::fs::create_dir_all(&function).unwrap();
        std::fs::write(function.join("vendor"), "0x10ee\n").unwrap();
        std::fs::write(function.join("device"), "0x9038\n").unwrap();
        if !driver.is_empty() {
            let drivers = bus.join("drivers").join(driver);
            std::fs::create_dir_all(&drivers).unwrap();
            std::os::unix::fs::symlink(drivers, function.join("driver")).unwrap();
        }
        for suffix in ["_c2h_0", "_control", "_h2c_0", "_user"] {
            if let Some(prefix) = prefix {
                let child = function.join("xdma").join(format!("{prefix}{suffix}"));
                std::fs::create_dir_all(child).unwrap();
            }
        }
    }

    /// Options of the card with the default limits.
    pub fn options(&self) -> PcieOptions {
        PcieOptions {
            memory_bytes: self.card.layout.memory_bytes,
            memory_base: self.card.layout.memory_base,
            register_base: self.card.layout.register_base,
            roots: PcieRoots {
                sysfs: self.folder.path().join("sys"),
                dev: self.dev(),
            },
            ..PcieOptions::default()
        }
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // Before the folder is removed.
        self.unmount();
    }
}
