//! Which listings have a place near here?

use std::collections::HashMap;

use rstar::{RTree, primitives::GeomWithData};

/// Mean radius of the earth in km (IUGG). The earth is flatter than a sphere by a third of a
/// percent, which nobody who looks for a group within 25 km will notice.
const EARTH_RADIUS_KM: f64 = 6371.0088;

/// The farthest two places on earth can be from each other, in km.
pub const DISTANCE_KM_MAX: f64 = EARTH_RADIUS_KM * std::f64::consts::PI;

/// A point on the unit sphere. In space the straight line between two points grows with the
/// great circle between them, so the tree needs to know nothing of poles or of the date line.
/// Single precision places a point to within half a metre.
type Point = [f32; 3];
type Spot = GeomWithData<Point, u64>;

/// Where every listing is that can be visited: points on the earth by ordinal.
#[derive(Default)]
pub struct Geo {
    tree: RTree<Spot>,
    points: HashMap<u64, Box<[Point]>>,
}

/// Listings and how far they are from somewhere, in no order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Near {
    distances: Vec<(u64, f32)>,
}

impl Near {
    /// Listings by ordinal with their distance in km. An ordinal may come more than once; the
    /// nearest counts.
    pub fn new(distances: impl IntoIterator<Item = (u64, f32)>) -> Near {
        Near {
            distances: distances.into_iter().collect(),
        }
    }

    /// Every ordinal with a distance in km; a listing with several places may come several times.
    pub fn iter(&self) -> impl Iterator<Item = (u64, f32)> {
        self.distances.iter().copied()
    }

    /// Whether nothing is near.
    pub fn is_empty(&self) -> bool {
        self.distances.is_empty()
    }
}

impl Geo {
    /// Nothing is anywhere yet.
    pub fn new() -> Geo {
        Geo::default()
    }

    /// All listings at once: several times faster than one by one, and the tree is better packed.
    /// Each comes with its ordinal and its points as (latitude, longitude) in degrees.
    pub fn bulk(listings: impl IntoIterator<Item = (u64, Vec<(f64, f64)>)>) -> Geo {
        let points: HashMap<u64, Box<[Point]>> = listings
            .into_iter()
            .map(|(ordinal, places)| (ordinal, points_of(&places)))
            .filter(|(_, points)| !points.is_empty())
            .collect();
        let spots = points
            .iter()
            .flat_map(|(ordinal, points)| points.iter().map(|point| Spot::new(*point, *ordinal)))
            .collect();
        Geo {
            tree: RTree::bulk_load(spots),
            points,
        }
    }

    /// Places a listing, instead of wherever it was before. Points are (latitude, longitude) in
    /// degrees; what is not on the globe is left out.
    pub fn insert(&mut self, ordinal: u64, places: &[(f64, f64)]) {
        self.remove(ordinal);
        let points = points_of(places);
        if points.is_empty() {
            return;
        }
        for point in &points {
            self.tree.insert(Spot::new(*point, ordinal));
        }
        self.points.insert(ordinal, points);
    }

    /// Forgets where a listing is.
    pub fn remove(&mut self, ordinal: u64) {
        for point in self.points.remove(&ordinal).unwrap_or_default() {
            self.tree.remove(&Spot::new(point, ordinal));
        }
    }

    /// How many listings have a place.
    pub fn len(&self) -> usize {
        self.points.len()
    }

    /// Whether no listing has a place.
    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// Every listing with a place at most `km` from here along the great circle. Nothing is near
    /// a point that is not on the globe.
    pub fn within(&self, latitude: f64, longitude: f64, km: f64) -> Near {
        let Some(here) = point_of(latitude, longitude) else {
            return Near::default();
        };
        let chord = chord_of(km.clamp(0.0, DISTANCE_KM_MAX));
        let spots = self
            .tree
            .locate_within_distance(here, (chord * chord) as f32);
        Near::new(spots.map(|spot| (spot.data, km_between(spot.geom(), &here))))
    }

