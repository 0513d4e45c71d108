use std::sync::Arc;
use std::time::{Duration, Instant};

use vegalith::{Backend, CpuBackend};

/// The backends to measure, with their largest log2 size: simulation is slow.
///
/// # Panics
/// If the simulator cannot be opened: there is nothing to measure then.
pub fn backends() -> Vec<(Arc<dyn Backend>, u32)> {
    #[allow(unused_mut, reason = "grows with the feature `sim`")]
    let mut backends: Vec<(Arc<dyn Backend>, u32)> = vec![(Arc::new(CpuBackend::new()), u32::MAX)];
    #[cfg(feature = "sim")]
    {
        let sim = vegalith::DeviceBackend::simulator(&vegalith::SimSelection::default())
            .expect("the simulator that this program was built with opens");
        backends.push((Arc::new(sim), 10));
    }
    backends
}

/// Far enough away for every bench.
pub fn deadline() -> Instant {
    Instant::now() + Duration::from_secs(3600)
}
