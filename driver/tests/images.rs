//! Manifests that lie and images that were altered: each is refused with expected and found.

use std::path::{Path, PathBuf};

use serde_json::{json, Value};
use sha2::{Digest as _, Sha256};
use vegalith_abi::{AbiVersion, CurveId, ABI_VERSION};
use vegalith_driver::{
    Capabilities, Digest, Error, Identity, Image, ImageError, ImageKind, ImageRequest, KnownPreset,
    SearchPath,
};

const BYTES: &[u8] = b"not the configuration of any FPGA";
const PRESET: &str = "msm-bn254-ecp5";

fn preset_digest() -> Digest {
    Digest([0x5a; 32])
}

fn manifest() -> Value {
    json!({
        "schema": 1,
        "preset": PRESET,
        "preset_digest": preset_digest().to_string(),
        "abi_version": ABI_VERSION.to_string(),
        "board": "ecp5-evn",
        "part": "LFE5UM5G-85F-8BG381",
        "flow": "nextpnr",
        "tools": {"yosys": "0.58", "nextpnr-ecp5": "0.9"},
        "clock_mhz": 80.5,
        "fmax_mhz": 87.25,
        "utilisation": {"lut": {"used": 51000, "available": 83640}},
        "image": {
            "file": "top.bit",
            "kind": "bit",
            "bytes": BYTES.len(),
            "sha256": Digest(Sha256::digest(BYTES).into()).to_string(),
        },
        "verilog": [{"name": "top.v", "bytes": 10, "sha256": "00".repeat(32)}],
    })
}

/// A folder with an image.
struct Built(tempfile::TempDir);

impl Built {
    fn new(manifest: &Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("top.bit"), BYTES).unwrap();
        let built = Built(folder);
        built.write(manifest.to_string());
        built
    }

    fn write(&self, text: impl AsRef<[u8]>) {
        std::fs::write(self.path("image.json"), text).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn open(&self, request: &ImageRequest) -> Result<Image, ImageError> {
        Image::open(&self.path("top.bit"), request)
    }

    #[track_caller]
    fn refused(&self, request: &ImageRequest, words: &[&str]) {
        let text = self.open(request).unwrap_err().to_string();
        for word in words {
            assert!(text.contains(word), "no {word:?} in: {text}");
        }
    }
}

fn known() -> ImageRequest {
    let preset = |name: &str, byte| KnownPreset {
        name: name.to_owned(),
        digest: Digest([byte; 32]),
    };
    ImageRequest {
        known: vec![preset("ntt-goldilocks-ecp5", 1), preset(PRESET, 0x5a)],
        ..ImageRequest::default()
    }
}

fn changed(pointer: &str, value: Value) -> Value {
    let mut manifest = manifest();
    *manifest.pointer_mut(pointer).expect(pointer) = value;
    manifest
}

#[test]
fn an_image_is_found_by_its_path_its_manifests_or_its_folders() {
    let built = Built::new(&manifest());
    for name in ["top.bit", "image.json", ""] {
        let image = Image::open(&built.path(name), &known()).unwrap();
        assert_eq!(image.path(), built.path("top.bit"));
        let manifest = image.manifest();
        assert_eq!(manifest.preset, PRESET);
        assert_eq!(manifest.preset_digest, preset_digest());
        assert_eq!(manifest.whole_clock_mhz(), 80);
        assert_eq!(manifest.image.kind, ImageKind::Bit);
        assert_eq!(manifest.build_id, 0);
    }
    let exact = ImageRequest {
        preset: Some(PRESET.into()),
        preset_digest: Some(preset_digest()),
        board: Some("ecp5-evn".into()),
        kind: Some(ImageKind::Bit),
        ..known()
    };
    built.open(&exact).unwrap();
}

#[test]
fn a_truncated_image_is_refused() {
    let built = Built::new(&manifest());
    for length in [0, 1, BYTES.len() - 1] {
        std::fs::write(built.path("top.bit"), &BYTES[..length]).unwrap();
        built.refused(
            &known(),
            &[
                "top.bit",
                &format!("expected {} bytes", BYTES.len()),
                &format!("found {length} bytes"),
                "truncated",
            ],
        );
    }
    std::fs::write(built.path("top.bit"), [BYTES, b"x"].concat()).unwrap();
    built.refused(&known(), &["expected 33 bytes", "found 34 bytes"]);
}

#[test]
fn every_altered_bit_is_noticed() {
    let built = Built::new(&manifest());
    for at in 0..BYTES.len() * 8 {
        let mut altered = BYTES.to_vec();
        altered[at / 8] ^= 1 << (at % 8);
        std::fs::write(built.path("top.bit"), &altered).unwrap();
        let found = Digest(Sha256::digest(&altered).into()).to_string();
        built.refused(&known(), &["sha256", "altered", &found]);
    }
}

