//! A kernel made of registers and memory only, which does whatever a test wants of it.
#![allow(dead_code, reason = "each test uses a part")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use vegalith_abi::{registers, BlockType, CurveId, ABI_VERSION};
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
            resets: 0,
            starts: 0,
            continues: 0,
        })))
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
        Ok(self.state().registers.get(&offset).copied().unwrap_or(0))
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
            (state.registers[&registers::CONTROL], state.behaviour)
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
        let control = match state.recovers {
            true => registers::CONTROL_IDLE,
            false => 0,
        };
        state.registers.insert(registers::CONTROL, control);
        Ok(())
    }
}
