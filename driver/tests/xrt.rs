//! XRT itself, without a card: its emulation without function (`XCL_EMULATION_MODE=noop`) goes
//! through every call of a host program and computes nothing.

#[path = "opencl/card.rs"]
mod card;
#[path = "support/opencl.rs"]
mod opencl;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use opencl::{Folder, DIGEST};
use rand::{Rng, RngCore, SeedableRng};
use vegalith_abi::memory::Scalar;
use vegalith_abi::BlockType;
use vegalith_driver::xrt::{xrt_devices, KernelMetadata, RegisterAccess, XclbinBuilder};
use vegalith_driver::{
    Device, Digest, Error, Expectation, MsmJob, NttJob, Unavailability, XrtImage, XrtOptions,
    XrtTransport, UNWRITTEN,
};

const MSM: &str = "vegalith_msm";
const NTT: &str = "vegalith_ntt";
const MEGABYTE: u64 = 1 << 20;
/// Device addresses in the emulation are addresses of the host: below this.
const HOST_ADDRESSES: u64 = 1 << 47;

fn builder(uuid: u8) -> XclbinBuilder {
    XclbinBuilder::new("xilinx_u250_gen3x16_xdma_4_1_202210_1", [uuid; 16])
        .bank("DDR[0]", HOST_ADDRESSES, 64 * MEGABYTE)
        .bank("DDR[1]", 0, HOST_ADDRESSES)
}

fn msm_builder(uuid: u8) -> XclbinBuilder {
    let kernel = KernelMetadata::of_block(BlockType::Msm, MSM);
    builder(uuid)
        .unit(&kernel, "vegalith_msm_1", &[1])
        .identity(opencl::msm_identity())
}

fn msm_image() -> XrtImage {
    XrtImage::xclbin(msm_builder(1).build()).unwrap()
}

fn ntt_image() -> XrtImage {
    let kernel = KernelMetadata::of_block(BlockType::Ntt, NTT);
    let image = builder(2)
        .unit(&kernel, "vegalith_ntt_1", &[1])
        .unit(&kernel, "vegalith_ntt_2", &[0, 1])
        .identity(opencl::ntt_identity());
    XrtImage::xclbin(image.build()).unwrap()
}

fn options() -> XrtOptions {
    XrtOptions {
        registers: RegisterAccess::Image,
        memory_bytes: Some(48 * MEGABYTE),
        ..XrtOptions::default()
    }
}

fn open(image: &XrtImage, options: &XrtOptions) -> Result<Device, Error> {
    let transport = XrtTransport::open(0, image, options)?;
    let expected = Expectation {
        preset_digest: Some(Digest(DIGEST)),
        ..Expectation::default()
    };
    Device::open(Box::new(transport), &expected)
}

fn devices() {
    let found = xrt_devices().unwrap();
    println!("{found:?}");
    let device = found.iter().find(|device| device.is_xrt).unwrap();
    assert_eq!((device.index, &*device.platform), (0, "Xilinx"));
}

fn jobs() {
    let mut device = open(&msm_image(), &options()).unwrap();
    assert_eq!(device.name(), "xrt:0");
    assert_eq!(device.memory_bytes(), 48 * MEGABYTE);
    let free = device.free_bytes();

    // In several commands, from odd places on.
    let mut data = vec![0; 20 << 20];
    rand_chacha::ChaCha8Rng::seed_from_u64(1).fill_bytes(&mut data);
    let buffer = device.upload(&data).unwrap();
    let mut back = vec![0; data.len() - 7];
    device.read(&buffer, 7, &mut back).unwrap();
    assert!(back == data[7..], "memory reads as it was written");
    device.write(&buffer, 3, &[1, 2, 3]).unwrap();
    let mut start = [0; 8];
    device.read(&buffer, 0, &mut start).unwrap();
    assert_eq!(
        start,
        [data[0], data[1], data[2], 1, 2, 3, data[6], data[7]]
    );

    for n in [1, 7, 1000] {
        let scalars = vec![Scalar([3; 32]); n];
        let job = MsmJob {
            points: &buffer,
            first_point: 64,
            scalars: &scalars,
        };
        let result = device.run_msm(job, opencl::within(20.0)).unwrap();
        // Nothing was computed, and nothing pretends that it was.
        assert_eq!(result.partial_sums, vec![UNWRITTEN; 256]);
        assert_eq!(result.statistics.cycles, 0);
    }
    drop(buffer);
    assert_eq!(device.free_bytes(), free);
    drop(device);

    // Another one can be opened behind it.
    open(&msm_image(), &options()).unwrap();
}

