//! Real results through OpenCL: programs in OpenCL C with the kernel names, arguments and memory
//! layouts of the generated kernels, run by PoCL on the CPU through the same `Device`.

#[path = "support/opencl.rs"]
mod opencl;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use ark_bn254::{Fq, Fr, G1Affine, G1Projective};
use ark_ec::{AffineRepr, CurveGroup, PrimeGroup, VariableBaseMSM};
use ark_ff::{BigInt, BigInteger, PrimeField, Zero};
use opencl::{Folder, DIGEST};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use vegalith_abi::memory::{Point32, Scalar};
use vegalith_driver::xrt::{
    xrt_devices, IdentityWords, KernelMetadata, RegisterAccess, XclbinBuilder,
};
use vegalith_driver::{
    Device, Digest, Error, Expectation, Limits, MsmJob, NttJob, Statistics, Unavailability,
    XrtImage, XrtOptions, XrtTransport,
};

const GOLDILOCKS: &str = include_str!("opencl/goldilocks_ntt.cl");
const BN254: &str = include_str!("opencl/bn254_msm.cl");
const ENDLESS: &str = include_str!("opencl/endless.cl");
const MEGABYTE: u64 = 1 << 20;

fn options(identity: IdentityWords) -> XrtOptions {
    XrtOptions {
        registers: RegisterAccess::Image,
        memory_bytes: Some(32 * MEGABYTE),
        identity: Some(identity),
        ..XrtOptions::default()
    }
}

fn open(image: &XrtImage, identity: IdentityWords) -> Result<Device, Error> {
    let transport = XrtTransport::open(0, image, &options(identity))?;
    let expected = Expectation {
        preset_digest: Some(Digest(DIGEST)),
        ..Expectation::default()
    };
    Device::open(Box::new(transport), &expected)
}

fn ntt_device(program: &str) -> Device {
    let image = XrtImage::source(program, "vegalith_ntt");
    open(&image, opencl::ntt_identity()).unwrap()
}

/// Arithmetic modulo 2^64 − 2^32 + 1, plainly.
mod goldilocks {
    pub const P: u128 = 0xffff_ffff_0000_0001;

    pub fn mul(a: u64, b: u64) -> u64 {
        (u128::from(a) * u128::from(b) % P) as u64
    }

    pub fn power(base: u64, exponent: u64) -> u64 {
        let bits = (0..64).rev().map(|bit| exponent >> bit & 1);
        bits.fold(1, |power, bit| {
            let square = mul(power, power);
            if bit == 1 {
                mul(square, base)
            } else {
                square
            }
        })
    }

    pub fn inverse(a: u64) -> u64 {
        power(a, P as u64 - 2)
    }

    /// Σ x_j·(shift·ω^i)^j, by Horner.
    pub fn evaluate(coefficients: &[u64], at: u64) -> u64 {
        coefficients.iter().rev().fold(0, |sum, &c| {
            ((u128::from(mul(sum, at)) + u128::from(c)) % P) as u64
        })
    }
}

fn points_of(log_size: u32, coset: bool) -> impl Fn(u64) -> u64 {
    use goldilocks::{mul, power, P};
    let root = power(7, (P as u64 - 1) >> log_size);
    move |i| mul(if coset { 7 } else { 1 }, power(root, i))
}

struct Ntt<'a> {
    device: &'a mut Device,
    log_size: u32,
    in_place: bool,
}

impl Ntt<'_> {
    fn run(&mut self, input: &[u64], inverse: bool, coset: bool) -> Vec<u64> {
        use goldilocks::{inverse as invert, mul};
        let device = &mut *self.device;
        let source = device.upload(bytemuck::cast_slice(input)).unwrap();
        let other = device.allocate(source.bytes()).unwrap();
        let destination = if self.in_place { &source } else { &other };
        let scratch = device.allocate(source.bytes()).unwrap();
        let radix = 0xffff_ffff;
        let mut scale = [0; 32];
        scale[..8].copy_from_slice(&mul(invert(1 << self.log_size), radix).to_le_bytes());
        let job = NttJob {
            source: &source,
            destination,
            scratch: &scratch,
            log_size: self.log_size,
            inverse,
            coset,
            scale,
        };
        let statistics = device.run_ntt(job, opencl::within(60.0)).unwrap();
        assert_eq!(statistics, Statistics::default());
        let mut output = vec![0u64; input.len()];
        let bytes = bytemuck::cast_slice_mut(&mut output);
        device.read(destination, 0, bytes).unwrap();
        output
    }
}

