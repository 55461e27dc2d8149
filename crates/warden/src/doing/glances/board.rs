//! What is known of the things of one region, and who asks for it next.
//!
//! Invariant: what is given was asked for after its asker came, or is no older than the asker allows.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex as Short, MutexGuard, PoisonError};
use std::time::Duration;

use base::Clock;
use model::ResourceId;
use tokio::sync::Mutex;

/// How many things are asked for at once: the clouds take a hundred in one call.
const AT_ONCE: usize = 100;

/// What is known of one region.
pub(super) struct Board<T> {
    things: Short<Things<T>>,
    /// One asks at a time: the next may find the answer there.
    asking: Mutex<()>,
}

/// What will be asked for, in the order in which that became known: so it will be asked for, whatever
/// the ids are.
struct Things<T> {
    known: BTreeMap<ResourceId, Thing<T>>,
    order: BTreeMap<usize, ResourceId>,
    next: usize,
}

struct Thing<T> {
    place: usize,
    /// The last look at it, if there was one.
    look: Option<Look<T>>,
}

struct Look<T> {
    at: Duration,
    found: Option<Arc<T>>,
}

/// What somebody asks for: since when, and how old an earlier look may be.
struct Asked<'a> {
    id: &'a ResourceId,
    at: Duration,
    limit: Duration,
}

impl Asked<'_> {
    /// Returns whether a look is as fresh as it has to be; one that was begun while it was waited for
    /// always is.
    fn is_met_by<T>(&self, look: &Look<T>) -> bool {
        look.at > self.at || self.at.saturating_sub(look.at) < self.limit
    }
}

impl<T: Clone> Board<T> {
    /// Returns a thing, or `None` when there is none: by a look that is younger than `limit`, else by
    /// asking for it and for others.
    pub(super) async fn look<E, F>(
        &self,
        clock: &dyn Clock,
        id: &ResourceId,
        limit: Duration,
        ask: impl FnOnce(Vec<ResourceId>) -> F,
    ) -> Result<Option<T>, E>
    where
        F: Future<Output = Result<BTreeMap<ResourceId, T>, E>>,
    {
        let at = clock.monotonic();
        let asked = Asked { id, at, limit };
        let _asking = match self.known(&asked) {
            Some(found) => return Ok(found.map(Arc::unwrap_or_clone)),
            None => self.asking.lock().await,
        };
        if let Some(found) = self.known(&asked) {
            return Ok(found.map(Arc::unwrap_or_clone));
        }
        // After a crash nobody has said that it would be asked for.
        self.expect(id);
        let ids = self.with_others(&asked);
        let at = clock.monotonic();
        let found = ask(ids.clone()).await?;
        Ok(self.learn(id, &ids, found, at).map(Arc::unwrap_or_clone))
    }

    /// Returns what a fresh enough look found, if there was one.
    fn known(&self, asked: &Asked<'_>) -> Option<Option<Arc<T>>> {
        let things = self.things();
        let look = things.known.get(asked.id)?.look.as_ref()?;
        asked.is_met_by(look).then(|| look.found.clone())
    }

    /// Returns the ids to ask for: this one, and others that will be asked for: first those that
    /// nobody has looked at for the longest time, beginning with those that come after it.
    fn with_others(&self, asked: &Asked<'_>) -> Vec<ResourceId> {
        let things = self.things();
        let place = things.known.get(asked.id).map_or(0, |it| it.place);
        let (before, after) = (things.order.range(..place), things.order.range(place..));
        let mut others: Vec<(Option<Duration>, &ResourceId)> = after
            .chain(before)
            .filter(|(_, other)| *other != asked.id)
            .filter_map(|(_, other)| {
                let look = things.known.get(other)?.look.as_ref();
                let is_due = look.is_none_or(|it| !asked.is_met_by(it));
                is_due.then(|| (look.map(|it| it.at), other))
            })
            .collect();
        others.sort_by_key(|(at, _)| *at);
        let others = others.into_iter().map(|(_, other)| other.clone());
        std::iter::once(asked.id.clone())
            .chain(others)
            .take(AT_ONCE)
            .collect()
    }

