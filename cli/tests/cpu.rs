//! `msm` and `ntt` on the CPU: results, JSON keys, refusals and exit codes.

mod common;

use ark_bn254::{Fr, G1Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{BigInteger, PrimeField};
use common::{keys, Folder};
use serde_json::json;

fn le<F: PrimeField>(value: F) -> Vec<u8> {
    value.into_bigint().to_bytes_le()
}

fn point(p: G1Affine) -> Vec<u8> {
    match p.xy() {
        Some((x, y)) => [le(x), le(y)].concat(),
        None => vec![0; 64],
    }
}

fn hex<F: PrimeField>(value: F) -> String {
    format!("0x{}", ::hex::encode(value.into_bigint().to_bytes_be()))
}

/// Points G, 2G, 3G, … and scalars 1, 2, 3, …; their sum is Σ i²·G.
fn write_msm(folder: &Folder, n: u64) -> G1Affine {
    let g = G1Affine::generator();
    let multiple = |i: u64| (g * Fr::from(i)).into_affine();
    let points: Vec<u8> = (1..=n).flat_map(|i| point(multiple(i))).collect();
    let scalars: Vec<u8> = (1..=n).flat_map(|i| le(Fr::from(i))).collect();
    folder.write("points", &points);
    folder.write("scalars", &scalars);
    multiple((1..=n).map(|i| i * i).sum())
}

const MSM: &str = "msm --backend cpu --curve bn254 --bases points --scalars scalars";

#[test]
fn msm_prints_the_sum_as_documented_json() {
    let folder = Folder::new();
    let sum = write_msm(&folder, 5);
    let report = folder.run(&format!("{MSM} --json")).json();
    assert_eq!(
        keys(&report),
        ["backend", "curve", "device", "group", "infinity", "n", "preset", "result", "seconds"]
    );
    let (x, y) = sum.xy().unwrap();
    assert_eq!(report["result"], json!({"x": hex(x), "y": hex(y)}));
    assert_eq!(report["backend"], "cpu");
    assert_eq!(
        (&report["curve"], &report["group"]),
        (&json!("bn254"), &json!("g1"))
    );
    assert_eq!(
        (&report["n"], &report["infinity"]),
        (&json!(5), &json!(false))
    );
    assert_eq!(
        (&report["preset"], &report["device"]),
        (&json!(null), &json!(null))
    );
    assert!(report["seconds"].as_f64().unwrap() >= 0.0);

    let text = folder.run(MSM).expect_code(0).stdout();
    assert!(text.contains(&hex(x)) && text.contains(&hex(y)), "{text}");
}

#[test]
fn msm_to_infinity() {
    let folder = Folder::new();
    let g = G1Affine::generator();
    folder.write(
        "points",
        &[point(g), point(-g), point(G1Affine::zero())].concat(),
    );
    folder.write("scalars", &le(Fr::from(9u64)).repeat(3));
    let report = folder.run(&format!("{MSM} --json")).json();
    assert_eq!(report["infinity"], true);
    let zero = format!("0x{}", "0".repeat(64));
    assert_eq!(report["result"], json!({"x": zero, "y": zero}));
    assert!(folder.run(MSM).stdout().contains("infinity"));
}

#[test]
fn msm_in_g2_prints_pairs() {
    let folder = Folder::new();
    let g = ark_bls12_381::G2Affine::generator();
    let bytes: Vec<u8> = [g.x.c0, g.x.c1, g.y.c0, g.y.c1]
        .into_iter()
        .flat_map(le)
        .collect();
    folder.write("points", &bytes);
    folder.write("scalars", &le(ark_bls12_381::Fr::from(1u64)));
    let command =
        "msm --backend cpu --curve bls12-381 --group g2 --bases points --scalars scalars --json";
    let report = folder.run(command).json();
    assert_eq!(
        report["result"],
        json!({"x": [hex(g.x.c0), hex(g.x.c1)], "y": [hex(g.y.c0), hex(g.y.c1)]})
    );
}

#[test]
fn msm_refuses_bad_files_by_name_and_index() {
    let folder = Folder::new();
    let _sum = write_msm(&folder, 4);
    let (points, scalars) = (folder.read("points"), folder.read("scalars"));

    folder.write("scalars", &scalars[..96]);
    folder.run(MSM).fails(
        2,
        &[
            "unequal counts",
            "4 points in points",
            "3 scalars in scalars",
        ],
    );
    folder.write("scalars", &scalars[..100]);
    folder
        .run(MSM)
        .fails(2, &["scalars: truncated", "scalar", "100 bytes", "item 3"]);
    folder.write("scalars", &[]);
    folder.run(MSM).fails(2, &["scalars: empty"]);
    let mut bad = scalars.clone();
    bad[64..96].copy_from_slice(&Fr::MODULUS.to_bytes_le());
    folder.write("scalars", &bad);
    folder
        .run(MSM)
        .fails(2, &["scalars: bn254 scalar 2: ", "not below"]);

    folder.write("scalars", &scalars);
    let mut bad = points.clone();
    bad[3 * 64] ^= 1;
    folder.write("points", &bad);
    folder
        .run(MSM)
        .fails(2, &["points: bn254 g1 point 3: ", "not on the curve"]);
    std::fs::remove_file(folder.path().join("points")).unwrap();
    folder.run(MSM).fails(2, &["points: cannot read"]);
}

#[test]
fn msm_refuses_points_outside_the_subgroup() {
    let folder = Folder::new();
    let outside = (1u64..)
        .find_map(|x| {
            ark_bls12_381::G1Affine::get_point_from_x_unchecked(x.into(), false)
                .filter(|p| !p.is_in_correct_subgroup_assuming_on_curve())
        })
        .unwrap();
    folder.write("points", &[le(outside.x), le(outside.y)].concat());
    folder.write("scalars", &[0; 32]);
    folder
        .run("msm --backend cpu --curve bls12-381 --bases points --scalars scalars")
        .fails(2, &["bls12-381 g1 point 0", "subgroup"]);
}

#[test]
fn ntt_there_and_back() {
    let folder = Folder::new();
    let input: Vec<u8> = (0..16u64).flat_map(|i| le(Fr::from(i * i + 1))).collect();
    folder.write("a", &input);
    for flags in ["", " --coset"] {
        let forward =
            format!("ntt --backend cpu --field bn254-fr --input a --output b{flags} --json");
        let report = folder.run(&forward).json();
        assert_eq!(
            keys(&report),
            [
                "backend", "coset", "device", "field", "inverse", "n", "output", "preset",
                "seconds"
            ]
        );
        assert_eq!(report["coset"], !flags.is_empty());
        assert_ne!(folder.read("b"), input);
        let backward =
            format!("ntt --backend cpu --field bn254-fr --input b --output c --inverse{flags}");
        folder.run(&backward).expect_code(0);
        assert_eq!(folder.read("c"), input);
    }
    // The first output of a forward transform is the sum of the inputs.
    let sum: Fr = (0..16u64).map(|i| Fr::from(i * i + 1)).sum();
    folder
        .run("ntt --backend cpu --field bn254-fr --input a --output b")
        .expect_code(0);
    assert_eq!(folder.read("b")[..32], le(sum));
}

#[test]
fn ntt_that_is_refused_writes_nothing() {
    let folder = Folder::new();
    folder.write("a", &[1; 8 * 3]);
    let command = "ntt --backend cpu --field goldilocks --input a --output b";
    folder
        .run(command)
        .fails(2, &["3 elements", "power of two"]);
    folder.write("a", &[0xff; 8]);
    folder.run(command).fails(2, &["a: goldilocks element 0"]);
    folder.write("a", &[1; 9]);
    folder.run(command).fails(2, &["a: truncated"]);
    assert_eq!(folder.names(), ["a"]);
    folder.write("a", &[1; 8]);
    // Told before the transform, which would fail.
    let command =
        "ntt --backend cpu --field goldilocks --input a --output no/such/b --deadline 1e-9";
    folder.run(command).fails(3, &["no/such/b: cannot write"]);
}

#[test]
fn a_deadline_that_has_passed_is_a_timeout() {
    let folder = Folder::new();
    folder.write("a", &vec![1; 8 << 20]);
    folder
        .run("ntt --backend cpu --field goldilocks --input a --output b --timeout 0.000000001")
        .fails(3, &["timeout"]);
    assert_eq!(folder.names(), ["a"]);
}
