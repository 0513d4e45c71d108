//! How many wait in a queue, as text for leaf blocks.

/// Statements of a clocked block that count up with `up` and down with `down`, in a register `count` of
/// `bits` bits, and keep `some` standing for count != 0, so that nothing compares it on a long way.
pub(crate) fn count_text(count: &str, bits: usize, up: &str, down: &str, some: &str) -> String {
    format!(
        "    {some} <= {up} || ({down} ? {count} != {bits}'d1 : {some});
    if ({up} && !{down}) {count} <= {count} + {bits}'d1;
    if ({down} && !{up}) {count} <= {count} - {bits}'d1;
"
    )
}
