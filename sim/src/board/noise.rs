//! What goes wrong on a line, seeded.

use vegalith_abi::serial::FLAG;

/// How often things go wrong, in events a million bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoiseRates {
    /// A byte with a flipped bit.
    pub flip: u32,
    /// A byte that is lost.
    pub lose: u32,
    /// A byte that comes twice.
    pub duplicate: u32,
    /// A byte that nobody sent.
    pub insert: u32,
    /// A frame that comes twice: the rate is a million frames.
    pub duplicate_frame: u32,
    /// A frame that is lost: the rate is a million frames.
    pub lose_frame: u32,
    /// A pause before a byte.
    pub stall: u32,
    /// Longest pause, in clocks.
    pub stall_clocks: u32,
    /// The board's reset button is pressed, which only the noise on the way to the board does: the
    /// rate is a million times 256 clocks in which the line is used.
    pub restart: u32,
}

impl NoiseRates {
    /// The same rate of everything that goes wrong with a byte, of frames that come twice a hundred
    /// times that and of lost ones ten times; no restarts.
    pub fn even(rate: u32) -> Self {
        NoiseRates {
            flip: rate,
            lose: rate,
            duplicate: rate,
            insert: rate,
            duplicate_frame: rate.saturating_mul(100).min(500_000),
            lose_frame: rate.saturating_mul(10).min(50_000),
            stall: rate,
            stall_clocks: 2000,
            restart: 0,
        }
    }
}

/// What has gone wrong so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoiseCounts {
    /// Bytes with a flipped bit.
    pub flipped: u64,
    /// Bytes that were lost.
    pub lost: u64,
    /// Bytes that came twice.
    pub duplicated: u64,
    /// Bytes that nobody sent.
    pub inserted: u64,
    /// Frames that came twice.
    pub duplicated_frames: u64,
    /// Frames that were lost.
    pub lost_frames: u64,
    /// Pauses.
    pub stalls: u64,
    /// Restarts of the board.
    pub restarts: u64,
}

impl NoiseCounts {
    /// Everything together.
    pub fn total(&self) -> u64 {
        self.flipped
            + self.lost
            + self.duplicated
            + self.inserted
            + self.duplicated_frames
            + self.lost_frames
            + self.stalls
            + self.restarts
    }

    /// The counts of two lines.
    pub fn and(&self, other: &NoiseCounts) -> NoiseCounts {
        NoiseCounts {
            flipped: self.flipped + other.flipped,
            lost: self.lost + other.lost,
            duplicated: self.duplicated + other.duplicated,
            inserted: self.inserted + other.inserted,
            duplicated_frames: self.duplicated_frames + other.duplicated_frames,
            lost_frames: self.lost_frames + other.lost_frames,
            stalls: self.stalls + other.stalls,
            restarts: self.restarts + other.restarts,
        }
    }
}

/// Longest frame that can come twice: all of it escaped.
const FRAME_BYTES: usize = 1024;

/// One direction of a line on which things go wrong.
#[derive(Clone, Debug)]
pub struct Noise {
    rates: NoiseRates,
    state: u64,
    counts: NoiseCounts,
    /// The frame under way, from its flag.
    frame: Vec<u8>,
    /// The frame under way is lost.
    loses_frame: bool,
}

impl Noise {
    /// Equal seeds and equal bytes give equal noise.
    pub fn new(rates: NoiseRates, seed: u64) -> Self {
        Noise {
            rates,
            state: seed,
            counts: NoiseCounts::default(),
            frame: Vec::new(),
            loses_frame: false,
        }
    }

    /// What has gone wrong so far.
    pub fn counts(&self) -> NoiseCounts {
        self.counts
    }

