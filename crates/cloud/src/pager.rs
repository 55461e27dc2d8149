//! Follows a list to its end; the only maker of [`Seen`].
//!
//! A list is believed when its last page came without an error and, where the list says how many
//! there are, as many came. Pages may repeat rows while things move: rows are told apart by key,
//! and a list that came out short is read once more before it is called unseen.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, BuildHasherDefault, Hash, Hasher, RandomState};

use async_trait::async_trait;
use futures_util::StreamExt as _;

use crate::error::{CallSite, CloudError, ErrorKind};
use crate::seen::{Seen, Sighting, Unseen, Why};

/// Where in a list a page stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageAt {
    /// At its begin.
    First,
    /// At this number; the first page is 1.
    Number(u32),
    /// Where this token leads.
    Token(String),
}

/// What follows a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Nothing.
    End,
    /// The page that this token leads to.
    Token(String),
    /// Numbered pages up to this one; known from the first page on, so they are fetched together.
    Through(u32),
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// Its rows.
    pub items: Vec<T>,
    /// What follows.
    pub next: Next,
    /// How many rows the whole list has by its own word.
    pub total: Option<u64>,
}

/// A list that comes in pages. Adapters implement it over the wire, fakes in memory.
#[async_trait]
pub trait PageSource<T: Send>: Send + Sync {
    /// Returns where the list is asked for, for errors.
    fn site(&self) -> CallSite;

    /// Returns one page.
    ///
    /// # Errors
    ///
    /// When the page cannot be had; the whole list is unseen then.
    async fn page(&self, at: &PageAt) -> Result<Page<T>, CloudError>;

    /// Returns how many numbered pages may be under way at once.
    fn parallel(&self) -> usize {
        4
    }
}

/// Tells the rows of a list apart.
pub trait Keyed {
    /// Returns what no other row of the list has.
    fn key(&self) -> Key<'_>;
}

/// What no other row of a list has: an id, or several texts that are one only together.
///
/// The texts are the row's own: keys are made of every row there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key<'a>([&'a str; 4]);

impl<'a> Key<'a> {
    /// Returns the key of a row that has an id.
    #[must_use]
    pub fn id(id: &'a str) -> Self {
        Self([id, "", "", ""])
    }

