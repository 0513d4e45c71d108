//! Libraries for one task on equal operands: arkworks, this project's CPU backend, and, with the feature
//! `peers`, others.

pub mod msm;
pub mod ntt;
#[cfg(feature = "peers")]
mod peers;

/// What was computed, turned into canonical bytes if it is to be compared.
pub type Answer = Box<dyn FnOnce() -> Vec<u8>>;

/// A library that does the task.
pub struct Contender<'a> {
    /// Its name.
    pub name: &'static str,
    /// Does the task once; operands stand ready.
    pub run: Box<dyn FnMut() -> Answer + 'a>,
}
