//! What the arithmetic is cut for.

/// Technology that a graph is generated for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// For people and manifests.
    pub name: &'static str,
    /// Operand widths (wider first) of one unsigned multiplier tile.
    pub tile: (usize, usize),
    /// Registers behind a tile: 2 lets the synthesiser use those inside a DSP block.
    pub tile_latency: usize,
    /// Whether a tile is a module that instantiates the device's multiplier block, because the
    /// synthesiser would not use the block's registers; `tile_latency` is then the block's.
    pub instantiates_tiles: bool,
    /// Longest carry chain of a stage, in bits.
    pub carry_bits: usize,
    /// Layers of 3:2 compressors between two registers.
    pub compressor_layers: usize,
    /// log2 of the words of the deepest memory that is to be made of logic: one that is read in the
    /// cycle of its address.
    pub log_lut_ram_words: usize,
}

impl Target {
    /// UltraScale+: DSP48E2 as 26×17 unsigned, carries of 32 bits.
    pub fn ultrascale_plus() -> Self {
        Target {
            name: "ultrascale_plus",
            tile: (26, 17),
            tile_latency: 2,
            instantiates_tiles: false,
            carry_bits: 32,
            compressor_layers: 2,
            log_lut_ram_words: 8,
        }
    }

    /// Lattice ECP5: MULT18X18D with its registers, carries of 24 bits. The Verilog takes the
    /// device's blocks where `VEGALITH_ECP5` is defined.
    pub fn ecp5() -> Self {
        Target {
            name: "ecp5",
            tile: (18, 18),
            tile_latency: super::tile::LATENCY_CYCLES,
            instantiates_tiles: true,
            carry_bits: 24,
            compressor_layers: 1,
            log_lut_ram_words: 5,
        }
    }

    /// Standard cells: one wide product, left to the synthesiser to retime over 6 registers.
    pub fn asic() -> Self {
        Target {
            name: "asic",
            tile: (512, 512),
            tile_latency: 6,
            instantiates_tiles: false,
            carry_bits: 64,
            compressor_layers: 3,
            log_lut_ram_words: 8,
        }
    }
}
