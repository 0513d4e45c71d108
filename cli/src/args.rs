//! The command line, as people read it in `--help`.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use vegalith::{Curve, Field, Group};

const AFTER_HELP: &str = "\
Exit codes: 0 done, 1 the answer is \"no\", 2 bad usage or bad input, 3 device or environment failure.

Files of points and field elements are plain concatenated little-endian canonical values:
scalars 32 bytes (goldilocks 8), coordinates 32 (bn254) or 48 bytes, G1 x||y,
G2 x.c0||x.c1||y.c0||y.c1, infinity all zero.";

/// Hardware acceleration of zero-knowledge proofs: MSM, NTT and Groth16 proofs of exchange state
/// transitions on the CPU, on simulated generated hardware or on a card.
#[derive(Debug, Parser)]
#[command(name = "vegalith", version, after_help = AFTER_HELP, arg_required_else_help = true)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Demo(DemoArgs),
    Prove(ProveArgs),
    Verify(VerifyArgs),
    Msm(MsmArgs),
    Ntt(NttArgs),
    Generate(GenerateArgs),
    /// The configurations that can be generated, and which of them are simulated
    Presets(ListArgs),
    Devices(DevicesArgs),
    Flash(FlashArgs),
}

/// Which backend does the work, and how its failures are met.
#[derive(Clone, Debug, Args)]
pub struct BackendArgs {
    /// cpu, sim, sim:PRESET, pcie:BDF, pcie:PATH, serial:PATH or xrt:INDEX
    #[arg(long, value_name = "B")]
    pub backend: BackendName,
    /// The image in the card or board, or its manifest, to which its kernel is held; xrt loads it
    #[arg(long, value_name = "FILE")]
    pub image: Option<PathBuf>,
    /// What to do about a device that fails or errs
    #[arg(long, value_enum, default_value_t = Policy::Strict)]
    pub policy: Policy,
    /// With --policy shadow: the part of the jobs that is checked, 0 to 1
    #[arg(long, value_name = "RATE", default_value_t = 1.0)]
    pub shadow_rate: f64,
    /// With --policy shadow: seed of the choice of jobs
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    pub shadow_seed: u64,
    /// Longest time for a job of the backend; then exit code 3
    #[arg(long, visible_alias = "timeout", value_name = "SECONDS", default_value = "3600",
          value_parser = seconds)]
    pub deadline: Duration,
    /// Write a waveform of the simulated kernels to this file (FST; slow and large)
    #[arg(long, value_name = "FILE")]
    pub trace: Option<PathBuf>,
}

/// A backend by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BackendName {
    Cpu,
    Sim(Option<String>),
    Xrt(usize),
    Pcie(String),
    Serial(PathBuf),
}

impl FromStr for BackendName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = match text.split_once(':').filter(|(_, which)| !which.is_empty()) {
            None if text == "cpu" => Some(BackendName::Cpu),
            None if text == "sim" => Some(BackendName::Sim(None)),
            Some(("sim", preset)) => Some(BackendName::Sim(Some(preset.into()))),
            Some(("xrt", index)) => index.parse().ok().map(BackendName::Xrt),
            Some(("pcie", address)) => Some(BackendName::Pcie(address.into())),
            Some(("serial", path)) => Some(BackendName::Serial(path.into())),
            _ => None,
        };
        named.ok_or_else(|| {
            "not one of cpu, sim, sim:PRESET, pcie:BDF, pcie:PATH, serial:PATH, xrt:INDEX".into()
        })
    }
}

