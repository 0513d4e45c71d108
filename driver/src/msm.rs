//! MSM jobs.

use vegalith_abi::memory::{PartialSum, Scalar, ALIGNMENT_BYTES};
use vegalith_abi::registers::msm as arguments;
use vegalith_abi::CurveId;

use crate::device::argument_u64;
use crate::{Buffer, Capabilities, Device, Error, Limits, Result, Statistics};

/// Operands of an MSM job.
#[derive(Clone, Copy, Debug)]
pub struct MsmJob<'a> {
    /// Points in the layout of the kernel's curve.
    pub points: &'a Buffer,
    /// Index of the first point to use; its address must be a multiple of 4096.
    pub first_point: u64,
    /// One scalar a point, at least one.
    pub scalars: &'a [Scalar],
}

/// What stands in the place of a partial sum before the kernel writes it: no point of any curve with
/// b ≠ 0, since X = Y = Z ≠ 0.
pub const UNWRITTEN: PartialSum = PartialSum {
    x: [0xff; 64],
    y: [0xff; 64],
    z: [0xff; 64],
};

/// What an MSM job gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MsmResult {
    /// Sum number j belongs to weight 2^j. One that the kernel left out is [`UNWRITTEN`].
    pub partial_sums: Vec<PartialSum>,
    /// Counters of the kernel.
    pub statistics: Statistics,
}

impl Device {
    /// Runs one MSM job.
    ///
    /// # Errors
    /// [`Error::TooLarge`] beyond the kernel's capacity; [`Error::OutOfMemory`] if scalars and sums
    /// do not fit beside the points; [`Error::InvalidArgument`] for operands that do not match;
    /// [`Error::BytesWritten`] if the kernel did not write as many bytes as its sums take.
    pub fn run_msm(&mut self, job: MsmJob<'_>, limits: Limits<'_>) -> Result<MsmResult> {
        let (curve, num_partial_sums) = self.msm_capabilities()?;
        let n = job.scalars.len() as u64;
        if n == 0 {
            return Err(Error::InvalidArgument("an MSM of no points".to_owned()));
        }
        let largest = self.identity().max_size();
        if n > largest {
            return Err(Error::TooLarge {
                what: format!("an MSM of {n} points"),
                largest,
            });
        }
        let slot = curve.point_layout().slot_bytes as u64;
        let offset = job.first_point.saturating_mul(slot);
        if !offset.is_multiple_of(ALIGNMENT_BYTES) {
            return Err(Error::InvalidArgument(format!(
                "point {} is not at a multiple of {ALIGNMENT_BYTES} bytes",
                job.first_point
            )));
        }
        let points = self.place(job.points, offset, n * slot)?;

        let scalars = self.upload(bytemuck::cast_slice(job.scalars))?;
        let mut partial_sums = vec![UNWRITTEN; num_partial_sums as usize];
        let sums = self.upload(bytemuck::cast_slice(&partial_sums))?;
        let words: Vec<(u32, u32)> = [
            argument_u64(arguments::POINTS, points),
            argument_u64(arguments::SCALARS, scalars.address()),
            argument_u64(arguments::RESULT, sums.address()),
        ]
        .into_iter()
        .flatten()
        .chain([(arguments::NUM_POINTS, n as u32)])
        .collect();
        let writes_bytes = (partial_sums.len() * size_of::<PartialSum>()) as u64;
        let operation = format!("MSM of {n} points");
        let statistics = self.run(&operation, &words, writes_bytes, limits)?;
        self.read(&sums, 0, bytemuck::cast_slice_mut(&mut partial_sums))?;
        Ok(MsmResult {
            partial_sums,
            statistics,
        })
    }

    fn msm_capabilities(&self) -> Result<(CurveId, u32)> {
        match self.identity().capabilities {
            Capabilities::Msm {
                curve,
                num_partial_sums,
                ..
            } => Ok((curve, num_partial_sums)),
            Capabilities::Ntt { .. } => Err(Error::InvalidArgument(format!(
                "{} is not an MSM kernel",
                self.name()
            ))),
        }
    }
}
