//! One module a command: read, call the library, print.

pub mod demo;
pub mod devices;
pub mod flash;
pub mod generate;
pub mod msm;
pub mod ntt;
pub mod presets;
pub mod prove;
pub mod verify;

/// Names separated by commas, or a word for none.
fn list(names: &[String]) -> String {
    if names.is_empty() {
        "nothing".into()
    } else {
        names.join(", ")
    }
}
