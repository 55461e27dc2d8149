//! Nonces seen in the last half hour: a request may not come twice.

use std::collections::{HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// As long as a date may be off in both directions.
const REMEMBERED: Duration = Duration::from_secs(30 * 60);

/// The nonces of all keys, as hashes.
#[derive(Debug, Default)]
pub(crate) struct Nonces {
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    hashes: HashSet<u64>,
    queue: VecDeque<(Duration, u64)>,
}

impl Nonces {
    /// Remembers `nonce` of `key` at monotonic time `at`; tells whether it is new.
    pub(crate) fn is_new(&self, key: &str, nonce: &str, at: Duration) -> bool {
        let mut hasher = DefaultHasher::new();
        (key, nonce).hash(&mut hasher);
        let hash = hasher.finish();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let Seen { hashes, queue } = &mut *seen;
        while queue
            .front()
            .is_some_and(|(when, _)| at.saturating_sub(*when) > REMEMBERED)
        {
            if let Some((_, old)) = queue.pop_front() {
                hashes.remove(&old);
            }
        }
        let new = hashes.insert(hash);
        if new {
            queue.push_back((at, hash));
        }
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_is_used_up_for_half_an_hour_and_for_one_key() {
        let nonces = Nonces::default();
        let at = Duration::from_secs;
        assert!(nonces.is_new("a", "1", at(0)) && nonces.is_new("b", "1", at(0)));
        assert!(!nonces.is_new("a", "1", at(1_800)));
        assert!(nonces.is_new("a", "1", at(1_801)));
    }
}