    /// SplitMix64.
    fn random(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn strikes(&mut self, rate: u32) -> bool {
        rate > 0 && self.random() % 1_000_000 < u64::from(rate)
    }

    /// Whether the board is restarted within the next `clocks`, and at which of them.
    pub(super) fn restart(&mut self, clocks: usize) -> Option<usize> {
        self.strikes(self.rates.restart).then(|| {
            self.counts.restarts += 1;
            self.random() as usize % clocks
        })
    }

    /// Other rates from now on.
    pub(super) fn set_rates(&mut self, rates: NoiseRates) {
        self.rates = rates;
    }

    /// Passes a byte on: gives `out` what arrives of it, each byte with the pause before it.
    pub fn pass(&mut self, byte: u8, mut out: impl FnMut(u8, u32)) {
        let rates = self.rates;
        if byte == FLAG {
            self.loses_frame = false;
        }
        if self.loses_frame {
            return;
        }
        let begins = byte != FLAG && self.frame.len() == 1;
        if begins && self.strikes(rates.lose_frame) {
            self.counts.lost_frames += 1;
            self.loses_frame = true;
            return;
        }
        let mut pause = 0;
        if self.strikes(rates.stall) && rates.stall_clocks > 0 {
            self.counts.stalls += 1;
            pause = 1 + (self.random() % u64::from(rates.stall_clocks)) as u32;
        }
        if self.strikes(rates.insert) {
            self.counts.inserted += 1;
            let extra = self.random() as u8;
            out(extra, std::mem::take(&mut pause));
        }
        let ends = byte == FLAG && self.frame.len() > 1;
        if self.frame.len() < FRAME_BYTES {
            self.frame.push(byte);
        }
        if self.strikes(rates.lose) {
            self.counts.lost += 1;
        } else {
            let mut arriving = byte;
            if self.strikes(rates.flip) {
                self.counts.flipped += 1;
                arriving ^= 1 << (self.random() % 8);
            }
            out(arriving, pause);
            if self.strikes(rates.duplicate) {
                self.counts.duplicated += 1;
                out(arriving, 0);
            }
        }
        if byte == FLAG {
            let frame = std::mem::replace(&mut self.frame, vec![FLAG]);
            if ends && self.strikes(rates.duplicate_frame) {
                self.counts.duplicated_frames += 1;
                frame.into_iter().for_each(|byte| out(byte, 0));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(rates: NoiseRates, seed: u64, bytes: &[u8]) -> (Vec<u8>, NoiseCounts) {
        let mut noise = Noise::new(rates, seed);
        let mut arrived = Vec::new();
        for &byte in bytes {
            noise.pass(byte, |byte, _| arrived.push(byte));
        }
        (arrived, noise.counts())
    }

    #[test]
    fn no_rates_change_nothing() {
        let bytes: Vec<u8> = (0..=255).cycle().take(10_000).collect();
        let (arrived, counts) = passed(NoiseRates::default(), 3, &bytes);
        assert_eq!((arrived, counts.total()), (bytes, 0));
    }

    #[test]
    fn rates_are_met_and_seeds_repeat() {
        let bytes = vec![0x55; 200_000];
        let rates = NoiseRates::even(10_000);
        let (arrived, counts) = passed(rates, 7, &bytes);
        for count in [
            counts.flipped,
            counts.lost,
            counts.duplicated,
            counts.inserted,
        ] {
            assert!((1_700..2_300).contains(&count), "{counts:?}");
        }
        let expected = bytes.len() as u64 + counts.duplicated + counts.inserted - counts.lost;
        assert_eq!(arrived.len() as u64, expected);
        assert_eq!(passed(rates, 7, &bytes), (arrived.clone(), counts));
        assert_ne!(passed(rates, 8, &bytes).0, arrived);
    }

    #[test]
    fn whole_frames_come_twice() {
        let rates = NoiseRates {
            duplicate_frame: 1_000_000,
            ..NoiseRates::default()
        };
        let frame = [FLAG, 1, 2, 3, FLAG];
        let (arrived, counts) = passed(rates, 1, &frame);
        assert_eq!(arrived, [frame, frame].concat());
        assert_eq!(counts.duplicated_frames, 1);
    }

    #[test]
    fn whole_frames_are_lost() {
        let rates = NoiseRates {
            lose_frame: 1_000_000,
            ..NoiseRates::default()
        };
        let (arrived, counts) = passed(rates, 1, &[FLAG, 1, 2, FLAG, 3, 4, FLAG]);
        assert_eq!(arrived, [FLAG, FLAG, FLAG]);
        assert_eq!(counts.lost_frames, 2);
    }
}
