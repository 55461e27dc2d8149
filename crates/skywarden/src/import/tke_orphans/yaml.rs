//! The old file as it is written: every key it may have, every value a text with its place.

use granit_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span, StrInput};

use super::error::TkeOrphansError;
use super::excerpt::Lines;

/// One value: numbers and switches too are read as the text they are written as.
pub(super) struct Leaf {
    pub(super) value: String,
    pub(super) place: Place,
}

/// A place in the old file.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// From 1.
    pub(super) line: usize,
    /// From 1.
    pub(super) column: usize,
}

impl From<&Marker> for Place {
    fn from(marker: &Marker) -> Self {
        Self {
            line: marker.line(),
            column: marker.col() + 1,
        }
    }
}

#[derive(Default)]
pub(super) struct OldFile {
    pub(super) tencentcloud: Option<OldCloud>,
    pub(super) webhook: Option<OldWebhook>,
    pub(super) logging: Option<OldLogging>,
}

#[derive(Default)]
pub(super) struct OldCloud {
    pub(super) secret_id: Option<Leaf>,
    pub(super) secret_key: Option<Leaf>,
    pub(super) region: Option<Leaf>,
}

#[derive(Default)]
pub(super) struct OldWebhook {
    pub(super) enabled: Option<Leaf>,
    pub(super) timeout: Option<Leaf>,
    pub(super) platforms: Option<OldPlatforms>,
}

#[derive(Default)]
pub(super) struct OldPlatforms {
    pub(super) wecom: Option<OldRobot>,
    pub(super) dingtalk: Option<OldRobot>,
    pub(super) feishu: Option<OldRobot>,
}

#[derive(Default)]
pub(super) struct OldRobot {
    pub(super) enabled: Option<Leaf>,
    pub(super) url: Option<Leaf>,
    pub(super) secret: Option<Leaf>,
}

#[derive(Default)]
pub(super) struct OldLogging {
    pub(super) level: Option<Leaf>,
}

/// Reads the file.
pub(super) fn read(text: &str, lines: &Lines<'_>) -> Result<OldFile, TkeOrphansError> {
    let parser = Parser::new_from_str(text);
    let mut reader = Reader { parser, lines };
    let file = reader.file()?;
    file.ok_or(TkeOrphansError::Missing {
        key: "tencentcloud",
    })
}

type Read<T> = Result<T, TkeOrphansError>;

/// Goes through the file from its begin to its end, and takes nothing that has no place in it.
struct Reader<'a> {
    parser: Parser<'a, StrInput<'a>>,
    lines: &'a Lines<'a>,
}

impl<'a> Reader<'a> {
    fn file(&mut self) -> Read<Option<OldFile>> {
        let mut file = OldFile::default();
        // A file of nothing but comments has no document.
        if !self.begins()? {
            return Ok(None);
        }
        let known = &["tencentcloud", "webhook", "logging"];
        let is_there = self.table(known, |it, key| {
            match key {
                "tencentcloud" => file.tencentcloud = it.cloud()?,
                "webhook" => file.webhook = it.webhook()?,
                _ => file.logging = it.logging()?,
            }
            Ok(())
        })?;
        self.ends()?;
        Ok(is_there.then_some(file))
    }

    fn cloud(&mut self) -> Read<Option<OldCloud>> {
        let mut cloud = OldCloud::default();
        let is_there = self.table(&["secret_id", "secret_key", "region"], |it, key| {
            *match key {
                "secret_id" => &mut cloud.secret_id,
                "secret_key" => &mut cloud.secret_key,
                _ => &mut cloud.region,
            } = it.leaf()?;
            Ok(())
        })?;
        Ok(is_there.then_some(cloud))
    }

    fn webhook(&mut self) -> Read<Option<OldWebhook>> {
        let mut webhook = OldWebhook::default();
        let is_there = self.table(&["enabled", "timeout", "platforms"], |it, key| {
            match key {
                "enabled" => webhook.enabled = it.leaf()?,
                "timeout" => webhook.timeout = it.leaf()?,
                _ => webhook.platforms = it.platforms()?,
            }
            Ok(())
        })?;
        Ok(is_there.then_some(webhook))
    }

