//! Writing an `.xclbin` that holds everything but logic.
//!
//! A real image comes out of the vendor's linker. One without logic is enough for XRT's emulation
//! without function (`XCL_EMULATION_MODE=noop`), which goes through every call of a host program:
//! for tests, and to try a host's installation before the card is there.

use bytemuck::{Pod, Zeroable};

use super::layout::{self, memory_type, section, SectionHeader, Top};
use super::metadata::{ArgumentKind, KernelMetadata};
use super::words::IdentityWords;

/// Base address of the first compute unit, where Vitis shells have theirs.
const FIRST_UNIT_ADDRESS: u64 = 0x180_0000;
/// Address space of a compute unit.
const UNIT_ADDRESS_BYTES: u64 = 0x1_0000;

/// An image to be written.
#[derive(Clone, Debug)]
pub struct XclbinBuilder {
    platform: String,
    uuid: [u8; 16],
    clock_mhz: u16,
    banks: Vec<(String, u64, u64)>,
    units: Vec<(KernelMetadata, String, Vec<usize>)>,
    identity: Option<IdentityWords>,
    extra: Vec<(u32, Vec<u8>)>,
}

impl XclbinBuilder {
    /// An image without kernels for a shell of this name.
    pub fn new(platform: &str, uuid: [u8; 16]) -> Self {
        XclbinBuilder {
            platform: platform.to_owned(),
            uuid,
            clock_mhz: 300,
            banks: Vec::new(),
            units: Vec::new(),
            identity: None,
            extra: Vec::new(),
        }
    }

    /// Adds a bank of memory at an address of the device; a multiple of 1024 bytes.
    ///
    /// XRT finds out which bank a buffer is in from its address. Its emulation without function has
    /// buffers at addresses of the host's memory: a bank that is to hold them has to cover these.
    #[must_use]
    pub fn bank(mut self, tag: &str, base_address: u64, bytes: u64) -> Self {
        self.banks.push((tag.to_owned(), base_address, bytes));
        self
    }

    /// Adds a compute unit all of whose arguments reach these banks.
    #[must_use]
    pub fn unit(mut self, kernel: &KernelMetadata, instance: &str, banks: &[usize]) -> Self {
        self.units
            .push((kernel.clone(), instance.to_owned(), banks.to_vec()));
        self
    }

    /// Says what the kernel's identification block shows.
    #[must_use]
    pub fn identity(mut self, words: IdentityWords) -> Self {
        self.identity = Some(words);
        self
    }

    /// Adds a section as it is.
    #[must_use]
    pub fn section(mut self, kind: u32, bytes: &[u8]) -> Self {
        self.extra.push((kind, bytes.to_vec()));
        self
    }

    /// The container.
    pub fn build(&self) -> Vec<u8> {
        let mut sections = vec![
            (section::BITSTREAM, Vec::new()),
            (section::MEM_TOPOLOGY, self.topology()),
            (section::IP_LAYOUT, self.ip_layout()),
            (section::CONNECTIVITY, self.connectivity()),
            (section::CLOCK_FREQ_TOPOLOGY, self.clocks()),
            (section::EMBEDDED_METADATA, self.metadata().into_bytes()),
            (section::BUILD_METADATA, b"{}".to_vec()),
        ];
        if let Some(identity) = &self.identity {
            sections.push((section::USER_METADATA, identity.to_bytes()));
        }
        sections.extend(self.extra.iter().cloned());
        self.assemble(&sections)
    }

    fn assemble(&self, sections: &[(u32, Vec<u8>)]) -> Vec<u8> {
        let mut offset = size_of::<Top>() + sections.len() * size_of::<SectionHeader>();
        let mut headers = Vec::new();
        let mut body = Vec::new();
        for (kind, data) in sections {
            let padding = offset.next_multiple_of(8) - offset;
            body.extend(std::iter::repeat_n(0, padding));
            offset += padding;
            headers.push(SectionHeader {
                kind: *kind,
                offset: offset as u64,
                bytes: data.len() as u64,
                ..SectionHeader::zeroed()
            });
            body.extend(data);
            offset += data.len();
        }
        let top = Top {
            magic: layout::MAGIC,
            signature_bytes: layout::UNSIGNED,
            reserved: [0xff; 28],
            length: offset as u64,
            version_major: 2,
            platform_vbnv: padded(&self.platform),
            uuid: self.uuid,
            num_sections: sections.len() as u32,
            ..Top::zeroed()
        };
        let mut bytes = bytemuck::bytes_of(&top).to_vec();
        bytes.extend(bytemuck::cast_slice::<_, u8>(&headers));
        bytes.extend(body);
        bytes
    }

    fn topology(&self) -> Vec<u8> {
        let banks = self.banks.iter().map(|(tag, base_address, bytes)| {
            let kind = match tag.starts_with("HBM") {
                true => memory_type::HBM,
                false => memory_type::DDR4,
            };
            layout::MemoryData {
                kind,
                used: 1,
                kibibytes: bytes / 1024,
                base_address: *base_address,
                tag: padded(tag),
                ..Zeroable::zeroed()
            }
        });
        counted(banks.collect(), layout::WIDE_COUNT_BYTES)
    }

