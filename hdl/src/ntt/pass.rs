//! The parameters of a pass, as one bus: each block names the fields that it needs.

/// What the scaler multiplies by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Factor {
    /// 1.
    One = 0,
    /// SCALE.
    Scale = 1,
    /// SCALE·g^−(N−1).
    ScaleCoset = 2,
    /// g^n, n the index in device memory; inverse: g^(N−1−n).
    Coset = 3,
    /// ω_N^(row·column); inverse: its inverse.
    Twiddle = 4,
}

/// Fields from the lowest bit up: name and width.
const FIELDS: [(&str, usize); 9] = [
    // log2 of the transform's size.
    ("log_size", 6),
    // log2 of the points of this pass's transforms, at least 1.
    ("log_rows", 6),
    // log2 of the transforms side by side in a tile.
    ("log_columns", 6),
    // log2 of the elements from one row to the next where rows are strided.
    ("log_stride", 6),
    // Rows of a tile lie apart from each other; otherwise tiles are contiguous, column by column.
    ("read_strided", 1),
    ("write_strided", 1),
    // No butterflies: elements keep their places.
    ("scale_only", 1),
    ("inverse", 1),
    // A `Factor`.
    ("factor", 3),
];

/// Width of the bus.
pub(super) const PASS_BITS: usize = {
    let mut bits = 0;
    let mut index = 0;
    while index < FIELDS.len() {
        bits += FIELDS[index].1;
        index += 1;
    }
    bits
};

/// Wires for the named fields of the bus `pass`.
pub(super) fn pass_wires(names: &[&str]) -> String {
    let mut text = String::new();
    let mut low = 0;
    for (name, bits) in FIELDS {
        if names.contains(&name) {
            text += &format!(
                "wire [{}:0] {name} = pass[{}:{low}];\n",
                bits - 1,
                low + bits - 1
            );
        }
        low += bits;
    }
    text + &format!(
        "wire unused_pass = &{{1'b0, pass, {}}};\n",
        names.join(", ")
    )
}

/// The expression of the bus from expressions of its fields, in the order of [`FIELDS`], each as
/// wide as its field.
pub(super) fn pass_expression(values: [&str; FIELDS.len()]) -> String {
    let mut highest_first = values;
    highest_first.reverse();
    format!("{{{}}}", highest_first.join(", "))
}
