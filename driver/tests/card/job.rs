//! One kind of job with known results.

use std::time::{Duration, Instant};

use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use vegalith_driver::{
    Buffer, Device, Expectation, Limits, NttJob, Result, SimTransport, Statistics, Transport,
};

use super::nodes::{simulator_options, PRESET};

const LOG_SIZE: u32 = 8;
const BYTES: usize = 8 << LOG_SIZE;

/// A device and its buffers.
pub struct Setup {
    pub device: Device,
    data: Buffer,
    scratch: Buffer,
}

impl Setup {
    pub fn open(transport: Box<dyn Transport>) -> Result<Self> {
        let device = Device::open(transport, &Expectation::default())?;
        Ok(Setup {
            data: device.allocate(BYTES as u64)?,
            scratch: device.allocate(BYTES as u64)?,
            device,
        })
    }

    /// Uploads, transforms and reads back.
    pub fn run(&mut self, input: &[u8], limit: Duration) -> Result<(Vec<u8>, Statistics)> {
        self.device.write(&self.data, 0, input)?;
        let job = NttJob {
            source: &self.data,
            destination: &self.data,
            scratch: &self.scratch,
            log_size: LOG_SIZE,
            inverse: false,
            coset: true,
            scale: [0; 32],
        };
        let limits = Limits::from(Instant::now() + limit);
        let statistics = self.device.run_ntt(job, limits)?;
        let mut output = vec![0; BYTES];
        self.device.read(&self.data, 0, &mut output)?;
        Ok((output, statistics))
    }
}

/// Input, output and counters.
pub type Case = (Vec<u8>, Vec<u8>, Statistics);

/// Inputs with what the simulator by itself makes of them.
pub fn known(seed: u64) -> Vec<Case> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let simulator = SimTransport::open(PRESET, &simulator_options()).unwrap();
    let mut setup = Setup::open(Box::new(simulator)).unwrap();
    let case = |_| {
        let mut input = vec![0; BYTES];
        rng.fill_bytes(&mut input);
        // Below 2^63, so canonical.
        let tops = input.iter_mut().skip(7).step_by(8);
        tops.for_each(|byte| *byte &= 0x7f);
        let (output, statistics) = setup.run(&input, Duration::from_secs(60)).unwrap();
        (input, output, statistics)
    };
    (0..8).map(case).collect()
}
