//! A query of a proving key: bases, one a variable, for an MSM with the variables' values.

use std::sync::Arc;

use ark_bn254::Fr;
use ark_ec::AffineRepr;

/// The bases of a query without those at infinity: a variable that does not occur in a matrix costs
/// neither memory nor cycles.
pub(crate) struct Query<G> {
    points: Arc<Vec<G>>,
    /// Variables of the points; `None` if every variable has one.
    positions: Option<Vec<u32>>,
    len: usize,
}

impl<G: AffineRepr> Query<G> {
    /// Drops the points at infinity; there are at most 2^32 points.
    pub fn new(points: Vec<G>) -> Self {
        let len = points.len();
        if points.iter().all(|point| !point.is_zero()) {
            return Query {
                points: Arc::new(points),
                positions: None,
                len,
            };
        }
        let (positions, points) = (0..)
            .zip(points)
            .filter(|(_, point)| !point.is_zero())
            .unzip();
        Query {
            points: Arc::new(points),
            positions: Some(positions),
            len,
        }
    }

    /// The points that are not at infinity.
    pub fn points(&self) -> &Arc<Vec<G>> {
        &self.points
    }

    /// The values that belong to [`Query::points`]; `values` has one for every variable of the query,
    /// and more if need be.
    pub fn scalars(&self, values: &Arc<Vec<Fr>>) -> Arc<Vec<Fr>> {
        match &self.positions {
            None if values.len() == self.len => values.clone(),
            None => Arc::new(values[..self.len].to_vec()),
            Some(positions) => Arc::new(positions.iter().map(|&i| values[i as usize]).collect()),
        }
    }

    /// The query with the points at infinity, as it was made.
    pub fn expanded(&self) -> Vec<G> {
        match &self.positions {
            None => self.points.to_vec(),
            Some(positions) => {
                let mut all = vec![G::zero(); self.len];
                for (position, point) in positions.iter().zip(self.points.iter()) {
                    all[*position as usize] = *point;
                }
                all
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_bn254::{G1Affine, G1Projective};
    use ark_ec::VariableBaseMSM;

    #[test]
    fn infinity_is_dropped_and_the_sum_stays() {
        let g = G1Affine::generator();
        let o = G1Affine::zero();
        let values = Arc::new((1u64..=5).map(Fr::from).collect::<Vec<_>>());
        for points in [
            vec![g, -g, g, g],
            vec![o, g, o, -g],
            vec![o, o],
            vec![g, g, g, g, o],
            vec![],
        ] {
            let query = Query::new(points.clone());
            assert_eq!(query.expanded(), points);
            let scalars = query.scalars(&values);
            assert_eq!(scalars.len(), query.points().len());
            assert!(query.points().iter().all(|point| !point.is_zero()));
            assert_eq!(
                G1Projective::msm(query.points(), &scalars).unwrap(),
                G1Projective::msm(&points, &values[..points.len()]).unwrap()
            );
        }
    }
}
