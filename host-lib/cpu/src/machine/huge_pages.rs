//! Memory for what is large, and read or written in random order. Of pages of 4 KiB, the CPU's tables of addresses cover a few megabytes only;
//! Linux gives pages of 2 MiB to who asks for them, where `/sys/kernel/mm/transparent_hugepage/enabled` is `madvise`.

use rayon::prelude::*;

/// Bytes of a huge page.
#[cfg(any(target_os = "linux", test))]
const PAGE: usize = 2 << 20;

/// Makes room for `count` more values, in huge pages if they fill some and the system has them. What is reserved there
/// after `values` is gone may get such pages too.
pub fn reserve<T>(values: &mut Vec<T>, count: usize) {
    values.reserve_exact(count);
    #[cfg(target_os = "linux")]
    advise(values.spare_capacity_mut());
}

/// So many copies of a value, in huge pages likewise. All threads write them, as the system gives memory when it is touched.
pub fn filled<T: Copy + Send + Sync>(value: T, count: usize) -> Vec<T> {
    let mut values = Vec::new();
    reserve(&mut values, count);
    values.par_extend(rayon::iter::repeat_n(value, count).with_min_len(for_one::<T>()));
    values
}

/// The same values once more, likewise.
pub fn copied<T: Copy + Send + Sync>(values: &[T]) -> Vec<T> {
    let mut copy = Vec::new();
    reserve(&mut copy, values.len());
    copy.par_extend(values.par_iter().with_min_len(for_one::<T>()));
    copy
}

/// So few values that one thread writes them sooner than another wakes up.
fn for_one<T>() -> usize {
    (1 << 19) / size_of::<T>().max(1)
}

#[cfg(target_os = "linux")]
fn advise<T>(memory: &mut [core::mem::MaybeUninit<T>]) {
    use rustix::mm::{madvise, Advice};

    let bytes = size_of_val(memory);
    let start = memory.as_mut_ptr().cast::<u8>();
    let first = start.align_offset(PAGE);
    let len = bytes.saturating_sub(first) / PAGE * PAGE;
    if len > 0 {
        // SAFETY: the pages from `first` on are within `memory`, which is borrowed; the advice changes no contents. Memory in
        // small pages, if the system refuses, is as good.
        let _ = unsafe { madvise(start.wrapping_add(first).cast(), len, Advice::LinuxHugepage) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_memory_is_as_any_other() {
        for count in [0, 1, PAGE / 8 - 1, 3 * PAGE / 8 + 1] {
            let mut values = vec![7u64];
            reserve(&mut values, count);
            assert!(values.capacity() > count);
            values.extend(0..count as u64);
            assert!(values[0] == 7 && values[1..].iter().copied().eq(0..count as u64));
            assert_eq!(filled(7, count), vec![7; count]);
            assert_eq!(copied(&values), values);
        }
        let mut nothing = vec![(); 3];
        reserve(&mut nothing, PAGE);
        assert_eq!(nothing.len(), 3);
    }
}
