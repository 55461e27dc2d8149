//! Slack incoming webhooks: `POST /services/T…/B…/…`.
//!
//! Errors are plain text with an HTTP status; there is no envelope. About one message a second is
//! allowed with short bursts, read here as three, then one a second.

use std::time::Duration;

use http::{StatusCode, header};
use serde_json::Value;
use url::form_urlencoded;

use super::door::{Letter, Reply, Verdict};
use super::markup;
use super::record::Reading;
use super::state::{Moment, Robot};

const MAX_BLOCKS: usize = 50;
const MAX_ATTACHMENTS: usize = 100;
/// Characters of a section's text; a field has 2000.
const MAX_SECTION: usize = 3000;
const MAX_FIELD: usize = 2000;
const MAX_HEADER: usize = 150;
/// Characters; what is beyond is cut off silently.
const MAX_TEXT: usize = 40_000;
const BURST: usize = 3;
/// Three in three seconds: one a second, and a burst of three.
const BURST_SPAN: Duration = Duration::from_secs(3);

/// Applies the rules in the order: payload, blocks, rate.
pub(super) fn judge(robot: &mut Robot, letter: &Letter<'_>, now: Moment) -> Verdict {
    let reading = match read(letter) {
        Ok(reading) => reading,
        Err(word) => return Verdict::Refuse(bad(word)),
    };
    if !robot.window.admit(now.elapsed, &[(BURST, BURST_SPAN)]) {
        return Verdict::Refuse(too_many());
    }
    Verdict::Accept(Box::new(reading))
}

/// Uses the burst up and says so.
pub(super) fn limit(robot: &mut Robot, now: Moment) -> Reply {
    robot.window.fill(now.elapsed, BURST);
    too_many()
}

fn too_many() -> Reply {
    let headers = vec![(header::RETRY_AFTER, BURST_SPAN.as_secs().to_string())];
    Reply {
        headers,
        ..Reply::plain(StatusCode::TOO_MANY_REQUESTS, "rate_limited")
    }
}

fn bad(word: &str) -> Reply {
    Reply {
        code: word.to_owned(),
        ..Reply::plain(StatusCode::BAD_REQUEST, word)
    }
}

