//! Deals pieces out to pages: as few pages as hold them, at most so many, nothing lost unsaid.
//!
//! Invariant: every piece is on exactly one page, or its omission is announced on one.

use std::cell::RefCell;

use crate::page::{Piece, halve};

/// Returns the pages for `pieces`, at most `max_pages` of them (at least one).
///
/// `fits(pieces, index)` says whether one message can hold them as page `index`; it must not
/// become true again when pieces are added. When too many pages would be needed, items are left
/// out from the end, because the worst come first; then lines.
pub(crate) fn split(
    pieces: &[Piece],
    max_pages: usize,
    fits: &dyn Fn(&[Piece], usize) -> bool,
) -> Vec<Vec<Piece>> {
    let max_pages = max_pages.max(1);
    let dealer = Dealer {
        fits,
        lengths: RefCell::new(Vec::new()),
    };
    let pages = dealer.deal(pieces.to_vec(), max_pages + 1);
    if pages.len() <= max_pages {
        return pages;
    }
    let within = |pieces: Vec<Piece>| {
        let pages = dealer.deal(pieces, max_pages + 1);
        (pages.len() <= max_pages).then_some(pages)
    };
    // What went on the pages there may be is the most that can go on them.
    let is_item = |it: &&Piece| matches!(it, Piece::Item { .. });
    let items = pages[..max_pages].iter().flatten().filter(is_item).count();
    if let Some(pages) = largest(items, |count| within(first_items(pieces, count))) {
        return pages;
    }
    let rest = first_items(pieces, 0);
    largest(rest.len(), |count| within(first_lines(&rest, count))).unwrap_or_else(|| {
        let mut pages = dealer.deal(first_lines(&rest, 0), max_pages);
        pages.truncate(max_pages);
        pages
    })
}

/// Returns what `attempt` gives for the largest number up to `most` for which it gives anything.
/// Looked for from above, where it usually is.
fn largest<T>(most: usize, attempt: impl Fn(usize) -> Option<T>) -> Option<T> {
    let (mut high, mut step) = (most + 1, 1);
    let (mut low, mut best) = loop {
        let next = high.saturating_sub(step);
        match attempt(next) {
            Some(found) => break (next, found),
            None if next == 0 => return None,
            None => high = next,
        }
        step *= 2;
    };
    while low + 1 < high {
        let middle = usize::midpoint(low, high);
        match attempt(middle) {
            Some(found) => (low, best) = (middle, found),
            None => high = middle,
        }
    }
    Some(best)
}

struct Dealer<'a> {
    fits: &'a dyn Fn(&[Piece], usize) -> bool,
    /// How many pieces went on each page the last time: the first guess for the next.
    lengths: RefCell<Vec<usize>>,
}

impl Dealer<'_> {
    /// Deals pieces out until they are used up or `enough` pages are full.
    fn deal(&self, pieces: Vec<Piece>, enough: usize) -> Vec<Vec<Piece>> {
        let mut rest = pieces;
        let mut pages = Vec::new();
        while !rest.is_empty() && pages.len() < enough {
            match self.page_length(&rest, pages.len()) {
                0 => match halve(&rest[0]) {
                    Some((first, second)) => {
                        rest.splice(..1, [first, second]);
                    }
                    // Nothing of it can be shown, which is said instead.
                    None if !matches!(rest[0], Piece::LinesLeftOut { .. }) => {
                        rest[0] = Piece::LinesLeftOut { count: 1 };
                    }
                    // A page that holds not even this note holds its title only.
                    None => pages.push(vec![rest.remove(0)]),
                },
                length => {
                    let tail = rest.split_off(length);
                    pages.push(std::mem::replace(&mut rest, tail));
                    let rules = rest.iter().take_while(|it| **it == Piece::Rule).count();
                    rest.drain(..rules);
                }
            }
        }
        if pages.is_empty() {
            pages.push(Vec::new());
        }
        pages
    }

    /// Returns how many of the next pieces go on one page; headings stay with what follows them.
    fn page_length(&self, rest: &[Piece], page: usize) -> usize {
        let length = self.longest(rest, page);
        if length == rest.len() {
            return length;
        }
        let belongs_below = |it: &&Piece| matches!(it, Piece::Heading { .. } | Piece::Rule);
        let loose = rest[..length]
            .iter()
            .rev()
            .take_while(belongs_below)
            .count();
        if loose == length {
            length
        } else {
            length - loose
        }
    }

    /// Returns how many of the next pieces one page can hold, beginning at what it held last.
    fn longest(&self, rest: &[Piece], page: usize) -> usize {
        let fits = |length: usize| (self.fits)(&rest[..length], page);
        let mut lengths = self.lengths.borrow_mut();
        let guess = lengths.get(page).or(lengths.last()).copied().unwrap_or(16);
        let guess = guess.clamp(1, rest.len());
        // `low` fits and `high` does not, or lies outside.
        let (mut low, mut high, mut step) = (0, rest.len() + 1, 1);
        if fits(guess) {
            low = guess;
            while low + step < high {
                if fits(low + step) {
                    low += step;
                    step *= 2;
                } else {
                    high = low + step;
                }
            }
        } else {
            high = guess;
            while high > low + step {
                if fits(high - step) {
                    low = high - step;
                } else {
                    high -= step;
                    step *= 2;
                }
            }
        }
        while low + 1 < high {
            let middle = usize::midpoint(low, high);
            if fits(middle) {
                low = middle;
            } else {
                high = middle;
            }
        }
        if page < lengths.len() {
            lengths[page] = low;
        } else {
            lengths.push(low);
        }
        low
    }
}

