//! Fast and synthesisable multipliers in whole kernels, or netlists of them (`make equivalence`): the same
//! bytes in the same cycles.

mod support;

use support::{Job, MEMORY_BYTES};
use vegalith_abi::registers::ntt;
use vegalith_abi::BlockType;
use vegalith_sim::{models, Leaf, Options, Simulator};

#[test]
fn both_leaves_give_the_same_bytes_in_the_same_cycles() {
    let synthesisable = models().iter().filter(|model| model.synthesisable);
    assert_eq!(synthesisable.clone().count() * 2, models().len());
    for model in synthesisable {
        for (size, seed, stall_percent) in [(1, 41, 0), (64, 42, 0), (300, 43, 25)] {
            let [fast, synthesisable] = [Leaf::Fast, Leaf::Synthesisable].map(|leaf| {
                let options = Options {
                    leaf,
                    memory_bytes: MEMORY_BYTES,
                    stall_percent,
                    seed,
                    ..Options::default()
                };
                let mut simulator = Simulator::open(model.preset, &options).unwrap();
                assert_eq!(simulator.model().synthesisable, leaf == Leaf::Synthesisable);
                let mut job = Job::random(&mut simulator, size, seed).unwrap();
                if job.block == BlockType::Ntt && stall_percent != 0 {
                    let flags = ntt::FLAG_INVERSE | ntt::FLAG_COSET;
                    job.arguments.push((ntt::FLAGS, flags));
                    job.arguments.push((ntt::SCALE, 0x1234_5678));
                }
                job.run(&mut simulator).unwrap()
            });
            let what = format!("{}, size {size}, seed {seed}", model.preset);
            assert_eq!(fast.errors, 0, "{what}");
            assert!(fast.result.iter().any(|&byte| byte != 0), "{what}");
            assert_eq!(fast, synthesisable, "{what}");
            println!("{what}: equal, {} cycles", fast.counters[0]);
        }
    }
}
