//! A kernel made of registers and memory only, which does whatever a test wants of it.
#![allow(dead_code, reason = "each test uses a part")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use vegalith_abi::{registers, BlockType, CurveId, FieldId, ABI_VERSION};
use vegalith_driver::{Error, Result, Transport};

/// What a started job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// Ends at once with these bits in the error register.
    Ends(u32),
    /// Never ends.
    Hangs,
    /// The bus breaks while it is waited for.
    Breaks,
}

/// State of a [`Stub`] that the test keeps an eye on.
#[derive(Debug)]
pub struct State {
    pub registers: BTreeMap<u32, u32>,
    pub memory: Vec<u8>,
    pub behaviour: Behaviour,
    /// Whether it is idle after a reset.
    pub recovers: bool,
    /// Whether the transport cannot reset it.
    pub reset_fails: bool,
    /// Whether the transport says so because the device is gone.
    pub reset_link_down: bool,
    /// Register reads after which the link is dead: everything reads as all ones.
    pub dies_after_reads: Option<u32>,
    /// What a job that ends says it wrote.
    pub bytes_written: u64,
    pub resets: u32,
    pub starts: u32,
    pub continues: u32,
}

/// A transport without a device behind it.
#[derive(Clone, Debug)]
pub struct Stub(Arc<Mutex<State>>);

impl Stub {
    /// An MSM kernel over BN254 with the digest 00, 01, … 1f and 4 partial sums.
    pub fn msm() -> Self {
        let digest = std::array::from_fn::<u8, 32, _>(|i| i as u8);
        let mut registers = BTreeMap::from([
            (registers::MAGIC, registers::MAGIC_VALUE),
            (registers::BLOCK_TYPE, BlockType::Msm as u32),
            (registers::ABI_VERSION, ABI_VERSION.to_word()),
            (registers::BUILD_ID, 77),
            (registers::CAP_KIND, CurveId::Bn254G1 as u32),
            (registers::CAP_WINDOW, 2),
            (registers::CAP_UNITS, 1),
            (registers::CAP_LOG_MAX_SIZE, 3),
            (registers::CAP_MONT_BITS, 256),
            (registers::CAP_NUM_PARTIAL_SUMS, 4),
            (registers::CONTROL, registers::CONTROL_IDLE),
        ]);
        for (offset, word) in (registers::PRESET_DIGEST..)
            .step_by(4)
            .zip(digest.chunks(4))
        {
            let word = word.iter().rev().fold(0, |w, &b| w << 8 | u32::from(b));
            registers.insert(offset, word);
        }
        Stub(Arc::new(Mutex::new(State {
            registers,
            memory: vec![0; 16 * 4096],
            behaviour: Behaviour::Ends(0),
            recovers: true,
            reset_fails: false,
            reset_link_down: false,
            dies_after_reads: None,
            bytes_written: 4 * 192,
            resets: 0,
            starts: 0,
            continues: 0,
        })))
    }

    /// An NTT kernel with transforms of up to 2^8 elements, of up to 2^4 in a single pass.
    pub fn ntt(field: FieldId) -> Self {
        Self::msm()
            .with(registers::BLOCK_TYPE, BlockType::Ntt as u32)
            .with(registers::CAP_KIND, field as u32)
            .with(registers::CAP_WINDOW, 4)
            .with(registers::CAP_LOG_MAX_SIZE, 8)
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// The same stub with another value in a register.
    pub fn with(self, offset: u32, value: u32) -> Self {
        self.state().registers.insert(offset, value);
        self
    }
}

impl Transport for Stub {
    fn name(&self) -> String {
        "stub".to_owned()
    }

    fn read_register(&mut self, offset: u32) -> Result<u32> {
        let mut state = self.state();
        match &mut state.dies_after_reads {
            Some(0) => return Ok(u32::MAX),
            Some(reads) => *reads -= 1,
            None => {}
        }
        Ok(state.registers.get(&offset).copied().unwrap_or(0))
    }

    fn write_register(&mut self, offset: u32, value: u32) -> Result<()> {
        let mut state = self.state();
        if offset != registers::CONTROL {
            state.registers.insert(offset, value);
            return Ok(());
        }
        if value & registers::CONTROL_START != 0 {
            state.starts += 1;
            let (control, errors) = match state.behaviour {
                Behaviour::Ends(errors) => (registers::CONTROL_DONE, errors),
                Behaviour::Hangs | Behaviour::Breaks => (0, 0),
            };
            state.registers.insert(registers::CONTROL, control);
            state.registers.insert(registers::ERRORS, errors);
            let written = state.bytes_written;
            let [low, high] = [written as u32, (written >> 32) as u32];
            state.registers.insert(registers::BYTES_WRITTEN, low);
            state.registers.insert(registers::BYTES_WRITTEN + 4, high);
        }
        if value & registers::CONTROL_CONTINUE != 0 {
            state.continues += 1;
            let idle = registers::CONTROL_IDLE;
            state.registers.insert(registers::CONTROL, idle);
        }
        Ok(())
    }

    fn memory_bytes(&self) -> u64 {
        self.state().memory.len() as u64
    }

    fn read_memory(&mut self, address: u64, data: &mut [u8]) -> Result<()> {
        let address = address as usize;
        data.copy_from_slice(&self.state().memory[address..address + data.len()]);
        Ok(())
    }

    fn write_memory(&mut self, address: u64, data: &[u8]) -> Result<()> {
        let address = address as usize;
        self.state().memory[address..address + data.len()].copy_from_slice(data);
        Ok(())
    }

    fn wait_control(&mut self, control_bits: u32, until: Instant) -> Result<bool> {
        let (control, behaviour) = {
            let state = self.state();
            let control = match state.dies_after_reads {
                Some(0) => u32::MAX,
                _ => state.registers[&registers::CONTROL],
            };
            (control, state.behaviour)
        };
        if control & control_bits != 0 {
            return Ok(true);
        }
        if control_bits == registers::CONTROL_DONE {
            if behaviour == Behaviour::Breaks {
                return Err(Error::Fault {
                    device: self.name(),
                    reason: "the bus broke".to_owned(),
                });
            }
            let left = until.saturating_duration_since(Instant::now());
            std::thread::sleep(left.min(Duration::from_secs(1)));
        }
        Ok(false)
    }

    fn reset(&mut self) -> Result<()> {
        let mut state = self.state();
        state.resets += 1;
        if state.reset_link_down {
            return Err(Error::LinkDown {
                device: "stub".to_owned(),
                reason: "its cable is off".to_owned(),
            });
        }
        if state.reset_fails {
            return Err(Error::Fault {
                device: "stub".to_owned(),
                reason: "its reset line is stuck".to_owned(),
            });
        }
        let control = match state.recovers {
            true => registers::CONTROL_IDLE,
            false => 0,
        };
        state.registers.insert(registers::CONTROL, control);
        Ok(())
    }
}