    /// Returns the key of a row that `texts` tell from all others; unused ones are empty.
    #[must_use]
    pub fn together(texts: [&'a str; 4]) -> Self {
        Self(texts)
    }

    /// Returns it as one text, to be kept after the row.
    #[must_use]
    pub fn to_text(self) -> String {
        self.0.join("\0")
    }
}

/// More pages than any list has; a list that goes on and on is broken.
const MOST_PAGES: u32 = 200_000;

/// Folds every row of a list, each once, into what `make` gives.
///
/// A list that comes out short of its own total is read once more, so `make` may be called twice.
pub async fn fold<T, A>(
    source: &dyn PageSource<T>,
    make: impl Fn() -> A,
    mut add: impl FnMut(&mut A, T) + Send,
) -> Sighting<A>
where
    T: Keyed + Send,
    A: Send,
{
    let mut shortfall = None;
    for look in [Look::First, Look::Second] {
        let mut folded = make();
        match walk(source, &mut |row| add(&mut folded, row)).await {
            Ok(count) => match count.expected(look) {
                Some(total) if count.came < total => shortfall = Some((count.came, total)),
                _ => return Sighting::Seen(Seen::mint(folded)),
            },
            Err(error) => return Sighting::Unseen(Unseen::from(&error)),
        }
    }
    let (came, total) = shortfall.unwrap_or_default();
    let detail = format!("the list says it has {total} rows and twice gave {came}");
    Sighting::Unseen(Unseen::new(Why::CountMismatch { came, total }, detail))
}

/// Returns every row of a list, each once.
pub async fn collect<T: Keyed + Send>(source: &dyn PageSource<T>) -> Sighting<Vec<T>> {
    fold(source, Vec::new, Vec::push).await
}

/// Returns the sighting of something that is one answer and has no pages: a balance, an identity.
pub fn single<T>(answer: Result<T, CloudError>) -> Sighting<T> {
    match answer {
        Ok(value) => Sighting::Seen(Seen::mint(value)),
        Err(error) => Sighting::Unseen(Unseen::from(&error)),
    }
}

/// Which reading of a list it is.
#[derive(Clone, Copy)]
enum Look {
    First,
    Second,
}

struct Count {
    came: u64,
    /// How many there are by the last word of the list.
    total: Option<u64>,
    /// How many there are by its largest word.
    most: Option<u64>,
}

impl Count {
    /// Returns how many rows must have come for the list to be believed.
    ///
    /// Where rows go away while a list is read, others move up to pages that were read already, and
    /// nothing but the shrinking total tells. A list that shrinks all the time is believed the second
    /// time by its last word, or it would never be.
    fn expected(&self, look: Look) -> Option<u64> {
        match look {
            Look::First => self.most,
            Look::Second => self.total,
        }
    }
}

async fn walk<T: Keyed + Send>(
    source: &dyn PageSource<T>,
    add: &mut (dyn FnMut(T) + Send),
) -> Result<Count, CloudError> {
    let mut rows = Rows {
        keys: HashSet::default(),
        hashes: RandomState::new(),
        add,
    };
    let mut tokens = HashSet::new();
    let mut page = source.page(&PageAt::First).await?;
    let (mut total, mut most) = (page.total, page.total);
    let mut fetched = 1;
    loop {
        let next = std::mem::replace(&mut page.next, Next::End);
        rows.take(page.items);
        match next {
            Next::End => {
                let came = rows.came();
                return Ok(Count { came, total, most });
            }
            Next::Token(token) => {
                fetched += 1;
                page = source.page(&PageAt::Token(token.clone())).await?;
                if fetched > MOST_PAGES || !tokens.insert(token) {
                    const WORDS: &str = "the pages of the list lead in circles";
                    return Err(CloudError::new(
                        source.site(),
                        ErrorKind::Undecodable,
                        WORDS,
                    ));
                }
                total = page.total.or(total);
                most = most.max(page.total);
            }
            Next::Through(last) => {
                // The list may grow while it is read: the last page's word on its end is believed.
                let mut end = last.min(MOST_PAGES);
                while fetched < end {
                    let numbers: Vec<PageAt> = (fetched + 1..=end).map(PageAt::Number).collect();
                    fetched = end;
                    let parallel = source.parallel().max(1);
                    let mut pages = futures_util::stream::iter(numbers)
                        .map(|at| async move { source.page(&at).await })
                        .buffered(parallel);
                    while let Some(page) = pages.next().await {
                        let page = page?;
                        total = page.total.or(total);
                        most = most.max(page.total);
                        // It ends before it says: a total that lies may claim pages without end.
                        if page.items.is_empty() && total.is_some_and(|it| rows.came() < it) {
                            let came = rows.came();
                            return Ok(Count { came, total, most });
                        }
                        rows.take(page.items);
                        if let Next::Through(later) = page.next {
                            end = end.max(later.min(MOST_PAGES));
                        }
                    }
                }
                let came = rows.came();
                return Ok(Count { came, total, most });
            }
        }
    }
}

/// Lets each row through once, told apart by 128 bits of its key: flat memory for long lists.
struct Rows<'a, T> {
    keys: HashSet<Fingerprint, BuildHasherDefault<FirstHalf>>,
    hashes: RandomState,
    add: &'a mut (dyn FnMut(T) + Send),
}

impl<T: Keyed> Rows<'_, T> {
    fn came(&self) -> u64 {
        self.keys.len() as u64
    }

    fn take(&mut self, items: Vec<T>) {
        for item in items {
            if self.keys.insert(Fingerprint::of(&item.key(), &self.hashes)) {
                (self.add)(item);
            }
        }
    }
}

/// Two hashes of a key, of which the first is as good as any a set could make of them.
#[derive(PartialEq, Eq)]
struct Fingerprint([u64; 2]);

impl Fingerprint {
    fn of(key: &Key<'_>, hashes: &RandomState) -> Self {
        let mut hasher = hashes.build_hasher();
        key.hash(&mut hasher);
        let first = hasher.finish();
        // The hasher's state is four times as long as what it gives: keys that share the first half
        // share this one no more often than any two do.
        hasher.write_u8(0);
        Self([first, hasher.finish()])
    }
}

impl Hash for Fingerprint {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0[0]);
    }
}

/// Hands the first half of a fingerprint through.
#[derive(Default)]
struct FirstHalf(u64);

impl Hasher for FirstHalf {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write_u64(&mut self, half: u64) {
        self.0 = half;
    }

    fn write(&mut self, bytes: &[u8]) {
        // Nothing but fingerprints comes here.
        self.0 = bytes
            .iter()
            .fold(self.0, |hash, byte| hash.rotate_left(8) ^ u64::from(*byte));
    }
}

#[cfg(test)]
mod tests;
