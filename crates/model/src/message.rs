//! The neutral message: what a report says, before any chat's markup.
//!
//! Invariant: every text in here is data. Markup, mentions and escapes are made by the channel
//! that renders it, so a resource named `@all` or `](http://…)` stays a name.

/// One message to people, of any length; a channel splits it on the borders of items.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Message {
    /// The verdict, shown in lists and push notices; one line.
    pub title: String,
    /// How bad it is at its worst.
    pub tone: Tone,
    /// What it says, the worst first.
    pub blocks: Vec<Block>,
    /// Owner tag values of the people it is for; a channel maps them to its own ids.
    pub mention: Vec<String>,
    /// One thing to press, usually the console's page for it.
    pub button: Option<Button>,
}

/// A link with a caption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    /// What is written on it.
    pub caption: String,
    /// Where it leads; `https` only.
    pub url: String,
}

/// How a text or a message wants to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, PartialOrd, Ord)]
pub enum Tone {
    /// Neither good nor bad.
    #[default]
    Plain,
    /// All is well: green.
    Good,
    /// Soon: orange where there is one.
    Warning,
    /// Now: red.
    Urgent,
}

/// A piece of one line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Span {
    /// What it says.
    pub text: String,
    /// Its color.
    pub tone: Tone,
    /// Whether it stands out.
    pub bold: bool,
    /// Whether it is an id or an address, to be copied as it is.
    pub code: bool,
    /// Where it leads, if anywhere.
    pub link: Option<String>,
}

impl Span {
    /// Returns plain text.
    #[must_use]
    pub fn plain(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    /// Returns text that stands out.
    #[must_use]
    pub fn bold(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            bold: true,
            ..Self::default()
        }
    }

    /// Returns an id or an address.
    #[must_use]
    pub fn code(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            code: true,
            ..Self::default()
        }
    }

    /// Returns the span in a color.
    #[must_use]
    pub fn toned(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }
}

/// A line of spans.
pub type Line = Vec<Span>;

/// One block of a message. A channel may break a message between blocks, and inside
/// [`Block::Items`], [`Block::Lines`] and [`Block::Values`] between their entries, never elsewhere
/// (an entry that alone is larger than a message is broken between its rows, spans, graphemes).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A heading over what follows.
    Heading(Line),
    /// Running lines.
    Lines(Vec<Line>),
    /// Entries that belong together inside and not across: a resource's type, id, days left and end.
    Items {
        /// The entries, worst first; each is label–value pairs.
        items: Vec<Item>,
        /// How many there are in all when not every one is listed ("only TOP n shown").
        total: usize,
    },
    /// Short values to be copied in one go: the ids or addresses of everything above. A channel
    /// joins them with commas, and may break a message between them.
    Values {
        /// What they are.
        label: Line,
        /// The values, in order.
        values: Vec<String>,
    },
    /// A line across.
    Rule,
}

/// One entry of a list: label and value, line by line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Item {
    /// A line over the rows; may be empty.
    pub heading: Line,
    /// The rows, top down.
    pub rows: Vec<(String, Line)>,
}