    fn ip_layout(&self) -> Vec<u8> {
        let units = self.units.iter().enumerate();
        let units = units.map(|(index, (kernel, instance, _))| layout::IpData {
            kind: layout::IP_KERNEL,
            properties: layout::AP_CTRL_CHAIN << layout::IP_CONTROL_SHIFT,
            base_address: unit_address(index),
            name: padded(&format!("{}:{instance}", kernel.name)),
        });
        counted(units.collect(), layout::WIDE_COUNT_BYTES)
    }

    fn connectivity(&self) -> Vec<u8> {
        let mut connections = Vec::new();
        for (ip, (kernel, _, banks)) in self.units.iter().enumerate() {
            let buffers = kernel.arguments.iter().enumerate();
            for (argument, _) in buffers.filter(|(_, a)| a.kind == ArgumentKind::Buffer) {
                connections.extend(banks.iter().map(|&memory| layout::Connection {
                    argument: argument as i32,
                    ip: ip as i32,
                    memory: memory as i32,
                }));
            }
        }
        counted(connections, layout::CONNECTIVITY_COUNT_BYTES)
    }

    fn clocks(&self) -> Vec<u8> {
        let clock = layout::ClockFrequency {
            mhz: self.clock_mhz,
            kind: layout::CLOCK_DATA,
            unused: [0; 5],
            name: padded("DATA_CLK"),
        };
        counted(vec![clock], layout::CLOCK_COUNT_BYTES)
    }

    fn metadata(&self) -> String {
        let mut kernels: Vec<&KernelMetadata> = Vec::new();
        for (kernel, _, _) in &self.units {
            if !kernels.iter().any(|found| found.name == kernel.name) {
                kernels.push(kernel);
            }
        }
        let clock_mhz = self.clock_mhz;
        let mut xml = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <project name=\"vegalith\">\n\
             <platform vendor=\"xilinx\" boardid=\"card\" name=\"{}\" featureRomTime=\"0\">\n\
             <version major=\"1\" minor=\"0\"/>\n\
             <device name=\"fpga0\" fpgaDevice=\"\" addrWidth=\"0\">\n\
             <core name=\"OCL_REGION_0\" target=\"bitstream\" type=\"clc_region\" \
             clockFreq=\"{clock_mhz}MHz\" numComputeUnits=\"60\">\n",
            self.platform
        );
        for kernel in kernels {
            xml += &format!(
                "<kernel name=\"{}\" language=\"rtl\" vlnv=\"\" attributes=\"\" \
                 preferredWorkGroupSizeMultiple=\"1\" workGroupSize=\"1\" debug=\"false\" \
                 interrupt=\"true\" hwControlProtocol=\"ap_ctrl_chain\">\n\
                 <port name=\"M_AXI_GMEM0\" mode=\"master\" range=\"0xFFFFFFFFFFFFFFFF\" \
                 dataWidth=\"512\" portType=\"addressable\" base=\"0x0\"/>\n\
                 <port name=\"S_AXI_CONTROL\" mode=\"slave\" range=\"0x1000\" dataWidth=\"32\" \
                 portType=\"addressable\" base=\"0x0\"/>\n",
                kernel.name
            );
            for (id, argument) in kernel.arguments.iter().enumerate() {
                let (qualifier, port, kind) = match argument.kind {
                    ArgumentKind::Value => (0, "S_AXI_CONTROL", "uint"),
                    ArgumentKind::Buffer => (1, "M_AXI_GMEM0", "void*"),
                };
                xml += &format!(
                    "<arg name=\"{}\" addressQualifier=\"{qualifier}\" id=\"{id}\" \
                     port=\"{port}\" size=\"{:#x}\" offset=\"{:#x}\" hostOffset=\"0x0\" \
                     hostSize=\"{:#x}\" type=\"{kind}\" memSize=\"\"/>\n",
                    argument.name, argument.bytes, argument.offset, argument.bytes
                );
            }
            let mine = self.units.iter().enumerate();
            for (index, (_, instance, _)) in mine.filter(|(_, unit)| unit.0.name == kernel.name) {
                xml += &format!(
                    "<instance name=\"{instance}\"><addrRemap base=\"{:#x}\" \
                     range=\"{UNIT_ADDRESS_BYTES:#x}\" port=\"S_AXI_CONTROL\"/></instance>\n",
                    unit_address(index)
                );
            }
            xml += "</kernel>\n";
        }
        xml + "</core>\n</device>\n</platform>\n</project>\n"
    }
}

fn unit_address(index: usize) -> u64 {
    FIRST_UNIT_ADDRESS + index as u64 * UNIT_ADDRESS_BYTES
}

/// Text in a field of fixed size, cut off so that a zero ends it.
fn padded<T: Pod>(text: &str) -> T {
    let mut field = T::zeroed();
    let bytes = bytemuck::bytes_of_mut(&mut field);
    let length = text.len().min(bytes.len() - 1);
    bytes[..length].copy_from_slice(&text.as_bytes()[..length]);
    field
}

fn counted<T: Pod>(items: Vec<T>, count_bytes: usize) -> Vec<u8> {
    let mut bytes = (items.len() as u64).to_le_bytes()[..count_bytes].to_vec();
    items
        .iter()
        .for_each(|item| bytes.extend(bytemuck::bytes_of(item)));
    bytes
}
