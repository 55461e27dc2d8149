//! Feishu (Lark) custom bots: `POST /open-apis/bot/v2/hook/T`.
//!
//! Sources: the vendor's custom bot guide and card JSON 2.0 pages; refusals of cards as quoted in
//! public issues. Read strictly: 20 KB are 20,000 bytes; the keyword must be in the text that is
//! shown; whatever has the shape of an `<at …>` in Markdown rings, fenced or not.

mod card;

use std::time::Duration;

use serde_json::{Value, json};

use super::door::{Letter, Reply, Verdict};
use super::is_allowed;
use super::markup;
use super::record::Reading;
use super::seal::hmac_base64;
use super::state::{Moment, Robot};

/// The whole body, in bytes.
const MAX_BYTES: usize = 20_000;
const LIMITS: [(usize, Duration); 2] =
    [(5, Duration::from_secs(1)), (100, Duration::from_secs(60))];
/// How far a signature's time may be from the server's, in seconds.
const SKEW_SECONDS: i128 = 3600;

/// Applies the rules in the order: size, shape, address, signature, payload, keyword, rate.
pub(super) fn judge(robot: &mut Robot, letter: &Letter<'_>, now: Moment) -> Verdict {
    let json = if letter.body.len() > MAX_BYTES || letter.media_type() != "application/json" {
        None
    } else {
        serde_json::from_slice::<Value>(letter.body)
            .ok()
            .filter(Value::is_object)
    };
    let Some(json) = json else {
        return Verdict::Refuse(coded(9499, "Bad Request"));
    };
    if !is_allowed(robot.security.allowed.as_deref(), letter.line.peer) {
        return Verdict::Refuse(coded(19022, "Ip Not Allowed"));
    }
    if let Some(secret) = &robot.security.secret
        && !is_signed(secret, &json, now)
    {
        let why = "sign match fail or timestamp is not within one hour from current time";
        return Verdict::Refuse(coded(19021, why));
    }
    let reading = match read(json) {
        Ok(reading) => reading,
        Err(reply) => return Verdict::Refuse(reply),
    };
    if !robot.security.has_keyword(&reading.text) {
        return Verdict::Refuse(coded(19024, "Key Words Not Found"));
    }
    if !robot.window.admit(now.elapsed, &LIMITS) {
        return Verdict::Refuse(too_fast());
    }
    Verdict::Accept(Box::new(reading))
}

/// Returns an answer in Feishu's envelope.
pub(super) fn coded(code: i64, message: &str) -> Reply {
    Reply::envelope(
        code,
        message,
        &json!({ "code": code, "data": {}, "msg": message }),
    )
}

/// Returns the word of success, with the redundant old fields.
pub(super) fn success() -> Reply {
    let body = json!({
        "StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success",
        "Extra": null,
    });
    Reply::envelope(0, "success", &body)
}

/// Uses the second up and says so.
pub(super) fn limit(robot: &mut Robot, now: Moment) -> Reply {
    robot.window.fill(now.elapsed, LIMITS[0].0);
    too_fast()
}

fn too_fast() -> Reply {
    coded(
        11232,
        "frequency limited psm[lark.oapi.app_platform_runtime]appID[1500]",
    )
}

/// Verifies `sign`: the HMAC of nothing under the key `timestamp\nsecret`.
fn is_signed(secret: &str, json: &Value, now: Moment) -> bool {
    let timestamp = match &json["timestamp"] {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return false,
    };
    let Ok(sent) = timestamp.parse::<i64>() else {
        return false;
    };
    let skew = i128::from(sent) - i128::from(now.wall.as_second());
    let expected = hmac_base64(format!("{timestamp}\n{secret}").as_bytes(), b"");
    skew.abs() <= SKEW_SECONDS && json["sign"] == expected.as_str()
}

fn read(json: Value) -> Result<Reading, Reply> {
    let invalid = |what: &str| coded(19002, &format!("params error, {what}"));
    let form = json["msg_type"]
        .as_str()
        .ok_or_else(|| invalid("msg_type need"))?
        .to_owned();
    let mut reading = Reading {
        form: form.clone(),
        ..Reading::default()
    };
    // The app API takes the content as a string of JSON; the hook does not.
    if form != "interactive" && !json["content"].is_object() {
        return Err(coded(9499, "Bad Request"));
    }
    match form.as_str() {
        "text" => {
            let text = json["content"]["text"].as_str().filter(|it| !it.is_empty());
            let text = text.ok_or_else(|| invalid("text content need"))?;
            reading.add_text(text, &markup::entities(&without_at_tags(text)));
            ring(text, &mut reading);
        }
        "post" => read_post(&json["content"]["post"], &mut reading)
            .ok_or_else(|| invalid("unknown post value"))?,
        "interactive" => {
            let card = Some(&json["card"]).filter(|it| it.is_object());
            let card = card.ok_or_else(|| invalid("unknown card value"))?;
            card::read(card, &mut reading)
                .map_err(|why| coded(230_099, &format!("Failed to create card content, {why}")))?;
        }
        _ => return Err(invalid("unknown msg_type value")),
    }
    reading.json = json;
    Ok(reading)
}

/// Adds everybody whom an `<at …>` in `source` rings.
fn ring(source: &str, reading: &mut Reading) {
    for value in markup::attributes(source, "at", &["id", "user_id", "ids", "email"]) {
        for person in value.split(',').map(str::trim) {
            reading.mentions.add_or_everyone(person, "all");
        }
    }
}

fn without_at_tags(source: &str) -> String {
    let mut text = String::with_capacity(source.len());
    let mut rest = source;
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(before);
        let is_at = after.starts_with("at ") || after.starts_with("/at>");
        match after.split_once('>').filter(|_| is_at) {
            Some((_, next)) => rest = next,
            None => {
                text.push('<');
                rest = after;
            }
        }
    }
    text.push_str(rest);
    text
}

/// Reads a `post`: languages, each with a title and paragraphs of runs.
fn read_post(post: &Value, reading: &mut Reading) -> Option<()> {
    let languages = post.as_object().filter(|it| !it.is_empty())?;
    for language in languages.values() {
        if let Some(title) = language["title"].as_str().filter(|it| !it.is_empty()) {
            reading.title.get_or_insert_with(|| title.to_owned());
        }
        for paragraph in language["content"].as_array()? {
            let mut line = String::new();
            for run in paragraph.as_array()? {
                match run["tag"].as_str()? {
                    "text" => line.push_str(run["text"].as_str()?),
                    "a" => {
                        line.push_str(run["text"].as_str()?);
                        reading.links.push(run["href"].as_str()?.to_owned());
                    }
                    "at" => reading
                        .mentions
                        .add_or_everyone(run["user_id"].as_str()?, "all"),
                    "img" => _ = run["image_key"].as_str()?,
                    _ => return None,
                }
            }
            reading.add_text(&line, &line);
        }
    }
    Some(())
}
