//! Proofs of the 16-trade batch, from the executed batch to the proof; arkworks' circuit synthesis
//! is part of it for everyone. `ark-groth16` builds the matrices for every proof, the others once, before.
//! Vegalith's time includes verifying its proof.

use std::error::Error;

use ark_bn254::{Bn254, Fr};
use ark_groth16::{Groth16, ProvingKey};
use ark_relations::gr1cs::{
    ConstraintSynthesizer, ConstraintSystem, ConstraintSystemRef, OptimizationGoal, SynthesisMode,
};
use ark_serialize::CanonicalSerialize;
use vegalith::CpuBackend;
use vegalith_prover::{
    execute, sample_batch, BatchCircuit, Executed, KeySource, Keys, Proof, ProveOptions, Prover,
    Randomness, Shape,
};

use vegalith_benches::contenders::{Answer, Contender};

const TRADES: usize = 16;

/// A batch with its keys.
pub struct Task {
    executed: Executed,
    keys: Keys,
    arkworks_key: ProvingKey<Bn254>,
}

impl Task {
    /// Generates keys for the test; takes a while.
    ///
    /// # Errors
    /// If the batch cannot be executed or keys cannot be made.
    pub fn new() -> Result<Self, Box<dyn Error>> {
        let executed = batch()?;
        let keys = Keys::generate(&Shape::of(&executed), KeySource::Test, None)?;
        let arkworks_key = keys.to_proving_key();
        Ok(Task {
            executed,
            keys,
            arkworks_key,
        })
    }

    /// Number of constraints.
    pub fn num_constraints(&self) -> usize {
        self.keys.num_constraints()
    }
}

fn batch() -> Result<Executed, Box<dyn Error>> {
    Ok(execute(&sample_batch(TRADES))?)
}

/// The values of the batch's witness: the scalars of a prover's MSMs.
///
/// # Errors
/// If the batch cannot be executed.
pub fn witness() -> Result<Vec<Fr>, Box<dyn Error>> {
    Ok(assign(&batch()?)?.witness_assignment()?.to_vec())
}

fn assign(executed: &Executed) -> Result<ConstraintSystemRef<Fr>, Box<dyn Error>> {
    let cs = ConstraintSystem::new_ref();
    cs.set_optimization_goal(OptimizationGoal::Constraints);
    cs.set_mode(SynthesisMode::Prove {
        construct_matrices: false,
        generate_lc_assignments: false,
    });
    BatchCircuit::new(executed).generate_constraints(cs.clone())?;
    cs.finalize();
    Ok(cs)
}

/// Everyone who does the task: arkworks first.
pub fn contenders<'a>(task: &'a Task, backend: &'a CpuBackend) -> Vec<Contender<'a>> {
    let (r, s) = (Fr::from(11u64), Fr::from(13u64));
    let prover = Prover::new(&task.keys, backend).expect("keys load");
    let options = ProveOptions {
        randomness: Randomness::Fixed { r, s },
        ..Default::default()
    };
    #[allow(unused_mut, reason = "grows with the feature `peers`")]
    let mut all = vec![
        Contender {
            name: "ark-groth16",
            run: Box::new(move || {
                let circuit = BatchCircuit::new(&task.executed);
                let key = &task.arkworks_key;
                let proof = Groth16::<Bn254>::create_proof_with_reduction(circuit, key, r, s);
                answer(proof.expect("the circuit is satisfied"))
            }),
        },
        Contender {
            name: "vegalith",
            run: Box::new(move || {
                let (proof, _) = prover
                    .prove(&task.executed, &options)
                    .expect("the batch is proved");
                answer(proof)
            }),
        },
    ];
    #[cfg(feature = "peers")]
    all.push(taceo(task, r, s));
    all
}

#[cfg(feature = "peers")]
fn taceo(task: &Task, r: Fr, s: Fr) -> Contender<'_> {
    use taceo_groth16::{ConstraintMatrices, LibSnarkReduction};
    let cs = ConstraintSystem::new_ref();
    cs.set_optimization_goal(OptimizationGoal::Constraints);
    BatchCircuit::new(&task.executed)
        .generate_constraints(cs.clone())
        .expect("the circuit is satisfied");
    cs.finalize();
    let mut all = cs.to_matrices().expect("there are matrices");
    let [a, b, c] = all
        .remove(ark_relations::gr1cs::R1CS_PREDICATE_LABEL)
        .and_then(|matrices| <[_; 3]>::try_from(matrices).ok())
        .expect("R1CS constraints");
    let non_zero = |matrix: &Vec<Vec<_>>| matrix.iter().map(Vec::len).sum();
    let matrices = ConstraintMatrices {
        num_instance_variables: cs.num_instance_variables(),
        num_witness_variables: cs.num_witness_variables(),
        num_constraints: cs.num_constraints(),
        a_num_non_zero: non_zero(&a),
        b_num_non_zero: non_zero(&b),
        c_num_non_zero: non_zero(&c),
        a,
        b,
        c,
    };
    Contender {
        name: "taceo-groth16",
        run: Box::new(move || {
            let cs = assign(&task.executed).expect("the circuit is satisfied");
            let mut values = cs.instance_assignment().expect("values").to_vec();
            values.extend_from_slice(&cs.witness_assignment().expect("values"));
            let key = &task.arkworks_key;
            let proof = taceo_groth16::Groth16::<Bn254>::prove::<LibSnarkReduction>(
                key, r, s, &matrices, &values,
            );
            answer(proof.expect("the batch is proved"))
        }),
    }
}

fn answer(proof: Proof) -> Answer {
    Box::new(move || {
        let mut bytes = Vec::new();
        proof
            .serialize_uncompressed(&mut bytes)
            .expect("a vector takes all bytes");
        bytes
    })
}
