//! Contenders for one task, in turns.

use std::time::{Duration, Instant};

use peak_alloc::PeakAlloc;
use rustix::time::{clock_gettime, ClockId};
use vegalith_benches::contenders::Contender;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// No round is begun after so long.
const ENOUGH: Duration = Duration::from_secs(20);

/// Medians of a contender.
pub struct Measured {
    pub name: &'static str,
    /// Seconds of the wall clock.
    pub wall: f64,
    /// Seconds on all CPUs together.
    pub cpu: f64,
    /// Bytes allocated at most at a time, besides operands and what was prepared from them before (bases, tables).
    pub peak_bytes: usize,
}

/// Runs every contender once to compare their answers with the first one's, then in turns: for so many rounds, or fewer
/// if they take long.
///
/// # Errors
/// If an answer is another.
pub fn compare(mut contenders: Vec<Contender>, rounds: usize) -> Result<Vec<Measured>, String> {
    let mut expected = None;
    for contender in &mut contenders {
        let answer = (contender.run)()();
        if *expected.get_or_insert_with(|| answer.clone()) != answer {
            return Err(format!("{} computes something else", contender.name));
        }
    }
    let mut samples = vec![[const { Vec::new() }; 2]; contenders.len()];
    let mut peaks = vec![0; contenders.len()];
    let start = Instant::now();
    for round in 0..rounds {
        if round > 0 && start.elapsed() > ENOUGH {
            break;
        }
        for (i, contender) in contenders.iter_mut().enumerate() {
            let before = ALLOCATOR.current_usage();
            ALLOCATOR.reset_peak_usage();
            let (wall, cpu) = (Instant::now(), cpu_seconds());
            let answer = (contender.run)();
            samples[i][1].push(cpu_seconds() - cpu);
            samples[i][0].push(wall.elapsed().as_secs_f64());
            peaks[i] = ALLOCATOR.peak_usage().saturating_sub(before).max(peaks[i]);
            drop(answer);
        }
    }
    let measured = contenders.iter().zip(samples).zip(peaks);
    Ok(measured
        .map(|((contender, [wall, cpu]), peak_bytes)| Measured {
            name: contender.name,
            wall: median(wall),
            cpu: median(cpu),
            peak_bytes,
        })
        .collect())
}

fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}