    /// The `n` listings nearest to here, nearest first, each with the distance in km of its
    /// nearest place. Equal distances stand in the order of their ordinals.
    pub fn nearest(&self, latitude: f64, longitude: f64, n: usize) -> Vec<(u64, f32)> {
        let Some(here) = point_of(latitude, longitude) else {
            return Vec::new();
        };
        let mut found: Vec<(u64, f32)> = Vec::new();
        for (spot, _) in self.tree.nearest_neighbor_iter_with_distance_2(here) {
            let km = km_between(spot.geom(), &here);
            // A tie with the last one wanted is looked at too, so that the order of insertion
            // does not decide who is left out.
            if found.len() >= n && found.get(n.wrapping_sub(1)).is_none_or(|last| km > last.1) {
                break;
            }
            if !found.iter().any(|(ordinal, _)| *ordinal == spot.data) {
                found.push((spot.data, km));
            }
        }
        found.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        found.truncate(n);
        found
    }
}

/// The distance in km between two points given as (latitude, longitude) in degrees, along the
/// great circle (haversine).
pub fn distance_km(a: (f64, f64), b: (f64, f64)) -> f64 {
    let half = |x: f64| (x.to_radians() / 2.0).sin().powi(2);
    let h = half(b.0 - a.0) + a.0.to_radians().cos() * b.0.to_radians().cos() * half(b.1 - a.1);
    2.0 * EARTH_RADIUS_KM * h.sqrt().min(1.0).asin()
}

fn points_of(places: &[(f64, f64)]) -> Box<[Point]> {
    let mut points: Vec<Point> = Vec::with_capacity(places.len());
    for (latitude, longitude) in places {
        // Two meetings in one house are one point: the tree removes one of two equals at a time.
        points.extend(point_of(*latitude, *longitude).filter(|point| !points.contains(point)));
    }
    points.into_boxed_slice()
}

fn point_of(latitude: f64, longitude: f64) -> Option<Point> {
    // Not-a-number fails both comparisons, so it is refused as well.
    let on_globe = latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
    let (latitude, longitude) = (latitude.to_radians(), longitude.to_radians());
    on_globe.then(|| {
        [
            (latitude.cos() * longitude.cos()) as f32,
            (latitude.cos() * longitude.sin()) as f32,
            latitude.sin() as f32,
        ]
    })
}

/// The straight line through the unit sphere that spans `km` on the surface of the earth.
fn chord_of(km: f64) -> f64 {
    2.0 * (km / (2.0 * EARTH_RADIUS_KM)).sin()
}