#[test]
fn manifests_that_lie_are_refused() {
    let other = "11".repeat(32);
    let later = AbiVersion {
        major: ABI_VERSION.major + 1,
        minor: 0,
    };
    let cases: [(&str, Value, &[&str]); 10] = [
        ("/image/sha256", json!(other), &["sha256", &other]),
        ("/image/bytes", json!(5), &["expected 5 bytes", "found 33"]),
        (
            "/preset",
            json!("msm-of-tomorrow"),
            &[
                "expected ntt-goldilocks-ecp5, msm-bn254-ecp5",
                "found msm-of-tomorrow",
            ],
        ),
        // The name of one preset with the digest of another.
        (
            "/preset",
            json!("ntt-goldilocks-ecp5"),
            &["preset_digest", "0101", "found 5a5a"],
        ),
        (
            "/preset_digest",
            json!(other),
            &["preset_digest", "expected 5a5a", &other, "build"],
        ),
        (
            "/abi_version",
            json!(later.to_string()),
            &["abi_version", &later.to_string()],
        ),
        (
            "/fmax_mhz",
            json!(80.25),
            &["at least the clock of 80.5", "80.25", "timing"],
        ),
        ("/image/file", json!("other.bit"), &["top.bit", "other.bit"]),
        (
            "/image/file",
            json!("../top.bit"),
            &["image.file", "../top.bit"],
        ),
        ("/image/file", json!(".."), &["image.file"]),
    ];
    for (pointer, value, words) in cases {
        let built = Built::new(&changed(pointer, value));
        built.refused(&known(), words);
    }
}

#[test]
fn what_was_not_asked_for_is_refused() {
    let built = Built::new(&manifest());
    let board = ImageRequest {
        board: Some("u250".into()),
        ..known()
    };
    built.refused(&board, &["board", "expected u250", "found ecp5-evn"]);
    let preset = ImageRequest {
        preset: Some("ntt-goldilocks-ecp5".into()),
        ..known()
    };
    built.refused(&preset, &["expected ntt-goldilocks-ecp5", PRESET]);
    let kind = ImageRequest {
        kind: Some(ImageKind::Xclbin),
        ..known()
    };
    built.refused(&kind, &["expected xclbin", "found bit"]);
    let digest = ImageRequest {
        preset_digest: Some(Digest([3; 32])),
        ..ImageRequest::default()
    };
    built.refused(&digest, &["0303", "5a5a"]);
}

#[test]
fn malformed_manifests_are_refused_by_key() {
    let cases: [(&str, Value, &str); 16] = [
        ("/schema", json!(2), "schema: expected 1, found 2"),
        ("/schema", json!("1"), "schema: expected 1"),
        ("/preset", json!("No Preset"), "preset: expected small"),
        ("/preset", json!(7), "expected a string"),
        ("/preset_digest", json!("5A"), "64 hexadecimal digits"),
        ("/abi_version", json!("1"), "MAJOR.MINOR"),
        ("/abi_version", json!("1.+2"), "MAJOR.MINOR"),
        ("/flow", json!("make"), "`nextpnr`, `vitis`, `hdk`"),
        ("/clock_mhz", json!(0), "clock_mhz: expected more than 0"),
        ("/fmax_mhz", json!(-1), "fmax_mhz: expected more than 0"),
        ("/tools", json!({}), "tools: is empty"),
        ("/verilog", json!([]), "verilog: is empty"),
        (
            "/utilisation/lut/available",
            json!(0),
            "utilisation: Use { used: 51000",
        ),
        ("/utilisation/lut/used", json!(83_641), "utilisation: Use"),
        ("/image/kind", json!("mcs"), "`bit`, `xclbin`, `dcp-tar`"),
        ("/flow", json!("vitis"), "image.kind: expected xclbin"),
    ];
    for (pointer, value, word) in cases {
        let built = Built::new(&changed(pointer, value));
        built.refused(&known(), &["image.json", "malformed", word]);
    }
    for key in manifest().as_object().unwrap().keys() {
        let mut short = manifest();
        short.as_object_mut().unwrap().remove(key);
        Built::new(&short).refused(&known(), &["malformed", key]);
    }
    let mut small = manifest();
    small["access"] = json!({"memory_bytes": 0});
    Built::new(&small).refused(&known(), &["malformed", "access.memory_bytes"]);
    let mut long = manifest();
    long["comment"] = json!("hello");
    Built::new(&long).refused(&known(), &["unknown field `comment`"]);
    let built = Built::new(&manifest());
    let whole = manifest().to_string();
    built.write(&whole[..whole.len() / 2]);
    built.refused(&known(), &["not JSON", "EOF"]);
    built.write(vec![b' '; 2 << 20]);
    built.refused(&known(), &["more than 1048576 bytes"]);
    std::fs::remove_file(built.path("image.json")).unwrap();
    built.refused(
        &known(),
        &["image.json", "expected the manifest", "No such"],
    );
}

