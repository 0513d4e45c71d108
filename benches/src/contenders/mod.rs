//! Libraries for one task on equal operands: arkworks, this project's CPU backend, and, with the feature
//! `peers`, others. The feature `sim` adds the simulated kernels, where they know the task and it is small.

pub mod msm;
pub mod ntt;
#[cfg(feature = "peers")]
mod peers;

use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Throughput};

/// Simulation is slow: log2 of the largest size worth measuring.
#[cfg(feature = "sim")]
const MAX_SIMULATED_LOG_SIZE: u32 = 10;

/// The simulated kernels, if they are to do a task of this size.
///
/// # Panics
/// If the simulator cannot be opened: there is nothing to measure then.
#[cfg(feature = "sim")]
fn simulator(size: usize) -> Option<vegalith::DeviceBackend> {
    (size <= 1 << MAX_SIMULATED_LOG_SIZE).then(|| {
        vegalith::DeviceBackend::simulator(&vegalith::SimSelection::default())
            .expect("the simulator that this program was built with opens")
    })
}

/// Far enough away for every bench.
fn deadline() -> Instant {
    Instant::now() + Duration::from_secs(3600)
}

/// What was computed, turned into canonical bytes if it is to be compared.
pub type Answer = Box<dyn FnOnce() -> Vec<u8>>;

/// A library that does the task.
pub struct Contender<'a> {
    /// Its name.
    pub name: &'static str,
    /// Does the task once; operands stand ready.
    pub run: Box<dyn FnMut() -> Answer + 'a>,
}

/// Measures every contender for a task of 2^log_size elements.
pub fn measure(group: &mut BenchmarkGroup<WallTime>, log_size: u32, contenders: Vec<Contender>) {
    group.sample_size(10);
    group.throughput(Throughput::Elements(1 << log_size));
    for mut contender in contenders {
        let id = BenchmarkId::new(contender.name, log_size);
        group.bench_function(id, |bencher| bencher.iter(&mut contender.run));
    }
}
