//! A kernel of registers, memory and one function. Like a real one it ignores a start unless it is
//! idle, and shows the end of a job until that is acknowledged.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use ark_bn254::{Fq, Fr, G1Affine, G1Projective};
use ark_ec::{AffineRepr, CurveGroup, VariableBaseMSM};
use ark_ff::{BigInt, PrimeField};
use vegalith::driver::{Error, Expectation, Result, Transport};
use vegalith::{DeviceBackend, KernelSource};
use vegalith_abi::registers::{self, msm, ntt};
use vegalith_abi::{BlockType, CurveId, FieldId, ABI_VERSION};

/// Partial sums that the MSM kernel writes; all but the first are infinite.
const NUM_PARTIAL_SUMS: u32 = 4;
const PARTIAL_SUM_BYTES: usize = 192;

/// State of a [`Fake`] that the test keeps an eye on.
#[derive(Debug)]
pub struct State {
    registers: BTreeMap<u32, u32>,
    memory: Vec<u8>,
    /// The next job does not end before `ends_late`.
    pub hangs: bool,
    /// How many of the next resets fail; the first of them lets a hanging job end after all.
    pub failing_resets: u32,
    /// Resets that succeeded.
    pub resets: u32,
    /// Starts of an idle kernel.
    pub starts: u32,
}

/// A transport without a device behind it.
#[derive(Clone, Debug)]
pub struct Fake(Arc<Mutex<State>>);

impl Fake {
    /// "Transforms" of up to 2^10 Goldilocks elements: adds 1 to each.
    pub fn increments() -> Self {
        Self::new(
            16 * 4096,
            [
                (registers::BLOCK_TYPE, BlockType::Ntt as u32),
                (registers::CAP_KIND, FieldId::Goldilocks as u32),
                (registers::CAP_WINDOW, 10),
                (registers::CAP_UNITS, 1),
                (registers::CAP_LOG_MAX_SIZE, 10),
                (registers::CAP_MONT_BITS, 64),
            ],
        )
    }

    /// MSMs of up to 2^12 points of BN254.
    pub fn msm(memory_bytes: usize) -> Self {
        Self::new(
            memory_bytes,
            [
                (registers::BLOCK_TYPE, BlockType::Msm as u32),
                (registers::CAP_KIND, CurveId::Bn254G1 as u32),
                (registers::CAP_NUM_PARTIAL_SUMS, NUM_PARTIAL_SUMS),
                (registers::CAP_UNITS, 1),
                (registers::CAP_LOG_MAX_SIZE, 12),
                // The radix of arkworks, whose limbs can be used as they are.
                (registers::CAP_MONT_BITS, 256),
            ],
        )
    }

    fn new(memory_bytes: usize, capabilities: [(u32, u32); 6]) -> Self {
        let mut registers = BTreeMap::from(capabilities);
        registers.insert(registers::MAGIC, registers::MAGIC_VALUE);
        registers.insert(registers::ABI_VERSION, ABI_VERSION.to_word());
        registers.insert(registers::CONTROL, registers::CONTROL_IDLE);
        Fake(Arc::new(Mutex::new(State {
            registers,
            memory: vec![0xa5; memory_bytes],
            hangs: false,
            failing_resets: 0,
            resets: 0,
            starts: 0,
        })))
    }

    /// Loses what is in device memory.
    pub fn forget(&self) {
        self.state().memory.fill(0x5a);
    }

    /// Another preset, whose digest is this byte throughout.
    pub fn says_digest(&self, byte: u8) {
        let word = u32::from_le_bytes([byte; 4]);
        let digest = (registers::PRESET_DIGEST..).step_by(4).take(8);
        self.state()
            .registers
            .extend(digest.map(|offset| (offset, word)));
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// A backend with this kernel.
    pub fn open(&self) -> DeviceBackend {
        let source = KernelSource {
            preset: "fake".to_owned(),
            transport: Box::new(self.clone()),
            expected: Expectation::default(),
        };
        DeviceBackend::open("fake", vec![source]).unwrap()
    }
}

impl State {
    fn word(&self, offset: u32) -> u32 {
        self.registers.get(&offset).copied().unwrap_or(0)
    }

    fn address(&self, offset: u32) -> usize {
        assert_eq!(self.word(offset + 4), 0);
        self.word(offset) as usize
    }

    fn start(&mut self) {
        if self.word(registers::CONTROL) & registers::CONTROL_IDLE == 0 {
            return;
        }
        self.starts += 1;
        self.registers.insert(registers::CONTROL, 0);
        if std::mem::take(&mut self.hangs) {
            return;
        }
        self.end();
    }

