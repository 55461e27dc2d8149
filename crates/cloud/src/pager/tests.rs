use std::sync::atomic::{AtomicUsize, Ordering};

use model::{AccountId, Place};

use super::*;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Row(String);

impl Keyed for Row {
    fn key(&self) -> Key<'_> {
        Key::id(&self.0)
    }
}

fn site() -> CallSite {
    CallSite {
        account: AccountId::new("shop"),
        place: Place::Global,
        operation: "List",
    }
}

/// A list of ids in fixed pages; `looks` has one list of pages for each time it is walked.
struct Scripted {
    looks: Vec<Vec<Vec<&'static str>>>,
    total: Option<u64>,
    /// What the pages of the first look say of the total instead, where they do.
    totals: Vec<u64>,
    /// How many pages the list claims to have instead of those it has.
    claimed: Option<u32>,
    numbered: bool,
    dead_page: Option<usize>,
    firsts: AtomicUsize,
    asked: AtomicUsize,
}

impl Scripted {
    fn new(looks: &[&[&[&'static str]]], total: Option<u64>) -> Self {
        let looks = looks
            .iter()
            .map(|look| look.iter().map(|page| page.to_vec()).collect())
            .collect();
        Self {
            looks,
            total,
            totals: Vec::new(),
            claimed: None,
            numbered: true,
            dead_page: None,
            firsts: AtomicUsize::new(0),
            asked: AtomicUsize::new(0),
        }
    }
}

#[async_trait]
impl PageSource<Row> for Scripted {
    fn site(&self) -> CallSite {
        site()
    }

    async fn page(&self, at: &PageAt) -> Result<Page<Row>, CloudError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let index = match at {
            PageAt::First => {
                self.firsts.fetch_add(1, Ordering::SeqCst);
                0
            }
            PageAt::Number(number) => *number as usize - 1,
            PageAt::Token(token) => token.parse().unwrap(),
        };
        if self.dead_page == Some(index) {
            return Err(CloudError::new(site(), ErrorKind::Busy, "page is dead"));
        }
        let look = self.firsts.load(Ordering::SeqCst) - 1;
        let total = match self.totals.get(index) {
            Some(total) if look == 0 => Some(*total),
            _ => self.total,
        };
        let pages = &self.looks[look.min(self.looks.len() - 1)];
        let rows = pages.get(index).map_or(&[][..], Vec::as_slice);
        let items = rows.iter().map(|id| Row((*id).to_owned())).collect();
        let next = if self.numbered {
            let many = u32::try_from(pages.len()).unwrap();
            Next::Through(self.claimed.unwrap_or(many))
        } else if index + 1 < pages.len() {
            Next::Token((index + 1).to_string())
        } else {
            Next::End
        };
        Ok(Page { items, next, total })
    }
}

async fn ids(source: &Scripted) -> Result<Vec<String>, Why> {
    match collect(source).await {
        Sighting::Seen(seen) => Ok(seen.into_inner().into_iter().map(|row| row.0).collect()),
        Sighting::Unseen(unseen) => Err(unseen.why),
    }
}

#[tokio::test]
async fn all_pages_make_one_list_in_order() {
    let mut list = Scripted::new(&[&[&["a", "b"], &["c"], &["d"]]], Some(4));
    assert_eq!(ids(&list).await.unwrap(), ["a", "b", "c", "d"]);
    list.numbered = false;
    assert_eq!(ids(&list).await.unwrap(), ["a", "b", "c", "d"]);
}

#[tokio::test]
async fn one_dead_page_makes_the_whole_list_unseen() {
    for numbered in [true, false] {
        let mut list = Scripted::new(&[&[&["a"], &["b"], &["c"]]], Some(3));
        list.numbered = numbered;
        list.dead_page = Some(1);
        assert_eq!(ids(&list).await.unwrap_err(), Why::Unreachable);
    }
}

#[tokio::test]
async fn a_row_that_moves_between_pages_is_found_by_the_second_look() {
    let list = Scripted::new(
        &[&[&["a", "b"], &["b", "c"]], &[&["a", "b"], &["c", "d"]]],
        Some(4),
    );
    assert_eq!(ids(&list).await.unwrap(), ["a", "b", "c", "d"]);
    assert_eq!(list.firsts.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_row_that_slips_to_a_page_already_read_is_found_by_the_second_look() {
    // "a" goes away after the first page was read: "c" moves up, and the second page has "d" alone.
    let mut list = Scripted::new(&[&[&["a", "b"], &["d"]], &[&["b", "c"], &["d"]]], Some(3));
    list.totals = vec![4, 3];
    for numbered in [true, false] {
        list.numbered = numbered;
        list.firsts.store(0, Ordering::SeqCst);
        assert_eq!(ids(&list).await.unwrap(), ["b", "c", "d"]);
    }
}

#[tokio::test]
async fn a_list_that_claims_pages_without_end_is_left_at_the_first_empty_one() {
    let mut lying = Scripted::new(&[&[&["a"], &["b"]]], Some(2_000_000_000));
    lying.claimed = Some(u32::MAX);
    let (came, total) = (2, 2_000_000_000);
    assert_eq!(
        ids(&lying).await.unwrap_err(),
        Why::CountMismatch { came, total }
    );
    assert!(lying.asked.load(Ordering::SeqCst) < 20);
}

#[tokio::test]
async fn a_total_that_stays_larger_is_a_mismatch_and_a_smaller_one_is_not() {
    let lying = Scripted::new(&[&[&["a"], &["b"]]], Some(5));
    assert_eq!(
        ids(&lying).await.unwrap_err(),
        Why::CountMismatch { came: 2, total: 5 }
    );
    let modest = Scripted::new(&[&[&["a"], &["b"]]], Some(1));
    assert_eq!(ids(&modest).await.unwrap(), ["a", "b"]);
}

#[tokio::test]
async fn an_empty_list_is_a_list() {
    let list = Scripted::new(&[&[&[]]], Some(0));
    assert_eq!(ids(&list).await.unwrap(), Vec::<String>::new());
}

struct Circle;

#[async_trait]
impl PageSource<Row> for Circle {
    fn site(&self) -> CallSite {
        site()
    }

    async fn page(&self, _at: &PageAt) -> Result<Page<Row>, CloudError> {
        Ok(Page {
            items: vec![],
            next: Next::Token("again".into()),
            total: None,
        })
    }
}

#[tokio::test]
async fn tokens_that_lead_in_circles_end_as_unseen() {
    let unseen = collect(&Circle).await;
    assert_eq!(unseen.unseen().unwrap().why, Why::Undecodable);
}
