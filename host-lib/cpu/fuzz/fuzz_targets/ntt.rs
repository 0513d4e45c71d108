//! Transforms of vegalith-cpu, in lanes and portable, against arkworks'.

#![no_main]

use arbitrary::Arbitrary;
use ark_ff::PrimeField;
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use libfuzzer_sys::fuzz_target;
use vegalith_cpu::{Goldilocks, Ntt, NttField, Transform};

#[derive(Arbitrary, Debug)]
struct Job {
    field: Field,
    /// Modulo the number of sizes that are tried.
    log_size: u8,
    batch: u8,
    inverse: bool,
    coset: bool,
    /// The values, over and over again; those near 0 and p are the field's edges.
    values: Vec<Value>,
}

#[derive(Arbitrary, Debug)]
enum Field {
    Bn254Fr,
    Bls12_381Fr,
    Goldilocks,
}

#[derive(Arbitrary, Debug)]
enum Value {
    Small(i8),
    Bytes([u8; 32]),
}

impl Value {
    fn element<F: PrimeField>(&self) -> F {
        match self {
            Value::Small(n @ 0..) => F::from(n.unsigned_abs()),
            Value::Small(n) => -F::from(n.unsigned_abs()),
            Value::Bytes(bytes) => F::from_le_bytes_mod_order(bytes),
        }
    }
}

const SIZES: u32 = 14;

fn check<F: NttField + PrimeField>(job: &Job) {
    let log_size = u32::from(job.log_size) % SIZES;
    let size = 1 << log_size;
    let count = size * usize::from(job.batch % 3);
    let given: Vec<F> = job.values.iter().map(Value::element).collect();
    if given.is_empty() {
        return;
    }
    let values: Vec<F> = given.iter().copied().cycle().take(count).collect();
    let kind = Transform {
        inverse: job.inverse,
        coset: job.coset,
    };
    let mut domain = Radix2EvaluationDomain::<F>::new(size).expect("a domain");
    if job.coset {
        domain = domain.get_coset(F::GENERATOR).expect("a coset");
    }
    let mut expected = values.clone();
    for values in expected.chunks_mut(size) {
        let transformed = match job.inverse {
            true => domain.ifft(values),
            false => domain.fft(values),
        };
        values.copy_from_slice(&transformed);
    }
    for ntt in [Ntt::new(log_size), Ntt::portable(log_size)] {
        let mut found = values.clone();
        let ntt = ntt.expect("a size of the field");
        ntt.transform(&mut found, kind).expect("whole transforms");
        assert!(found == expected, "2^{log_size}, {kind:?}");
    }
}

fuzz_target!(|job: Job| match job.field {
    Field::Bn254Fr => check::<ark_bn254::Fr>(&job),
    Field::Bls12_381Fr => check::<ark_bls12_381::Fr>(&job),
    Field::Goldilocks => check::<Goldilocks>(&job),
});
