//! A card's registers, as far as XRT's interface shows them: the emulation's shim with registers in
//! a file (`shim.c`), which XRT loads instead of its own.

use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use vegalith_abi::{registers, BlockType};
use vegalith_driver::xrt::{IdentityWords, KernelMetadata, RegisterAccess};
use vegalith_driver::{Device, Error, KernelErrors, NttJob, Statistics, XrtImage, XrtOptions};

use crate::opencl;

const SHIM: &str = "libxrt_noop.so.2";
/// Makes the shim's functions fail.
const FAIL: u32 = 0xff8;
/// Makes resets do nothing.
const STUCK: u32 = 0xffc;

/// Compiles the shim into a folder for `XILINX_XRT`, and gives that and the file of registers.
pub fn install(folder: &Path, xrt: &Path) -> (PathBuf, PathBuf) {
    let prefix = folder.join("card");
    let library = prefix.join("lib").join(SHIM);
    std::fs::create_dir_all(prefix.join("lib")).unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/opencl/shim.c");
    let status = Command::new("gcc")
        .args([
            "-shared",
            "-fPIC",
            "-O1",
            "-Wall",
            "-Werror",
            "-Wl,--no-as-needed",
            "-o",
        ])
        .args([&library, &source, &xrt.join("lib").join(SHIM)])
        .status();
    assert!(status
        .expect("gcc is needed, as for the simulator")
        .success());
    let file = folder.join("registers");
    std::fs::write(&file, [0; 4096]).unwrap();
    (prefix, file)
}

/// The registers of this process' card.
struct Registers(std::fs::File);

impl Registers {
    fn open() -> Self {
        let path = std::env::var_os("VEGALITH_REGISTERS").unwrap();
        let file = std::fs::File::options().read(true).write(true).open(path);
        Registers(file.unwrap())
    }

    fn set(&self, offset: u32, value: u32) {
        self.0
            .write_all_at(&value.to_le_bytes(), offset.into())
            .unwrap();
    }

    fn get(&self, offset: u32) -> u32 {
        let mut bytes = [0; 4];
        self.0.read_exact_at(&mut bytes, offset.into()).unwrap();
        u32::from_le_bytes(bytes)
    }

    fn show(&self, identity: &IdentityWords) {
        for (word, offset) in identity
            .0
            .iter()
            .zip((registers::IDENTIFICATION..).step_by(4))
        {
            self.set(offset, *word);
        }
        self.set(registers::CONTROL, registers::CONTROL_IDLE);
    }
}

fn job(device: &mut Device) -> Result<Statistics, Error> {
    let data = device.upload(&[3; 128])?;
    let scratch = device.allocate(128)?;
    let job = NttJob {
        source: &data,
        destination: &data,
        scratch: &scratch,
        log_size: 4,
        inverse: false,
        coset: false,
        scale: [0; 32],
    };
    device.run_ntt(job, opencl::within(20.0))
}

fn is_down(error: &Error, part: &str) {
    let text = error.to_string();
    assert!(matches!(error, Error::LinkDown { .. }), "{text}");
    assert!(text.contains(part), "{text:?} lacks {part:?}");
}

pub fn all() {
    let registers = Registers::open();
    let kernel = KernelMetadata::of_block(BlockType::Ntt, "vegalith_ntt");
    // It says nothing of what it is: the card does.
    let image = crate::builder(4)
        .unit(&kernel, "vegalith_ntt_1", &[1])
        .build();
    let image = XrtImage::xclbin(image).unwrap();
    let options = XrtOptions {
        registers: RegisterAccess::Card,
        ..crate::options()
    };

    // Nothing there, and a kernel whose arguments the image does not pass.
    let error = crate::open(&image, &options).unwrap_err();
    assert!(
        matches!(error, Error::ImageMismatch { field: "magic", .. }),
        "{error}"
    );
    let mut less = kernel.clone();
    less.arguments.truncate(5);
    let less = crate::builder(4)
        .unit(&less, "vegalith_ntt_1", &[1])
        .build();
    registers.show(&opencl::ntt_identity());
    let error = crate::open(&XrtImage::xclbin(less).unwrap(), &options).unwrap_err();
    assert!(error.to_string().contains("for scale"), "{error}");

    let mut device = crate::open(&image, &options).unwrap();
    let counters = [
        (registers::CYCLES, 1234),
        (registers::BUSY, 77),
        (registers::BYTES_WRITTEN, 128),
    ];
    for (offset, value) in counters {
        registers.set(offset, value);
    }
    registers.set(registers::CYCLES + 4, 1);
    let statistics = job(&mut device).unwrap();
    assert_eq!(statistics.cycles, (1 << 32) + 1234);
    assert_eq!(
        (statistics.busy_unit_cycles, statistics.bytes_written),
        (77, 128)
    );

    // A job that wrote too little, and one with an error.
    registers.set(registers::BYTES_WRITTEN, 64);
    let error = job(&mut device).unwrap_err();
    assert!(
        matches!(
            error,
            Error::BytesWritten {
                expected: 128,
                found: 64,
                ..
            }
        ),
        "{error}"
    );
    registers.set(registers::BYTES_WRITTEN, 128);
    registers.set(registers::ERRORS, registers::ERROR_BUS);
    let error = job(&mut device).unwrap_err();
    let errors = KernelErrors(registers::ERROR_BUS);
    assert!(
        matches!(&error, Error::Kernel { errors: found, .. } if *found == errors),
        "{error}"
    );
    registers.set(registers::ERRORS, 0);
    job(&mut device).unwrap();

    // What somebody left behind is reset; if that does not help, the card is down.
    registers.set(registers::CONTROL, registers::CONTROL_START);
    device.reset().unwrap();
    assert_eq!(registers.get(registers::CONTROL), registers::CONTROL_IDLE);
    registers.set(registers::CONTROL, registers::CONTROL_START);
    registers.set(STUCK, 1);
    is_down(&device.reset().unwrap_err(), "after a reset");
    registers.set(STUCK, 0);
    device.reset().unwrap();

    // A card that is gone: reads fail, or give all ones.
    registers.set(FAIL, 1);
    is_down(&job(&mut device).unwrap_err(), "cannot be read");
    registers.set(FAIL, 0);
    for offset in (0..0xff0).step_by(4) {
        registers.set(offset, u32::MAX);
    }
    is_down(&job(&mut device).unwrap_err(), "does not answer");
    registers.show(&opencl::ntt_identity());
    registers.set(registers::ERRORS, 0);
    registers.set(registers::BYTES_WRITTEN, 128);
    registers.set(registers::BYTES_WRITTEN + 4, 0);
    device.reset().unwrap();
    job(&mut device).unwrap();
}
