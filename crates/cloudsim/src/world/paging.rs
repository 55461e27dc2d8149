//! Pages, as every list of the simulated cloud cuts them.

/// Which page is asked for, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageAsked {
    /// The number, from 1.
    pub number: usize,
    /// Rows on a page, at least 1.
    pub size: usize,
}

impl PageAsked {
    /// Returns how many rows come before this page.
    #[must_use]
    pub fn skip(self) -> usize {
        self.number.saturating_sub(1).saturating_mul(self.size)
    }

    /// Cuts this page out of `all`.
    #[must_use]
    pub fn cut<T>(self, all: impl Iterator<Item = T>) -> Paged<T> {
        let (skip, mut total, mut items) = (self.skip(), 0, Vec::new());
        for item in all {
            if total >= skip && items.len() < self.size {
                items.push(item);
            }
            total += 1;
        }
        Paged {
            items,
            total,
            asked: self,
        }
    }
}

/// One page and the size of the whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paged<T> {
    /// The rows of this page.
    pub items: Vec<T>,
    /// All rows there are.
    pub total: usize,
    /// What was asked for.
    pub asked: PageAsked,
}

impl<T> Paged<T> {
    /// Returns how many pages there are.
    #[must_use]
    pub fn pages(&self) -> usize {
        self.total.div_ceil(self.asked.size)
    }
}
