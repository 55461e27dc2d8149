//! Lists in numbered pages: how many pages there are, by what an answer says.

use std::sync::atomic::{AtomicU64, Ordering};

use cloud::{Next, PageAt};

/// The size of a list's pages, which the service may hold smaller than what was asked for.
#[derive(Debug)]
pub(crate) struct Numbering {
    asked: u64,
    held: AtomicU64,
}

/// What a page says of the list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told {
    /// How many rows the page has.
    pub(crate) rows: usize,
    /// How many rows the list has.
    pub(crate) total: Option<u64>,
    /// How many rows a page can have.
    pub(crate) page_size: Option<u64>,
}

impl Numbering {
    /// Returns a list that is asked for in pages of `asked` rows.
    pub(crate) fn new(asked: u32) -> Self {
        Self {
            asked: asked.into(),
            held: AtomicU64::new(asked.into()),
        }
    }

    /// Returns the number of a page, counted from 1.
    pub(crate) fn number(at: &PageAt) -> u32 {
        match at {
            PageAt::First => 1,
            PageAt::Number(number) => *number,
            // No token is ever handed out; page 1 again would be found to be a repetition.
            PageAt::Token(_) => 1,
        }
    }

    /// Returns what follows page `number`.
    pub(crate) fn next(&self, number: u32, told: Told) -> Next {
        if number == 1 {
            // A larger page was asked for than the service gives: its word counts, or rows are lost.
            let held = told.page_size.filter(|it| (1..=self.asked).contains(it));
            self.held
                .store(held.unwrap_or(self.asked), Ordering::Release);
        }
        let held = self.held.load(Ordering::Acquire);
        let pages = match told.total {
            Some(total) => u32::try_from(total.div_ceil(held)).unwrap_or(u32::MAX),
            // Without a total, a page that is not full is the last one.
            None if told.rows as u64 >= held => number.saturating_add(1),
            None => number,
        };
        if pages <= 1 {
            Next::End
        } else {
            Next::Through(pages)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(number: u32, rows: usize, total: Option<u64>, page_size: Option<u64>) -> Next {
        Numbering::new(300).next(
            number,
            Told {
                rows,
                total,
                page_size,
            },
        )
    }

    #[test]
    fn the_total_tells_the_pages() {
        assert_eq!(next(1, 0, Some(0), None), Next::End);
        assert_eq!(next(1, 300, Some(300), None), Next::End);
        assert_eq!(next(1, 300, Some(301), Some(300)), Next::Through(2));
        assert_eq!(next(1, 300, Some(3_000), None), Next::Through(10));
    }

    #[test]
    fn a_service_that_gives_smaller_pages_than_asked_for_is_followed_to_the_end() {
        let list = Numbering::new(300);
        let told = Told {
            rows: 100,
            total: Some(1_000),
            page_size: Some(100),
        };
        assert_eq!(list.next(1, told), Next::Through(10));
        // A last page that calls its own rows the page size changes nothing.
        let last = Told {
            rows: 7,
            page_size: Some(7),
            ..told
        };
        assert_eq!(list.next(10, last), Next::Through(10));
        for nonsense in [Some(0), Some(9_999), None] {
            assert_eq!(next(1, 300, Some(600), nonsense), Next::Through(2));
        }
    }

    #[test]
    fn without_a_total_pages_are_followed_until_one_is_not_full() {
        assert_eq!(next(1, 300, None, None), Next::Through(2));
        assert_eq!(next(2, 300, None, None), Next::Through(3));
        assert_eq!(next(3, 299, None, None), Next::Through(3));
        assert_eq!(next(1, 299, None, None), Next::End);
        assert_eq!(Numbering::number(&PageAt::Number(7)), 7);
    }
}
