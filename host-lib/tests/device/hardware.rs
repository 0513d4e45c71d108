//! A device that is plugged off and on, held by somebody else, or not what its image says.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ark_bn254::{Fr, G1Affine, G1Projective};
use ark_ec::{CurveGroup, VariableBaseMSM};
use ark_ff::UniformRand;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use sha2::{Digest as _, Sha256};
use vegalith::driver::{
    DeviceLock, Digest, Error as DriverError, Image, ImageRequest, KnownPreset, SearchPath,
    Transport,
};
use vegalith::{
    Backend, Bases, BasesOptions, DeviceBackend, Elements, Error, Goldilocks, HardwareOptions,
    Health, Job, NttOptions, Output, Point, Result, Scalars,
};
use vegalith_abi::ABI_VERSION;

use crate::fake::Fake;

/// A port of the computer, with a device in it at times.
#[derive(Clone)]
struct Port(Arc<Mutex<Plugged>>);

struct Plugged {
    device: Option<Fake>,
    /// Counts how often something was plugged in.
    times: u32,
}

/// One opening of the device; it ends for good when the device is plugged off.
struct Session {
    port: Port,
    times: u32,
    name: String,
    memory_bytes: u64,
}

impl Port {
    fn with(device: &Fake) -> Self {
        Port(Arc::new(Mutex::new(Plugged {
            device: Some(device.clone()),
            times: 1,
        })))
    }

    fn plug_off(&self) {
        self.0.lock().unwrap().device = None;
    }

    fn plug_in(&self, device: &Fake) {
        let mut plugged = self.0.lock().unwrap();
        plugged.device = Some(device.clone());
        plugged.times += 1;
    }

    fn session(&self) -> Result<Session, DriverError> {
        let plugged = self.0.lock().unwrap();
        let device = plugged.device.clone().ok_or(DriverError::Open {
            device: "port".into(),
            reason: "nothing is plugged in".into(),
        })?;
        Ok(Session {
            port: self.clone(),
            times: plugged.times,
            name: device.name(),
            memory_bytes: device.memory_bytes(),
        })
    }

    /// A backend; `lock` is of the test's own, since tests run side by side.
    fn open(&self, lock: &str, options: &HardwareOptions) -> Result<DeviceBackend> {
        let port = self.clone();
        let open = move || {
            let session = port.session()?;
            Ok(Box::new(session) as Box<dyn Transport>)
        };
        DeviceBackend::hardware("port", lock, Box::new(open), options)
    }
}

impl Session {
    fn device(&self) -> Result<Fake, DriverError> {
        let plugged = self.port.0.lock().unwrap();
        let here = plugged
            .device
            .clone()
            .filter(|_| plugged.times == self.times);
        here.ok_or(DriverError::LinkDown {
            device: "port".into(),
            reason: "the device is gone".into(),
        })
    }
}

impl Transport for Session {
    fn name(&self) -> String {
        self.name.clone()
    }
    fn read_register(&mut self, offset: u32) -> Result<u32, DriverError> {
        self.device()?.read_register(offset)
    }
    fn write_register(&mut self, offset: u32, value: u32) -> Result<(), DriverError> {
        self.device()?.write_register(offset, value)
    }
    fn memory_bytes(&self) -> u64 {
        self.memory_bytes
    }
    fn read_memory(&mut self, address: u64, data: &mut [u8]) -> Result<(), DriverError> {
        self.device()?.read_memory(address, data)
    }
    fn write_memory(&mut self, address: u64, data: &[u8]) -> Result<(), DriverError> {
        self.device()?.write_memory(address, data)
    }
    fn wait_control(&mut self, bits: u32, until: Instant) -> Result<bool, DriverError> {
        self.device()?.wait_control(bits, until)
    }
    fn reset(&mut self) -> Result<(), DriverError> {
        self.device()?.reset()
    }
}

/// The fake's digest is all zeros.
fn options() -> HardwareOptions {
    let preset = |name: &str, byte| KnownPreset {
        name: name.into(),
        digest: Digest([byte; 32]),
    };
    HardwareOptions {
        known: vec![preset("another", 1), preset("fake", 0)],
        image: None,
        images: SearchPath::new(Vec::new()),
    }
}

fn increments(device: &DeviceBackend) -> Result<()> {
    let elements = |first: u64| {
        let elements = (first..first + 64).map(Goldilocks::from);
        Elements::Goldilocks(Arc::new(elements.collect()))
    };
    let job = Job::Ntt {
        input: elements(7),
        options: NttOptions::default(),
    };
    let outcome = device.run(job, Instant::now() + Duration::from_secs(60))?;
    assert_eq!(outcome.output, Output::Elements(elements(8)));
    Ok(())
}