fn units() {
    // Two units to choose from.
    let ambiguous = open(&ntt_image(), &options()).unwrap_err();
    assert!(
        ambiguous.to_string().contains("vegalith_ntt_2"),
        "{ambiguous}"
    );
    let options = XrtOptions {
        instance: Some("vegalith_ntt_2".to_owned()),
        memory_bytes: Some(MEGABYTE + 1),
        ..options()
    };
    let mut device = open(&ntt_image(), &options).unwrap();
    assert_eq!(device.memory_bytes(), MEGABYTE + 4096);
    let data: Vec<u8> = (0..8 << 4).collect();
    let source = device.upload(&data).unwrap();
    let scratch = device.allocate(data.len() as u64).unwrap();
    let job = NttJob {
        source: &source,
        destination: &source,
        scratch: &scratch,
        log_size: 4,
        inverse: false,
        coset: true,
        scale: [7; 32],
    };
    device.run_ntt(job, opencl::within(20.0)).unwrap();
    let mut back = vec![0; data.len()];
    device.read(&source, 0, &mut back).unwrap();
    assert_eq!(back, data);
}

/// Two kernels of one image at a time.
fn both() {
    let msm = KernelMetadata::of_block(BlockType::Msm, MSM);
    let ntt = KernelMetadata::of_block(BlockType::Ntt, NTT);
    let image = builder(5)
        .unit(&msm, "vegalith_msm_1", &[1])
        .unit(&ntt, "vegalith_ntt_1", &[1]);
    let image = XrtImage::xclbin(image.build()).unwrap();
    let of = |kernel: &str, identity| XrtOptions {
        kernel: Some(kernel.to_owned()),
        identity: Some(identity),
        ..options()
    };
    let mut sums = open(&image, &of(MSM, opencl::msm_identity())).unwrap();
    let mut transforms = open(&image, &of(NTT, opencl::ntt_identity())).unwrap();
    for _ in 0..3 {
        empty_job(&mut sums, 20.0).unwrap();
        let data = transforms.upload(&[1; 128]).unwrap();
        let scratch = transforms.allocate(128).unwrap();
        let job = NttJob {
            source: &data,
            destination: &data,
            scratch: &scratch,
            log_size: 4,
            inverse: true,
            coset: false,
            scale: [7; 32],
        };
        transforms.run_ntt(job, opencl::within(20.0)).unwrap();
    }
    // An image that carries no identity does not say which of them it would be of.
    let error = open(&image, &options()).unwrap_err();
    assert!(error.to_string().contains("USER_METADATA"), "{error}");
}

fn registers() {
    let card = XrtOptions {
        registers: RegisterAccess::Card,
        ..options()
    };
    let error = open(&msm_image(), &card).unwrap_err();
    println!("{error}");
    let text = error.to_string();
    assert!(
        is_unavailable(&error, Unavailability::PermissionDenied),
        "{text}"
    );
    assert!(text.contains("register 0x800 cannot be read"), "{text}");
    assert!(text.contains("exclusive_cu_context=true"), "{text}");
}

