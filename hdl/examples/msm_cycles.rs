//! What an MSM preset comes to at any size, from the cycle-exact model of its control.
//!
//! ```text
//! cargo run --release -p vegalith-hdl --example msm_cycles -- PRESET [LOG_SIZE…]
//! ```
//! Memory is taken as ideal (a beat a cycle). Sizes beyond what was simulated are projections.

use num_bigint::BigUint;
use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use vegalith_hdl::presets::{find, PresetKind};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or("msm-bn254-demo".to_owned());
    let mut sizes: Vec<u32> = arguments.map(|a| a.parse()).collect::<Result<_, _>>()?;
    if sizes.is_empty() {
        sizes = vec![12, 14, 16];
    }
    let preset = find(&name)?;
    let PresetKind::Msm(config) = &preset.kind else {
        return Err(format!("{name} is not an MSM preset").into());
    };
    let model = config.cycle_model()?;
    let windows = config.num_windows();
    println!("{name}: {windows} windows of {} bits", config.window_bits);
    println!(
        "{:>6} {:>10} {:>12} {:>12} {:>9} {:>8}",
        "points", "scalars", "cycles", "additions", "cyc/point", "busy"
    );
    for log_size in sizes {
        let points = 1usize << log_size;
        for kind in ["uniform", "equal", "half zero", "bits"] {
            let mut rng = ChaCha8Rng::seed_from_u64(u64::from(log_size));
            let mut random = || {
                let mut bytes = [0; 32];
                rng.fill_bytes(&mut bytes);
                bytes[31] &= 0x1f;
                BigUint::from_bytes_le(&bytes)
            };
            let shared = random();
            let run = model.run(points, |index| {
                let scalar = match kind {
                    "equal" => shared.clone(),
                    "half zero" if index % 2 == 0 => BigUint::default(),
                    "bits" => BigUint::from(index % 2),
                    _ => random(),
                };
                model.digit_keys(&scalar)
            });
            println!(
                "2^{log_size:<4} {kind:>10} {:>12} {:>12} {:>9.2} {:>7.2}%",
                run.cycles,
                run.additions,
                run.cycles as f64 / points as f64,
                100.0 * run.busy_cycles as f64 / run.active_cycles.max(1) as f64
            );
        }
    }
    Ok(())
}