/// Every size up to 2^8 against evaluation at every point, larger ones at some.
fn ntt() {
    let mut device = ntt_device(GOLDILOCKS);
    let free = device.free_bytes();
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    for log_size in (0..=8).chain([12, 16]) {
        let n = 1u64 << log_size;
        let mut input: Vec<u64> = (0..n)
            .map(|_| (rng.gen::<u128>() % goldilocks::P) as u64)
            .collect();
        input[0] = goldilocks::P as u64 - 1;
        for coset in [false, true] {
            let mut ntt = Ntt {
                device: &mut device,
                log_size,
                in_place: coset,
            };
            let output = ntt.run(&input, false, coset);
            let point = points_of(log_size, coset);
            for i in 0..n.min(256) {
                let i = i * (n / n.min(256));
                let expected = goldilocks::evaluate(&input, point(i));
                assert_eq!(output[i as usize], expected, "2^{log_size}, {coset}, {i}");
            }
            assert_eq!(
                ntt.run(&output, true, coset),
                input,
                "2^{log_size}, {coset}"
            );
        }
    }
    assert_eq!(device.free_bytes(), free);
}

fn bytes_of(value: BigInt<4>) -> [u8; 32] {
    value.to_bytes_le().try_into().unwrap()
}

/// Its Montgomery form, radix 2^256, is what memory holds.
fn slot(point: &G1Affine) -> Point32 {
    match point.xy() {
        Some((x, y)) => Point32 {
            x: bytes_of(x.0),
            y: bytes_of(y.0),
        },
        None => Point32 {
            x: [0; 32],
            y: [0; 32],
        },
    }
}

fn coordinate(beat: &[u8; 64]) -> Fq {
    assert_eq!(beat[32..], [0; 32]);
    let radix = Fq::from_le_bytes_mod_order(&[vec![0; 32], vec![1]].concat());
    Fq::from_le_bytes_mod_order(beat) / radix
}

fn msm() {
    let image = XrtImage::source(BN254, "vegalith_msm");
    let mut device = open(&image, opencl::msm_identity()).unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(12);
    let generator = G1Projective::generator();
    let mut field = || Fr::from_le_bytes_mod_order(&rng.gen::<[u8; 32]>());
    let mut points: Vec<G1Affine> = (0..40)
        .map(|_| (generator * field()).into_affine())
        .collect();
    let mut scalars: Vec<Fr> = (0..40).map(|_| field()).collect();
    // Infinity, equal and opposite points, the extremes of scalars.
    points[3] = G1Affine::zero();
    points[5] = points[4];
    points[7] = -points[6];
    scalars[5] = scalars[4];
    scalars[7] = scalars[6];
    scalars[8] = Fr::zero();
    scalars[9] = -Fr::from(1);

    let slots: Vec<Point32> = points.iter().map(slot).collect();
    let buffer = device.upload(bytemuck::cast_slice(&slots)).unwrap();
    for n in [1, 10, 40] {
        let words: Vec<Scalar> = scalars[..n]
            .iter()
            .map(|s| Scalar(bytes_of(s.into_bigint())))
            .collect();
        let job = MsmJob {
            points: &buffer,
            first_point: 0,
            scalars: &words,
        };
        let result = device.run_msm(job, opencl::within(60.0)).unwrap();
        let found = result
            .partial_sums
            .iter()
            .rev()
            .fold(G1Projective::zero(), |sum, part| {
                let [x, y, z] = [&part.x, &part.y, &part.z].map(coordinate);
                let part = match z.is_zero() {
                    true => G1Affine::zero(),
                    false => G1Affine::new(x / z, y / z),
                };
                sum + sum + part
            });
        let expected = G1Projective::msm(&points[..n], &scalars[..n]).unwrap();
        assert_eq!(found, expected, "{n} points");
    }
}

fn endless_job(device: &mut Device, rounds: u64, limits: Limits<'_>) -> Result<Vec<u64>, Error> {
    let input: Vec<u64> = (rounds..rounds + 16).collect();
    let data = device.upload(bytemuck::cast_slice(&input))?;
    let output = device.allocate(128)?;
    let scratch = device.allocate(128)?;
    let job = NttJob {
        source: &data,
        destination: &output,
        scratch: &scratch,
        log_size: 4,
        inverse: false,
        coset: false,
        scale: [0; 32],
    };
    device.run_ntt(job, limits)?;
    let mut read = vec![0; 16];
    device.read(&output, 0, bytemuck::cast_slice_mut(&mut read))?;
    assert_eq!(read, input);
    Ok(read)
}

