//! One kernel: what it offers, and how a job runs on it.

use std::sync::Arc;

use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_ec::{AdditiveGroup, CurveGroup};
use ark_ff::PrimeField;
use vegalith_abi::memory::{PartialSum, Scalar, ALIGNMENT_BYTES};
use vegalith_abi::{CurveId, FieldId};
use vegalith_driver::{Capabilities, Device, Limits, MsmJob, NttJob, Statistics};

use super::error::from_driver;
use super::fold::{fold, OffCurve};
use super::layout;
use super::resident::Resident;
use crate::{
    Bases, BasesId, Curve, DeviceStatistics, Elements, Error, Field, NttOptions, Output, Point,
    Result, Scalars,
};

/// What a kernel computes, and its largest job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offer {
    /// MSM in G1 of a curve.
    Msm {
        curve: Curve,
        /// Limited by device memory: larger jobs than the kernel's own are split.
        max_points: usize,
    },
    /// NTT over a field.
    Ntt { field: Field, max_log_size: u32 },
}

impl Offer {
    /// Whether both are for the same curve or field.
    pub(super) fn is_like(&self, other: &Offer) -> bool {
        match (self, other) {
            (Offer::Msm { curve: a, .. }, Offer::Msm { curve: b, .. }) => a == b,
            (Offer::Ntt { field: a, .. }, Offer::Ntt { field: b, .. }) => a == b,
            _ => false,
        }
    }
}

/// Work for a kernel.
pub(super) enum Task {
    /// Looks whether the kernel still answers.
    Probe,
    /// Brings bases to the device ahead of their first job.
    Preload { id: BasesId, bases: Bases },
    /// Sum over the first bases.
    Msm {
        id: BasesId,
        bases: Bases,
        scalars: Scalars,
    },
    /// Transform of 2^k elements.
    Ntt {
        input: Elements,
        options: NttOptions,
    },
}

/// What a task gives, if it gives anything.
pub(super) type Done = Option<(Output, DeviceStatistics)>;

/// A kernel and what lies in its memory.
pub(super) struct Kernel {
    device: Device,
    resident: Resident,
    /// Of the device memory that `resident` speaks of.
    memory_generation: u64,
}

impl Kernel {
    pub(super) fn new(device: Device) -> Self {
        Kernel {
            memory_generation: device.memory_generation(),
            device,
            resident: Resident::default(),
        }
    }

    pub(super) fn device(&self) -> &Device {
        &self.device
    }

    pub(super) fn offer(&self) -> Offer {
        let identity = self.device.identity();
        match identity.capabilities {
            Capabilities::Msm {
                curve,
                num_partial_sums,
                ..
            } => Offer::Msm {
                curve: curve_of(curve),
                max_points: max_points(
                    self.device.memory_bytes(),
                    curve.point_layout().slot_bytes as u64,
                    identity.max_size(),
                    num_partial_sums.into(),
                ),
            },
            Capabilities::Ntt { field, .. } => {
                let element = field.element_bytes() as u64;
                // Data and scratch.
                let in_memory = (self.device.memory_bytes() / (2 * element))
                    .checked_ilog2()
                    .unwrap_or(0);
                Offer::Ntt {
                    field: field_of(field),
                    max_log_size: identity.log_max_size.min(in_memory),
                }
            }
        }
    }

    /// Resets the kernel after a failure that left it in doubt.
    pub(super) fn recover(&mut self) -> Result<()> {
        let reset = self.device.reset();
        self.check(reset)
    }

    /// Forgets what was in device memory if that may have lost it. Any reset may find it lost, the
    /// one behind a failed job too, whose task ends with that failure.
    fn forget_lost(&mut self) {
        let generation = self.device.memory_generation();
        if generation != self.memory_generation {
            self.memory_generation = generation;
            self.resident = Resident::default();
        }
    }

    pub(super) fn run(&mut self, task: &Task, limits: Limits<'_>) -> Result<Done> {
        self.forget_lost();
        match task {
            Task::Probe => {
                let checked = self.device.check();
                self.check(checked).map(|()| None)
            }
            Task::Preload { id, bases } => match bases {
                Bases::Bn254G1(points) => self.load(*id, points),
                Bases::Bls12_381G1(points) => self.load(*id, points),
                Bases::Bls12_377G1(points) => self.load(*id, points),
                Bases::Bn254G2(_) | Bases::Bls12_381G2(_) => Err(self.wrong_kernel()),
            }
            .map(|()| None),
            Task::Msm { id, bases, scalars } => {
                let (point, statistics) = match (bases, scalars) {
                    (Bases::Bn254G1(b), Scalars::Bn254(s)) => {
                        let (point, statistics) = self.msm(*id, b, s, limits)?;
                        (Point::Bn254G1(point), statistics)
                    }
                    (Bases::Bls12_381G1(b), Scalars::Bls12_381(s)) => {
                        let (point, statistics) = self.msm(*id, b, s, limits)?;
                        (Point::Bls12_381G1(point), statistics)
                    }
                    (Bases::Bls12_377G1(b), Scalars::Bls12_377(s)) => {
                        let (point, statistics) = self.msm(*id, b, s, limits)?;
                        (Point::Bls12_377G1(point), statistics)
                    }
                    _ => return Err(self.wrong_kernel()),
                };
                Ok(Some((Output::Point(point), statistics)))
            }
            Task::Ntt { input, options } => {
                let (elements, statistics) = match input {
                    Elements::Bn254Fr(v) => {
                        let (v, statistics) = self.ntt(v, *options, limits)?;
                        (Elements::Bn254Fr(v), statistics)
                    }
                    Elements::Bls12_381Fr(v) => {
                        let (v, statistics) = self.ntt(v, *options, limits)?;
                        (Elements::Bls12_381Fr(v), statistics)
                    }
                    Elements::Bls12_377Fr(v) => {
                        let (v, statistics) = self.ntt(v, *options, limits)?;
                        (Elements::Bls12_377Fr(v), statistics)
                    }
                    Elements::Goldilocks(v) => {
                        let (v, statistics) = self.ntt(v, *options, limits)?;
                        (Elements::Goldilocks(v), statistics)
                    }
                };
                Ok(Some((Output::Elements(elements), statistics)))
            }
        }
    }

