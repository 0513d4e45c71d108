//! `kernel.xml`: what the Vitis linker and XRT know of a kernel, written from the ABI.
//!
//! Format: "RTL Kernel XML File" in AMD's Vitis Reference Guide (UG1702). A pointer names the master
//! that the linker's bank assignment of it applies to; an NTT reaches its three buffers through both
//! masters, so both belong in the same banks. A value wider than 8 bytes is passed in pieces of 8
//! (`scale_0`, `scale_1`, …), the widest scalar that OpenCL C has.

use vegalith_abi::memory::BEAT_BYTES;
use vegalith_abi::registers::{msm, ntt, SPACE_BYTES};
use vegalith_abi::BlockType;

const CONTROL_PORT: &str = "s_axi_control";
const READ_PORT: &str = "m_axi_gmem0";
const WRITE_PORT: &str = "m_axi_gmem1";
/// Bytes of the widest argument that is passed in one piece.
const PIECE_BYTES: u32 = 8;

/// One argument: where it stands in the register map and, if it is an address, the master it is for.
struct Argument {
    name: &'static str,
    offset: u32,
    bytes: u32,
    master: Option<&'static str>,
}

const fn pointer(name: &'static str, offset: u32, master: &'static str) -> Argument {
    Argument {
        name,
        offset,
        bytes: 8,
        master: Some(master),
    }
}

const fn value(name: &'static str, offset: u32, bytes: u32) -> Argument {
    Argument {
        name,
        offset,
        bytes,
        master: None,
    }
}

const MSM_ARGUMENTS: &[Argument] = &[
    pointer("points", msm::POINTS, READ_PORT),
    pointer("scalars", msm::SCALARS, WRITE_PORT),
    pointer("result", msm::RESULT, WRITE_PORT),
    value("num_points", msm::NUM_POINTS, 4),
];

const NTT_ARGUMENTS: &[Argument] = &[
    pointer("source", ntt::SOURCE, READ_PORT),
    pointer("destination", ntt::DESTINATION, WRITE_PORT),
    pointer("scratch", ntt::SCRATCH, WRITE_PORT),
    value("log_size", ntt::LOG_SIZE, 4),
    value("flags", ntt::FLAGS, 4),
    value("scale", ntt::SCALE, 32),
];

/// The description of a kernel whose top module, and name, is `top`.
pub(crate) fn kernel_xml(block: BlockType, top: &str) -> String {
    let arguments = match block {
        BlockType::Msm => MSM_ARGUMENTS,
        BlockType::Ntt => NTT_ARGUMENTS,
    };
    let mut text = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<root versionMajor="1" versionMinor="6">
  <kernel name="{top}" language="ip_c" vlnv="vegalith:kernel:{top}:1.0" attributes="" preferredWorkGroupSizeMultiple="0" workGroupSize="1" interrupt="false" hwControlProtocol="ap_ctrl_chain">
    <ports>
      <port name="{CONTROL_PORT}" mode="slave" range="{SPACE_BYTES:#x}" dataWidth="32" portType="addressable" base="0x0"/>
"#
    );
    for master in [READ_PORT, WRITE_PORT] {
        text += &format!(
            "      <port name=\"{master}\" mode=\"master\" range=\"0xFFFFFFFFFFFFFFFF\" dataWidth=\"{}\" \
             portType=\"addressable\" base=\"0x0\"/>\n",
            8 * BEAT_BYTES
        );
    }
    text += "    </ports>\n    <args>\n";
    let pieces = arguments.iter().flat_map(pieces);
    for (id, (name, offset, bytes, master)) in pieces.enumerate() {
        let (qualifier, port, kind) = match master {
            Some(master) => (1, master, "void*"),
            None if bytes == 4 => (0, CONTROL_PORT, "uint"),
            None => (0, CONTROL_PORT, "ulong"),
        };
        text += &format!(
            "      <arg name=\"{name}\" addressQualifier=\"{qualifier}\" id=\"{id}\" port=\"{port}\" \
             size=\"{bytes:#x}\" offset=\"{offset:#x}\" type=\"{kind}\" hostOffset=\"0x0\" \
             hostSize=\"{bytes:#x}\"/>\n"
        );
    }
    text + "    </args>\n  </kernel>\n</root>\n"
}

/// An argument as it is passed: name, offset, bytes and master of each piece.
fn pieces(argument: &Argument) -> Vec<(String, u32, u32, Option<&'static str>)> {
    let Argument {
        name,
        offset,
        bytes,
        master,
    } = *argument;
    if bytes <= PIECE_BYTES {
        return vec![(name.to_owned(), offset, bytes, master)];
    }
    (0..bytes / PIECE_BYTES)
        .map(|piece| {
            let name = format!("{name}_{piece}");
            (name, offset + piece * PIECE_BYTES, PIECE_BYTES, master)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use vegalith_abi::registers::{ARGUMENTS, ARGUMENTS_END};

    #[test]
    fn arguments_fill_the_register_map_from_its_start_without_overlap() {
        for arguments in [MSM_ARGUMENTS, NTT_ARGUMENTS] {
            let mut end = ARGUMENTS;
            for (name, offset, bytes, _) in arguments.iter().flat_map(pieces) {
                assert_eq!(offset, end, "{name}");
                assert_eq!(offset % bytes, 0, "{name}");
                end = offset + bytes;
            }
            assert!(end <= ARGUMENTS_END);
        }
    }

    #[test]
    fn a_wide_value_is_passed_in_pieces() {
        let text = kernel_xml(BlockType::Ntt, "k");
        for piece in 0..4 {
            let offset = ntt::SCALE + 8 * piece;
            let arg = format!(
                "<arg name=\"scale_{piece}\" addressQualifier=\"0\" id=\"{}\" port=\"s_axi_control\" \
                 size=\"0x8\" offset=\"{offset:#x}\"",
                5 + piece
            );
            assert!(text.contains(&arg), "{arg} in {text}");
        }
        assert_eq!(text.matches("<arg ").count(), 9);
    }
}
