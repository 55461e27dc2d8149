//! Things of one sort in one region: in the order they came, found by id, cut into pages without a copy.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::paging::{PageAsked, Paged};

/// Something that has an id and grows older.
pub trait Row: Clone {
    /// Returns its id, which nothing else of its sort in its region has.
    fn id(&self) -> &str;

    /// Returns when it changes next by itself.
    fn due(&self) -> Option<Timestamp> {
        None
    }

    /// Returns the moment before which no answer of a cloud shows it: it was made just now.
    fn shown_from(&self) -> Option<Timestamp> {
        None
    }

    /// Changes as time has changed it by `now`; returns whether it is still there.
    fn age(&mut self, _now: Timestamp) -> bool {
        true
    }
}

/// Rows of one sort; a copy shares them.
///
/// A page without a condition costs what is on it. A page with one looks at every row once, and copies none.
#[derive(Clone)]
pub struct Rows<T> {
    order: Vec<Arc<T>>,
    index: HashMap<String, usize>,
    /// Not after the first moment at which a row changes by itself.
    due: Option<Timestamp>,
    /// From when on all of them are shown.
    shown_from: Option<Timestamp>,
}

/// Says how many there are: a region may hold thousands.
impl<T> std::fmt::Debug for Rows<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rows({})", self.order.len())
    }
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self {
            order: Vec::new(),
            index: HashMap::new(),
            due: None,
            shown_from: None,
        }
    }
}

impl<T: Row> Rows<T> {
    /// Returns how many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Returns whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Returns all of them, in the order they came.
    pub fn iter(&self) -> std::slice::Iter<'_, Arc<T>> {
        self.order.iter()
    }

    /// Returns the one with `id`.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Arc<T>> {
        self.order.get(*self.index.get(id)?)
    }

    /// Returns those of `ids` that are there, in the order of `ids`, each once.
    #[must_use]
    pub fn named<S: AsRef<str>>(&self, ids: &[S]) -> Vec<Arc<T>> {
        let mut seen = std::collections::HashSet::new();
        ids.iter()
            .map(AsRef::as_ref)
            .filter(|id: &&str| seen.insert(*id))
            .filter_map(|id| self.get(id).cloned())
            .collect()
    }

    /// Adds `row`, in place of the one with its id if there is one.
    pub fn put(&mut self, row: T) {
        self.note(&row);
        match self.index.get(row.id()) {
            Some(at) => self.order[*at] = Arc::new(row),
            None => {
                self.index.insert(row.id().to_owned(), self.order.len());
                self.order.push(Arc::new(row));
            }
        }
    }

    /// Changes the one with `id`, which keeps its id; returns `None` when there is none.
    pub fn change<R>(&mut self, id: &str, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        let row = Arc::make_mut(self.order.get_mut(*self.index.get(id)?)?);
        let outcome = change(row);
        let due = row.due();
        self.due = sooner(self.due, due);
        Some(outcome)
    }

    /// Takes the one with `id` away.
    pub fn remove(&mut self, id: &str) -> Option<Arc<T>> {
        let at = self.index.remove(id)?;
        let row = self.order.remove(at);
        for it in self.index.values_mut().filter(|it| **it > at) {
            *it -= 1;
        }
        Some(row)
    }

    /// Returns the page that is asked for.
    #[must_use]
    pub fn page(&self, asked: PageAsked) -> Paged<Arc<T>> {
        let rest = self.order.get(asked.skip()..).unwrap_or_default();
        Paged {
            items: rest[..rest.len().min(asked.size)].to_vec(),
            total: self.order.len(),
            asked,
        }
    }

    /// Returns the page that is asked for of the rows that `keep` keeps.
    pub fn page_of(&self, asked: PageAsked, keep: impl Fn(&T) -> bool) -> Paged<Arc<T>> {
        let mut paged = Paged {
            items: Vec::new(),
            total: 0,
            asked,
        };
        let skip = asked.skip();
        for row in self.order.iter().filter(|it| keep(it)) {
            if paged.total >= skip && paged.items.len() < asked.size {
                paged.items.push(row.clone());
            }
            paged.total += 1;
        }
        paged
    }

    /// Lets every row grow as old as `now`; returns those that are gone, as they were before.
    pub(crate) fn settle(&mut self, now: Timestamp) -> Vec<Arc<T>> {
        if self.due.is_none_or(|due| due > now) {
            return Vec::new();
        }
        let mut gone = Vec::new();
        let mut due = None;
        self.order.retain_mut(|row| {
            if row.due().is_some_and(|it| it <= now) {
                let before = row.clone();
                if !Arc::make_mut(row).age(now) {
                    gone.push(before);
                    return false;
                }
            }
            due = sooner(due, row.due());
            true
        });
        self.due = due;
        if !gone.is_empty() {
            let ids = self.order.iter().map(|it| it.id().to_owned());
            self.index = ids.zip(0..).collect();
        }
        gone
    }

    /// Returns a moment not after the first one at which a row changes by itself.
    pub(crate) fn due(&self) -> Option<Timestamp> {
        self.due
    }

    /// Returns whether there are rows that no answer shows at `now`.
    pub(crate) fn hides_any(&self, now: Timestamp) -> bool {
        self.shown_from.is_some_and(|it| it > now)
    }

    /// Leaves out what no answer shows at `now`.
    pub(crate) fn hide_young(&mut self, now: Timestamp) {
        if self.hides_any(now) {
            let shown = |it: &Arc<T>| it.shown_from().is_none_or(|from| from <= now);
            self.order.retain(shown);
            let ids = self.order.iter().map(|it| it.id().to_owned());
            self.index = ids.zip(0..).collect();
        }
    }

    fn note(&mut self, row: &T) {
        self.due = sooner(self.due, row.due());
        self.shown_from = self.shown_from.max(row.shown_from());
    }
}