#[test]
fn a_missing_image_is_told() {
    let built = Built::new(&manifest());
    std::fs::remove_file(built.path("top.bit")).unwrap();
    built.refused(&known(), &["top.bit", "expected the image", "No such file"]);
    // What never ends, and what never begins.
    std::os::unix::fs::symlink("/dev/zero", built.path("top.bit")).unwrap();
    built.refused(&known(), &["top.bit", "no regular file"]);
    std::fs::remove_file(built.path("image.json")).unwrap();
    std::os::unix::fs::symlink("/dev/tty", built.path("image.json")).unwrap();
    built.refused(&known(), &["image.json", "no regular file"]);
}

/// The repository's own example of a manifest in every key.
#[test]
fn optional_keys_are_read() {
    let mut full = manifest();
    full["build_id"] = json!(77);
    full["seed"] = json!(-3);
    full["fmax_mhz"] = Value::Null;
    full["access"] = json!({"register_base": 65536, "memory_base": 0, "memory_bytes": 131072});
    let image = Built::new(&full);
    let image = image.open(&known()).unwrap();
    let manifest = image.manifest();
    assert_eq!(manifest.build_id, 77);
    assert_eq!(manifest.seed, Some(-3));
    assert_eq!(manifest.fmax_mhz, None);
    assert_eq!(manifest.access.register_base, Some(65536));
    assert_eq!(manifest.access.memory_bytes, Some(131072));
}

fn kernel() -> Identity {
    Identity {
        abi_version: ABI_VERSION,
        build_id: 0,
        preset_digest: preset_digest(),
        num_units: 1,
        log_max_size: 20,
        mont_bits: 256,
        capabilities: Capabilities::Msm {
            curve: CurveId::Bn254G1,
            window_bits: 10,
            num_partial_sums: 260,
        },
    }
}

/// The kernel's own registers decide, not what a manifest says of it.
#[test]
fn a_kernel_that_says_something_else_is_not_that_of_the_image() {
    let built = Built::new(&manifest());
    let image = built.open(&known()).unwrap();
    image.agrees(&kernel()).unwrap();
    let others = [
        (
            "preset digest",
            Identity {
                preset_digest: Digest([7; 32]),
                ..kernel()
            },
        ),
        (
            "ABI version",
            Identity {
                abi_version: AbiVersion {
                    minor: ABI_VERSION.minor + 1,
                    ..ABI_VERSION
                },
                ..kernel()
            },
        ),
        (
            "build id",
            Identity {
                build_id: 1,
                ..kernel()
            },
        ),
    ];
    for (name, other) in others {
        match image.agrees(&other) {
            Err(Error::ImageMismatch {
                field,
                expected,
                found,
            }) => {
                assert_eq!(field, name);
                assert!(expected.contains("top.bit"), "{expected}");
                assert!(!expected.starts_with(&found), "{found}");
            }
            other => panic!("{other:?}"),
        }
    }
}

fn place(folder: &Path, name: &str, manifest: &Value) {
    let folder = folder.join(name);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("top.bit"), BYTES).unwrap();
    std::fs::write(folder.join("image.json"), manifest.to_string()).unwrap();
}

#[test]
fn images_are_found_by_digest() {
    let root = tempfile::tempdir().unwrap();
    let [first, second] = ["first", "second"].map(|name| root.path().join(name));
    let search = SearchPath::new(vec![
        first.clone(),
        root.path().join("none"),
        second.clone(),
    ]);
    let request = ImageRequest {
        preset_digest: Some(preset_digest()),
        ..known()
    };
    let text = search.find(&request).unwrap_err().to_string();
    for word in ["5a5a", "first", "none", "second", "make bitstream"] {
        assert!(text.contains(word), "no {word:?} in {text}");
    }
    let old = changed("/preset_digest", json!("11".repeat(32)));
    place(&first, "a", &old);
    place(&first, "b", &changed("/schema", json!(9)));
    let text = search.find(&request).unwrap_err().to_string();
    assert!(text.contains("1111") && text.contains("schema"), "{text}");
    place(&second, "m", &manifest());
    let image = search.find(&request).unwrap();
    assert_eq!(image.path(), second.join("m/top.bit"));
    // The first folder goes before the second; the folder itself counts.
    place(&first, "", &manifest());
    let image = search.find(&request).unwrap();
    assert_eq!(image.path(), first.join("top.bit"));
    // A damaged one is told of, not passed over.
    std::fs::write(first.join("top.bit"), b"damaged").unwrap();
    let error = search.find(&request).unwrap_err();
    assert!(
        matches!(error, ImageError::Mismatch { field: "size", .. }),
        "{error}"
    );
    let results = search.all(&request);
    assert_eq!(results.iter().filter(|image| image.is_ok()).count(), 1);
    assert_eq!(results.len(), 4);
}
