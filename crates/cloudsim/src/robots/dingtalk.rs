//! DingTalk custom robots: `POST /robot/send?access_token=T[&timestamp=…&sign=…]`.
//!
//! Sources: the vendor's "custom robot access" and error pages, and refusals quoted in public
//! issues. Undocumented and read strictly: the keyword must be in the text itself, a title alone
//! does not count; a muted robot refuses everything; what fails security does not count as sent.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};

use super::door::{Letter, Reply, Verdict};
use super::is_allowed;
use super::markup::{self, Breaks};
use super::record::Reading;
use super::seal::hmac_base64;
use super::state::{Moment, Robot, Wording, query_value};

/// The whole body, in bytes.
const MAX_BYTES: usize = 20_000;
/// Messages a minute; one more and the robot is muted.
const PER_MINUTE: usize = 20;
const MINUTE: Duration = Duration::from_secs(60);
const MUTED_FOR: Duration = Duration::from_secs(600);
/// How far a signature's time may be from the server's, in milliseconds.
const SKEW_MS: i128 = 3_600_000;
/// Longer addresses are refused by the gateway, which those who append signatures again and again
/// to a stored address find out.
const MAX_URI: usize = 4096;

/// Applies the rules in the order: gateway, mute, security, rate, size, payload.
pub(super) fn judge(robot: &mut Robot, letter: &Letter<'_>, now: Moment) -> Verdict {
    if letter.uri.to_string().len() > MAX_URI {
        let page = "414 Request-URI Too Large";
        return Verdict::Refuse(Reply::html(StatusCode::URI_TOO_LONG, page));
    }
    if letter.media_type() != "application/json" {
        return Verdict::Refuse(coded(43004, "无效的HTTP HEADER Content-Type"));
    }
    if robot.muted_until.is_some_and(|until| now.elapsed < until) {
        return Verdict::Refuse(punished());
    }
    if let Err(reply) = check_security(robot, letter, now) {
        return Verdict::Refuse(reply);
    }
    if letter.body.len() > MAX_BYTES {
        return Verdict::Refuse(coded(460_101, "message too long, exceed 20000 bytes"));
    }
    let reading = match read(letter.body) {
        Ok(reading) => reading,
        Err(reply) => return Verdict::Refuse(reply),
    };
    if !robot.security.has_keyword(&reading.text) {
        return Verdict::Refuse(Complaint::Keyword.reply(robot.wording));
    }
    if !robot.window.admit(now.elapsed, &[(PER_MINUTE, MINUTE)]) {
        return Verdict::Refuse(mute(robot, now));
    }
    Verdict::Accept(Box::new(reading))
}

/// Returns an answer in DingTalk's envelope.
pub(super) fn coded(code: i64, message: &str) -> Reply {
    Reply::envelope(
        code,
        message,
        &json!({ "errcode": code, "errmsg": message }),
    )
}

/// Mutes the robot for ten minutes and says so, in the plain form.
pub(super) fn mute(robot: &mut Robot, now: Moment) -> Reply {
    robot.muted_until = Some(now.elapsed + MUTED_FOR);
    robot.window.clear();
    coded(130_101, TOO_FAST)
}

const TOO_FAST: &str = "send too fast, exceed 20 times per minute";

/// Returns the form that a muted robot answers with: the same code among anti-abuse fields.
fn punished() -> Reply {
    let body = json!({
        "status": 1111, "wait": 5, "source": "x5", "punish": "deny",
        "uuid": "2b9c0d4e8f3a41d5a7c6b1e0f2d3c4b5", "errcode": 130_101, "errmsg": TOO_FAST,
    });
    Reply::envelope(130_101, TOO_FAST, &body)
}

/// The four refusals that share errcode 310000.
enum Complaint {
    Keyword,
    Timestamp,
    Sign,
    Address(String),
}

impl Complaint {
    fn reply(&self, wording: Wording) -> Reply {
        let text = match (wording, self) {
            (Wording::English, _) => {
                let what = match self {
                    Self::Keyword => "keywords not in content".to_owned(),
                    Self::Timestamp => "invalid timestamp".to_owned(),
                    Self::Sign => "sign not match".to_owned(),
                    Self::Address(ip) => format!("ip {ip} not in whitelist"),
                };
                format!("{what}, more: [https://ding-doc.dingtalk.com/doc#/serverapi2/qf2nxq]")
            }
            (Wording::Described, Self::Keyword) => "description:关键词不匹配;\
                solution:请联系群管理员查看此机器人的关键词，并在发送的信息中包含此关键词;"
                .to_owned(),
            (Wording::Described, Self::Timestamp) => {
                "description:无效的时间戳;solution:请确认时间戳与当前时间相差不超过1小时;"
                    .to_owned()
            }
            (Wording::Described, Self::Sign) => "description:机器人发送签名不匹配;\
                solution:请确认签名和生成签名的时间戳必须都放在调用的网址中，\
                请确认机器人的密钥加密和填写正确;\
                link:请参考本接口对应文档获得具体要求，或者在https://open.dingtalk.com/document/  \
                搜索相关文档;"
                .to_owned(),
            (Wording::Described, Self::Address(ip)) => {
                format!("description:ip {ip} 不在白名单中;solution:请联系群管理员添加ip白名单;")
            }
        };
        coded(310_000, &text)
    }
}