/// Returns the pieces with the first `count` items; each block says how many of its own are gone.
fn first_items(pieces: &[Piece], count: usize) -> Vec<Piece> {
    let mut kept: Vec<Piece> = Vec::with_capacity(pieces.len());
    let mut left = count;
    for piece in pieces {
        match piece {
            Piece::Item { .. } if left > 0 => {
                left -= 1;
                kept.push(piece.clone());
            }
            Piece::Item { block, .. } => leave_out(&mut kept, *block, 1),
            Piece::More { count, block, .. } if left == 0 => leave_out(&mut kept, *block, *count),
            _ => kept.push(piece.clone()),
        }
    }
    kept
}

/// Adds to the omission of a block, which stands behind what is kept of it.
fn leave_out(kept: &mut Vec<Piece>, block: usize, more: usize) {
    if let Some(Piece::More {
        count, block: last, ..
    }) = kept.last_mut()
        && *last == block
    {
        *count += more;
        return;
    }
    let is_ours = |it: &&Piece| matches!(it, Piece::Item { block: of, .. } if *of == block);
    let shown = kept.iter().rev().take_while(is_ours).count();
    kept.push(Piece::More {
        count: more,
        shown,
        block,
    });
}

/// Returns the first `count` pieces and how many are gone.
fn first_lines(pieces: &[Piece], count: usize) -> Vec<Piece> {
    let mut kept = pieces[..count.min(pieces.len())].to_vec();
    let size = |it: &Piece| match it {
        Piece::Rule => 0,
        Piece::More { count, .. } | Piece::LinesLeftOut { count } => *count,
        _ => 1,
    };
    let lost: usize = pieces[kept.len()..].iter().map(size).sum();
    if lost > 0 {
        kept.push(Piece::LinesLeftOut { count: lost });
    }
    kept
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use model::Span;
    use model::message::Item;

    use super::*;

    fn item(name: &str) -> Piece {
        let rows = vec![("k".to_owned(), vec![Span::plain(name)])];
        Piece::Item {
            item: Item {
                heading: Vec::new(),
                rows,
            },
            block: 0,
        }
    }

    fn line(name: &str) -> Piece {
        Piece::Line {
            line: vec![Span::plain(name)],
            block: 1,
        }
    }

    /// Splits so that a page holds `room` pieces; returns the pages and how many pieces were
    /// looked at to find them.
    fn split_by(pieces: &[Piece], max_pages: usize, room: usize) -> (Vec<Vec<Piece>>, usize) {
        let looked = Cell::new(0);
        let fits = |pieces: &[Piece], _: usize| {
            looked.set(looked.get() + pieces.len());
            pieces.len() <= room
        };
        (split(pieces, max_pages, &fits), looked.get())
    }

    #[test]
    fn pages_are_full_and_in_order() {
        let pieces: Vec<Piece> = (0..10).map(|it| item(&it.to_string())).collect();
        let (pages, _) = split_by(&pieces, 5, 4);
        let lengths: Vec<usize> = pages.iter().map(Vec::len).collect();
        assert_eq!(lengths, [4, 4, 2]);
        assert_eq!(pages.concat(), pieces);
    }

    #[test]
    fn under_the_cap_the_last_items_go_and_the_lines_behind_them_stay() {
        let mut pieces: Vec<Piece> = (0..10).map(|it| item(&it.to_string())).collect();
        pieces.push(line("summary"));
        let (pages, _) = split_by(&pieces, 2, 3);
        let expected = [
            pieces[..3].to_vec(),
            vec![
                pieces[3].clone(),
                Piece::More {
                    count: 6,
                    shown: 4,
                    block: 0,
                },
                line("summary"),
            ],
        ];
        assert_eq!(pages, expected);
    }

    #[test]
    fn where_no_item_is_left_lines_go_and_their_number_is_said() {
        let pieces: Vec<Piece> = (0..10).map(|it| line(&it.to_string())).collect();
        let (pages, _) = split_by(&pieces, 1, 3);
        let expected = vec![line("0"), line("1"), Piece::LinesLeftOut { count: 8 }];
        assert_eq!(pages, [expected]);
    }

    #[test]
    fn finding_the_pages_of_many_items_looks_at_each_a_few_times_only() {
        let mut pieces: Vec<Piece> = (0..100_000).map(|it| item(&it.to_string())).collect();
        pieces.push(line("summary"));
        let (pages, looked) = split_by(&pieces, 5, 80);
        assert_eq!(pages.len(), 5);
        // 400 are shown; writing them is what takes time.
        assert!(looked < 400 * 20, "{looked} pieces were written");
    }
}
