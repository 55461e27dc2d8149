//! What a robot keeps of a request.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

/// How many messages, and how many refusals, one robot keeps.
pub const MAX_RECORDS: usize = 4096;

/// One accepted message.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Message {
    /// When it was accepted, by the robots' clock.
    pub at: Timestamp,
    /// The body as it came.
    pub body: String,
    /// The body, parsed.
    pub json: Value,
    /// The vendor's name of the format: `markdown`, `interactive`, `blocks`, …
    pub form: String,
    /// What push and conversation list show, where the format has it.
    pub title: Option<String>,
    /// The text as written, markup included; parts are joined by a line break.
    pub source: String,
    /// The text a person sees: markup taken out, escapes undone, swallowed line breaks swallowed.
    pub text: String,
    /// Whose phone rings.
    pub mentions: Mentions,
    /// Where a click leads, in order: links of the text, then buttons.
    pub links: Vec<String>,
    /// The `Idempotency-Key` header, which only the generic webhook demands.
    pub idempotency_key: Option<String>,
    /// What the sender heard.
    pub answer: Answer,
}

/// What the sender of an accepted message heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// The robot's word of success.
    Given,
    /// Nothing: the message was delivered, the answer was lost.
    Lost,
}

/// The mentions that act. What only looks like one is not here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Mentions {
    /// Whether the whole group is rung.
    pub everyone: bool,
    /// Users or mobile numbers that are rung, as the sender named them, sorted.
    pub people: Vec<String>,
}

impl Mentions {
    /// Returns whether nobody is rung.
    #[must_use]
    pub fn is_nobody(&self) -> bool {
        !self.everyone && self.people.is_empty()
    }

    /// Adds one person, once.
    pub(super) fn add(&mut self, person: &str) {
        if let Err(place) = self.people.binary_search_by(|it| it.as_str().cmp(person)) {
            self.people.insert(place, person.to_owned());
        }
    }

    /// Adds `whom`, which is everyone when it is the vendor's word for that.
    pub(super) fn add_or_everyone(&mut self, whom: &str, word: &str) {
        if whom.eq_ignore_ascii_case(word) {
            self.everyone = true;
        } else if !whom.is_empty() {
            self.add(whom);
        }
    }
}

/// One refused request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// When it was refused, by the robots' clock.
    pub at: Timestamp,
    /// The vendor's code: `310000`, `invalid_blocks`, or the HTTP status.
    pub code: String,
    /// The vendor's text.
    pub reason: String,
    /// How long the body was.
    pub body_bytes: usize,
}

/// What a vendor's rules read out of an acceptable body.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) json: Value,
    pub(super) form: String,
    pub(super) title: Option<String>,
    pub(super) source: String,
    pub(super) text: String,
    pub(super) mentions: Mentions,
    pub(super) links: Vec<String>,
    pub(super) idempotency_key: Option<String>,
}

impl Reading {
    /// Returns this reading as a record.
    pub(super) fn into_message(self, at: Timestamp, body: String, answer: Answer) -> Message {
        Message {
            at,
            body,
            json: self.json,
            form: self.form,
            title: self.title,
            source: self.source,
            text: self.text,
            mentions: self.mentions,
            links: self.links,
            idempotency_key: self.idempotency_key,
            answer,
        }
    }

    /// Adds a stretch of text: as written and as seen.
    pub(super) fn add_text(&mut self, source: &str, text: &str) {
        for (whole, part) in [(&mut self.source, source), (&mut self.text, text)] {
            if !whole.is_empty() {
                whole.push('\n');
            }
            whole.push_str(part);
        }
    }
}
