//! Multiplications as calls, for fields where they are so long that copies of them would fill the
//! instruction cache (and take the compiler minutes).

use super::LaneField;
use crate::lanes::{Kernel, Simd};

/// What a field does in place and offers as calls.
pub trait Multiplier: LaneField {
    /// [`LaneField::mul`]
    fn mul_here(self, a: Self::E, b: Self::E) -> Self::E;
    /// [`LaneField::mul_add`]
    fn mul_add_here(self, a: Self::E, b: Self::E, c: Self::E) -> Self::E;
    /// [`LaneField::square_add`]
    fn square_add_here(self, a: Self::E, c: Self::E) -> Self::E;
}

struct Mul<'a, F: LaneField>(F, &'a F::E, &'a F::E);
struct MulAdd<'a, F: LaneField>(F, &'a F::E, &'a F::E, &'a F::E);
struct SquareAdd<'a, F: LaneField>(F, &'a F::E, &'a F::E);

impl<F: Multiplier> Kernel for Mul<'_, F> {
    type Output = F::E;
    #[inline(always)]
    fn run(self) -> F::E {
        self.0.mul_here(*self.1, *self.2)
    }
}
impl<F: Multiplier> Kernel for MulAdd<'_, F> {
    type Output = F::E;
    #[inline(always)]
    fn run(self) -> F::E {
        self.0.mul_add_here(*self.1, *self.2, *self.3)
    }
}
impl<F: Multiplier> Kernel for SquareAdd<'_, F> {
    type Output = F::E;
    #[inline(always)]
    fn run(self) -> F::E {
        self.0.square_add_here(*self.1, *self.2)
    }
}

#[inline(always)]
pub fn mul<S: Simd, F: Multiplier>(s: S, f: F, a: F::E, b: F::E) -> F::E {
    s.call(Mul(f, &a, &b))
}
#[inline(always)]
pub fn mul_add<S: Simd, F: Multiplier>(s: S, f: F, a: F::E, b: F::E, c: F::E) -> F::E {
    s.call(MulAdd(f, &a, &b, &c))
}
#[inline(always)]
pub fn square_add<S: Simd, F: Multiplier>(s: S, f: F, a: F::E, c: F::E) -> F::E {
    s.call(SquareAdd(f, &a, &c))
}
