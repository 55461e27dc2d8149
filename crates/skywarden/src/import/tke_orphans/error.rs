//! Why an old file cannot be taken over.

use crate::config::Excerpt;

/// Why an old file cannot be taken over; keys are named, values never.
#[derive(Debug, thiserror::Error)]
pub enum TkeOrphansError {
    /// It is no YAML.
    #[error("{}: this is not YAML\n{excerpt}", place(excerpt))]
    Syntax {
        /// Where reading stopped.
        excerpt: Excerpt,
    },
    /// A value stands where keys belong, or the other way round.
    #[error(
        "{}: here stands another sort of thing than the old program reads\n{excerpt}",
        place(excerpt)
    )]
    Shape {
        /// Where.
        excerpt: Excerpt,
    },
    /// A key that the old program would pass over in silence.
    #[error("{}: the key `{key}` means nothing here\n{excerpt}", place(excerpt))]
    UnknownKey {
        /// The key.
        key: String,
        /// The keys that mean something there.
        known: Vec<&'static str>,
        /// Where.
        excerpt: Excerpt,
    },
    /// A key stands there twice, so that one of the two would be lost.
    #[error("{}: the key `{key}` is here twice\n{excerpt}", place(excerpt))]
    Twice {
        /// The key.
        key: String,
        /// Where the second one is.
        excerpt: Excerpt,
    },
    /// A table is missing.
    #[error("the key `{key}` is missing")]
    Missing {
        /// The key.
        key: &'static str,
    },
    /// Nobody has filled in what must be there.
    #[error("{}`{key}` is not filled in{}", at(excerpt.as_ref()), below(excerpt.as_ref()))]
    Blank {
        /// The key.
        key: &'static str,
        /// The key of the text that says what belongs there.
        what: &'static str,
        /// Where, when it is there at all.
        excerpt: Option<Excerpt>,
    },
    /// A robot is switched on and has no address.
    #[error("{}`{key}` is not filled in{}", at(excerpt.as_ref()), below(excerpt.as_ref()))]
    NoAddress {
        /// The key of the address.
        key: String,
        /// The key that switches the robot off.
        switch: String,
        /// Where, when it is there at all.
        excerpt: Option<Excerpt>,
    },
    /// A robot has a placeholder for its secret.
    #[error("{}: `{key}` is not filled in\n{excerpt}", place(excerpt))]
    NoSecret {
        /// The key.
        key: String,
        /// Where.
        excerpt: Excerpt,
    },
    /// The value of a key cannot be used.
    #[error("{}: `{key}` is not {expected}\n{excerpt}", place(excerpt))]
    Value {
        /// The key.
        key: String,
        /// What should stand there.
        expected: &'static str,
        /// Where.
        excerpt: Excerpt,
    },
}

fn place(excerpt: &Excerpt) -> String {
    format!("line {}, column {}", excerpt.line, excerpt.column)
}

fn at(excerpt: Option<&Excerpt>) -> String {
    excerpt
        .map(|it| format!("{}: ", place(it)))
        .unwrap_or_default()
}

fn below(excerpt: Option<&Excerpt>) -> String {
    excerpt.map(|it| format!("\n{it}")).unwrap_or_default()
}
