//! What time is it, and what chance did the machine give us?

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use tokio::sync::oneshot;

const SECONDS_A_DAY: i64 = 86_400;

/// The time, the waiting and the chance of one node; cheap to clone, all clones are one clock.
///
/// Only this file asks the machine, so a test that holds the [`Hand`] decides all three.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Hand(Arc<Hand>),
}

impl Clock {
    /// The machine's own clock and randomness.
    pub fn system() -> Clock {
        Clock(Source::System)
    }

    /// A clock that stands still at `start` until its hand is turned, with chance from `seed`.
    pub fn by_hand(start: Timestamp, seed: u64) -> (Clock, Arc<Hand>) {
        let hand = Arc::new(Hand {
            inner: Mutex::new(Inner {
                face: start,
                seed,
                drawn: 0,
                tickets: 0,
                sleepers: BTreeMap::new(),
            }),
        });
        (Clock(Source::Hand(Arc::clone(&hand))), hand)
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => Timestamp::now(),
            Source::Hand(hand) => hand.now(),
        }
    }

    /// Days since 1970-01-01 in UTC, as an entry's header carries them.
    ///
    /// A machine whose clock stands before 1970 is told day 0.
    pub fn day(&self) -> u32 {
        day_of(self.now())
    }

    /// Waits until `duration` has passed on this clock.
    pub async fn sleep(&self, duration: Duration) {
        match &self.0 {
            Source::System => tokio::time::sleep(duration).await,
            Source::Hand(hand) => hand.sleep(duration).await,
        }
    }

    /// The future's answer, or `None` if `duration` passes on this clock first.
    pub async fn within<F: Future>(&self, duration: Duration, future: F) -> Option<F::Output> {
        tokio::select! {
            biased;
            answer = future => Some(answer),
            () = self.sleep(duration) => None,
        }
    }

    /// `N` bytes nobody could have guessed; from a clock turned by hand, the next `N` of its seed.
    ///
    /// # Panics
    /// If the system has no randomness: a salt or key that can be guessed is worse than no node.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match &self.0 {
            Source::System => getrandom::fill(&mut bytes)
                .expect("a system without randomness must not make salts or keys"),
            Source::Hand(hand) => hand.draw(&mut bytes),
        }
        bytes
    }
}

/// Days since 1970-01-01 in UTC of a moment; 0 for any moment before.
pub fn day_of(moment: Timestamp) -> u32 {
    u32::try_from(moment.as_second().div_euclid(SECONDS_A_DAY)).unwrap_or(0)
}

/// What turns a clock in a test.
#[derive(Debug)]
pub struct Hand {
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    face: Timestamp,
    seed: u64,
    drawn: u64,
    tickets: u64,
    // Ordered by the time to wake; the ticket tells apart those who wake together.
    sleepers: BTreeMap<(Timestamp, u64), oneshot::Sender<()>>,
}

impl Hand {
    /// The time the clock shows.
    pub fn now(&self) -> Timestamp {
        self.inner().face
    }

    /// Moves the clock on and wakes everyone whose time has come.
    pub fn advance(&self, duration: Duration) {
        self.set(after(self.now(), duration));
    }

    /// Sets the clock, also backwards: machines do that when their time is put right. Those whose time
    /// has come wake in the order of their times, so that a run can be had again.
    pub fn set(&self, moment: Timestamp) {
        let mut inner = self.inner();
        inner.face = moment;
        while let Some(first) = inner.sleepers.first_entry() {
            if first.key().0 > moment {
                return;
            }
            // Whoever gave up sleeping needs no waking.
            let _ = first.remove().send(());
        }
    }

    /// The time is put right, or wrong, by so much. Nobody sleeps longer or shorter for it: machines
    /// measure waiting by another clock than the one that shows the time.
    pub fn jump(&self, by: SignedDuration) {
        let mut inner = self.inner();
        let moved = |moment: Timestamp| moment.checked_add(by).unwrap_or(moment);
        inner.face = moved(inner.face);
        let sleepers = std::mem::take(&mut inner.sleepers).into_iter();
        inner.sleepers = sleepers
            .map(|((wake, ticket), ring)| ((moved(wake), ticket), ring))
            .collect();
    }

    /// How many are waiting for this clock.
    pub fn sleepers(&self) -> usize {
        self.inner().sleepers.len()
    }

    /// When the next of them wants to wake.
    pub fn next_wake(&self) -> Option<Timestamp> {
        let inner = self.inner();
        inner.sleepers.first_key_value().map(|((wake, _), _)| *wake)
    }

    /// Moves the clock to the next waking, if anyone waits; the new time.
    pub fn advance_to_next_wake(&self) -> Option<Timestamp> {
        let wake = self.next_wake()?;
        let moment = wake.max(self.now());
        self.set(moment);
        Some(moment)
    }