    fn check<T>(&self, result: vegalith_driver::Result<T>) -> Result<T> {
        result.map_err(|error| from_driver(error, self.device.name()))
    }

    /// A task that the backend should have given to another kernel.
    fn wrong_kernel(&self) -> Error {
        Error::Unsupported {
            backend: self.device.name().to_owned(),
            what: "a job of another kind than the kernel's".into(),
        }
    }

    fn statistics(&self, counters: Statistics) -> DeviceStatistics {
        let units = u64::from(self.device.identity().num_units);
        DeviceStatistics {
            cycles: counters.cycles,
            busy_cycles: counters.busy_unit_cycles,
            slots: counters.active_cycles * units,
            stall_cycles: counters.stall_cycles,
            bytes_read: counters.bytes_read,
            bytes_written: counters.bytes_written,
        }
    }

    /// Uploads bases unless they are there.
    fn load<P: SWCurveConfig>(&mut self, id: BasesId, points: &[Affine<P>]) -> Result<()>
    where
        P::BaseField: PrimeField,
    {
        if self.resident.contains(id) {
            return Ok(());
        }
        let identity = self.device.identity();
        let Capabilities::Msm { curve, .. } = identity.capabilities else {
            return Err(self.wrong_kernel());
        };
        let bytes = layout::points_to_bytes(points, curve.point_layout(), identity.mont_bits);
        self.resident
            .make_room(&self.device, &[bytes.len() as u64], None);
        let uploaded = self.device.upload(&bytes);
        let buffer = self.check(uploaded)?;
        self.resident.insert(id, buffer);
        Ok(())
    }

    /// Makes room for the buffers of a job over `bases`, which are there and stay.
    fn make_room_beside<P: SWCurveConfig>(
        &mut self,
        id: BasesId,
        bases: &[Affine<P>],
        buffers: &[u64],
    ) -> Result<()>
    where
        P::BaseField: PrimeField,
    {
        if !self.resident.make_room(&self.device, buffers, Some(id)) {
            // They lie between two holes. All others are gone, so that they now go to the start of
            // the memory and leave one piece.
            self.resident.remove(id);
            self.load(id, bases)?;
        }
        Ok(())
    }

    fn msm<P: SWCurveConfig>(
        &mut self,
        id: BasesId,
        bases: &[Affine<P>],
        scalars: &[P::ScalarField],
        limits: Limits<'_>,
    ) -> Result<(Affine<P>, DeviceStatistics)>
    where
        P::BaseField: PrimeField,
    {
        self.load(id, bases)?;
        let identity = *self.device.identity();
        let Capabilities::Msm {
            num_partial_sums, ..
        } = identity.capabilities
        else {
            return Err(self.wrong_kernel());
        };
        let capacity = usize::try_from(identity.max_size()).unwrap_or(usize::MAX);
        let mut total = Projective::<P>::ZERO;
        let mut statistics = DeviceStatistics::default();
        for (run, scalars) in scalars.chunks(capacity).enumerate() {
            let scalars = layout::scalars_to_device(scalars);
            let buffers = msm_buffers(scalars.len() as u64, num_partial_sums.into());
            self.make_room_beside(id, bases, &buffers)?;
            let points = self.resident.get(id).ok_or_else(|| Error::Unknown {
                kind: "bases",
                id: format!("{id:?}"),
            })?;
            let job = MsmJob {
                points,
                first_point: run as u64 * identity.max_size(),
                scalars: &scalars,
            };
            let finished = self.device.run_msm(job, limits);
            let result = self.check(finished)?;
            statistics += self.statistics(result.statistics);
            total += fold::<P>(&result.partial_sums)
                .map_err(|fault| wrong_sum(fault, &result.partial_sums))?;
        }
        Ok((total.into_affine(), statistics))
    }

