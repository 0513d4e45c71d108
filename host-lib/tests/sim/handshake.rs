//! A kernel that is not the one expected is refused when the backend opens it.

use vegalith::driver::{Digest, Expectation};
use vegalith::simulator::models;
use vegalith::{DeviceBackend, Error, SimSelection};
use vegalith_abi::{registers, BlockType, ABI_VERSION};

use crate::altered::Altered;
use crate::support::{Bn254, Case, Engine};

fn digest() -> Digest {
    let model = models().iter().find(|model| model.preset == Bn254::PRESET);
    Digest(model.unwrap().digest)
}

fn expected() -> Expectation {
    Expectation {
        block_type: Some(BlockType::Msm),
        preset_digest: Some(digest()),
    }
}

fn open(offset: u32, change: fn(u32) -> u32) -> Result<DeviceBackend, Error> {
    Altered::open::<Bn254>(offset, change).backend(expected())
}

#[test]
fn another_image_is_refused() {
    let mut other = digest();
    other.0[4] ^= 1;
    let refused = |found: Result<DeviceBackend, Error>, error: Error| match found {
        Err(found) => assert_eq!(found, error),
        Ok(_) => panic!("opened, though {error}"),
    };
    refused(
        open(registers::BLOCK_TYPE, |_| BlockType::Ntt as u32),
        Error::ImageMismatch {
            field: "block type",
            expected: "MSM".into(),
            found: "NTT".into(),
        },
    );
    refused(
        open(registers::PRESET_DIGEST + 4, |word| word ^ 1),
        Error::ImageMismatch {
            field: "preset digest",
            expected: digest().to_string(),
            found: other.to_string(),
        },
    );
    refused(
        open(registers::ABI_VERSION, |word| word + (1 << 16)),
        Error::AbiMismatch {
            expected: ABI_VERSION.to_string(),
            found: format!("{}.{}", ABI_VERSION.major + 1, ABI_VERSION.minor),
        },
    );
}

#[test]
fn a_newer_minor_version_works() {
    let device = open(registers::ABI_VERSION, |word| word + 1).unwrap();
    Case::random::<Bn254>(3, 60).succeeds_on(&device, "a newer kernel");
}

#[test]
fn an_unknown_preset_is_refused() {
    let selection = SimSelection {
        preset: Some("msm-bn254-none".into()),
        ..SimSelection::default()
    };
    match DeviceBackend::simulator(&selection) {
        Err(Error::Unsupported { backend, .. }) => assert_eq!(backend, "sim:msm-bn254-none"),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("opened"),
    }
}