#[track_caller]
fn is_down(error: &Error, words: &[&str]) {
    assert!(matches!(error, Error::LinkDown(_)), "{error:?}");
    let text = error.to_string();
    for word in words {
        assert!(text.contains(word), "no {word:?} in {text}");
    }
}

#[track_caller]
fn until_ready(device: &DeviceBackend) {
    let started = Instant::now();
    while device.health() != Health::Ready {
        assert!(started.elapsed() < Duration::from_secs(60), "never ready");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn health_tells_of_a_device_that_nobody_uses() {
    let fake = Fake::increments();
    let port = Port::with(&fake);
    let device = port.open("test:idle", &options()).unwrap();
    assert_eq!(device.health(), Health::Ready);
    port.plug_off();
    match device.health() {
        Health::Failed(error) => is_down(&error, &["the device is gone"]),
        Health::Ready => panic!("ready without a device"),
    }
    port.plug_in(&fake);
    until_ready(&device);
    increments(&device).unwrap();
}

#[test]
fn a_device_that_came_back_takes_jobs() {
    let fake = Fake::increments();
    let port = Port::with(&fake);
    let device = port.open("test:replug", &options()).unwrap();
    for round in 0..3 {
        increments(&device).unwrap();
        port.plug_off();
        // The first finds out, the next tries to open it again.
        for words in [
            ["the device is gone", ""],
            ["the device is gone", "nothing is plugged in"],
        ] {
            let error = increments(&device).unwrap_err();
            is_down(&error, &words);
            assert!(
                matches!(device.health(), Health::Failed(_)),
                "round {round}"
            );
        }
        port.plug_in(&fake);
        // The next job opens it again, whoever comes first.
        increments(&device).unwrap();
        assert_eq!(device.health(), Health::Ready, "round {round}");
    }
    // Off and on again between two jobs: the job that finds it out fails, the next works.
    port.plug_off();
    port.plug_in(&fake);
    let _ = increments(&device);
    increments(&device).unwrap();
}

/// The points in its memory are others after it was off: used, they would give a wrong sum.
#[test]
fn bases_are_uploaded_again() {
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let points: Vec<G1Affine> = (0..20)
        .map(|_| G1Projective::rand(&mut rng).into_affine())
        .collect();
    let scalars: Vec<Fr> = (0..20).map(|_| Fr::rand(&mut rng)).collect();
    let expected = G1Projective::msm_unchecked(&points, &scalars).into_affine();
    let fake = Fake::msm(32 * 4096);
    let port = Port::with(&fake);
    let device = port.open("test:bases", &options()).unwrap();
    let bases = Bases::Bn254G1(Arc::new(points));
    let id = device.load_bases(&bases, BasesOptions::default()).unwrap();
    let run = || {
        let scalars = Scalars::Bn254(Arc::new(scalars.clone()));
        let job = Job::Msm { bases: id, scalars };
        let until = Instant::now() + Duration::from_secs(60);
        device.run(job, until).map(|outcome| outcome.output)
    };
    let right = Output::Point(Point::Bn254G1(expected));
    assert_eq!(run().unwrap(), right);
    for round in 0..3 {
        port.plug_off();
        run().unwrap_err();
        fake.forget();
        port.plug_in(&fake);
        assert_eq!(run().unwrap(), right, "round {round}");
        assert_eq!(run().unwrap(), right, "round {round}");
    }
    // It comes back before anybody has noticed.
    port.plug_off();
    fake.forget();
    port.plug_in(&fake);
    for _ in 0..3 {
        match run() {
            Ok(output) => assert_eq!(output, right),
            Err(error) => is_down(&error, &["the device is gone"]),
        }
    }
    assert_eq!(run().unwrap(), right);
}

#[test]
fn another_device_in_its_place_is_not_used() {
    let fake = Fake::increments();
    let port = Port::with(&fake);
    let device = port.open("test:another", &options()).unwrap();
    port.plug_off();
    increments(&device).unwrap_err();
    let other = Fake::increments();
    other.says_digest(1);
    port.plug_in(&other);
    for _ in 0..2 {
        let error = increments(&device).unwrap_err();
        is_down(&error, &["preset digest", "0101"]);
    }
    assert_eq!(other.state().starts, 0);
    port.plug_off();
    port.plug_in(&fake);
    increments(&device).unwrap();
}

#[test]
fn a_device_that_is_held_names_its_holder() {
    let fake = Fake::increments();
    let port = Port::with(&fake);
    let device = port.open("test:held", &options()).unwrap();
    let holder = format!("process {} (", std::process::id());
    match port.open("test:held", &options()).err() {
        Some(Error::Busy {
            device,
            holder: found,
        }) => {
            assert_eq!(device, "test:held");
            assert!(found.starts_with(&holder), "{found}");
        }
        other => panic!("{other:?}"),
    }
    // It is kept while the device is away.
    port.plug_off();
    increments(&device).unwrap_err();
    assert!(DeviceLock::acquire("test:held").is_err());
    drop(device);
    port.plug_in(&fake);
    port.open("test:held", &options()).unwrap();
}

#[test]
fn a_device_that_is_not_there_is_unavailable() {
    let port = Port::with(&Fake::increments());
    port.plug_off();
    match port.open("test:absent", &options()).err() {
        Some(Error::Unavailable(text)) => {
            assert!(text.contains("nothing is plugged in"), "{text}");
        }
        other => panic!("{other:?}"),
    }
    // Its lock is free.
    DeviceLock::acquire("test:absent").unwrap();
}

fn image(folder: &Path, digest: u8, build_id: u32, clock_mhz: f64) -> Image {
    let bytes = b"configuration";
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join("top.bit"), bytes).unwrap();
    let manifest = serde_json::json!({
        "schema": 1, "preset": "fake", "preset_digest": Digest([digest; 32]).to_string(),
        "abi_version": ABI_VERSION.to_string(), "board": "ecp5-evn", "part": "x", "flow": "nextpnr",
        "tools": {"yosys": "0.58"}, "clock_mhz": clock_mhz, "fmax_mhz": clock_mhz + 1.0,
        "utilisation": {"lut": {"used": 1, "available": 2}},
        "image": {"file": "top.bit", "kind": "bit", "bytes": bytes.len(),
                  "sha256": Digest(Sha256::digest(bytes).into()).to_string()},
        "verilog": [{"name": "top.v", "bytes": 1, "sha256": "00".repeat(32)}],
        "build_id": build_id,
    });
    std::fs::write(folder.join("image.json"), manifest.to_string()).unwrap();
    Image::open(folder, &ImageRequest::default()).unwrap()
}

#[test]
fn the_clock_is_that_of_the_image() {
    let root = tempfile::tempdir().unwrap();
    let port = Port::with(&Fake::increments());
    let clock = |options: &HardwareOptions| {
        let device = port.open("test:clock", options).unwrap();
        let info = device.info();
        assert_eq!(info.presets, [("fake".into(), "00".repeat(32))]);
        info.clock_mhz
    };
    assert_eq!(clock(&options()), None);
    let given = HardwareOptions {
        image: Some(image(&root.path().join("given"), 0, 0, 150.9)),
        ..options()
    };
    assert_eq!(clock(&given), Some(150));
    // Found by digest, unless those that are found differ.
    let folder = root.path().join("images");
    let found = HardwareOptions {
        images: SearchPath::new(vec![folder.clone()]),
        ..options()
    };
    assert_eq!(clock(&found), None);
    image(&folder.join("a"), 0, 0, 90.0);
    assert_eq!(clock(&found), Some(90));
    // Of another build.
    image(&folder.join("b"), 0, 4, 70.0);
    assert_eq!(clock(&found), Some(90));
    image(&folder.join("c"), 0, 0, 80.0);
    assert_eq!(clock(&found), None);
    assert_eq!(
        clock(&HardwareOptions {
            images: found.images,
            ..given
        }),
        Some(150)
    );
}

#[test]
fn a_kernel_that_is_not_that_of_the_image_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let port = Port::with(&Fake::increments());
    for (digest, build_id, name) in [(1, 0, "preset digest"), (0, 9, "build id")] {
        let options = HardwareOptions {
            image: Some(image(root.path(), digest, build_id, 100.0)),
            ..options()
        };
        match port.open("test:image", &options).err() {
            Some(Error::ImageMismatch {
                field,
                expected,
                found,
            }) => {
                assert_eq!(field, name);
                assert!(expected.contains("top.bit"), "{expected}");
                assert!(!found.is_empty());
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_kernel_of_an_unknown_preset_is_refused() {
    let port = Port::with(&Fake::increments());
    let mut options = options();
    options.known.truncate(1);
    match port.open("test:unknown", &options).err() {
        Some(Error::ImageMismatch {
            field,
            expected,
            found,
        }) => {
            assert_eq!(field, "preset digest");
            assert!(expected.contains("another"), "{expected}");
            assert_eq!(found, "00".repeat(32));
        }
        other => panic!("{other:?}"),
    }
}
