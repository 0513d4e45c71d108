//! Reading an `.xclbin`, mistrustfully: XRT follows every offset and count in it unchecked and
//! crashes the process on garbage, so nothing is handed to it that has not passed here.

use super::container::{count_i32, entries, text, Container};
use super::layout::{self, memory_type, section};
use super::metadata::{self, ArgumentKind, KernelMetadata};
use super::words::IdentityWords;

/// Why bytes are not an image that can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a usable .xclbin: {what} is {found}, expected {expected}")]
pub struct XclbinError {
    /// What is wrong.
    pub what: String,
    /// What must be there.
    pub expected: String,
    /// What is there.
    pub found: String,
}

pub(super) fn wrong(
    what: impl Into<String>,
    expected: impl std::fmt::Display,
    found: impl std::fmt::Display,
) -> XclbinError {
    XclbinError {
        what: what.into(),
        expected: expected.to_string(),
        found: found.to_string(),
    }
}

/// A memory bank of the image's shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemoryBank {
    /// Name: `DDR[0]`, `HBM[3]`.
    pub tag: String,
    /// Size.
    pub bytes: u64,
    /// Whether it holds buffers of a kernel: present, and neither a stream nor memory of the host.
    pub holds_buffers: bool,
}

/// One instance of a kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComputeUnit {
    /// Name of the kernel.
    pub kernel: String,
    /// Name of the instance.
    pub instance: String,
    /// For each argument that reaches memory, its index and the indices of the banks.
    pub banks: Vec<(usize, Vec<usize>)>,
}

impl ComputeUnit {
    /// Banks that every one of its arguments reaches.
    pub fn common_banks(&self) -> Vec<usize> {
        let mut lists = self.banks.iter().map(|(_, banks)| banks);
        let Some(first) = lists.next() else {
            return Vec::new();
        };
        let mut common = first.clone();
        for banks in lists {
            common.retain(|bank| banks.contains(bank));
        }
        common
    }
}

/// What an `.xclbin` says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Xclbin {
    /// Name of the shell that it was built for.
    pub platform: String,
    /// Its own UUID.
    pub uuid: [u8; 16],
    /// Frequency of the kernel clock, if it is given.
    pub clock_mhz: Option<u16>,
    /// Memory banks (groups of them, where the image has groups), by the index that XRT uses.
    pub banks: Vec<MemoryBank>,
    /// Instances of kernels.
    pub compute_units: Vec<ComputeUnit>,
    /// Kernels with their arguments.
    pub kernels: Vec<KernelMetadata>,
    /// Words of the kernel's identification block, if the build flow put them into the image.
    pub identity: Option<IdentityWords>,
}

impl Xclbin {
    /// Reads and checks a whole container.
    ///
    /// # Errors
    /// The first thing that is not as the format, or XRT, wants it.
    pub fn parse(bytes: &[u8]) -> Result<Self, XclbinError> {
        let container = Container::parse(bytes)?;
        // Groups of banks replace the banks wherever they exist: XRT resolves indices in them.
        let topology = container
            .find(section::GROUP_TOPOLOGY)
            .map_or_else(|| container.need(section::MEM_TOPOLOGY), Ok)?;
        let connectivity = container
            .find(section::GROUP_CONNECTIVITY)
            .map_or_else(|| container.need(section::CONNECTIVITY), Ok)?;
        let banks = parse_banks(topology)?;
        let compute_units = parse_units(
            container.need(section::IP_LAYOUT)?,
            connectivity,
            banks.len(),
        )?;
        let xml = container.need(section::EMBEDDED_METADATA)?;
        let xml = std::str::from_utf8(xml)
            .map_err(|error| wrong("the embedded metadata", "UTF-8 text", error))?;
        let kernels = metadata::parse(xml.trim_end_matches('\0'))?;
        check_units(&compute_units, &kernels)?;
        Ok(Xclbin {
            platform: text(
                "the platform's name",
                bytemuck::bytes_of(&container.top.platform_vbnv),
            )?,
            uuid: container.top.uuid,
            clock_mhz: clock(&container),
            banks,
            compute_units,
            kernels,
            identity: container
                .find(section::USER_METADATA)
                .and_then(IdentityWords::from_bytes),
        })
    }

    /// The compute unit that is asked for, or the only one there is.
    ///
    /// # Errors
    /// No such unit, or more than one to choose from.
    pub fn select(
        &self,
        kernel: Option<&str>,
        instance: Option<&str>,
    ) -> Result<(&ComputeUnit, &KernelMetadata), XclbinError> {
        let matching: Vec<_> = self
            .compute_units
            .iter()
            .filter(|unit| kernel.is_none_or(|name| name == unit.kernel))
            .filter(|unit| instance.is_none_or(|name| name == unit.instance))
            .collect();
        let all = || {
            let names = self.compute_units.iter();
            let names: Vec<_> = names
                .map(|unit| format!("{}:{}", unit.kernel, unit.instance))
                .collect();
            names.join(", ")
        };
        let asked = format!("{}:{}", kernel.unwrap_or("*"), instance.unwrap_or("*"));
        match matching[..] {
            [unit] => {
                let metadata = self.kernels.iter().find(|found| found.name == unit.kernel);
                let metadata = metadata.ok_or_else(|| wrong("a kernel", &unit.kernel, "none"))?;
                Ok((unit, metadata))
            }
            [] => Err(wrong("the list of compute units", asked, all())),
            _ => Err(wrong(
                "the choice of a compute unit",
                format!("one of {}", all()),
                asked,
            )),
        }
    }
}

