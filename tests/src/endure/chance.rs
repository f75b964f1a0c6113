//! Which numbers come next, the same for the same seed?

use std::time::Duration;

/// SplitMix64 (Steele, Lea and Flood, 2014): enough to choose moments and listings, never keys.
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// Numbers of this seed.
    pub fn new(seed: u64) -> Chance {
        Chance(seed)
    }

    /// A number from 0 to `end - 1`; 0 if `end` is 0.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)).checked_rem(end).unwrap_or(0)
    }

    /// A time between two numbers of milliseconds.
    pub fn moment(&mut self, from_ms: u64, to_ms: u64) -> Duration {
        let from = Duration::from_millis(from_ms);
        from + Duration::from_micros(self.below(to_ms.saturating_sub(from_ms) * 1000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_lies_between_its_bounds() {
        let mut chance = Chance::new(1);
        for _ in 0..1000 {
            let moment = chance.moment(50, 600).as_millis();
            assert!((50..600).contains(&moment), "{moment}");
        }
        assert_eq!(chance.below(0), 0);
    }
}
