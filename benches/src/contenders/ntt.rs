//! Forward transforms, natural order in and out.

use std::sync::Arc;

use ark_ff::PrimeField;
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use vegalith::{Backend, CpuBackend, Elements, Goldilocks, Job, NttOptions, Output};
use vegalith_cpu::{Ntt, NttField, Transform};

use super::{deadline, Answer, Contender};

/// A field whose transforms the backend offers.
pub trait Field: NttField {
    /// The field.
    const NAME: &'static str;
    /// Elements as a backend takes them.
    fn elements(values: Arc<Vec<Self>>) -> Elements;
    /// What a backend gives, if it is of this field.
    fn values(elements: Elements) -> Option<Arc<Vec<Self>>>;
    /// Other libraries that know it.
    fn peers(_input: &[Self]) -> Vec<Contender<'_>> {
        Vec::new()
    }
}

macro_rules! field {
    ($name:literal, $field:ty, $elements:ident, $peers:path) => {
        impl Field for $field {
            const NAME: &'static str = $name;
            fn elements(values: Arc<Vec<Self>>) -> Elements {
                Elements::$elements(values)
            }
            fn values(elements: Elements) -> Option<Arc<Vec<Self>>> {
                match elements {
                    Elements::$elements(values) => Some(values),
                    _ => None,
                }
            }
            #[cfg(feature = "peers")]
            fn peers(input: &[Self]) -> Vec<Contender<'_>> {
                $peers(input)
            }
        }
    };
}
field!("bn254-fr", ark_bn254::Fr, Bn254Fr, super::peers::bn254_fr);
field!(
    "bls12-381-fr",
    ark_bls12_381::Fr,
    Bls12_381Fr,
    super::peers::bls12_381_fr
);
field!(
    "goldilocks",
    Goldilocks,
    Goldilocks,
    super::peers::goldilocks
);

/// Everyone who does the task: arkworks first.
pub fn contenders<F: Field>(input: &Arc<Vec<F>>) -> Vec<Contender<'_>> {
    let domain = Radix2EvaluationDomain::<F>::new(input.len()).expect("a domain");
    let portable = Ntt::<F>::portable(input.len().trailing_zeros()).expect("a domain");
    let mut all = vec![
        Contender {
            name: "arkworks",
            run: Box::new(move || {
                let mut values = input.to_vec();
                domain.fft_in_place(&mut values);
                answer(Arc::new(values))
            }),
        },
        on_backend("vegalith", CpuBackend::new(), input),
        Contender {
            name: "vegalith without IFMA",
            run: Box::new(move || {
                let mut values = input.to_vec();
                portable
                    .transform(&mut values, Transform::default())
                    .expect("a whole transform");
                answer(Arc::new(values))
            }),
        },
    ];
    all.extend(F::peers(input));
    #[cfg(feature = "sim")]
    if let Some(simulator) = super::simulator(input.len()) {
        let field = F::elements(input.clone()).field();
        if simulator.info().max_ntt_log_size(field).is_some() {
            all.push(on_backend("simulation", simulator, input));
        }
    }
    all
}

fn on_backend<'a, F: Field>(
    name: &'static str,
    backend: impl Backend + 'a,
    input: &'a Arc<Vec<F>>,
) -> Contender<'a> {
    Contender {
        name,
        run: Box::new(move || {
            let job = Job::Ntt {
                input: F::elements(input.clone()),
                options: NttOptions::default(),
            };
            let outcome = backend.run(job, deadline()).expect("the job is done");
            let Output::Elements(elements) = outcome.output else {
                unreachable!("an NTT gives elements");
            };
            answer(F::values(elements).expect("elements of their field"))
        }),
    }
}

/// Values as an answer.
pub fn answer<F: PrimeField>(values: Arc<Vec<F>>) -> Answer {
    Box::new(move || {
        let mut bytes = Vec::new();
        for value in values.iter() {
            value
                .serialize_uncompressed(&mut bytes)
                .expect("a vector takes all bytes");
        }
        bytes
    })
}
