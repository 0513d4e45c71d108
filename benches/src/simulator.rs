use std::time::{Duration, Instant};

/// Simulation is slow: log2 of the largest size worth measuring.
#[cfg(feature = "sim")]
pub const MAX_LOG_SIZE: u32 = 10;

/// The simulated kernels.
///
/// # Panics
/// If the simulator cannot be opened: there is nothing to measure then.
#[cfg(feature = "sim")]
pub fn simulator() -> vegalith::DeviceBackend {
    vegalith::DeviceBackend::simulator(&vegalith::SimSelection::default())
        .expect("the simulator that this program was built with opens")
}

/// Far enough away for every bench.
pub fn deadline() -> Instant {
    Instant::now() + Duration::from_secs(3600)
}