    /// Does what was started.
    fn end(&mut self) {
        let written = match BlockType::from_word(self.word(registers::BLOCK_TYPE)).unwrap() {
            BlockType::Ntt => self.increment(),
            BlockType::Msm => self.sum(),
        };
        self.registers.insert(registers::BYTES_WRITTEN, written);
        self.registers
            .insert(registers::CONTROL, registers::CONTROL_DONE);
    }

    fn increment(&mut self) -> u32 {
        let from = self.address(ntt::SOURCE);
        let to = self.address(ntt::DESTINATION);
        let bytes = 8usize << self.word(ntt::LOG_SIZE);
        for offset in (0..bytes).step_by(8) {
            let element = &self.memory[from + offset..][..8];
            let element = u64::from_le_bytes(element.try_into().unwrap()) + 1;
            self.memory[to + offset..][..8].copy_from_slice(&element.to_le_bytes());
        }
        bytes.max(64) as u32
    }

    fn sum(&mut self) -> u32 {
        let n = self.word(msm::NUM_POINTS) as usize;
        let slot = |at: usize, index: usize| {
            let bytes = &self.memory[at + 32 * index..][..32];
            let mut limbs = bytes.chunks(8).map(|b| b.try_into().unwrap());
            BigInt::<4>(std::array::from_fn(|_| {
                u64::from_le_bytes(limbs.next().unwrap())
            }))
        };
        let (points_at, scalars_at) = (self.address(msm::POINTS), self.address(msm::SCALARS));
        let points: Vec<G1Affine> = (0..n)
            .map(|i| {
                let [x, y] = [0, 1].map(|j| Fq::new_unchecked(slot(points_at, 2 * i + j)));
                G1Affine::new(x, y)
            })
            .collect();
        let scalars: Vec<Fr> = (0..n)
            .map(|i| Fr::from_bigint(slot(scalars_at, i)).unwrap())
            .collect();
        let sum = G1Projective::msm_unchecked(&points, &scalars).into_affine();
        assert!(!sum.is_zero(), "operands of the tests are random");
        let sums_at = self.address(msm::RESULT);
        let bytes = NUM_PARTIAL_SUMS as usize * PARTIAL_SUM_BYTES;
        self.memory[sums_at..sums_at + bytes].fill(0);
        for (i, coordinate) in [sum.x, sum.y, Fq::from(1)].into_iter().enumerate() {
            for (j, limb) in coordinate.0 .0.into_iter().enumerate() {
                let at = sums_at + 64 * i + 8 * j;
                self.memory[at..at + 8].copy_from_slice(&limb.to_le_bytes());
            }
        }
        bytes as u32
    }
}

impl Transport for Fake {
    fn name(&self) -> String {
        "fake".to_owned()
    }

    fn read_register(&mut self, offset: u32) -> Result<u32> {
        Ok(self.state().word(offset))
    }

    fn write_register(&mut self, offset: u32, value: u32) -> Result<()> {
        let mut state = self.state();
        if offset != registers::CONTROL {
            state.registers.insert(offset, value);
        } else if value & registers::CONTROL_START != 0 {
            state.start();
        } else if value & registers::CONTROL_CONTINUE != 0 {
            let idle = registers::CONTROL_IDLE;
            state.registers.insert(registers::CONTROL, idle);
        }
        Ok(())
    }

    fn memory_bytes(&self) -> u64 {
        self.state().memory.len() as u64
    }

    fn read_memory(&mut self, address: u64, data: &mut [u8]) -> Result<()> {
        data.copy_from_slice(&self.state().memory[address as usize..][..data.len()]);
        Ok(())
    }

    fn write_memory(&mut self, address: u64, data: &[u8]) -> Result<()> {
        self.state().memory[address as usize..][..data.len()].copy_from_slice(data);
        Ok(())
    }

    fn wait_control(&mut self, control_bits: u32, until: Instant) -> Result<bool> {
        loop {
            if self.state().word(registers::CONTROL) & control_bits != 0 {
                return Ok(true);
            }
            if Instant::now() >= until {
                return Ok(false);
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn reset(&mut self) -> Result<()> {
        let mut state = self.state();
        if state.failing_resets > 0 {
            state.failing_resets -= 1;
            if state.word(registers::CONTROL) == 0 {
                state.end();
            }
            return Err(Error::Fault {
                device: "fake".to_owned(),
                reason: "the reset did not go through".to_owned(),
            });
        }
        state.resets += 1;
        let idle = registers::CONTROL_IDLE;
        state.registers.insert(registers::CONTROL, idle);
        Ok(())
    }
}
