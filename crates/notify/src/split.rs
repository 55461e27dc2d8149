//! Deals pieces out to pages: as few pages as hold them, at most so many, nothing lost unsaid.
//!
//! Invariant: every piece is on exactly one page, or its omission is announced on one.

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
    let dealt =
        |pieces: Vec<Piece>| Some(deal(pieces, max_pages, fits)).filter(|it| !it.is_empty());
    if let Some(pages) = deal_within(pieces.to_vec(), max_pages, fits) {
        return pages;
    }
    let items = pieces
        .iter()
        .filter(|it| matches!(it, Piece::Item { .. }))
        .count();
    let keep_items = |count: usize| first_items(pieces, count);
    if let Some(pages) = largest(items, |it| deal_within(keep_items(it), max_pages, fits)) {
        return pages;
    }
    let without_items = first_items(pieces, 0);
    let keep_lines = |count: usize| first_lines(&without_items, count);
    let lines = without_items.len();
    largest(lines, |it| deal_within(keep_lines(it), max_pages, fits))
        .or_else(|| dealt(keep_lines(0)))
        .unwrap_or_else(|| vec![Vec::new()])
}

/// Returns what `attempt` gives for the largest number below `total` for which it gives anything.
fn largest<T>(total: usize, attempt: impl Fn(usize) -> Option<T>) -> Option<T> {
    let mut best = Some(attempt(0)?);
    let (mut low, mut high) = (0, total);
    while low + 1 < high {
        let middle = usize::midpoint(low, high);
        match attempt(middle) {
            Some(found) => {
                best = Some(found);
                low = middle;
            }
            None => high = middle,
        }
    }
    best
}

fn deal_within(
    pieces: Vec<Piece>,
    max_pages: usize,
    fits: &dyn Fn(&[Piece], usize) -> bool,
) -> Option<Vec<Vec<Piece>>> {
    let pages = deal(pieces, max_pages + 1, fits);
    (pages.len() <= max_pages).then_some(pages)
}

/// Deals pieces out until they are used up or `enough` pages are full.
fn deal(
    pieces: Vec<Piece>,
    enough: usize,
    fits: &dyn Fn(&[Piece], usize) -> bool,
) -> Vec<Vec<Piece>> {
    let mut rest = pieces;
    let mut pages = Vec::new();
    while !rest.is_empty() && pages.len() < enough {
        match page_length(&rest, pages.len(), fits) {
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
fn page_length(rest: &[Piece], page: usize, fits: &dyn Fn(&[Piece], usize) -> bool) -> usize {
    let (mut low, mut high) = (0, rest.len() + 1);
    let mut step = 1;
    // Galloping first: pages are short compared with what waits.
    while low + step < high {
        if fits(&rest[..low + step], page) {
            low += step;
            step *= 2;
        } else {
            high = low + step;
        }
    }
    while low + 1 < high {
        let middle = usize::midpoint(low, high);
        if fits(&rest[..middle], page) {
            low = middle;
        } else {
            high = middle;
        }
    }
    if low == rest.len() {
        return low;
    }
    let belongs_below = |it: &&Piece| matches!(it, Piece::Heading { .. } | Piece::Rule);
    let loose = rest[..low].iter().rev().take_while(belongs_below).count();
    if loose == low { low } else { low - loose }
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