fn read(letter: &Letter<'_>) -> Result<Reading, &'static str> {
    let invalid = "invalid_payload";
    let json: Value = match letter.media_type().as_str() {
        "application/json" => serde_json::from_slice(letter.body).map_err(|_| invalid)?,
        "application/x-www-form-urlencoded" => {
            let payload = form_urlencoded::parse(letter.body).find(|it| it.0 == "payload");
            serde_json::from_str(&payload.ok_or(invalid)?.1).map_err(|_| invalid)?
        }
        _ => return Err(invalid),
    };
    if !json.is_object() {
        return Err(invalid);
    }
    let mut reading = Reading {
        form: "text".to_owned(),
        ..Reading::default()
    };
    let text = match &json["text"] {
        Value::Null => "",
        Value::String(text) => text.as_str(),
        _ => return Err(invalid),
    };
    let text: String = text.chars().take(MAX_TEXT).collect();
    let blocks = match &json["blocks"] {
        Value::Null => &[],
        Value::Array(blocks) => blocks.as_slice(),
        _ => return Err("invalid_blocks"),
    };
    let attachments = match &json["attachments"] {
        Value::Null => &[],
        Value::Array(attachments) => attachments.as_slice(),
        _ => return Err("invalid_attachments"),
    };
    if text.is_empty() && blocks.is_empty() && attachments.is_empty() {
        return Err("no_text");
    }
    if attachments.len() > MAX_ATTACHMENTS {
        return Err("too_many_attachments");
    }
    if !text.is_empty() {
        // Beside blocks the text is what the push shows; a mention in it rings all the same.
        add_mrkdwn(&text, &mut reading);
        if json["link_names"].as_i64() == Some(1)
            || json["link_names"] == Value::Bool(true)
            || json["parse"] == "full"
        {
            mention_bare_names(&text, &mut reading);
        }
    }
    if !blocks.is_empty() {
        reading.form = "blocks".to_owned();
        read_blocks(blocks, &mut reading).ok_or("invalid_blocks")?;
    }
    for attachment in attachments {
        for key in ["pretext", "title", "text", "footer"] {
            if let Some(text) = attachment[key].as_str().filter(|it| !it.is_empty()) {
                add_mrkdwn(text, &mut reading);
            }
        }
        if let Some(link) = attachment["title_link"].as_str() {
            reading.links.push(link.to_owned());
        }
        if let Some(blocks) = attachment["blocks"].as_array() {
            read_blocks(blocks, &mut reading).ok_or("invalid_attachments")?;
        }
    }
    reading.json = json;
    Ok(reading)
}

fn read_blocks(blocks: &[Value], reading: &mut Reading) -> Option<()> {
    if blocks.len() > MAX_BLOCKS {
        return None;
    }
    blocks.iter().try_for_each(|it| read_block(it, reading))
}

/// Reads one block; `None` when the real service would refuse it.
fn read_block(block: &Value, reading: &mut Reading) -> Option<()> {
    match block["type"].as_str()? {
        "header" => {
            let text = &block["text"];
            let is_plain = text["type"] == "plain_text";
            let content = sized(text, MAX_HEADER).filter(|_| is_plain)?;
            reading.title.get_or_insert_with(|| content.to_owned());
            reading.add_text(content, content);
        }
        "section" => {
            let has_text = !block["text"].is_null();
            if has_text {
                read_text(&block["text"], MAX_SECTION, reading)?;
            }
            match block["fields"].as_array() {
                Some(fields) if (1..=10).contains(&fields.len()) => {
                    for field in fields {
                        read_text(field, MAX_FIELD, reading)?;
                    }
                }
                Some(_) => return None,
                None if !has_text => return None,
                None => {}
            }
        }
        "context" => {
            let elements = block["elements"].as_array()?;
            if !(1..=10).contains(&elements.len()) {
                return None;
            }
            for element in elements.iter().filter(|it| it["type"] != "image") {
                read_text(element, MAX_SECTION, reading)?;
            }
        }
        "actions" => {
            let elements = block["elements"].as_array()?;
            if !(1..=25).contains(&elements.len()) {
                return None;
            }
            for button in elements {
                let is_plain = button["type"] == "button" && button["text"]["type"] == "plain_text";
                sized(&button["text"], 75).filter(|_| is_plain)?;
                if let Some(url) = button["url"].as_str() {
                    reading.links.push(url.to_owned());
                }
            }
        }
        "divider" => {}
        _ => return None,
    }
    Some(())
}

fn sized(text: &Value, limit: usize) -> Option<&str> {
    text["text"]
        .as_str()
        .filter(|it| (1..=limit).contains(&it.chars().count()))
}

fn read_text(text: &Value, limit: usize, reading: &mut Reading) -> Option<()> {
    let content = sized(text, limit)?;
    match text["type"].as_str()? {
        "mrkdwn" => add_mrkdwn(content, reading),
        "plain_text" => reading.add_text(content, content),
        _ => return None,
    }
    Some(())
}

fn add_mrkdwn(source: &str, reading: &mut Reading) {
    let seen = markup::mrkdwn(source);
    reading.add_text(source, &seen.text);
    reading.links.extend(seen.links);
    for inside in markup::angles(source) {
        let target = inside.split('|').next().unwrap_or_default();
        match target.strip_prefix('!') {
            Some("channel" | "here" | "everyone") => reading.mentions.everyone = true,
            Some(group) if group.starts_with("subteam^") => reading.mentions.add(group),
            _ => {
                if let Some(person) = target.strip_prefix('@').filter(|it| !it.is_empty()) {
                    reading.mentions.add(person);
                }
            }
        }
    }
}

/// Reads `@channel` and `@name`, which ring only when the sender asked for names to be linked.
fn mention_bare_names(text: &str, reading: &mut Reading) {
    for word in text.split(|it: char| !(it.is_alphanumeric() || "@._-".contains(it))) {
        match word.strip_prefix('@') {
            Some("channel" | "here" | "everyone") => reading.mentions.everyone = true,
            Some(name) if !name.is_empty() => reading.mentions.add(name),
            _ => {}
        }
    }
}