fn refusals() {
    let refused = |image: &XrtImage, options: &XrtOptions| {
        let error = open(image, options).unwrap_err();
        println!("{error}");
        error
    };
    let too_much = XrtOptions {
        memory_bytes: Some(4097 * MEGABYTE),
        ..options()
    };
    let (needed, available) = (4097 * MEGABYTE, 4096 * MEGABYTE);
    let full = refused(&msm_image(), &too_much);
    assert_eq!(full, Error::OutOfMemory { needed, available });

    let absent = XrtTransport::open(3, &msm_image(), &options()).unwrap_err();
    assert!(absent.to_string().contains("device number 3"), "{absent}");

    // A source program is not for XRT.
    let source = XrtOptions {
        identity: Some(opencl::msm_identity()),
        ..options()
    };
    let error = refused(&XrtImage::source("kernel void k() {}", "k"), &source);
    assert!(error.to_string().contains("compiles OpenCL C"), "{error}");

    // No bank that all arguments reach; a kernel with other arguments; no identity.
    let kernel = KernelMetadata::of_block(BlockType::Msm, MSM);
    let unconnected = builder(3)
        .unit(&kernel, "u", &[])
        .identity(opencl::msm_identity());
    let error = refused(&XrtImage::xclbin(unconnected.build()).unwrap(), &options());
    assert!(
        error
            .to_string()
            .contains("a bank that all its buffers reach"),
        "{error}"
    );
    let mut other = KernelMetadata::of_block(BlockType::Msm, MSM);
    other.arguments.truncate(3);
    let other = builder(3)
        .unit(&other, "u", &[0])
        .identity(opencl::msm_identity());
    let error = refused(&XrtImage::xclbin(other.build()).unwrap(), &options());
    assert!(error.to_string().contains("for num_points"), "{error}");
    let silent = XrtImage::xclbin(builder(3).unit(&kernel, "u", &[0]).build()).unwrap();
    let error = refused(&silent, &options());
    assert!(error.to_string().contains("USER_METADATA"), "{error}");

    // The handshake compares what the image says, as it does with a kernel's registers.
    let other = Expectation {
        preset_digest: Some(Digest([1; 32])),
        ..Expectation::default()
    };
    let transport = XrtTransport::open(0, &msm_image(), &options()).unwrap();
    let error = Device::open(Box::new(transport), &other).unwrap_err();
    assert!(matches!(error, Error::ImageMismatch { .. }), "{error}");

    // One image a card and process.
    let first = open(&msm_image(), &options()).unwrap();
    let mut second = options();
    second.instance = Some("vegalith_ntt_1".to_owned());
    let error = refused(&ntt_image(), &second);
    assert!(
        error.to_string().contains("busy with another image"),
        "{error}"
    );
    drop(first);
}

/// XRT gets only what has passed our own reading, and survives that.
fn damage() {
    let good = msm_builder(1).build();
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(
        std::env::var("SEED").map_or(2, |n| n.parse().unwrap()),
    );
    let (mut refused_here, mut refused_by_xrt, mut opened) = (0, 0, 0);
    for _ in 0..1000 {
        let mut bytes = good.clone();
        let at = rng.gen_range(0..bytes.len());
        let what = match rng.gen_range(0..4) {
            0 => {
                bytes.truncate(at);
                format!("cut off at {at}")
            }
            1 => {
                rng.fill_bytes(&mut bytes[at..]);
                format!("noise from {at} on")
            }
            2 => {
                // A field of a header or a binary section.
                let at = at % 1400;
                bytes[at] = rng.gen();
                format!("byte {at} is {:#x}", bytes[at])
            }
            _ => {
                bytes[at] ^= 1 << rng.gen_range(0..8);
                format!("byte {at} is {:#x}", bytes[at])
            }
        };
        let image = match XrtImage::xclbin(bytes) {
            Ok(image) => image,
            Err(_) => {
                refused_here += 1;
                continue;
            }
        };
        println!("{what}");
        match open(&image, &options()) {
            Ok(_) => opened += 1,
            Err(_) => refused_by_xrt += 1,
        }
    }
    println!("refused {refused_here} + {refused_by_xrt}, opened {opened}");
    assert!(refused_here > 100 && opened > 20);
    // And the good one still works.
    open(&XrtImage::xclbin(good).unwrap(), &options()).unwrap();
}