    fn ntt<F: PrimeField>(
        &mut self,
        input: &[F],
        options: NttOptions,
        limits: Limits<'_>,
    ) -> Result<(Arc<Vec<F>>, DeviceStatistics)> {
        let log_size = input.len().ilog2();
        if log_size == 0 {
            // One element is its own transform, on any coset.
            return Ok((Arc::new(input.to_vec()), DeviceStatistics::default()));
        }
        let identity = *self.device.identity();
        let Capabilities::Ntt { field, .. } = identity.capabilities else {
            return Err(self.wrong_kernel());
        };
        let element_bytes = field.element_bytes();
        let mut bytes = layout::elements_to_bytes(input, element_bytes);
        let uploaded = self.device.upload(&bytes);
        let data = self.check(uploaded)?;
        let scratch = self.check(self.device.allocate(bytes.len() as u64))?;
        let finished = self.device.run_ntt(
            NttJob {
                source: &data,
                destination: &data,
                scratch: &scratch,
                log_size,
                inverse: options.inverse,
                coset: options.coset,
                scale: if options.inverse {
                    layout::inverse_scale::<F>(log_size, identity.mont_bits)
                } else {
                    [0; 32]
                },
            },
            limits,
        );
        let counters = self.check(finished)?;
        let read = self.device.read(&data, 0, &mut bytes);
        self.check(read)?;
        let output = layout::elements_from_bytes(&bytes, element_bytes).map_err(|index| {
            Error::WrongResult {
                check: format!("element {index} of the transform is canonical"),
                expected: format!("below {}", layout::modulus_hex::<F>()),
                found: hex(&bytes[index * element_bytes..][..element_bytes]),
            }
        })?;
        Ok((Arc::new(output), self.statistics(counters)))
    }
}

fn wrong_sum(fault: OffCurve, sums: &[PartialSum]) -> Error {
    let OffCurve(index) = fault;
    let sum = &sums[index];
    Error::WrongResult {
        check: format!("partial sum {index} is on the curve"),
        expected: "Y²Z = X³ + aXZ² + bZ³".into(),
        found: format!("X {}, Y {}, Z {}", hex(&sum.x), hex(&sum.y), hex(&sum.z)),
    }
}

/// A little-endian value as a number.
fn hex(bytes: &[u8]) -> String {
    let digits: String = bytes.iter().rev().map(|b| format!("{b:02x}")).collect();
    format!("0x{digits}")
}

fn pages(bytes: u64) -> u64 {
    bytes.next_multiple_of(ALIGNMENT_BYTES)
}

/// Buffers that a run takes beside the points, in the order in which the driver takes them.
fn msm_buffers(num_points: u64, num_partial_sums: u64) -> [u64; 2] {
    [
        num_points * size_of::<Scalar>() as u64,
        num_partial_sums * size_of::<PartialSum>() as u64,
    ]
}

/// Device memory that they take.
fn msm_room(num_points: u64, num_partial_sums: u64) -> u64 {
    msm_buffers(num_points, num_partial_sums)
        .map(pages)
        .iter()
        .sum()
}

/// Points of the largest MSM whose bases, scalars and sums fit the memory together, when runs have
/// at most `capacity` points.
fn max_points(memory_bytes: u64, slot_bytes: u64, capacity: u64, num_partial_sums: u64) -> usize {
    let scalar = size_of::<Scalar>() as u64;
    let sums = msm_room(0, num_partial_sums);
    // The last page of the points and of the scalars may be part empty.
    let usable = memory_bytes.saturating_sub(sums + 2 * ALIGNMENT_BYTES);
    let one_run = usable / (slot_bytes + scalar);
    let points = if one_run <= capacity {
        one_run
    } else {
        (usable - capacity * scalar) / slot_bytes
    };
    usize::try_from(points).unwrap_or(usize::MAX)
}

pub(super) fn curve_of(curve: CurveId) -> Curve {
    match curve {
        CurveId::Bn254G1 => Curve::Bn254,
        CurveId::Bls12_381G1 => Curve::Bls12_381,
        CurveId::Bls12_377G1 => Curve::Bls12_377,
    }
}

pub(super) fn field_of(field: FieldId) -> Field {
    match field {
        FieldId::Bn254Fr => Field::Bn254Fr,
        FieldId::Bls12_381Fr => Field::Bls12_381Fr,
        FieldId::Bls12_377Fr => Field::Bls12_377Fr,
        FieldId::Goldilocks => Field::Goldilocks,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_msm_fits_and_no_much_larger_one_does() {
        for (memory, slot, capacity, sums) in [
            (256 << 20, 64, 1 << 20, 260),
            (256 << 20, 128, 1 << 20, 264),
            (1 << 20, 64, 1 << 20, 260),
            (1 << 20, 64, 1 << 8, 260),
        ] {
            let fits = |n: u64| pages(n * slot) + msm_room(n.min(capacity), sums) <= memory;
            let n = max_points(memory, slot, capacity, sums) as u64;
            assert!(fits(n), "{n} points in {memory} bytes");
            assert!(!fits(n + 256), "{n} points in {memory} bytes");
        }
        assert_eq!(max_points(4096, 64, 1 << 20, 260), 0);
    }
}
