//! From a message to the parts that are put in the outbox: cleaned, split, written, marked.
//!
//! Invariant: what is stored carries no signature and no address, so nothing in it is secret or
//! grows old.

use jiff::Timestamp;
use model::Message;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::channel::{self, Channel};
use crate::clean;
use crate::page::{Page, Piece, pieces};
use crate::render::{self, Plain};
use crate::settings::{ChannelSettings, Person};
use crate::split::split;
use crate::texts::{self, Texts};

/// The version of [`Stored`] that is written; a newer one is left for a newer program.
const STORED_VERSION: u32 = 1;

/// One message as it will be sent, but for the signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The body of the request, byte for byte; of a mail, its parts as JSON.
    pub body: String,
    /// A simpler body, should this one be refused for its form.
    pub fallback: Option<String>,
    /// What it is, for people.
    pub summary: String,
    /// What makes it this part of this message of this run.
    pub event_id: String,
    /// Which part, from 1.
    pub part: u32,
    /// Of how many.
    pub parts: u32,
}

/// A part as it waits in the outbox.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Stored {
    v: u32,
    pub(crate) event: String,
    pub(crate) body: String,
    pub(crate) fallback: Option<String>,
}

impl Stored {
    /// Returns what is written into the outbox.
    pub(crate) fn write(part: &Part) -> String {
        let stored = Self {
            v: STORED_VERSION,
            event: part.event_id.clone(),
            body: part.body.clone(),
            fallback: part.fallback.clone(),
        };
        // A struct of texts always has a JSON form.
        serde_json::to_string(&stored).unwrap_or_default()
    }

    /// Reads what was written; `None` when a newer program wrote it.
    pub(crate) fn read(payload: &str) -> Option<Self> {
        let stored: Self = serde_json::from_str(payload).ok()?;
        (stored.v == STORED_VERSION).then_some(stored)
    }
}

/// Writes a message for one channel: at most `max_parts` parts, and what mentions need beside them.
///
/// `run` names the execution that sends it; with the same run and message the parts are the same.
#[must_use]
pub fn compose(
    settings: &ChannelSettings,
    message: &Message,
    run: &str,
    now: Timestamp,
) -> Vec<Part> {
    let message = clean::message(message);
    Composition::new(settings, &message, run, now).parts()
}

/// What all pages of one message share.
struct Composition<'a> {
    settings: &'a ChannelSettings,
    channel: &'static dyn Channel,
    texts: &'static Texts,
    message: &'a Message,
    people: Vec<&'a Person>,
    run: &'a str,
    /// A short word for the run, for people.
    mark: String,
    digest: String,
    time: String,
}

impl<'a> Composition<'a> {
    fn new(
        settings: &'a ChannelSettings,
        message: &'a Message,
        run: &'a str,
        now: Timestamp,
    ) -> Self {
        let mut people: Vec<&Person> = Vec::new();
        for owner in &message.mention {
            let person = settings.people.get(owner.trim());
            people.extend(person.filter(|it| !people.contains(it)));
        }
        let tail: Vec<char> = run.chars().filter(char::is_ascii_alphanumeric).collect();
        Self {
            settings,
            channel: channel::of(settings.kind),
            texts: texts::texts(settings.language),
            message,
            people,
            run,
            mark: tail[tail.len().saturating_sub(4)..].iter().collect(),
            digest: digest(settings, message, run),
            time: now.to_string(),
        }
    }

    fn parts(&self) -> Vec<Part> {
        let all = pieces(self.message);
        // What mentions need beside the first page is a message as well.
        let beside = self.channel.beside_first(&self.page(&[], 0, 1)).is_some();
        let most = self
            .settings
            .max_parts
            .saturating_sub(usize::from(beside))
            .max(1);
        let fits = |pieces: &[Piece], index: usize| {
            // The widest counter there can be, so that the real one is never longer.
            let page = self.page(pieces, index, most.max(index + 1));
            self.channel.fits(&self.channel.compose(&page))
        };
        let pages = split(&all, most, &fits);
        let written: Vec<Written> = pages
            .iter()
            .enumerate()
            .flat_map(|(index, pieces)| self.write(pieces, index, pages.len()))
            .collect();
        let parts = count(written.len());
        let number = |(index, written): (usize, Written)| Part {
            body: written.body,
            fallback: written.fallback,
            summary: written.summary,
            event_id: self.event_id(index),
            part: count(index + 1),
            parts,
        };
        written.into_iter().enumerate().map(number).collect()
    }

    /// Writes one page, and beside the first what mentions need.
    fn write(&self, pieces: &[Piece], index: usize, total: usize) -> Vec<Written> {
        let page = self.page(pieces, index, total);
        let text = self.plain(&page);
        let mut written = vec![Written {
            body: self.channel.compose(&page).text,
            fallback: self.channel.fallback(&page, &text),
            summary: page.title.clone(),
        }];
        let beside = (index == 0)
            .then(|| self.channel.beside_first(&page))
            .flatten();
        written.extend(beside.map(|it| Written {
            body: it.text,
            fallback: None,
            summary: format!("{} (@)", page.title),
        }));
        written
    }

    fn page<'b>(&'b self, pieces: &'b [Piece], index: usize, total: usize) -> Page<'b> {
        let is_first = index == 0;
        let title = match total {
            1 => self.message.title.clone(),
            _ => format!("{} ({}/{total})", self.message.title, index + 1),
        };
        let run = ("run", self.mark.as_str().into());
        let mark = match total {
            1 => self.texts.say_with("mark-single", &[run]),
            _ => {
                let places = [run, ("part", (index + 1).into()), ("parts", total.into())];
                self.texts.say_with("mark-part", &places)
            }
        };
        Page {
            settings: self.settings,
            texts: self.texts,
            title,
            tone: self.message.tone,
            pieces,
            people: if is_first { &self.people } else { &[] },
            button: self.message.button.as_ref().filter(|_| is_first),
            mark,
            event_id: self.event_id(index),
            time: self.time.clone(),
            run: self.run,
            part: index + 1,
            parts: total,
            owners: &self.message.mention,
        }
    }

    fn plain(&self, page: &Page<'_>) -> String {
        let body = render::join(render::chunks(&Plain, page.pieces, self.texts), "------");
        let text = [page.title.as_str(), &render::unlinked(&body), &page.mark];
        text.into_iter()
            .filter(|it| !it.is_empty())
            .collect::<Vec<_>>()
            .join("\n\n")
    }

    fn event_id(&self, index: usize) -> String {
        let run: String = self
            .run
            .chars()
            .filter(|it| it.is_ascii_alphanumeric() || *it == '-')
            .take(64)
            .collect();
        format!("{run}.{}.{}", self.digest, index + 1)
    }
}

struct Written {
    body: String,
    fallback: Option<String>,
    summary: String,
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Returns what makes a message of a run to a channel the same when it is put in once more.
fn digest(settings: &ChannelSettings, message: &Message, run: &str) -> String {
    let texts = texts::texts(settings.language);
    let text = render::join(render::chunks(&Plain, &pieces(message), texts), "------");
    let whole = [run, settings.name.as_str(), &message.title, &text].join("\u{0}");
    base::hex::encode(&Sha256::digest(whole))[..12].to_owned()
}