fn is_unavailable(error: &Error, expected: Unavailability) -> bool {
    matches!(error, Error::Unavailable { cause, .. } if *cause == expected)
}

fn fails(expected: Unavailability, contains: &[&str]) {
    let listed = xrt_devices();
    println!("{listed:?}");
    let error = open(&msm_image(), &options()).unwrap_err();
    println!("{error}");
    let text = error.to_string();
    assert!(is_unavailable(&error, expected), "{text}");
    assert!(is_unavailable(&listed.unwrap_err(), expected));
    for part in contains {
        assert!(text.contains(part), "{text:?} lacks {part:?}");
    }
}

fn empty_job(device: &mut Device, seconds: f64) -> Result<(), Error> {
    let points = device.upload(&[0; 64])?;
    let job = MsmJob {
        points: &points,
        first_point: 0,
        scalars: &[Scalar([1; 32])],
    };
    device.run_msm(job, opencl::within(seconds)).map(drop)
}

fn is_down(error: &Error, parts: &[&str]) {
    let text = error.to_string();
    assert!(matches!(error, Error::LinkDown { .. }), "{text}");
    for part in parts {
        assert!(text.contains(part), "{text:?} lacks {part:?}");
    }
}

/// The emulation is told to take 3 s for a job.
fn late() {
    let mut device = open(&msm_image(), &options()).unwrap();
    let started = Instant::now();
    let error = empty_job(&mut device, 0.3).unwrap_err();
    println!("{error}");
    is_down(&error, &["still running", "did not finish within"]);
    assert!(started.elapsed() < Duration::from_secs(2));
    is_down(
        &empty_job(&mut device, 10.0).unwrap_err(),
        &["still running"],
    );

    // Nor can the device be opened anew meanwhile.
    drop(device);
    let error = open(&msm_image(), &options()).unwrap_err();
    println!("{error}");
    assert!(matches!(error, Error::Busy { .. }), "{error}");
    assert!(started.elapsed() < Duration::from_secs(3));

    while let Err(error) = open(&msm_image(), &options()) {
        assert!(matches!(error, Error::Busy { .. }), "{error}");
        assert!(started.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(started.elapsed() >= Duration::from_millis(2900));
    let mut device = open(&msm_image(), &options()).unwrap();
    empty_job(&mut device, 30.0).unwrap();
}

/// It is told to take 4 s, the longest it can.
fn exit() {
    let mut device = open(&msm_image(), &options()).unwrap();
    let error = empty_job(&mut device, 0.3).unwrap_err();
    is_down(&error, &["still running", "did not finish within"]);
}

/// What child processes run.
#[test]
fn child() {
    let Some(scenario) = opencl::scenario() else {
        return;
    };
    match &*scenario {
        "devices" => devices(),
        "jobs" => jobs(),
        "units" => units(),
        "both" => both(),
        "registers" => registers(),
        "refusals" => refusals(),
        "damage" => damage(),
        "card" => card::all(),
        "late" => late(),
        "exit" => exit(),
        "no-platform" => fails(Unavailability::Missing, &["install XRT"]),
        "no-device" => fails(
            Unavailability::Missing,
            &["whether `xbutil examine` lists the card"],
        ),
        "no-xrt" => fails(Unavailability::NoDriver, &["XILINX_XRT to be set"]),
        "no-shim" => fails(
            Unavailability::NoDriver,
            &["libxrt_noop.so.2", "no such file"],
        ),
        other => panic!("unknown scenario {other}"),
    }
    opencl::done(&scenario);
}

/// XRT as it would be installed, in a folder of the test's.
struct Installed {
    folder: Folder,
    vendors: PathBuf,
    prefix: PathBuf,
}

impl Installed {
    fn new(name: &str) -> Option<Self> {
        let library = opencl::library("libxilinxopencl.so.2", "libxrt1")?;
        opencl::library("libOpenCL.so.1", "ocl-icd-libopencl1")?;
        let folder = Folder::new(name);
        let vendors = folder.vendors(&[&library]);
        let prefix = folder.0.join("xrt");
        std::fs::create_dir_all(&prefix).unwrap();
        std::os::unix::fs::symlink(library.parent().unwrap(), prefix.join("lib")).unwrap();
        Some(Installed {
            folder,
            vendors,
            prefix,
        })
    }

    fn run(&self, scenario: &str) {
        self.run_with(scenario, &[]);
    }

    /// With other variables than those of the emulation.
    fn run_with(&self, scenario: &str, variables: &[(&str, Option<&Path>)]) {
        let mut all = vec![
            ("OCL_ICD_VENDORS", Some(&*self.vendors)),
            ("XILINX_XRT", Some(&*self.prefix)),
            ("XCL_EMULATION_MODE", Some(Path::new("noop"))),
        ];
        all.extend(variables);
        println!("{}", opencl::run(scenario, &all));
    }

    /// With a time for each job.
    fn run_slowly(&self, scenario: &str, microseconds: u64) {
        let ini = self.folder.0.join("xrt.ini");
        let text = format!("[Runtime]\nnoop_completion_delay_us={microseconds}\n");
        std::fs::write(&ini, text).unwrap();
        self.run_with(scenario, &[("XRT_INI_PATH", Some(&ini))]);
    }
}

macro_rules! on_xrt {
    ($($name:ident: $scenario:literal;)*) => {$(
        #[test]
        fn $name() {
            if let Some(xrt) = Installed::new($scenario) {
                xrt.run($scenario);
            }
        }
    )*};
}

on_xrt! {
    its_device_is_found: "devices";
    jobs_run_and_memory_keeps_its_contents: "jobs";
    compute_units_are_chosen_by_name: "units";
    two_kernels_of_an_image_work_side_by_side: "both";
    a_card_without_register_access_is_refused: "registers";
    what_does_not_fit_is_refused_with_the_cause: "refusals";
    damaged_images_crash_nothing: "damage";
}

#[test]
fn without_a_platform() {
    let folder = Folder::new("empty");
    let vendors = folder.vendors(&[]);
    if opencl::library("libOpenCL.so.1", "ocl-icd-libopencl1").is_some() {
        opencl::run("no-platform", &[("OCL_ICD_VENDORS", Some(&vendors))]);
    }
}

#[test]
fn without_a_card() {
    if let Some(xrt) = Installed::new("no-device") {
        xrt.run_with("no-device", &[("XCL_EMULATION_MODE", None)]);
    }
}

#[test]
fn without_parts_of_xrt() {
    if let Some(xrt) = Installed::new("no-xrt") {
        xrt.run_with("no-xrt", &[("XILINX_XRT", None)]);
        let empty = Folder::new("no-shim");
        xrt.run_with("no-shim", &[("XILINX_XRT", Some(&empty.0))]);
    }
}

#[test]
fn a_late_job_is_given_up_until_it_ends() {
    if let Some(xrt) = Installed::new("late") {
        xrt.run_slowly("late", 3_000_000);
    }
}

#[test]
fn a_process_may_end_while_a_job_runs() {
    if let Some(xrt) = Installed::new("exit") {
        xrt.run_slowly("exit", 4_000_000);
    }
}

#[test]
fn registers_are_the_cards() {
    if let Some(xrt) = Installed::new("card") {
        let (prefix, registers) = card::install(&xrt.folder.0, &xrt.prefix);
        xrt.run_with(
            "card",
            &[
                ("XILINX_XRT", Some(&prefix)),
                ("VEGALITH_REGISTERS", Some(&registers)),
            ],
        );
    }
}
