//! Configuration of an MSM engine.

use num_bigint::BigUint;
use num_traits::One;
use vegalith_abi::CurveId;

use super::engine::EngineConfig;
use super::kernel::cycle_model;
use super::model::CycleModel;
use super::parts::AdderConfig;
use super::slots::SlotMap;
use crate::arith::Target;
use crate::curve::CurveParams;
use crate::presets::GenerateError;

/// What adds two points, as a trade of area for time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdderStyle {
    /// Twelve multipliers: an addition a cycle.
    Pipelined,
    /// One multiplier, folded, that makes the twelve products in turn: an addition every few dozen
    /// cycles.
    Folded,
}

impl AdderStyle {
    fn name(self) -> &'static str {
        match self {
            AdderStyle::Pipelined => "pipelined",
            AdderStyle::Folded => "folded",
        }
    }
}

/// Everything that distinguishes one MSM kernel from another.
#[derive(Clone, Debug)]
pub struct MsmConfig {
    /// The group.
    pub curve: CurveId,
    /// Window width c in bits, 3 to 20: 2^(c−1) buckets a window.
    pub window_bits: usize,
    /// log2 of the largest number of points of a job, at most 30: beats are counted in 32 bits.
    pub log_max_points: usize,
    /// What adds two points.
    pub adder: AdderStyle,
    /// Value of the slot memory's `ram_style` attribute: "block", "ultra" or "auto".
    pub slot_ram_style: &'static str,
    /// What the arithmetic is cut for.
    pub target: Target,
}

/// Why a configuration was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MsmConfigError {
    /// See [`MsmConfig::window_bits`].
    #[error("window of {0} bits: 3 to 20 are offered")]
    WindowBits(usize),
    /// See [`MsmConfig::log_max_points`].
    #[error("2^{0} points a job: at most 2^30 are offered")]
    LogMaxPoints(usize),
    /// See [`MsmConfig::slot_ram_style`].
    #[error("ram_style {0:?}: \"block\", \"ultra\" and \"auto\" are known")]
    RamStyle(&'static str),
}

impl MsmConfig {
    /// Checks the ranges of all fields.
    pub fn validate(&self) -> Result<(), MsmConfigError> {
        if !(3..=20).contains(&self.window_bits) {
            return Err(MsmConfigError::WindowBits(self.window_bits));
        }
        if self.log_max_points > 30 {
            return Err(MsmConfigError::LogMaxPoints(self.log_max_points));
        }
        if !["block", "ultra", "auto"].contains(&self.slot_ram_style) {
            return Err(MsmConfigError::RamStyle(self.slot_ram_style));
        }
        Ok(())
    }

    /// Parameters of the curve.
    pub(super) fn params(&self) -> CurveParams {
        match self.curve {
            CurveId::Bn254G1 => CurveParams::bn254(),
            CurveId::Bls12_381G1 => CurveParams::bls12_381(),
            CurveId::Bls12_377G1 => CurveParams::bls12_377(),
        }
    }

    /// Number W of windows: the smallest that every scalar's signed digits fit in.
    pub fn num_windows(&self) -> usize {
        let largest = self.params().order - 1u32;
        (1..)
            .find(|&windows| {
                &largest + self.bias(windows) < BigUint::one() << (windows * self.window_bits)
            })
            .expect("some number of windows holds any scalar")
    }

    /// Σ_w 2^(c−1)·2^(cw): what recoding adds to a scalar.
    fn bias(&self, windows: usize) -> BigUint {
        (0..windows)
            .map(|w| BigUint::one() << (w * self.window_bits + self.window_bits - 1))
            .sum()
    }

    /// The cycle model of the engine that this configures.
    pub fn cycle_model(&self) -> Result<CycleModel, GenerateError> {
        cycle_model(self)
    }

    /// Number of partial sums that a job writes: one per window and bit.
    pub fn num_partial_sums(&self) -> usize {
        self.num_windows() * self.window_bits
    }

    pub(super) fn slot_map(&self) -> SlotMap {
        SlotMap::new(self.num_windows(), self.window_bits)
    }

    /// The engine's parameters, given its adder.
    pub(crate) fn engine(&self, adder: AdderConfig) -> EngineConfig {
        let params = self.params();
        EngineConfig {
            map: self.slot_map(),
            layout: self.curve.point_layout(),
            one: params.field.one_mont(),
            scalar_bits: params.order.bits() as usize,
            bias: self.bias(self.num_windows()),
            carry_bits: self.target.carry_bits,
            log_max_points: self.log_max_points,
            slot_ram_style: self.slot_ram_style,
            modulus: params.field.modulus,
            adder,
        }
    }

    /// All fields in one line: what a preset's digest is taken of.
    pub(crate) fn canonical(&self) -> String {
        format!(
            "msm;curve={};window_bits={};log_max_points={};adder={};slot_ram_style={};target={};radix_bits={}",
            self.params().name,
            self.window_bits,
            self.log_max_points,
            self.adder.name(),
            self.slot_ram_style,
            self.target.name,
            self.params().field.radix_bits,
        )
    }
}
