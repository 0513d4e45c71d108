//! What every backend does with bases before it keeps them: identify them by digest and, unless
//! they are trusted, check that each point is in its group.

use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::encoding::{check_point, write_point};
use crate::{Bases, BasesId, BasesOptions, Error, Result};

/// Points hashed at a time: keeps the buffer of canonical bytes small.
const POINTS_PER_CHUNK: usize = 1024;

macro_rules! with_points {
    ($bases:expr, $points:ident => $body:expr) => {
        match $bases {
            Bases::Bn254G1($points) => $body,
            Bases::Bn254G2($points) => $body,
            Bases::Bls12_381G1($points) => $body,
            Bases::Bls12_381G2($points) => $body,
            Bases::Bls12_377G1($points) => $body,
        }
    };
}

impl Bases {
    /// SHA-256 over the names of curve and group, each followed by a zero byte, and the points'
    /// canonical bytes as files hold them.
    pub fn id(&self) -> BasesId {
        let mut hasher = Sha256::new();
        hasher.update(format!("{}\0{}\0", self.curve(), self.group()));
        with_points!(self, points => hash_points(points, &mut hasher));
        BasesId(hasher.finalize().into())
    }

    /// Checks that there are points and, unless `options` call them trusted, that each is on the
    /// curve and in the prime-order subgroup.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] naming the first point that is not.
    pub fn check(&self, options: BasesOptions) -> Result<()> {
        if self.is_empty() {
            return Err(Error::InvalidInput("bases: there are none".into()));
        }
        if options.trusted {
            return Ok(());
        }
        with_points!(self, points => check_points(points))
    }
}

fn hash_points<P: SWCurveConfig>(points: &[Affine<P>], hasher: &mut Sha256) {
    let mut bytes = Vec::new();
    for chunk in points.chunks(POINTS_PER_CHUNK) {
        bytes.clear();
        for point in chunk {
            write_point(point, &mut bytes);
        }
        hasher.update(&bytes);
    }
}

fn check_points<P: SWCurveConfig>(points: &[Affine<P>]) -> Result<()> {
    let fault = points
        .par_iter()
        .enumerate()
        .find_map_first(|(index, point)| Some((index, check_point(point).err()?)));
    match fault {
        Some((index, fault)) => Err(Error::InvalidInput(format!("base {index}: {fault}"))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ec::AffineRepr;
    use std::sync::Arc;

    #[test]
    fn digest_depends_on_every_point_and_on_the_group() {
        let g = ark_bn254::G1Affine::generator();
        let one = Bases::Bn254G1(Arc::new(vec![g]));
        let two = Bases::Bn254G1(Arc::new(vec![g, -g]));
        let swapped = Bases::Bn254G1(Arc::new(vec![-g, g]));
        assert_eq!(one.id(), Bases::Bn254G1(Arc::new(vec![g])).id());
        assert_ne!(one.id(), two.id());
        assert_ne!(two.id(), swapped.id());
        let infinity_381 = Bases::Bls12_381G1(Arc::new(vec![Affine::identity()]));
        let infinity_377 = Bases::Bls12_377G1(Arc::new(vec![Affine::identity()]));
        assert_ne!(infinity_381.id(), infinity_377.id());
    }

    #[test]
    fn digest_is_fixed() {
        // printf 'bn254\0g1\0' followed by 64 zero bytes, through sha256sum.
        let infinity = Bases::Bn254G1(Arc::new(vec![Affine::identity()]));
        let hex: String = infinity.id().0.iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(
            hex,
            "02d8d2118cc4e19ebe1851b81085715e2bb028c1359f7b72448cfc99e71e3014"
        );
    }

    #[test]
    fn the_first_bad_base_is_named() {
        let g = ark_bn254::G1Affine::generator();
        let bad = ark_bn254::G1Affine::new_unchecked(g.x, g.y + g.y);
        let bases = Bases::Bn254G1(Arc::new(vec![g, g, bad, g, bad]));
        let error = bases.check(BasesOptions::default()).unwrap_err();
        assert_eq!(
            error,
            Error::InvalidInput("base 2: the point is not on the curve".into())
        );
        assert_eq!(bases.check(BasesOptions { trusted: true }), Ok(()));
        let none = Bases::Bn254G1(Arc::new(vec![]));
        assert!(none.check(BasesOptions { trusted: true }).is_err());
    }
}
