//! Malformed requests: refused before they reach a kernel, by name and index.

use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_ff::{AdditiveGroup, Field, PrimeField};
use vegalith::files::{read_scalars, FileError};
use vegalith::{
    Backend, Bases, BasesId, BasesOptions, Curve, Elements, Error, Job, NttOptions, Scalars,
};

use crate::support::{
    msm, on_every_curve, points, random_scalars, rng, soon, Bls12_381, Bn254, Case, Engine, TRUSTED,
};

const CHECKED: BasesOptions = BasesOptions { trusted: false };

on_every_curve!(counts_must_match, bases_must_be_on_the_curve);

fn invalid(text: &str) -> Error {
    Error::InvalidInput(text.to_owned())
}

fn counts_must_match<C: Engine>() {
    let mut rng = rng(10);
    let device = C::shared();
    let id = device
        .load_bases(&C::bases(points(4, &mut rng)), TRUSTED)
        .unwrap();
    let submit = |n: usize| {
        let scalars = C::scalars(vec![C::ScalarField::ONE; n]);
        device.submit(msm(id, &scalars), soon())
    };
    assert_eq!(submit(0), Err(invalid("scalars: there are none")));
    assert_eq!(submit(5), Err(invalid("5 scalars for 4 bases")));
    assert!(device.wait(submit(4).unwrap()).is_ok());
    let none = device.load_bases(&C::bases(vec![]), TRUSTED);
    assert_eq!(none, Err(invalid("bases: there are none")));
}

fn bases_must_be_on_the_curve<C: Engine>() {
    let mut rng = rng(11);
    let good = points::<C>(9, &mut rng);
    let mut bad = good.clone();
    bad[6] = Affine::new_unchecked(good[6].x, good[6].y + C::BaseField::ONE);
    bad[8] = bad[6];
    let refused = C::shared().load_bases(&C::bases(bad), CHECKED);
    let expected = invalid("base 6: the point is not on the curve");
    assert_eq!(refused, Err(expected));
    assert!(C::shared().load_bases(&C::bases(good), CHECKED).is_ok());
}

#[test]
fn bases_must_be_in_the_subgroup() {
    // BN254 G1 has no other points.
    let outside = (1u64..)
        .find_map(|x| {
            let point = Affine::<Bls12_381>::get_point_from_x_unchecked(x.into(), false)?;
            (!Bls12_381::is_in_correct_subgroup_assuming_on_curve(&point)).then_some(point)
        })
        .unwrap();
    let mut set = points::<Bls12_381>(5, &mut rng(12));
    set[3] = outside;
    let refused = Bls12_381::shared().load_bases(&Bls12_381::bases(set), CHECKED);
    let expected = invalid("base 3: the point is not in the prime-order subgroup");
    assert_eq!(refused, Err(expected));
}

/// [`Scalars`] cannot hold a value that is not below the group order; the reader refuses it.
#[test]
fn scalars_must_be_below_the_order() {
    fn order<F: PrimeField>() -> Vec<u8> {
        let limbs = F::MODULUS;
        limbs
            .as_ref()
            .iter()
            .flat_map(|l| l.to_le_bytes())
            .collect()
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scalars");
    for (curve, order) in [
        (Curve::Bn254, order::<ark_bn254::Fr>()),
        (Curve::Bls12_381, order::<ark_bls12_381::Fr>()),
    ] {
        let mut largest = order.clone();
        largest[0] -= 1;
        let bytes = [vec![0; 32], largest.clone(), order, vec![0xff; 32]].concat();
        std::fs::write(&path, &bytes).unwrap();
        match read_scalars(&path, curve, 4) {
            Err(FileError::Item { index, item, .. }) => {
                assert_eq!((index, item), (2, format!("{curve} scalar")));
            }
            other => panic!("{curve}: {other:?}"),
        }
        std::fs::write(&path, &bytes[..64]).unwrap();
        assert_eq!(read_scalars(&path, curve, 4).unwrap().len(), 2);
    }
}

#[test]
fn what_no_kernel_offers_is_refused() {
    let device = Bn254::shared();
    let mut rng = rng(13);
    let unsupported = |found: Result<BasesId, Error>, text: &str| match found {
        Err(Error::Unsupported { backend, what }) => {
            assert_eq!(
                (backend.as_str(), what.as_str()),
                ("sim:msm-bn254-demo", text)
            );
        }
        other => panic!("{text}: {other:?}"),
    };
    let other_curve = Bls12_381::bases(points(1, &mut rng));
    unsupported(
        device.load_bases(&other_curve, TRUSTED),
        "MSM in bls12-381 g1",
    );
    let g2 = Bases::Bn254G2(vec![Default::default()].into());
    unsupported(device.load_bases(&g2, TRUSTED), "MSM in bn254 g2");

    let input = Elements::Bn254Fr(vec![ark_bn254::Fr::ZERO; 4].into());
    let options = NttOptions::default();
    let transform = device.submit(Job::Ntt { input, options }, soon());
    assert!(
        matches!(transform, Err(Error::Unsupported { .. })),
        "{transform:?}"
    );
}

#[test]
fn mixed_up_operands_are_refused() {
    let device = Bn254::shared();
    let mut rng = rng(14);
    let scalars = Bn254::scalars(random_scalars::<Bn254>(2, &mut rng));
    let unknown = device.submit(msm(BasesId([7; 32]), &scalars), soon());
    assert!(
        matches!(unknown, Err(Error::Unknown { kind: "bases", .. })),
        "{unknown:?}"
    );
    let case = Case::random::<Bn254>(2, 15);
    let id = device.load_bases(&case.bases, TRUSTED).unwrap();
    let other = Scalars::Bls12_381(vec![ark_bls12_381::Fr::ONE].into());
    assert_eq!(
        device.submit(msm(id, &other), soon()),
        Err(invalid("scalars are of bls12-381, bases of bn254"))
    );
    case.succeeds_on(device, "the same bases with scalars of their own");
}
