//! What a kernel says of itself is held to what was asked for, word by word.

mod support;

use support::Stub;
use vegalith_abi::{registers, AbiVersion, BlockType, CurveId, FieldId, ABI_VERSION};
use vegalith_driver::{Capabilities, Device, Digest, Error, Expectation};

fn digest() -> Digest {
    Digest(std::array::from_fn(|i| i as u8))
}

fn expected() -> Expectation {
    Expectation {
        block_type: Some(BlockType::Msm),
        preset_digest: Some(digest()),
    }
}

fn open(stub: &Stub, expected: &Expectation) -> Result<Device, Error> {
    Device::open(Box::new(stub.clone()), expected)
}

#[track_caller]
fn is_refused(stub: Stub, field: &str, expected_value: &str, found_value: &str) {
    match open(&stub, &expected()) {
        Err(Error::ImageMismatch {
            field: f,
            expected,
            found,
        }) => assert_eq!(
            (f, expected.as_str(), found.as_str()),
            (field, expected_value, found_value)
        ),
        other => panic!("{other:?}"),
    }
    // A kernel that is not known is not touched either.
    assert_eq!(stub.state().resets, 0);
}

#[test]
fn the_right_kernel_is_opened_and_reset() {
    let stub = Stub::msm();
    let device = open(&stub, &expected()).unwrap();
    let identity = device.identity();
    assert_eq!(identity.abi_version, ABI_VERSION);
    assert_eq!(identity.build_id, 77);
    assert_eq!(identity.preset_digest, digest());
    assert_eq!(identity.max_size(), 8);
    assert_eq!(identity.mont_bits, 256);
    assert_eq!(
        identity.capabilities,
        Capabilities::Msm {
            curve: CurveId::Bn254G1,
            window_bits: 2,
            num_partial_sums: 4
        }
    );
    assert_eq!(device.memory_bytes(), 16 * 4096);
    assert_eq!(stub.state().resets, 1);
    assert!(open(&stub, &Expectation::default()).is_ok());
}

#[test]
fn something_else_than_a_kernel_is_refused() {
    // What a bus without a device reads as.
    let nothing = Stub::msm().with(registers::MAGIC, u32::MAX);
    is_refused(nothing, "magic", "0x544c4756", "0xffffffff");
}

#[test]
fn another_abi_is_refused() {
    let AbiVersion { major, minor } = ABI_VERSION;
    let versions = [
        (major + 1, minor),
        (major - 1, minor + 9),
        (major + 1, minor + 1),
    ];
    for (major, minor) in versions {
        let found = AbiVersion { major, minor };
        let stub = Stub::msm().with(registers::ABI_VERSION, found.to_word());
        let error = open(&stub, &expected()).unwrap_err();
        assert_eq!(
            error,
            Error::AbiMismatch {
                expected: ABI_VERSION,
                found
            }
        );
        let text = error.to_string();
        assert!(text.contains(&ABI_VERSION.to_string()), "{text}");
        assert!(text.contains(&found.to_string()), "{text}");
    }
    let newer = AbiVersion {
        major,
        minor: minor + 1,
    };
    let stub = Stub::msm().with(registers::ABI_VERSION, newer.to_word());
    assert_eq!(
        open(&stub, &expected()).unwrap().identity().abi_version,
        newer
    );
}

#[test]
fn another_type_is_refused() {
    let ntt = Stub::msm().with(registers::BLOCK_TYPE, BlockType::Ntt as u32);
    is_refused(ntt, "block type", "MSM", "NTT");
    let unknown = Stub::msm().with(registers::BLOCK_TYPE, 9);
    is_refused(unknown.clone(), "block type", "MSM", "unknown (9)");
    let any = Expectation {
        block_type: None,
        ..expected()
    };
    let error = open(&unknown, &any).unwrap_err().to_string();
    assert_eq!(
        error,
        "the kernel's block type is unknown (9), expected MSM or NTT"
    );
}

#[test]
fn another_preset_is_refused() {
    for byte in 0..32 {
        let offset = registers::PRESET_DIGEST + byte / 4 * 4;
        let stub = Stub::msm();
        let word = stub.state().registers[&offset];
        let stub = stub.with(offset, word ^ 0x80 << (8 * (byte % 4)));
        let mut changed = digest();
        changed.0[byte as usize] ^= 0x80;
        let (wanted, found) = (digest().to_string(), changed.to_string());
        is_refused(stub, "preset digest", &wanted, &found);
    }
}

#[test]
fn unknown_capabilities_are_refused() {
    let curve = Stub::msm().with(registers::CAP_KIND, 99);
    is_refused(curve, "curve", "one that the driver knows", "99");
    let ntt = Stub::msm().with(registers::BLOCK_TYPE, BlockType::Ntt as u32);
    let any = Expectation {
        block_type: None,
        ..expected()
    };
    let stub = ntt.with(registers::CAP_KIND, FieldId::Goldilocks as u32);
    assert_eq!(
        open(&stub, &any).unwrap().identity().capabilities,
        Capabilities::Ntt {
            field: FieldId::Goldilocks,
            log_single_pass: 2,
            shifts_in_pass: false,
        }
    );
}

#[test]
fn a_kernel_that_does_not_become_idle_is_refused() {
    let stub = Stub::msm();
    stub.state().recovers = false;
    let error = open(&stub, &expected()).unwrap_err();
    assert!(matches!(error, Error::LinkDown { .. }), "{error}");
}