fn km_between(a: &Point, b: &Point) -> f32 {
    let square: f64 = (0..3)
        .map(|i| (f64::from(a[i]) - f64::from(b[i])).powi(2))
        .sum();
    let half_chord = (square.sqrt() / 2.0).min(1.0);
    (2.0 * EARTH_RADIUS_KM * half_chord.asin()) as f32
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const TORONTO: (f64, f64) = (43.7001, -79.4163);
    const OTTAWA: (f64, f64) = (45.4112, -75.6981);
    const HAMILTON: (f64, f64) = (43.2501, -79.8496);
    /// Single precision: half a metre at each end.
    const TOLERANCE_KM: f64 = 0.002;

    fn ordinals(near: &Near) -> Vec<u64> {
        let mut ordinals: Vec<u64> = near.iter().map(|(ordinal, _)| ordinal).collect();
        ordinals.sort_unstable();
        ordinals.dedup();
        ordinals
    }

    #[test]
    fn distances_agree_with_known_ones() {
        for (a, b, km) in [
            ((0.0, 0.0), (90.0, 0.0), DISTANCE_KM_MAX / 2.0),
            ((45.0, -75.0), (46.0, -75.0), 111.195),
            (TORONTO, TORONTO, 0.0),
            ((0.0, 179.9), (0.0, -179.9), 22.24),
            ((90.0, 0.0), (90.0, 77.0), 0.0),
            ((0.0, 0.0), (0.0, 180.0), DISTANCE_KM_MAX),
        ] {
            let found = distance_km(a, b);
            assert!((found - km).abs() < 0.1, "{a:?} {b:?}: {found}");
            let mut geo = Geo::new();
            geo.insert(1, &[b]);
            let nearest = geo.nearest(a.0, a.1, 1);
            assert!(
                (f64::from(nearest[0].1) - found).abs() < 1.0,
                "{a:?} {b:?}: {nearest:?}"
            );
        }
    }

    #[test]
    fn what_is_near_is_found_and_what_is_far_is_not() {
        let geo = Geo::bulk([
            (1, vec![TORONTO]),
            (2, vec![OTTAWA, HAMILTON]),
            (3, vec![(64.0, -139.0)]),
            (4, vec![]),
        ]);
        assert_eq!(geo.len(), 3);
        for (from, km, found) in [
            (TORONTO, 1.0, vec![1]),
            (TORONTO, 70.0, vec![1, 2]),
            (OTTAWA, 70.0, vec![2]),
            (OTTAWA, DISTANCE_KM_MAX * 2.0, vec![1, 2, 3]),
            ((-43.0, 100.0), 1000.0, vec![]),
            ((f64::NAN, 0.0), 1000.0, vec![]),
            ((91.0, 0.0), 1000.0, vec![]),
        ] {
            assert_eq!(
                ordinals(&geo.within(from.0, from.1, km)),
                found,
                "{from:?} {km}"
            );
        }
        assert_eq!(geo.nearest(TORONTO.0, TORONTO.1, 0), vec![]);
        let nearest = geo.nearest(TORONTO.0, TORONTO.1, 2);
        assert_eq!(
            nearest
                .iter()
                .map(|(ordinal, _)| *ordinal)
                .collect::<Vec<_>>(),
            vec![1, 2]
        );
    }

    #[test]
    fn a_listing_that_moved_is_only_where_it_is_now() {
        let mut geo = Geo::bulk([(7, vec![TORONTO, TORONTO, OTTAWA])]);
        geo.insert(7, &[HAMILTON]);
        assert!(geo.within(TORONTO.0, TORONTO.1, 1.0).is_empty());
        assert!(geo.within(OTTAWA.0, OTTAWA.1, 1.0).is_empty());
        assert_eq!(ordinals(&geo.within(HAMILTON.0, HAMILTON.1, 1.0)), vec![7]);
        geo.remove(7);
        geo.remove(7);
        assert!(geo.is_empty());
        assert!(geo.within(HAMILTON.0, HAMILTON.1, 1000.0).is_empty());
    }

    #[test]
    fn the_tree_agrees_with_looking_at_every_point() {
        let mut state = 42_u64;
        let mut random = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        let mut geo = Geo::new();
        let mut places: BTreeMap<u64, Vec<(f64, f64)>> = BTreeMap::new();
        for step in 0..2_000_u64 {
            let ordinal = step % 700;
            let points: Vec<_> = (0..step % 3)
                .map(|_| (random() * 180.0 - 90.0, random() * 360.0 - 180.0))
                .collect();
            geo.insert(ordinal, &points);
            places.insert(ordinal, points);
        }
        for _ in 0..50 {
            let from = (random() * 180.0 - 90.0, random() * 360.0 - 180.0);
            let km = random() * 5_000.0;
            let nearest_km = |points: &Vec<(f64, f64)>| {
                points
                    .iter()
                    .map(|p| distance_km(from, *p))
                    .fold(f64::INFINITY, f64::min)
            };
            let expected: Vec<u64> = places
                .iter()
                .filter(|(_, points)| nearest_km(points) <= km)
                .map(|(ordinal, _)| *ordinal)
                .collect();
            assert_eq!(ordinals(&geo.within(from.0, from.1, km)), expected);
            let mut by_distance: Vec<f64> = places
                .values()
                .map(nearest_km)
                .filter(|km| km.is_finite())
                .collect();
            by_distance.sort_by(f64::total_cmp);
            for ((_, found), expected) in geo.nearest(from.0, from.1, 10).iter().zip(by_distance) {
                assert!((f64::from(*found) - expected).abs() < TOLERANCE_KM);
            }
        }
    }
}
