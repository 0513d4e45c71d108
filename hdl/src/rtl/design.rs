//! From a rust-hdl hierarchy and arithmetic modules to a set of files.

use rust_hdl::prelude::*;

use crate::arith::ModuleSet;

const HEAD: &str = "/* verilator lint_off DECLFILENAME */ // one file holds the whole hierarchy
";

/// One Verilog file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerilogFile {
    /// File name without a directory, `.v` included.
    pub name: String,
    /// Contents.
    pub text: String,
}

/// A complete design: everything that Verilator or a synthesiser needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Design {
    /// Name of the top module.
    pub top: String,
    /// The hierarchy's file first, then the arithmetic modules in a fixed order.
    pub files: Vec<VerilogFile>,
    /// C++ sources of the fast multiplier leaves: name and text.
    pub dpi_sources: Vec<(String, String)>,
}

impl Design {
    /// Prints a checked hierarchy under the module name `top`.
    ///
    /// Fails if an input of an inner block or an output is not driven, an output is read before it
    /// is written in a cycle (a combinational loop), or an input is written from inside.
    pub(crate) fn from_block<B: Block>(top: &str, mut block: B) -> Result<Design, String> {
        block.connect_all();
        check_all(&block).map_err(|error| format!("{top}: {error:?}"))?;
        let text = generate_verilog_unchecked(&block)
            .replace("module top(", &format!("module {top}("))
            .replace("endmodule // top\n", &format!("endmodule // {top}\n"))
            .replace("top$", &format!("{top}$"));
        Ok(Design {
            top: top.to_owned(),
            files: vec![VerilogFile {
                name: format!("{top}.v"),
                text: format!("{HEAD}{text}"),
            }],
            dpi_sources: Vec::new(),
        })
    }

    /// Adds everything that another design is made of.
    pub(crate) fn add(&mut self, other: Design) {
        self.files.extend(other.files);
        self.dpi_sources.extend(other.dpi_sources);
    }

    /// Adds arithmetic modules, one file each, and their fast leaves.
    pub(crate) fn add_modules(&mut self, modules: &ModuleSet) {
        self.files
            .extend(modules.files.iter().map(|module| VerilogFile {
                name: format!("{}.v", module.name),
                text: module.text.clone(),
            }));
        self.dpi_sources.extend(modules.dpi_sources.iter().cloned());
    }
}
