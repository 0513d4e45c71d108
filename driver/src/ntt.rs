//! NTT jobs.

use vegalith_abi::memory::BEAT_BYTES;
use vegalith_abi::registers::ntt as arguments;
use vegalith_abi::FieldId;

use crate::device::argument_u64;
use crate::{Buffer, Capabilities, Device, Error, Limits, Result, Statistics};

/// Operands of an NTT job.
#[derive(Clone, Copy, Debug)]
pub struct NttJob<'a> {
    /// Input, 2^log_size canonical elements in natural order.
    pub source: &'a Buffer,
    /// Output; may be the input.
    pub destination: &'a Buffer,
    /// As large as the input, and neither of the other two.
    pub scratch: &'a Buffer,
    /// log2 of the number of elements.
    pub log_size: u32,
    /// From evaluations to coefficients.
    pub inverse: bool,
    /// Over the coset shifted by the field's generator.
    pub coset: bool,
    /// Inverse transforms: N⁻¹·R in the kernel's Montgomery form, little-endian.
    pub scale: [u8; 32],
}

impl Device {
    /// Runs one NTT job.
    ///
    /// # Errors
    /// [`Error::TooLarge`] beyond the kernel's capacity; [`Error::InvalidArgument`] for buffers that
    /// are too small; [`Error::BytesWritten`] if the kernel did not write as many bytes as the
    /// transform takes.
    pub fn run_ntt(&mut self, job: NttJob<'_>, limits: Limits<'_>) -> Result<Statistics> {
        let (field, passes) = self.ntt_capabilities()?;
        let largest = self.identity().log_max_size;
        if job.log_size > largest {
            return Err(Error::TooLarge {
                what: format!("log2 of an NTT's size is {}", job.log_size),
                largest: largest.into(),
            });
        }
        let bytes = (field.element_bytes() as u64) << job.log_size;
        let scratch = self.place(job.scratch, 0, bytes)?;
        let source = self.place(job.source, 0, bytes)?;
        let destination = self.place(job.destination, 0, bytes)?;
        if scratch == source || scratch == destination {
            return Err(Error::InvalidArgument(
                "the scratch buffer of an NTT is its input or output".to_owned(),
            ));
        }
        let mut flags = 0;
        if job.inverse {
            flags |= arguments::FLAG_INVERSE;
        }
        if job.coset {
            flags |= arguments::FLAG_COSET;
        }
        let mut words = Vec::new();
        words.extend(argument_u64(arguments::SOURCE, source));
        words.extend(argument_u64(arguments::DESTINATION, destination));
        words.extend(argument_u64(arguments::SCRATCH, scratch));
        words.push((arguments::LOG_SIZE, job.log_size));
        words.push((arguments::FLAGS, flags));
        let scale = job.scale.chunks_exact(4).map(|word| {
            word.iter()
                .rev()
                .fold(0, |value, &byte| value << 8 | u32::from(byte))
        });
        words.extend((arguments::SCALE..).step_by(4).zip(scale));
        self.run(
            &format!("NTT of 2^{} elements", job.log_size),
            &words,
            passes.bytes_written(&job, bytes),
            limits,
        )
    }

    fn ntt_capabilities(&self) -> Result<(FieldId, Passes)> {
        match self.identity().capabilities {
            Capabilities::Ntt {
                field,
                log_single_pass,
                shifts_in_pass,
            } => Ok((
                field,
                Passes {
                    log_single_pass,
                    shifts_in_pass,
                },
            )),
            Capabilities::Msm { .. } => Err(Error::InvalidArgument(format!(
                "{} is not an NTT kernel",
                self.name()
            ))),
        }
    }
}

/// What decides how often a kernel passes over its output.
struct Passes {
    log_single_pass: u32,
    shifts_in_pass: bool,
}

impl Passes {
    /// Bytes that a job over `bytes` bytes writes: all of them, in whole beats, once a pass. A transform
    /// beyond the largest single pass takes two, the shift behind an inverse over a coset one more
    /// unless it is part of the last.
    fn bytes_written(&self, job: &NttJob<'_>, bytes: u64) -> u64 {
        let transform = if job.log_size > self.log_single_pass {
            2
        } else {
            1
        };
        let shift = u64::from(job.inverse && job.coset && !self.shifts_in_pass);
        (transform + shift) * bytes.max(BEAT_BYTES as u64)
    }
}