fn parse_banks(bytes: &[u8]) -> Result<Vec<MemoryBank>, XclbinError> {
    use layout::{MemoryData, WIDE_COUNT_BYTES};
    let found: Vec<MemoryData> = entries("banks", bytes, count_i32(bytes), WIDE_COUNT_BYTES)?;
    let bank = |data: MemoryData| {
        use memory_type::{BRAM, DDR3, DDR4, DRAM, HBM, URAM};
        let memory = matches!(data.kind, DDR3 | DDR4 | DRAM | HBM | BRAM | URAM);
        let tag = text("a bank's name", &data.tag)?;
        Ok(MemoryBank {
            bytes: data.kibibytes.saturating_mul(1024),
            // Memory of the host is listed as DRAM.
            holds_buffers: memory && data.used != 0 && !tag.starts_with("HOST"),
            tag,
        })
    };
    found.into_iter().map(bank).collect()
}

fn parse_units(
    ip_layout: &[u8],
    connectivity: &[u8],
    num_banks: usize,
) -> Result<Vec<ComputeUnit>, XclbinError> {
    use layout::{Connection, IpData, CONNECTIVITY_COUNT_BYTES, WIDE_COUNT_BYTES};
    let ips: Vec<IpData> = entries("IPs", ip_layout, count_i32(ip_layout), WIDE_COUNT_BYTES)?;
    let connections: Vec<Connection> = entries(
        "connections",
        connectivity,
        count_i32(connectivity),
        CONNECTIVITY_COUNT_BYTES,
    )?;
    for connection in &connections {
        let Connection {
            argument,
            ip,
            memory,
        } = *connection;
        let inside = |index: i32, length: usize| index >= 0 && (index as usize) < length;
        if argument < 0 || !inside(ip, ips.len()) || !inside(memory, num_banks) {
            return Err(wrong(
                "a connection",
                format_args!("between one of {} IPs and {num_banks} banks", ips.len()),
                format_args!("argument {argument} of IP {ip} to bank {memory}"),
            ));
        }
    }
    let mut units = Vec::new();
    for (index, ip) in ips.iter().enumerate() {
        if ip.kind != layout::IP_KERNEL {
            continue;
        }
        let name = text("an IP's name", bytemuck::bytes_of(&ip.name))?;
        let Some((kernel, instance)) = name.split_once(':') else {
            return Err(wrong("the name of an IP", "kernel:instance", name));
        };
        let mut banks: Vec<(usize, Vec<usize>)> = Vec::new();
        for connection in connections.iter().filter(|c| c.ip as usize == index) {
            let (argument, memory) = (connection.argument as usize, connection.memory as usize);
            match banks.iter_mut().find(|(found, _)| *found == argument) {
                Some((_, list)) => list.push(memory),
                None => banks.push((argument, vec![memory])),
            }
        }
        units.push(ComputeUnit {
            kernel: kernel.to_owned(),
            instance: instance.to_owned(),
            banks,
        });
    }
    Ok(units)
}

/// XRT indexes a kernel's arguments with what the connectivity says.
fn check_units(units: &[ComputeUnit], kernels: &[KernelMetadata]) -> Result<(), XclbinError> {
    for unit in units {
        let Some(kernel) = kernels.iter().find(|kernel| kernel.name == unit.kernel) else {
            let names: Vec<_> = kernels.iter().map(|kernel| &*kernel.name).collect();
            return Err(wrong(
                format!("the kernel of compute unit {}", unit.instance),
                format_args!("one of the metadata's ({})", names.join(", ")),
                &unit.kernel,
            ));
        };
        let is_buffer = |index: usize| {
            let argument = kernel.arguments.get(index);
            argument.is_some_and(|argument| argument.kind == ArgumentKind::Buffer)
        };
        if let Some((index, _)) = unit.banks.iter().find(|(index, _)| !is_buffer(*index)) {
            return Err(wrong(
                format!("a connection of {}", unit.instance),
                format_args!("of a buffer among {} arguments", kernel.arguments.len()),
                format_args!("of argument {index}"),
            ));
        }
    }
    Ok(())
}

fn clock(container: &Container<'_>) -> Option<u16> {
    use layout::{ClockFrequency, CLOCK_COUNT_BYTES, CLOCK_DATA};
    let bytes = container.find(section::CLOCK_FREQ_TOPOLOGY)?;
    let count = i64::from(i16::from_le_bytes(bytes.get(..2)?.try_into().ok()?));
    let clocks: Vec<ClockFrequency> =
        entries("clocks", bytes, Some(count), CLOCK_COUNT_BYTES).ok()?;
    let data = clocks.iter().find(|clock| clock.kind == CLOCK_DATA)?;
    Some(data.mhz)
}