    /// Remembers what a look found, and returns what it found of `id`.
    fn learn(
        &self,
        id: &ResourceId,
        asked: &[ResourceId],
        mut found: BTreeMap<ResourceId, T>,
        at: Duration,
    ) -> Option<Arc<T>> {
        let mut things = self.things();
        let mut of_id = None;
        for it in asked {
            let found = found.remove(it).map(Arc::new);
            if it == id {
                of_id.clone_from(&found);
            }
            // What was forgotten meanwhile is not asked for again.
            if let Some(thing) = things.known.get_mut(it) {
                thing.look = Some(Look { at, found });
            }
        }
        of_id
    }
}

impl<T> Board<T> {
    fn things(&self) -> MutexGuard<'_, Things<T>> {
        self.things.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Learns that a thing will be asked for.
    pub(super) fn expect(&self, id: &ResourceId) {
        let mut things = self.things();
        if things.known.contains_key(id) {
            return;
        }
        let place = things.next;
        things.next += 1;
        things.order.insert(place, id.clone());
        let thing = Thing { place, look: None };
        things.known.insert(id.clone(), thing);
    }

    /// Learns that a thing will not be asked for any more.
    pub(super) fn forget(&self, id: &ResourceId) {
        let mut things = self.things();
        if let Some(thing) = things.known.remove(id) {
            things.order.remove(&thing.place);
        }
    }
}

impl<T> Default for Board<T> {
    fn default() -> Self {
        Self {
            things: Short::new(Things {
                known: BTreeMap::new(),
                order: BTreeMap::new(),
                next: 0,
            }),
            asking: Mutex::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use base::ManualClock;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(30);

    fn id(number: usize) -> ResourceId {
        // Cloud's ids have no order that anybody else keeps.
        ResourceId::new(format!("snap-{:02}", (number * 7) % 300))
    }

    fn board(many: usize) -> Board<usize> {
        let board = Board::default();
        (0..many).for_each(|it| board.expect(&id(it)));
        board
    }

    /// Looks at one thing, of a cloud that has all that is asked for, and returns who was asked for.
    async fn looked(board: &Board<usize>, clock: &ManualClock, number: usize) -> Vec<ResourceId> {
        let asked = Short::new(Vec::new());
        let ask = |ids: Vec<ResourceId>| {
            let found = ids.iter().cloned().zip(0..).collect();
            asked.lock().unwrap().extend(ids);
            std::future::ready(Ok::<_, Infallible>(found))
        };
        let found = board.look(clock, &id(number), LIMIT, ask).await;
        assert!(found.unwrap().is_some());
        asked.into_inner().unwrap()
    }

    fn clock() -> ManualClock {
        ManualClock::new("2026-11-21T04:00:00Z".parse().unwrap())
    }

    #[tokio::test]
    async fn who_comes_next_is_asked_for_too_whatever_the_ids_are() {
        let (board, clock) = (board(250), clock());
        let first: Vec<ResourceId> = (0..100).map(id).collect();
        assert_eq!(looked(&board, &clock, 0).await, first);
        for number in 1..100 {
            assert_eq!(looked(&board, &clock, number).await, []);
        }
        let second: Vec<ResourceId> = (100..200).map(id).collect();
        assert_eq!(looked(&board, &clock, 100).await, second);
    }

    #[tokio::test]
    async fn what_is_known_too_long_is_asked_for_again_and_what_is_gone_is_not() {
        let (board, clock) = (board(3), clock());
        assert_eq!(looked(&board, &clock, 0).await.len(), 3);
        board.forget(&id(1));
        clock.advance(LIMIT);
        assert_eq!(looked(&board, &clock, 2).await, [id(2), id(0)]);
    }

    #[tokio::test]
    async fn a_look_that_fails_tells_nothing() {
        let (board, clock) = (board(2), clock());
        let failing = |_| std::future::ready(Err::<BTreeMap<ResourceId, usize>, _>("no"));
        let failed = board.look(&clock, &id(0), LIMIT, failing).await;
        assert_eq!(failed, Err("no"));
        assert_eq!(looked(&board, &clock, 1).await, [id(1), id(0)]);
    }
}
