//! The message as a row of pieces that a splitter can deal out, and one page of them.

use model::Tone;
use model::message::{Block, Button, Item, Line, Message};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::settings::{ChannelSettings, Person};
use crate::texts::Texts;

/// What a message is dealt out in. `block` says which pieces stood together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    Heading {
        line: Line,
    },
    Line {
        line: Line,
        block: usize,
    },
    Item {
        item: Item,
        block: usize,
    },
    Values {
        label: Line,
        values: Vec<String>,
        block: usize,
    },
    /// Says that `count` items are not shown and `shown` are.
    More {
        count: usize,
        shown: usize,
        block: usize,
    },
    /// Says that lines are not shown.
    LinesLeftOut {
        count: usize,
    },
    Rule,
}

/// Returns the pieces of a message, in its order.
pub(crate) fn pieces(message: &Message) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (block, content) in message.blocks.iter().enumerate() {
        match content {
            Block::Heading(line) if line.is_empty() => {}
            Block::Heading(line) => pieces.push(Piece::Heading { line: line.clone() }),
            Block::Lines(lines) => {
                let lines = lines.iter().filter(|it| !it.is_empty());
                pieces.extend(lines.map(|it| Piece::Line {
                    line: it.clone(),
                    block,
                }));
            }
            Block::Items { items, total } => {
                pieces.extend(items.iter().map(|it| Piece::Item {
                    item: it.clone(),
                    block,
                }));
                let (count, shown) = (total.saturating_sub(items.len()), items.len());
                if count > 0 {
                    pieces.push(Piece::More {
                        count,
                        shown,
                        block,
                    });
                }
            }
            Block::Values { values, .. } if values.is_empty() => {}
            Block::Values { label, values } => {
                let (label, values) = (label.clone(), values.clone());
                pieces.push(Piece::Values {
                    label,
                    values,
                    block,
                });
            }
            Block::Rule => pieces.push(Piece::Rule),
        }
    }
    pieces
}

/// Returns the two halves of a piece that alone is too large, or `None` when it has none.
pub(crate) fn halve(piece: &Piece) -> Option<(Piece, Piece)> {
    match piece {
        Piece::Heading { line } => {
            let (first, second) = halve_line(line)?;
            Some((
                Piece::Heading { line: first },
                Piece::Heading { line: second },
            ))
        }
        Piece::Line { line, block } => {
            let ((first, second), block) = (halve_line(line)?, *block);
            Some((
                Piece::Line { line: first, block },
                Piece::Line {
                    line: second,
                    block,
                },
            ))
        }
        Piece::Values {
            label,
            values,
            block,
        } => {
            let block = *block;
            let (first, second) = match values.as_slice() {
                [] => return None,
                [only] => {
                    let (head, tail) = halve_text(only)?;
                    (vec![head], vec![tail])
                }
                many => {
                    let (head, tail) = many.split_at(many.len() / 2);
                    (head.to_vec(), tail.to_vec())
                }
            };
            let (label, again) = (label.clone(), label.clone());
            let first = Piece::Values {
                label,
                values: first,
                block,
            };
            Some((
                first,
                Piece::Values {
                    label: again,
                    values: second,
                    block,
                },
            ))
        }
        Piece::Item { item, block } => {
            let ((first, second), block) = (halve_item(item)?, *block);
            Some((
                Piece::Item { item: first, block },
                Piece::Item {
                    item: second,
                    block,
                },
            ))
        }
        Piece::More { .. } | Piece::LinesLeftOut { .. } | Piece::Rule => None,
    }
}

fn halve_item(item: &Item) -> Option<(Item, Item)> {
    let heading = item.heading.clone();
    match item.rows.as_slice() {
        [] => {
            let (first, second) = halve_line(&heading)?;
            let half = |heading| Item {
                heading,
                rows: Vec::new(),
            };
            Some((half(first), half(second)))
        }
        [only] if heading.is_empty() => {
            let (first, second) = halve_line(&only.1)?;
            let half = |line| Item {
                heading: Vec::new(),
                rows: vec![(only.0.clone(), line)],
            };
            Some((half(first), half(second)))
        }
        [only] => {
            let rest = Item {
                heading: Vec::new(),
                rows: vec![only.clone()],
            };
            Some((
                Item {
                    heading,
                    rows: Vec::new(),
                },
                rest,
            ))
        }
        rows => {
            let (head, tail) = rows.split_at(rows.len() / 2);
            let rest = Item {
                heading: heading.clone(),
                rows: tail.to_vec(),
            };
            Some((
                Item {
                    heading,
                    rows: head.to_vec(),
                },
                rest,
            ))
        }
    }
}

fn halve_line(line: &Line) -> Option<(Line, Line)> {
    match line.as_slice() {
        [] => None,
        [only] => {
            let (head, tail) = halve_text(&only.text)?;
            let half = |text| {
                vec![model::Span {
                    text,
                    ..only.clone()
                }]
            };
            Some((half(head), half(tail)))
        }
        spans => {
            let (head, tail) = spans.split_at(spans.len() / 2);
            Some((head.to_vec(), tail.to_vec()))
        }
    }
}

fn halve_text(text: &str) -> Option<(String, String)> {
    let borders: Vec<usize> = text.grapheme_indices(true).map(|it| it.0).collect();
    let middle = *borders.get(borders.len() / 2).filter(|it| **it > 0)?;
    let (head, tail) = text.split_at(middle);
    Some((head.to_owned(), tail.to_owned()))
}

/// One message as it will be sent: some of the pieces, and what every part repeats.
pub(crate) struct Page<'a> {
    pub(crate) settings: &'a ChannelSettings,
    pub(crate) texts: &'static Texts,
    /// The title, with `(i/n)` when there are several.
    pub(crate) title: String,
    pub(crate) tone: Tone,
    pub(crate) pieces: &'a [Piece],
    /// Whom to mention; empty but on the first page.
    pub(crate) people: &'a [&'a Person],
    /// `None` but on the first page.
    pub(crate) button: Option<&'a Button>,
    /// What makes a duplicate recognisable.
    pub(crate) mark: String,
    /// The id of the event, for receivers that know about repeats.
    pub(crate) event_id: String,
    /// When the message was made, RFC 3339.
    pub(crate) time: String,
    pub(crate) run: &'a str,
    pub(crate) part: usize,
    pub(crate) parts: usize,
    /// Owner tag values, for machines.
    pub(crate) owners: &'a [String],
}

impl Page<'_> {
    /// Returns `text`, which shows the title, with the keyword in front unless it is in there.
    pub(crate) fn with_keyword(&self, text: String) -> String {
        match self.settings.keyword.as_deref() {
            Some(keyword) if !text.contains(keyword) => format!("{keyword} {text}"),
            _ => text,
        }
    }
}