/// Rounds of [`ENDLESS`] that take about this long.
fn rounds_for(device: &mut Device, seconds: f64) -> u64 {
    // The first run compiles.
    endless_job(device, 1, opencl::within(60.0)).unwrap();
    let mut rounds = 1 << 16;
    loop {
        let mut least = f64::MAX;
        // Of several, since others use the processor, too.
        for _ in 0..3 {
            let started = Instant::now();
            endless_job(device, rounds, opencl::within(60.0)).unwrap();
            least = least.min(started.elapsed().as_secs_f64());
        }
        if least > 0.05 {
            return (rounds as f64 * seconds / least) as u64;
        }
        rounds *= 2;
    }
}

fn is_down(error: &Error, parts: &[&str]) {
    let text = error.to_string();
    assert!(matches!(error, Error::LinkDown { .. }), "{text}");
    for part in parts {
        assert!(text.contains(part), "{text:?} lacks {part:?}");
    }
}

/// A job that ends, but late: it is given up, and the device comes back when it has ended.
fn late() {
    let mut device = ntt_device(ENDLESS);
    let rounds = rounds_for(&mut device, 4.0);
    let started = Instant::now();
    let error = endless_job(&mut device, rounds, opencl::within(0.3)).unwrap_err();
    println!("{error}");
    is_down(&error, &["still running", "did not finish within"]);
    assert!(started.elapsed() < Duration::from_secs(3));
    recover(&mut device);
    assert!(started.elapsed() > Duration::from_secs(2));
}

/// A job that never ends: nobody waits for it, neither the next job nor the end of the process.
fn endless() {
    let mut device = ntt_device(ENDLESS);
    endless_job(&mut device, 5, opencl::within(10.0)).unwrap();
    let started = Instant::now();
    let error = endless_job(&mut device, 0, opencl::within(0.3)).unwrap_err();
    println!("{error}");
    is_down(&error, &["still running", "did not finish within"]);
    for _ in 0..3 {
        let error = endless_job(&mut device, 3, opencl::within(10.0)).unwrap_err();
        is_down(&error, &["still running"]);
    }
    is_down(&device.reset().unwrap_err(), &["still running"]);
    assert!(started.elapsed() < Duration::from_secs(5));
    drop(device);
    let image = XrtImage::source(ENDLESS, "vegalith_ntt");
    let error = open(&image, opencl::ntt_identity()).unwrap_err();
    println!("{error}");
    assert!(matches!(error, Error::Busy { .. }), "{error}");
    assert!(started.elapsed() < Duration::from_secs(6));
}

/// Waits until a job that was given up has ended.
fn recover(device: &mut Device) {
    let started = Instant::now();
    while let Err(error) = device.reset() {
        is_down(&error, &["still running"]);
        assert!(started.elapsed() < Duration::from_secs(60));
    }
    endless_job(device, 3, opencl::within(10.0)).unwrap();
}

fn cancelled() {
    let mut device = ntt_device(ENDLESS);
    let rounds = rounds_for(&mut device, 4.0);
    let flag = AtomicBool::new(false);
    let started = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(100));
            flag.store(true, Ordering::Relaxed);
        });
        let limits = Limits {
            cancelled: Some(&flag),
            ..opencl::within(60.0)
        };
        let error = endless_job(&mut device, rounds, limits).unwrap_err();
        is_down(&error, &["still running", "was cancelled"]);
    });
    assert!(started.elapsed() < Duration::from_secs(3));
    recover(&mut device);

    // One that ends while the reset waits for it has merely been cancelled.
    let limits = Limits {
        cancelled: Some(&flag),
        ..opencl::within(60.0)
    };
    let error = endless_job(&mut device, 3, limits).unwrap_err();
    assert!(matches!(error, Error::Cancelled { .. }), "{error}");
    endless_job(&mut device, 3, opencl::within(10.0)).unwrap();
}