impl std::fmt::Display for BackendName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            BackendName::Cpu => f.write_str("cpu"),
            BackendName::Sim(None) => f.write_str("sim"),
            BackendName::Sim(Some(preset)) => write!(f, "sim:{preset}"),
            BackendName::Xrt(index) => write!(f, "xrt:{index}"),
            BackendName::Pcie(bdf) => write!(f, "pcie:{bdf}"),
            BackendName::Serial(path) => write!(f, "serial:{}", path.display()),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Policy {
    /// The device's answer or its error
    Strict,
    /// The CPU when the device fails, with a warning
    Fallback,
    /// Compare with the CPU; a wrong result is an error
    Shadow,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CurveName {
    Bn254,
    #[value(name = "bls12-381")]
    Bls12_381,
    #[value(name = "bls12-377")]
    Bls12_377,
}

impl From<CurveName> for Curve {
    fn from(name: CurveName) -> Self {
        match name {
            CurveName::Bn254 => Curve::Bn254,
            CurveName::Bls12_381 => Curve::Bls12_381,
            CurveName::Bls12_377 => Curve::Bls12_377,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GroupName {
    G1,
    G2,
}

impl From<GroupName> for Group {
    fn from(name: GroupName) -> Self {
        match name {
            GroupName::G1 => Group::G1,
            GroupName::G2 => Group::G2,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FieldName {
    #[value(name = "bn254-fr")]
    Bn254Fr,
    #[value(name = "bls12-381-fr")]
    Bls12_381Fr,
    #[value(name = "bls12-377-fr")]
    Bls12_377Fr,
    Goldilocks,
}

impl From<FieldName> for Field {
    fn from(name: FieldName) -> Self {
        match name {
            FieldName::Bn254Fr => Field::Bn254Fr,
            FieldName::Bls12_381Fr => Field::Bls12_381Fr,
            FieldName::Bls12_377Fr => Field::Bls12_377Fr,
            FieldName::Goldilocks => Field::Goldilocks,
        }
    }
}

/// The main job end to end: a batch of one trade, proved on the CPU and on simulated hardware
///
/// Both proofs use the same randomness, are verified with arkworks and must be equal, byte for byte.
/// Nothing is written but test keys, see --keys.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vegalith demo
  vegalith demo --json | python3 -m json.tool

Simulated seconds say how fast this machine simulates, not how fast the hardware is; cycles do.")]
pub struct DemoArgs {
    #[command(flatten)]
    pub keys: KeysArgs,
    /// Longest time for a job of a backend; then exit code 3
    #[arg(long, value_name = "SECONDS", default_value = "600", value_parser = seconds)]
    pub deadline: Duration,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

/// Where keys are.
#[derive(Clone, Debug, Args)]
pub struct KeysArgs {
    /// Folder of keys, with a pair of files for each shape of batch; missing ones are made as test
    /// keys [default: $XDG_CACHE_HOME/vegalith/keys, else ~/.cache/vegalith/keys]
    #[arg(long = "keys", value_name = "DIR")]
    pub folder: Option<PathBuf>,
}

/// Execute a batch of transactions and prove it with Groth16
///
/// MSMs in G1 and NTTs run on the backend, all else on the host. The proof is verified before it is
/// written. A batch that breaks a rule of the exchange is refused with the transaction's index.
///
/// Keys are made on first use of a shape of batch, from a public seed: test keys, with which
/// anybody can forge proofs.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vegalith prove --backend cpu --batch examples/batch-1.json --out proof.json --keys keys
  vegalith prove --backend sim --batch examples/batch-1.json --seed 7 --json
  vegalith verify --proof proof.json --vk keys/t-*.vk.json

The path of the verifying key is printed at the end.")]
pub struct ProveArgs {
    #[command(flatten)]
    pub backend: BackendArgs,
    /// Batch file (JSON): state, prices and transactions
    #[arg(long, value_name = "FILE")]
    pub batch: PathBuf,
    /// File to write the proof to, with what it states; appears when it is complete
    #[arg(long, value_name = "PROOF")]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub keys: KeysArgs,
    /// Derive the randomness of the proof from this number and the witness, so that every backend
    /// makes the same proof; for comparisons only, since who knows the seed can test guesses of the
    /// witness. Without it the randomness is the operating system's
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

/// Check a proof with arkworks: exit code 0 if it is valid, 1 with the reason if not
///
/// A valid proof says that the batch behind its commitment takes the old root to the new one by the
/// rules of the exchange, at the prices and the time stated.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vegalith verify --proof proof.json --vk keys/t-*.vk.json
  vegalith verify --proof proof.json --vk vk.json --json")]
pub struct VerifyArgs {
    /// Proof file, as `vegalith prove --out` writes it
    #[arg(long, value_name = "PROOF")]
    pub proof: PathBuf,
    /// Verifying key file, as `vegalith prove` writes it to its folder of keys
    #[arg(long, value_name = "FILE")]
    pub vk: PathBuf,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

/// Sum of scalar · base over the points and scalars of two files
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vegalith msm --backend cpu --curve bn254 --bases points.bin --scalars scalars.bin
  vegalith msm --backend sim --curve bls12-381 --bases p.bin --scalars s.bin --json
  vegalith msm --backend sim:msm-bn254-demo --curve bn254 --bases p.bin --scalars s.bin \\
               --policy shadow --trace msm.fst")]
pub struct MsmArgs {
    #[command(flatten)]
    pub backend: BackendArgs,
    /// Curve of the points
    #[arg(long, value_enum, value_name = "C")]
    pub curve: CurveName,
    /// Group of the points
    #[arg(long, value_enum, default_value_t = GroupName::G1)]
    pub group: GroupName,
    /// File of affine points
    #[arg(long, value_name = "FILE")]
    pub bases: PathBuf,
    /// File of as many scalars
    #[arg(long, value_name = "FILE")]
    pub scalars: PathBuf,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

/// Number-theoretic transform of the elements of a file, natural order in and out
///
/// The domain of 2^k elements is generated by g^((r-1)/2^k) with g = 5 (bn254-fr), 7 (bls12-381-fr,
/// goldilocks) or 22 (bls12-377-fr); its coset is shifted by g.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vegalith ntt --backend cpu --field goldilocks --input a.bin --output b.bin
  vegalith ntt --backend sim --field bn254-fr --input b.bin --output a.bin --inverse --coset --json")]
pub struct NttArgs {
    #[command(flatten)]
    pub backend: BackendArgs,
    /// Field of the elements
    #[arg(long, value_enum, value_name = "F")]
    pub field: FieldName,
    /// File of a power-of-two number of elements
    #[arg(long, value_name = "FILE")]
    pub input: PathBuf,
    /// File to write; appears when it is complete
    #[arg(long, value_name = "FILE")]
    pub output: PathBuf,
    /// From evaluations to coefficients, scaled by 1/N
    #[arg(long)]
    pub inverse: bool,
    /// Over the coset shifted by g
    #[arg(long)]
    pub coset: bool,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

/// Write the Verilog, manifest and census of a preset to a folder
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  vegalith generate --preset msm-bn254-demo --out build/msm
  verilator --lint-only -Wall build/msm/*.v
  vegalith generate --preset ntt-goldilocks-demo --board ecp5-evn --out build/board")]
pub struct GenerateArgs {
    /// Name of the preset; `vegalith presets` lists them
    #[arg(long, value_name = "P")]
    pub preset: String,
    /// Folder to write to; created if need be
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Also write the kernel's board: ecp5-evn
    #[arg(long, value_name = "BOARD")]
    pub board: Option<String>,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

/// The backends that answer here, what each offers, and why others do not
///
/// Every card and board that is found is opened, which gives up a job that a program left there; one
/// that another program uses is left alone.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vegalith devices
  vegalith devices --serial /dev/ttyUSB1 --json

Serial ports are only asked when they are named, here or in VEGALITH_SERIAL (separated by colons).")]
pub struct DevicesArgs {
    /// A serial port with a board at it; may be given several times
    #[arg(long, value_name = "PATH")]
    pub serial: Vec<PathBuf>,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

/// Load an image into a board with openFPGALoader
///
/// The image is held to its manifest, the board and the presets of this version before anything is
/// done.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").required(true).args(["image", "preset"]), after_help = "\
Examples:
  vegalith flash --preset ntt-goldilocks-ecp5 --board ecp5-evn
  vegalith flash --image target/bitstreams/msm-bn254-ecp5-ecp5-evn/image.json --dry-run
  vegalith devices --serial /dev/ttyUSB1

Images of a preset are looked for in the folders of VEGALITH_IMAGES (separated by colons), in
~/.local/share/vegalith/images and in target/bitstreams.")]
pub struct FlashArgs {
    /// The image, its manifest or the folder of both
    #[arg(long, value_name = "FILE")]
    pub image: Option<PathBuf>,
    /// Find the image of this preset
    #[arg(long, value_name = "P")]
    pub preset: Option<String>,
    /// The board at hand
    #[arg(long, value_name = "BOARD", default_value = "ecp5-evn")]
    pub board: String,
    /// Which of several boards: BUS:DEVICE as lsusb shows them, or the USB chip's serial number
    #[arg(long, value_name = "PORT")]
    pub port: Option<String>,
    /// Write the flash memory that the FPGA loads itself from, instead of the FPGA alone
    #[arg(long)]
    pub permanent: bool,
    /// Only check the image and print the command
    #[arg(long)]
    pub dry_run: bool,
    /// Longest time for the tool; then exit code 3
    #[arg(long, visible_alias = "timeout", value_name = "SECONDS", default_value = "120",
          value_parser = seconds)]
    pub deadline: Duration,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct ListArgs {
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

fn seconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .ok()
        .and_then(|value| Duration::try_from_secs_f64(value).ok())
        // Clocks need not go further.
        .filter(|duration| !duration.is_zero() && duration.as_secs() <= u64::from(u32::MAX))
        .ok_or_else(|| "not a number of seconds above 0 and below 2^32".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn backend_names_round_trip() {
        for name in [
            "cpu",
            "sim",
            "sim:msm-bn254-demo",
            "xrt:0",
            "pcie:0000:01:00.0",
            "pcie:/dev/xdma0",
            "serial:/dev/serial/by-id/a:b",
        ] {
            assert_eq!(name.parse::<BackendName>().unwrap().to_string(), name);
        }
        for name in [
            "", "gpu", "cpu:1", "sim:", "xrt", "xrt:a", "pcie", "serial:",
        ] {
            assert!(name.parse::<BackendName>().is_err(), "{name}");
        }
    }

    #[test]
    fn timeouts_are_positive() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        assert_eq!(
            seconds("4294967295"),
            Ok(Duration::from_secs(u32::MAX.into()))
        );
        for text in ["", "0", "-1", "x", "inf", "nan", "1e19", "1e300"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }

    #[test]
    fn names_agree_with_the_libraries() {
        for name in CurveName::value_variants() {
            assert_eq!(
                name.to_possible_value().unwrap().get_name(),
                Curve::from(*name).to_string()
            );
        }
        for name in FieldName::value_variants() {
            assert_eq!(
                name.to_possible_value().unwrap().get_name(),
                Field::from(*name).to_string()
            );
        }
        for name in GroupName::value_variants() {
            assert_eq!(
                name.to_possible_value().unwrap().get_name(),
                Group::from(*name).to_string()
            );
        }
    }
}
