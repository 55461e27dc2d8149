//! WeCom group robots: `POST /cgi-bin/webhook/send?key=K`.
//!
//! Simulated formats: text, markdown, `markdown_v2`, news. The others (image, file, voice,
//! `template_card`) are refused as an unknown type rather than accepted unchecked.

use std::net::IpAddr;
use std::time::Duration;

use serde_json::{Value, json};

use super::door::{Letter, Reply, Verdict};
use super::markup::{self, Breaks};
use super::record::Reading;
use super::state::{Moment, Robot};

/// Bytes of the content string, after JSON decoding.
const MAX_TEXT: usize = 2048;
/// The same for both kinds of markdown.
const MAX_MARKDOWN: usize = 4096;
/// Messages a minute.
const PER_MINUTE: usize = 20;
const MINUTE: Duration = Duration::from_secs(60);

/// Applies the rules in the order: payload, length, rate. There is no signature: the key is it.
pub(super) fn judge(robot: &mut Robot, letter: &Letter<'_>, now: Moment) -> Verdict {
    let peer = letter.line.peer;
    let reading = match read(letter.body) {
        Ok(reading) => reading,
        Err((code, message)) => return Verdict::Refuse(refused(code, &message, peer)),
    };
    if !robot.window.admit(now.elapsed, &[(PER_MINUTE, MINUTE)]) {
        return Verdict::Refuse(refused(45009, "api freq out of limit", peer));
    }
    Verdict::Accept(Box::new(reading))
}

/// Returns an answer in WeCom's envelope.
pub(super) fn coded(code: i64, message: &str) -> Reply {
    Reply::envelope(
        code,
        message,
        &json!({ "errcode": code, "errmsg": message }),
    )
}

/// Returns a refusal with the tail that real ones have: hint, address, link.
pub(super) fn refused(code: i64, message: &str, peer: IpAddr) -> Reply {
    let tail = format!(
        "hint: [1704540159128593240839785], from ip: {peer}, \
         more info at https://open.work.weixin.qq.com/devtool/query?e={code}"
    );
    coded(code, &format!("{message}, {tail}"))
}

/// Uses the minute up and says so.
pub(super) fn limit(robot: &mut Robot, now: Moment) -> Reply {
    robot.window.fill(now.elapsed, PER_MINUTE);
    refused(45009, "api freq out of limit", IpAddr::from([127, 0, 0, 1]))
}

type Refused = (i64, String);

fn read(body: &[u8]) -> Result<Reading, Refused> {
    let json: Value =
        serde_json::from_slice(body).map_err(|_| (47001, "data format error".to_owned()))?;
    let form = json["msgtype"].as_str().unwrap_or_default().to_owned();
    let mut reading = Reading {
        form: form.clone(),
        ..Reading::default()
    };
    match form.as_str() {
        "text" => {
            let text = content(&json, &form, MAX_TEXT)?;
            reading.add_text(text, text);
            for list in ["mentioned_list", "mentioned_mobile_list"] {
                for person in names(&json["text"][list], list)? {
                    reading.mentions.add_or_everyone(&person, "@all");
                }
            }
            mention_in_content(text, &mut reading);
        }
        "markdown" | "markdown_v2" => {
            let source = content(&json, &form, MAX_MARKDOWN)?;
            let seen = markup::markdown(source, Breaks::Break);
            reading.add_text(source, &seen.text);
            reading.links = seen.links;
            if form == "markdown" {
                mention_in_content(source, &mut reading);
            }
        }
        "news" => {
            let articles = json["news"]["articles"].as_array().map(Vec::as_slice);
            let articles = articles.filter(|it| (1..=8).contains(&it.len()));
            for article in articles.ok_or_else(|| invalid("news.articles"))? {
                let title = article["title"].as_str().filter(|it| !it.is_empty());
                let url = article["url"].as_str().filter(|it| !it.is_empty());
                let title = title.ok_or_else(|| invalid("news.articles.title"))?;
                reading.add_text(title, title);
                reading
                    .links
                    .push(url.ok_or_else(|| invalid("news.articles.url"))?.to_owned());
            }
        }
        _ => return Err((40008, "invalid message type".to_owned())),
    }
    reading.json = json;
    Ok(reading)
}

fn invalid(what: &str) -> Refused {
    (40058, format!("{what} invalid. invalid Request Parameter"))
}

fn content<'a>(json: &'a Value, form: &str, limit: usize) -> Result<&'a str, Refused> {
    let content = json[form]["content"].as_str().filter(|it| !it.is_empty());
    let content = content.ok_or_else(|| (44004, format!("{form} content is empty")))?;
    if content.len() > limit {
        let what = format!("{form}.content exceed max length {limit}. invalid Request Parameter");
        return Err((40058, what));
    }
    Ok(content)
}

fn names(list: &Value, what: &str) -> Result<Vec<String>, Refused> {
    let wrong = || invalid(&format!("text.{what}"));
    match list {
        Value::Null => Ok(Vec::new()),
        Value::Array(names) => names
            .iter()
            .map(|it| it.as_str().map(str::to_owned).ok_or_else(wrong))
            .collect(),
        _ => Err(wrong()),
    }
}

/// Reads `<@userid>`, which rings one person; it cannot ring everyone.
fn mention_in_content(content: &str, reading: &mut Reading) {
    for person in markup::angles(content).filter_map(|it| it.strip_prefix('@')) {
        if !person.is_empty() && !person.contains(char::is_whitespace) {
            reading.mentions.add(person);
        }
    }
}