fn refusals() {
    let listed = xrt_devices().unwrap();
    println!("{listed:?}");
    assert!(listed.iter().all(|device| !device.is_xrt) && listed[0].available);

    let refused = |image: &XrtImage, options: &XrtOptions| {
        let error = XrtTransport::open(0, image, options).unwrap_err();
        println!("{error}");
        error
    };
    let ntt = options(opencl::ntt_identity());
    let contains = |error: &Error, part: &str| {
        let text = error.to_string();
        assert!(
            matches!(error, Error::Open { .. }) && text.contains(part),
            "{text}"
        );
    };

    // An .xclbin is for XRT's platform.
    let kernel = KernelMetadata::of_block(vegalith_abi::BlockType::Ntt, "k");
    let image = XclbinBuilder::new("xilinx_u250", [1; 16])
        .bank("DDR[0]", 0, MEGABYTE)
        .unit(&kernel, "k_1", &[0])
        .identity(opencl::ntt_identity())
        .build();
    let error = refused(&XrtImage::xclbin(image).unwrap(), &ntt);
    match error {
        Error::Unavailable {
            cause: Unavailability::Missing,
            expected,
            found,
            ..
        } => {
            assert!(
                expected.contains("number 0 of the platform Xilinx"),
                "{expected}"
            );
            assert!(found.contains(&listed[0].name), "{found}");
        }
        other => panic!("{other}"),
    }

    let broken = XrtImage::source(
        "kernel void vegalith_ntt(global nonsense *x) {}",
        "vegalith_ntt",
    );
    contains(&refused(&broken, &ntt), "nonsense");
    let unnamed = XrtImage::source(GOLDILOCKS, "vegalith_msm");
    contains(&refused(&unnamed, &ntt), "no kernel of this name");
    let other = refused(&XrtImage::source(BN254, "vegalith_msm"), &ntt);
    let expected = Error::ImageMismatch {
        field: "number of arguments",
        expected: "9".to_owned(),
        found: "4".to_owned(),
    };
    assert_eq!(other, expected);

    let good = XrtImage::source(GOLDILOCKS, "vegalith_ntt");
    let too_much = XrtOptions {
        memory_bytes: Some(1 << 50),
        ..ntt.clone()
    };
    let error = refused(&good, &too_much);
    assert!(matches!(error, Error::OutOfMemory { needed, .. } if needed == 1 << 50));
    let unknown = XrtOptions {
        identity: None,
        ..ntt.clone()
    };
    contains(&refused(&good, &unknown), "identification block");
    let card = XrtOptions {
        registers: RegisterAccess::Card,
        ..ntt.clone()
    };
    let error = refused(&good, &card);
    assert!(matches!(error, Error::InvalidArgument(_)), "{error}");
    XrtTransport::open(0, &good, &ntt).unwrap();
}

/// What child processes run.
#[test]
fn child() {
    let Some(scenario) = opencl::scenario() else {
        return;
    };
    match &*scenario {
        "ntt" => ntt(),
        "msm" => msm(),
        "late" => late(),
        "endless" => endless(),
        "cancelled" => cancelled(),
        "refusals" => refusals(),
        other => panic!("unknown scenario {other}"),
    }
    opencl::done(&scenario);
}

fn run(scenario: &str) {
    let Some(library) = opencl::library("libpocl.so.2", "pocl-opencl-icd") else {
        return;
    };
    if opencl::library("libOpenCL.so.1", "ocl-icd-libopencl1").is_none() {
        return;
    }
    let folder = Folder::new(scenario);
    let vendors = folder.vendors(&[&library]);
    let cache = folder.0.join("cache");
    std::fs::create_dir_all(&cache).unwrap();
    let variables: [(&str, Option<&Path>); 4] = [
        ("OCL_ICD_VENDORS", Some(&vendors)),
        ("POCL_CACHE_DIR", Some(&cache)),
        ("XILINX_XRT", None),
        ("XCL_EMULATION_MODE", None),
    ];
    // One at a time: each keeps a core busy.
    static TURN: Mutex<()> = Mutex::new(());
    let turn = TURN.lock();
    println!("{}", opencl::run(scenario, &variables));
    drop(turn);
}

#[test]
fn transforms_are_right() {
    run("ntt");
}

#[test]
fn sums_are_right() {
    run("msm");
}

#[test]
fn a_late_job_is_given_up_until_it_ends() {
    run("late");
}

#[test]
fn an_endless_job_holds_up_nobody() {
    run("endless");
}

#[test]
fn a_job_is_cancelled() {
    run("cancelled");
}

#[test]
fn what_does_not_fit_is_refused_with_the_cause() {
    run("refusals");
}
