//! Tags of a resource, sorted by key, in no more room than they need.
//!
//! Most things have three, and an estate has tens of thousands of things: a node of a `BTreeMap` has
//! room for eleven, which makes half a kibibyte for each of them.

use std::fmt;
use std::ops::Index;

/// Tags of a resource, sorted by key; also other facts that are few, by name.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tags {
    /// Sorted by key, each key once.
    pairs: Vec<(String, String)>,
}

impl Tags {
    /// Returns no tags.
    #[must_use]
    pub const fn new() -> Self {
        Self { pairs: Vec::new() }
    }

    /// Returns how many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Returns whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// Returns the value of a tag.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&String> {
        let place = self.place(key).ok()?;
        Some(&self.pairs[place].1)
    }

    /// Returns the value of a tag, to be changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut String> {
        let place = self.place(key).ok()?;
        Some(&mut self.pairs[place].1)
    }

    /// Returns whether there is a tag of this key.
    #[must_use]
    pub fn contains_key(&self, key: &str) -> bool {
        self.place(key).is_ok()
    }

    /// Puts a tag in; returns the value that it had before.
    pub fn insert(&mut self, key: String, value: String) -> Option<String> {
        match self.place(&key) {
            Ok(place) => Some(std::mem::replace(&mut self.pairs[place].1, value)),
            Err(place) => {
                // One by one, since most are put together once and kept for long.
                self.pairs.reserve_exact(1);
                self.pairs.insert(place, (key, value));
                None
            }
        }
    }

    /// Takes a tag out; returns its value.
    pub fn remove(&mut self, key: &str) -> Option<String> {
        let place = self.place(key).ok()?;
        Some(self.pairs.remove(place).1)
    }

    /// Takes all out.
    pub fn clear(&mut self) {
        self.pairs.clear();
    }

    /// Returns the tags, by key.
    pub fn iter(&self) -> Iter<'_> {
        let parts: fn(&(String, String)) -> (&String, &String) = |(key, value)| (key, value);
        self.pairs.iter().map(parts)
    }

    /// Returns the keys, sorted.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &String> {
        self.pairs.iter().map(|(key, _)| key)
    }

    /// Returns the values, by key.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &String> {
        self.pairs.iter().map(|(_, value)| value)
    }

    /// Returns where a key stands, or where it would.
    fn place(&self, key: &str) -> Result<usize, usize> {
        self.pairs.binary_search_by(|it| it.0.as_str().cmp(key))
    }

    /// Returns tags of pairs as they come; of two with one key the later counts.
    fn of(mut pairs: Vec<(String, String)>) -> Self {
        pairs.sort_by(|a, b| a.0.cmp(&b.0));
        pairs.dedup_by(|later, earlier| {
            let is_same = later.0 == earlier.0;
            if is_same {
                std::mem::swap(&mut later.1, &mut earlier.1);
            }
            is_same
        });
        pairs.shrink_to_fit();
        Self { pairs }
    }
}

/// The tags of a resource, by key.
pub type Iter<'t> = std::iter::Map<
    std::slice::Iter<'t, (String, String)>,
    fn(&'t (String, String)) -> (&'t String, &'t String),
>;

impl fmt::Debug for Tags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

/// Panics where there is no such tag: for tests; [`Tags::get`] does not.
impl Index<&str> for Tags {
    type Output = String;

    fn index(&self, key: &str) -> &String {
        match self.get(key) {
            Some(value) => value,
            None => panic!("there is no tag {key:?}"),
        }
    }
}

impl FromIterator<(String, String)> for Tags {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self::of(pairs.into_iter().collect())
    }
}

impl<const N: usize> From<[(String, String); N]> for Tags {
    fn from(pairs: [(String, String); N]) -> Self {
        Self::of(pairs.into())
    }
}

impl Extend<(String, String)> for Tags {
    fn extend<I: IntoIterator<Item = (String, String)>>(&mut self, pairs: I) {
        for (key, value) in pairs {
            self.insert(key, value);
        }
    }
}

impl IntoIterator for Tags {
    type Item = (String, String);
    type IntoIter = std::vec::IntoIter<(String, String)>;

    fn into_iter(self) -> Self::IntoIter {
        self.pairs.into_iter()
    }
}

impl<'t> IntoIterator for &'t Tags {
    type Item = (&'t String, &'t String);
    type IntoIter = Iter<'t>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags<const N: usize>(pairs: [(&str, &str); N]) -> Tags {
        let pairs = pairs.map(|(key, value)| (key.to_owned(), value.to_owned()));
        Tags::from(pairs)
    }

    #[test]
    fn they_stand_by_key_and_the_later_of_two_counts() {
        let made = tags([("b", "1"), ("a", "2"), ("b", "3"), ("a", "4"), ("b", "5")]);
        assert_eq!(format!("{made:?}"), r#"{"a": "4", "b": "5"}"#);
        let collected: Tags = made.clone().into_iter().chain(tags([("a", "6")])).collect();
        assert_eq!(collected, tags([("a", "6"), ("b", "5")]));
        let mut extended = made;
        extended.extend(tags([("0", ""), ("b", "7")]));
        assert_eq!(extended, tags([("0", ""), ("a", "4"), ("b", "7")]));
        let keys: Vec<&str> = extended.keys().map(String::as_str).collect();
        assert_eq!((keys, extended.len()), (vec!["0", "a", "b"], 3));
    }

    #[test]
    fn one_is_found_changed_and_taken_out_by_its_key() {
        let mut made = Tags::new();
        for key in ["m", "a", "z"] {
            assert_eq!(made.insert(key.to_owned(), "1".to_owned()), None);
        }
        assert_eq!(made.insert("m".to_owned(), "2".to_owned()).unwrap(), "1");
        made.get_mut("z").unwrap().push('0');
        let values: Vec<&String> = made.values().collect();
        assert_eq!(values, ["1", "2", "10"]);
        assert_eq!((made["m"].as_str(), made.get("n")), ("2", None));
        assert!(made.contains_key("a") && !made.contains_key("A"));
        assert_eq!(made.remove("a").unwrap(), "1");
        assert_eq!((made.remove("a"), made.len()), (None, 2));
    }
}