    async fn sleep(&self, duration: Duration) {
        let Some((_bed, woken)) = Bed::take(self, duration) else {
            return;
        };
        // The sender is let go only when it has rung, or with the bed.
        let _ = woken.await;
    }

    fn draw(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let mut inner = self.inner();
            let mut block = Sha256::new();
            block.update(inner.seed.to_be_bytes());
            block.update(inner.drawn.to_be_bytes());
            inner.drawn += 1;
            chunk.copy_from_slice(&block.finalize()[..chunk.len()]);
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Nothing in here can be left half done, so a test that panicked elsewhere is no reason to.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place among the sleepers, given back also when the sleep is cancelled.
struct Bed<'a> {
    hand: &'a Hand,
    place: (Timestamp, u64),
}

impl<'a> Bed<'a> {
    /// `None` if there is nothing to wait for. Time and bed under one lock: a turn in between must not be
    /// missed.
    fn take(hand: &'a Hand, duration: Duration) -> Option<(Bed<'a>, oneshot::Receiver<()>)> {
        let mut inner = hand.inner();
        let wake = after(inner.face, duration);
        if wake <= inner.face {
            return None;
        }
        inner.tickets += 1;
        let place = (wake, inner.tickets);
        let (ring, woken) = oneshot::channel();
        inner.sleepers.insert(place, ring);
        Some((Bed { hand, place }, woken))
    }
}

impl Drop for Bed<'_> {
    fn drop(&mut self) {
        self.hand.inner().sleepers.remove(&self.place);
    }
}

fn after(moment: Timestamp, duration: Duration) -> Timestamp {
    moment.checked_add(duration).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a test's own time")
    }

    #[test]
    fn a_day_is_counted_in_utc_from_1970() {
        for (moment, day) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1970-01-01T23:59:59.999Z", 0),
            ("1970-01-02T00:00:00Z", 1),
            ("2026-11-02T23:30:00-05:00", 20_760),
            ("1969-12-31T23:59:59Z", 0),
        ] {
            assert_eq!(day_of(at(moment)), day, "{moment}");
        }
    }

    #[tokio::test]
    async fn a_sleeper_wakes_when_the_hand_says_so_and_not_before() {
        let (clock, hand) = Clock::by_hand(at("2026-01-01T00:00:00Z"), 1);
        let sleeper = clock.clone();
        let task = tokio::spawn(async move {
            sleeper.sleep(Duration::from_secs(60)).await;
            sleeper.now()
        });
        while hand.sleepers() == 0 {
            tokio::task::yield_now().await;
        }
        hand.advance(Duration::from_secs(59));
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        assert!(!task.is_finished());
        assert_eq!(hand.next_wake(), Some(at("2026-01-01T00:01:00Z")));
        hand.advance_to_next_wake();
        assert_eq!(
            task.await.expect("the sleeper wakes"),
            at("2026-01-01T00:01:00Z")
        );
        assert_eq!(hand.sleepers(), 0);
    }

    #[tokio::test]
    async fn nobody_sleeps_longer_because_the_time_is_put_right() {
        let (clock, hand) = Clock::by_hand(at("2026-01-01T00:00:00Z"), 1);
        let sleeping = clock.clone();
        let task = tokio::spawn(async move { sleeping.sleep(Duration::from_secs(60)).await });
        while hand.sleepers() == 0 {
            tokio::task::yield_now().await;
        }
        hand.jump(SignedDuration::from_hours(-48));
        assert_eq!(clock.now(), at("2025-12-30T00:00:00Z"));
        hand.advance(Duration::from_secs(60));
        task.await.expect("the sleeper wakes");
    }

    #[tokio::test]
    async fn a_cancelled_sleep_leaves_no_bed() {
        let (clock, hand) = Clock::by_hand(at("2026-01-01T00:00:00Z"), 1);
        let answer = clock
            .within(Duration::from_secs(5), async {
                tokio::task::yield_now().await;
                7
            })
            .await;
        assert_eq!((answer, hand.sleepers()), (Some(7), 0));
    }

    #[test]
    fn chance_by_hand_repeats_with_its_seed_and_differs_without() {
        let draw = |seed| {
            let (clock, _hand) = Clock::by_hand(at("2026-01-01T00:00:00Z"), seed);
            (clock.random::<32>(), clock.random::<45>())
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        let (first, second) = draw(1);
        assert_ne!(first[..], second[..32]);
    }

    #[test]
    fn the_system_gives_new_chance_each_time() {
        let clock = Clock::system();
        assert_ne!(clock.random::<32>(), clock.random::<32>());
    }
}