impl<'a, T: Row> IntoIterator for &'a Rows<T> {
    type Item = &'a Arc<T>;
    type IntoIter = std::slice::Iter<'a, Arc<T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Returns the earlier of two moments that may not come.
pub(crate) fn sooner(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    one.into_iter().chain(other).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, PartialEq)]
    struct Candle {
        id: String,
        burns_until: Option<Timestamp>,
    }

    impl Row for Candle {
        fn id(&self) -> &str {
            &self.id
        }
        fn due(&self) -> Option<Timestamp> {
            self.burns_until
        }
        fn age(&mut self, now: Timestamp) -> bool {
            self.burns_until.is_none_or(|it| it > now)
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::constant(second, 0)
    }

    fn candles(count: i64) -> Rows<Candle> {
        let mut rows = Rows::default();
        for number in 0..count {
            rows.put(Candle {
                id: format!("c{number}"),
                burns_until: (number % 2 == 0).then(|| at(number)),
            });
        }
        rows
    }

    #[test]
    fn pages_cover_everything_once_and_end() {
        let rows = candles(7);
        let page = |number| {
            let paged = rows.page(PageAsked { number, size: 3 });
            let same = rows.page_of(PageAsked { number, size: 3 }, |_| true);
            assert_eq!(paged, same);
            paged.items.len()
        };
        assert_eq!([page(1), page(2), page(3), page(4)], [3, 3, 1, 0]);
        let some = rows.page_of(PageAsked { number: 2, size: 2 }, |it| it.due().is_some());
        assert_eq!((some.total, some.items[0].id.as_str()), (4, "c4"));
    }

    #[test]
    fn a_row_is_found_by_its_id_whatever_went_before_it() {
        let mut rows = candles(7);
        assert!(rows.remove("c1").is_some() && rows.remove("c1").is_none());
        let gone = rows.settle(at(2));
        assert_eq!(gone.len(), 2);
        assert_eq!(rows.due(), Some(at(4)));
        let left: Vec<&str> = rows.iter().map(|it| it.id()).collect();
        assert_eq!(left, ["c3", "c4", "c5", "c6"]);
        assert!(left.iter().all(|id| rows.get(id).unwrap().id() == *id));
        rows.change("c5", |it| it.burns_until = Some(at(3)));
        assert_eq!(rows.settle(at(3)).len(), 1);
        assert_eq!(rows.named(&["c6", "c5", "c6"]).len(), 1);
    }
}
