//! The XML in the section `EMBEDDED_METADATA`: kernels and their arguments.

use super::xclbin::{wrong, XclbinError};

/// How an argument is passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgumentKind {
    /// Its bytes.
    Value,
    /// The address of a buffer.
    Buffer,
}

/// An argument of a kernel. Its index is its place in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// Name.
    pub name: String,
    /// Offset of its first register.
    pub offset: u32,
    /// Bytes of registers.
    pub bytes: u32,
    /// How it is passed.
    pub kind: ArgumentKind,
}

/// A kernel in an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KernelMetadata {
    /// Name.
    pub name: String,
    /// Arguments in the order of their indices.
    pub arguments: Vec<Argument>,
}

/// Largest argument: no register block is larger than a page.
const MAX_ARGUMENT_BYTES: u32 = 4096;

fn number(what: &str, value: &str) -> Result<u32, XclbinError> {
    let parsed = match value.strip_prefix("0x").or(value.strip_prefix("0X")) {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => value.parse(),
    };
    parsed.map_err(|_| wrong(what, "a number", format_args!("{value:?}")))
}

/// Kernels of `project/platform/device/core`.
pub(super) fn parse(xml: &str) -> Result<Vec<KernelMetadata>, XclbinError> {
    let document = roxmltree::Document::parse(xml)
        .map_err(|error| wrong("the embedded metadata", "XML", error))?;
    let mut kernels = Vec::new();
    let mut node = document.root_element();
    for tag in ["platform", "device", "core"] {
        let inner = node.children().find(|child| child.has_tag_name(tag));
        node = inner.ok_or_else(|| {
            let found = node.tag_name().name();
            wrong(
                "the embedded metadata",
                format_args!("a <{tag}> in <{found}>"),
                "none",
            )
        })?;
    }
    for kernel in node.children().filter(|node| node.has_tag_name("kernel")) {
        let name = kernel.attribute("name").unwrap_or_default().to_owned();
        let mut arguments = Vec::new();
        for node in kernel.descendants().filter(|node| node.has_tag_name("arg")) {
            let attribute = |key: &str| -> Result<&str, XclbinError> {
                node.attribute(key).ok_or_else(|| {
                    wrong(
                        format!("an argument of {name}"),
                        format_args!("one with an attribute {key}"),
                        "without",
                    )
                })
            };
            // Arguments without an index are the runtime's own.
            let Ok(id) = number("an index", attribute("id")?) else {
                continue;
            };
            let argument = Argument {
                name: attribute("name")?.to_owned(),
                offset: number("an argument's offset", attribute("offset")?)?,
                bytes: number("an argument's size", attribute("size")?)?,
                kind: match attribute("addressQualifier")? {
                    "0" => ArgumentKind::Value,
                    "1" | "2" => ArgumentKind::Buffer,
                    other => {
                        return Err(wrong("an argument's address qualifier", "0, 1 or 2", other))
                    }
                },
            };
            let bytes = argument.bytes;
            let whole = bytes > 0 && bytes <= MAX_ARGUMENT_BYTES && bytes.is_multiple_of(4);
            if !whole || (argument.kind == ArgumentKind::Buffer && bytes != 8) {
                return Err(wrong(
                    format!("the size of argument {}", argument.name),
                    "8 bytes for a buffer, whole words for a value",
                    format_args!("{bytes} bytes"),
                ));
            }
            arguments.push((id, argument));
        }
        arguments.sort_by_key(|&(id, _)| id);
        if let Some((expected, (found, _))) = (0..)
            .zip(&arguments)
            .find(|(expected, (found, _))| expected != found)
        {
            return Err(wrong(
                format!("the index of an argument of {name}"),
                expected,
                found,
            ));
        }
        kernels.push(KernelMetadata {
            name,
            arguments: arguments
                .into_iter()
                .map(|(_, argument)| argument)
                .collect(),
        });
    }
    Ok(kernels)
}
