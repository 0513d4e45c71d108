//! Lists that end: reading stops at the first element too many, whatever the file goes on to hold.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, SeqAccess, Visitor};
use serde::{Serialize, Serializer};

/// At most `MOST` elements.
pub(super) struct UpTo<const MOST: usize, T>(pub Vec<T>);

impl<const MOST: usize, T: Serialize> Serialize for UpTo<MOST, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, const MOST: usize, T: Deserialize<'de>> Deserialize<'de> for UpTo<MOST, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Elements<const MOST: usize, T>(PhantomData<T>);
        impl<'de, const MOST: usize, T: Deserialize<'de>> Visitor<'de> for Elements<MOST, T> {
            type Value = Vec<T>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                write!(f, "an array of at most {MOST} values")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Vec<T>, A::Error> {
                let mut elements = Vec::new();
                while elements.len() < MOST {
                    match sequence.next_element()? {
                        Some(element) => elements.push(element),
                        None => return Ok(elements),
                    }
                }
                match sequence.next_element::<IgnoredAny>()? {
                    None => Ok(elements),
                    Some(_) => Err(A::Error::custom(format_args!(
                        "more than {MOST} values, expected at most {MOST}"
                    ))),
                }
            }
        }
        deserializer
            .deserialize_seq(Elements::<MOST, T>(PhantomData))
            .map(UpTo)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn no_element_after_the_first_too_many_is_looked_at() {
        static READ: AtomicUsize = AtomicUsize::new(0);
        struct Counted;
        impl<'de> Deserialize<'de> for Counted {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                READ.fetch_add(1, Ordering::Relaxed);
                u64::deserialize(deserializer).map(|_| Counted)
            }
        }
        let read = |text: &str| {
            READ.store(0, Ordering::Relaxed);
            let list = serde_json::from_str::<UpTo<3, Counted>>(text);
            let count = READ.load(Ordering::Relaxed);
            (
                list.map(|list| list.0.len())
                    .map_err(|error| error.to_string()),
                count,
            )
        };
        assert_eq!(read("[]"), (Ok(0), 0));
        assert_eq!(read("[1,2,3]"), (Ok(3), 3));
        // What follows is not even JSON.
        let (refusal, count) = read("[1,2,3,4,\u{1}");
        let refusal = refusal.unwrap_err();
        assert!(refusal.starts_with("more than 3 values"), "{refusal}");
        assert_eq!(count, 3);
    }
}