fn check_security(robot: &Robot, letter: &Letter<'_>, now: Moment) -> Result<(), Reply> {
    let refuse = |complaint: Complaint| Err(complaint.reply(robot.wording));
    if !is_allowed(robot.security.allowed.as_deref(), letter.line.peer) {
        return refuse(Complaint::Address(letter.line.peer.to_string()));
    }
    let Some(secret) = &robot.security.secret else {
        return Ok(());
    };
    let Some(timestamp) = query_value(letter.uri, "timestamp") else {
        return refuse(Complaint::Sign);
    };
    let Ok(sent_ms) = timestamp.parse::<i64>() else {
        return refuse(Complaint::Timestamp);
    };
    let skew = i128::from(sent_ms) - i128::from(now.wall.as_millisecond());
    if skew.abs() > SKEW_MS {
        return refuse(Complaint::Timestamp);
    }
    let expected = hmac_base64(
        secret.as_bytes(),
        format!("{timestamp}\n{secret}").as_bytes(),
    );
    if query_value(letter.uri, "sign").as_deref() != Some(expected.as_str()) {
        return refuse(Complaint::Sign);
    }
    Ok(())
}

fn read(body: &[u8]) -> Result<Reading, Reply> {
    let Ok(json) = serde_json::from_slice::<Value>(body) else {
        return Err(coded(40035, "缺少参数 json"));
    };
    let missing = |name: &str| coded(400_401, &format!("miss param : {name}"));
    let form = json["msgtype"]
        .as_str()
        .ok_or_else(|| missing("msgtype"))?
        .to_owned();
    let content = json[form.as_str()]
        .as_object()
        .map(|_| &json[form.as_str()]);
    let content = content.ok_or_else(|| missing(&form))?;
    let mut reading = Reading {
        form: form.clone(),
        ..Reading::default()
    };
    match form.as_str() {
        "text" => {
            let text = filled(content, "content", "message param content is null")?;
            reading.add_text(text, text);
        }
        "markdown" => read_markdown(content, &mut reading)?,
        "actionCard" => {
            read_markdown(content, &mut reading)?;
            read_buttons(content, &mut reading)?;
        }
        "link" => {
            reading.title = Some(filled(content, "title", EMPTY)?.to_owned());
            let text = filled(content, "text", EMPTY)?;
            reading.add_text(text, text);
            reading
                .links
                .push(filled(content, "messageUrl", EMPTY)?.to_owned());
        }
        "feedCard" => {
            let links = content["links"].as_array().filter(|it| !it.is_empty());
            for link in links.ok_or_else(|| missing("links"))? {
                let title = filled(link, "title", EMPTY)?;
                reading.add_text(title, title);
                reading
                    .links
                    .push(filled(link, "messageURL", EMPTY)?.to_owned());
            }
        }
        _ => return Err(coded(400_401, &format!("unsupported msgtype : {form}"))),
    }
    if matches!(form.as_str(), "text" | "markdown") {
        read_mentions(&json["at"], &mut reading)?;
    }
    reading.json = json;
    Ok(reading)
}

const EMPTY: &str = "message param title or text is null";

fn filled<'a>(object: &'a Value, key: &str, complaint: &str) -> Result<&'a str, Reply> {
    let text = object[key].as_str().filter(|it| !it.trim().is_empty());
    text.ok_or_else(|| coded(300_001, complaint))
}

fn read_markdown(content: &Value, reading: &mut Reading) -> Result<(), Reply> {
    reading.title = Some(filled(content, "title", EMPTY)?.to_owned());
    let source = filled(content, "text", EMPTY)?;
    let seen = markup::markdown(source, Breaks::Swallowed);
    reading.add_text(source, &seen.text);
    reading.links.extend(seen.links);
    Ok(())
}

fn read_buttons(content: &Value, reading: &mut Reading) -> Result<(), Reply> {
    if let Some(buttons) = content["btns"].as_array().filter(|it| !it.is_empty()) {
        for button in buttons {
            filled(button, "title", EMPTY)?;
            reading
                .links
                .push(filled(button, "actionURL", EMPTY)?.to_owned());
        }
        return Ok(());
    }
    filled(content, "singleTitle", EMPTY)?;
    reading
        .links
        .push(filled(content, "singleURL", EMPTY)?.to_owned());
    Ok(())
}

/// Reads `at`: a person rings only when the text names them as well; everyone needs no text.
fn read_mentions(at: &Value, reading: &mut Reading) -> Result<(), Reply> {
    if at.is_null() {
        return Ok(());
    }
    let wrong = || coded(40035, "不合法的参数 at");
    reading.mentions.everyone = match &at["isAtAll"] {
        Value::Null => false,
        Value::Bool(everyone) => *everyone,
        // The vendor's older samples send words.
        Value::String(word) => word.eq_ignore_ascii_case("true"),
        _ => return Err(wrong()),
    };
    for key in ["atMobiles", "atUserIds"] {
        let people = match &at[key] {
            Value::Null => continue,
            Value::Array(people) => people,
            _ => return Err(wrong()),
        };
        for person in people {
            let person = person.as_str().ok_or_else(wrong)?;
            if !person.is_empty() && reading.source.contains(&format!("@{person}")) {
                reading.mentions.add(person);
            }
        }
    }
    Ok(())
}