    fn platforms(&mut self) -> Read<Option<OldPlatforms>> {
        let mut platforms = OldPlatforms::default();
        let is_there = self.table(&["wecom", "dingtalk", "feishu"], |it, key| {
            *match key {
                "wecom" => &mut platforms.wecom,
                "dingtalk" => &mut platforms.dingtalk,
                _ => &mut platforms.feishu,
            } = it.robot()?;
            Ok(())
        })?;
        Ok(is_there.then_some(platforms))
    }

    fn robot(&mut self) -> Read<Option<OldRobot>> {
        let mut robot = OldRobot::default();
        let is_there = self.table(&["enabled", "url", "secret"], |it, key| {
            *match key {
                "enabled" => &mut robot.enabled,
                "url" => &mut robot.url,
                _ => &mut robot.secret,
            } = it.leaf()?;
            Ok(())
        })?;
        Ok(is_there.then_some(robot))
    }

    fn logging(&mut self) -> Read<Option<OldLogging>> {
        let mut logging = OldLogging::default();
        let is_there = self.table(&["level"], |it, _| {
            logging.level = it.leaf()?;
            Ok(())
        })?;
        Ok(is_there.then_some(logging))
    }

    /// Reads a table of `known` keys, each of which stands there once, and returns whether it is
    /// there at all.
    fn table(
        &mut self,
        known: &[&'static str],
        mut field: impl FnMut(&mut Self, &str) -> Read<()>,
    ) -> Read<bool> {
        match self.next()? {
            (Event::MappingStart(..), _) => {}
            (Event::Scalar(text, ScalarStyle::Plain, ..), _) if is_null(&text) => return Ok(false),
            (_, place) => return Err(self.misshaped(place)),
        }
        let mut seen: Vec<&str> = Vec::new();
        loop {
            let (key, place) = match self.next()? {
                (Event::MappingEnd, _) => return Ok(true),
                (Event::Scalar(key, ..), place) => (key, place),
                (_, place) => return Err(self.misshaped(place)),
            };
            let excerpt = || self.lines.of_key(place);
            let Some(name) = known.iter().find(|it| **it == key) else {
                return Err(TkeOrphansError::UnknownKey {
                    key: shortened(&key),
                    known: known.to_vec(),
                    excerpt: excerpt(),
                });
            };
            if seen.contains(name) {
                return Err(TkeOrphansError::Twice {
                    key: shortened(&key),
                    excerpt: excerpt(),
                });
            }
            seen.push(name);
            field(self, name)?;
        }
    }

    fn leaf(&mut self) -> Read<Option<Leaf>> {
        match self.next()? {
            (Event::Scalar(text, ScalarStyle::Plain, ..), _) if is_null(&text) => Ok(None),
            (Event::Scalar(text, ..), place) => Ok(Some(Leaf {
                value: text.into_owned(),
                place,
            })),
            (_, place) => Err(self.misshaped(place)),
        }
    }

    fn begins(&mut self) -> Read<bool> {
        loop {
            match self.next()?.0 {
                Event::StreamStart => {}
                Event::DocumentStart(..) => return Ok(true),
                _ => return Ok(false),
            }
        }
    }

    /// One file is one document.
    fn ends(&mut self) -> Read<()> {
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => return Ok(()),
                (Event::DocumentEnd, _) => {}
                (_, place) => return Err(self.unreadable(place)),
            }
        }
    }

    fn next(&mut self) -> Read<(Event<'a>, Place)> {
        let next: Option<Result<(Event<'a>, Span), ScanError>> = self.parser.next_event();
        match next {
            Some(Ok((event, span))) => Ok((event, Place::from(&span.start))),
            // The reader's own words may have a value in them.
            Some(Err(error)) => Err(self.unreadable(Place::from(error.marker()))),
            None => Err(self.unreadable(Place { line: 1, column: 1 })),
        }
    }

    fn misshaped(&self, place: Place) -> TkeOrphansError {
        let excerpt = self.lines.excerpt(place);
        TkeOrphansError::Shape { excerpt }
    }

    fn unreadable(&self, place: Place) -> TkeOrphansError {
        let excerpt = self.lines.excerpt(place);
        TkeOrphansError::Syntax { excerpt }
    }
}

/// Nothing, as YAML's core schema spells it.
fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

/// Returns a key as it may be shown: a key is no secret, unless somebody forgot the colon.
fn shortened(key: &str) -> String {
    let shown: String = key.chars().filter(|it| !it.is_control()).take(40).collect();
    match shown.len() < key.len() {
        true => format!("{shown}…"),
        false => shown,
    }
}
