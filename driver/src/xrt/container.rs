//! The container of an `.xclbin`: sections that lie where the headers say, and nowhere else.

use bytemuck::Pod;

use super::layout;
use super::xclbin::{wrong, XclbinError};

/// Section headers whose sections all lie in the container.
pub(super) struct Container<'a> {
    bytes: &'a [u8],
    pub top: layout::Top,
    sections: Vec<layout::SectionHeader>,
}

impl<'a> Container<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, XclbinError> {
        const TOP_BYTES: usize = size_of::<layout::Top>();
        const HEADER_BYTES: usize = size_of::<layout::SectionHeader>();
        if !bytes.starts_with(&layout::MAGIC) {
            let start = &bytes[..bytes.len().min(8)];
            return Err(wrong(
                "its magic",
                "\"xclbin2\\0\"",
                format_args!("\"{}\"", start.escape_ascii()),
            ));
        }
        let Some(start) = bytes.get(..TOP_BYTES) else {
            return Err(wrong(
                "its size",
                format_args!("at least {TOP_BYTES} bytes"),
                format_args!("{} bytes", bytes.len()),
            ));
        };
        let top: layout::Top = bytemuck::pod_read_unaligned(start);
        if top.length != bytes.len() as u64 {
            return Err(wrong(
                "its size",
                format_args!("{} bytes, as its header says", top.length),
                format_args!("{} bytes", bytes.len()),
            ));
        }
        let num_sections = top.num_sections;
        let headers_end = TOP_BYTES as u64 + u64::from(num_sections) * HEADER_BYTES as u64;
        if num_sections == 0
            || num_sections > layout::MAX_SECTIONS
            || headers_end > bytes.len() as u64
        {
            return Err(wrong(
                "the number of its sections",
                "one whose headers fit",
                num_sections,
            ));
        }
        let sections = bytes[TOP_BYTES..headers_end as usize]
            .chunks_exact(HEADER_BYTES)
            .map(bytemuck::pod_read_unaligned::<layout::SectionHeader>)
            .collect::<Vec<_>>();
        for header in &sections {
            let end = header.offset.checked_add(header.bytes);
            if header.offset < headers_end || end.is_none_or(|end| end > bytes.len() as u64) {
                return Err(wrong(
                    format!("the place of section {}", header.kind),
                    format_args!("inside bytes {headers_end} to {}", bytes.len()),
                    format_args!("{} bytes from {} on", header.bytes, header.offset),
                ));
            }
        }
        Ok(Container {
            bytes,
            top,
            sections,
        })
    }

    pub(super) fn find(&self, kind: u32) -> Option<&'a [u8]> {
        let header = self.sections.iter().find(|header| header.kind == kind)?;
        let start = header.offset as usize;
        self.bytes.get(start..start + header.bytes as usize)
    }

    pub(super) fn need(&self, kind: u32) -> Result<&'a [u8], XclbinError> {
        self.find(kind).ok_or_else(|| {
            let kinds: Vec<_> = self.sections.iter().map(|s| s.kind.to_string()).collect();
            wrong(
                "the list of its sections",
                format_args!("one with kind {kind}"),
                kinds.join(", "),
            )
        })
    }
}

/// Entries of a section that starts with their number.
pub(super) fn entries<T: Pod>(
    what: &str,
    bytes: &[u8],
    count: Option<i64>,
    count_bytes: usize,
) -> Result<Vec<T>, XclbinError> {
    let space = bytes.len().saturating_sub(count_bytes) / size_of::<T>();
    let fits = |count: &i64| (0..=space as i64).contains(count);
    match count.filter(fits) {
        Some(count) => Ok(bytes[count_bytes.min(bytes.len())..]
            .chunks_exact(size_of::<T>())
            .take(count as usize)
            .map(bytemuck::pod_read_unaligned)
            .collect()),
        None => Err(wrong(
            format!("the number of {what}"),
            format_args!("at most {space}, which fit into its section"),
            count.map_or("cut off".to_owned(), |count| count.to_string()),
        )),
    }
}

pub(super) fn count_i32(bytes: &[u8]) -> Option<i64> {
    let bytes = bytes.get(..4)?.try_into().ok()?;
    Some(i64::from(i32::from_le_bytes(bytes)))
}

/// Zero-terminated text.
pub(super) fn text(what: &str, bytes: &[u8]) -> Result<String, XclbinError> {
    let end = bytes.iter().position(|&byte| byte == 0);
    end.and_then(|end| std::str::from_utf8(&bytes[..end]).ok())
        .map(str::to_owned)
        .ok_or_else(|| wrong(what, "zero-terminated text", bytes.escape_ascii()))
}
