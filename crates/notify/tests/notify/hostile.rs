//! Names are data: whatever they contain, they mention nobody, style nothing and lead nowhere.

use cloudsim::robots::Security;
use model::message::{Block, Item};
use model::{Message, Span, Tone};
use notify::{Kind, compose};
use serde_json::Value;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::samples::{RUN, channel, now};
use crate::world::World;

const CHATS: [Kind; 4] = [Kind::DingTalk, Kind::Feishu, Kind::WeCom, Kind::Slack];

const HOSTILE: [&str; 26] = [
    "@all",
    "@everyone <@all>",
    "<at id=all></at>",
    "<at user_id=\"all\">所有人</at>",
    "&lt;at id=all&gt;&lt;/at&gt;",
    "&#60;at id=all&#62;",
    "<!channel> <!here> <@U0EVIL>",
    "<@13800001111> @13800001111",
    "](http://evil.example)",
    "[here](http://evil.example)",
    "![x](http://evil.example/p.png)",
    "\\](http://evil.example)",
    "http://evil.example/ and https://evil.example",
    "<http://evil.example|bank>",
    "<a href=\"http://evil.example\">bank</a>",
    "`code` ``` ```fence``` `",
    "\\`x\\` \\*y\\* \\",
    "**bold** *it* __u__ _i_ ~~s~~ ~s~",
    "<font color=\"warning\">red</font><font color=#FF0000>",
    "# heading",
    "> quote",
    "- list",
    "1. one",
    "---",
    "\u{202e}gnp.exe\u{2066}\u{200b}@all",
    "a\r\n\r\n# b\n> c\u{0}\u{1b}[31m\u{7}\n---\n@all",
];

/// A message with `name` in every place where a name can be.
fn message(name: &str) -> Message {
    let row = |value: Span| (name.to_owned(), vec![value]);
    let item = |heading: Vec<Span>| Item {
        heading,
        rows: vec![
            row(Span::plain(name)),
            row(Span::bold(name)),
            row(Span::code(name).toned(Tone::Urgent)),
        ],
    };
    Message {
        title: name.to_owned(),
        tone: Tone::Warning,
        blocks: vec![
            Block::Heading(vec![Span::plain(name)]),
            Block::Lines(vec![
                vec![Span::plain(name)],
                vec![Span::bold(name).toned(Tone::Good), Span::plain(name)],
            ]),
            Block::Items {
                items: vec![item(Vec::new()), item(vec![Span::plain(name)])],
                total: 2,
            },
            Block::Values {
                label: vec![Span::plain(name)],
                values: vec![name.to_owned(); 2],
            },
        ],
        mention: vec![name.to_owned()],
        button: None,
    }
}

#[tokio::test]
async fn hostile_names_ring_nobody_and_lead_nowhere_in_any_chat() {
    for kind in CHATS {
        let world = World::start().await;
        let channel = world.robot(kind, "ops", Security::none());
        for (index, name) in HOSTILE.iter().enumerate() {
            let report = world
                .send(&channel, &message(name), &format!("r{index}"))
                .await;
            assert!(report.is_complete(), "{kind} {name:?}: {report:?}");
        }
        let heard = world.heard("ops");
        assert_eq!(heard.len(), HOSTILE.len(), "{kind}");
        for (message, name) in heard.iter().zip(HOSTILE) {
            assert!(
                message.mentions.is_nobody(),
                "{kind} {name:?}: {:?}",
                message.mentions
            );
            assert!(
                message.links.is_empty(),
                "{kind} {name:?}: {:?}",
                message.links
            );
            assert!(
                !message.text.contains("://"),
                "{kind} {name:?} would link by itself"
            );
        }
    }
}

/// Returns the text of a chat's body, with what its escapes make harmless taken out.
pub(crate) fn source(kind: Kind, body: &str) -> String {
    let json: Value = serde_json::from_str(body).unwrap();
    let mut texts = Vec::new();
    collect_markup(&json, &mut texts);
    let text = match kind {
        Kind::DingTalk => texts.join("\n"),
        _ => without_code(&texts.join("\n")),
    };
    let mut harmless = String::new();
    let mut rest = text.as_str();
    while let Some(character) = rest.chars().next() {
        rest = &rest[character.len_utf8()..];
        match character {
            '\\' if kind == Kind::DingTalk => {
                let escaped = rest.chars().next().map_or(0, char::len_utf8);
                rest = &rest[escaped..];
                harmless.push('x');
            }
            '&' if kind == Kind::Feishu || kind == Kind::Slack => {
                let end = rest
                    .find(';')
                    .expect("an ampersand of ours begins an entity");
                rest = &rest[end + 1..];
                harmless.push('x');
            }
            other => harmless.push(other),
        }
    }
    harmless
}

/// Empties code spans, in which nothing acts but what a client without them would read.
fn without_code(text: &str) -> String {
    let mut shown = Vec::new();
    for (index, piece) in text.split('`').enumerate() {
        if index % 2 == 1 {
            assert!(!piece.contains(['<', '[', '&', '\n']), "{piece:?} in code");
            shown.push("x");
        } else {
            shown.push(piece);
        }
    }
    shown.join("`")
}

fn collect_markup(json: &Value, texts: &mut Vec<String>) {
    match json {
        Value::Object(members) if members.get("tag").is_some_and(|it| it == "plain_text") => {}
        Value::Object(members) if members.get("type").is_some_and(|it| it == "plain_text") => {}
        Value::Object(members) => {
            for (key, value) in members {
                match value.as_str() {
                    Some(text) if ["text", "content"].contains(&key.as_str()) => {
                        texts.push(text.to_owned());
                    }
                    _ if key != "summary" => collect_markup(value, texts),
                    _ => {}
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|it| collect_markup(it, texts)),
        _ => {}
    }
}

/// Counts the characters that could be markup, underscores inside words aside.
fn active(kind: Kind, source: &str) -> Vec<(char, usize)> {
    let count = |of: char| (of, source.matches(of).count());
    let mut counts: Vec<(char, usize)> = ['*', '<', '[', '`', '~', '\\'].map(count).to_vec();
    // In Slack links are in angle brackets, and nothing has escapes of its own.
    counts.retain(|it| kind != Kind::Slack || !['[', '\\'].contains(&it.0));
    let starts = ["#", ">", "-", "+", "1.", "1)", "="];
    let lines = source.lines().map(str::trim_start);
    let begun = lines
        .filter(|line| starts.iter().any(|it| line.starts_with(it)))
        .count();
    counts.push(('\n', begun));
    let characters: Vec<char> = source.chars().collect();
    let leans = |at: &usize| {
        let is_word = |at: usize| characters.get(at).is_some_and(|it| it.is_alphanumeric());
        characters[*at] == '_' && !(*at > 0 && is_word(at - 1) && is_word(at + 1))
    };
    counts.push(('_', (0..characters.len()).filter(leans).count()));
    counts
}

#[test]
fn hostile_names_add_no_markup_to_any_chat() {
    for kind in CHATS {
        let settings = channel(kind);
        let plain = compose(&settings, &message("name"), RUN, now());
        let expected = active(kind, &source(kind, &plain[0].body));
        for name in HOSTILE {
            let parts = compose(&settings, &message(name), RUN, now());
            let found = source(kind, &parts[0].body);
            assert_eq!(active(kind, &found), expected, "{kind} {name:?}:\n{found}");
        }
    }
}

#[test]
fn hostile_names_are_text_in_a_mail() {
    for name in HOSTILE {
        let parts = compose(&channel(Kind::Mail), &message(name), RUN, now());
        let mail: Value = serde_json::from_str(&parts[0].body).unwrap();
        let html = mail["html"].as_str().unwrap();
        let tags: Vec<&str> = html.split('<').skip(1).collect();
        let ours = [
            "!DOCTYPE", "html", "head", "meta", "body", "h2", "h3", "p", "br", "code", "b",
        ];
        let more = ["table", "tr", "td", "span", "hr"];
        for tag in tags {
            let tag = tag
                .trim_start_matches('/')
                .split([' ', '>'])
                .next()
                .unwrap();
            assert!(
                ours.contains(&tag) || more.contains(&tag),
                "{name:?}: <{tag}"
            );
        }
        assert!(
            !html.contains("://"),
            "{name:?} would link by itself: {html}"
        );
        let subject = mail["subject"].as_str().unwrap();
        assert!(
            !subject.chars().any(char::is_control),
            "{name:?}: {subject:?}"
        );
    }
}

#[test]
fn control_and_direction_characters_reach_no_channel() {
    for kind in notify::all() {
        for part in compose(&channel(*kind), &message(HOSTILE[24]), RUN, now()) {
            for bad in ['\u{202e}', '\u{2066}', '\u{200b}'] {
                assert!(!part.body.contains(bad), "{kind}: {bad:?}");
            }
        }
        for part in compose(&channel(*kind), &message(HOSTILE[25]), RUN, now()) {
            assert!(!part.body.contains("\\u00"), "{kind}: {}", part.body);
        }
    }
}

#[test]
fn a_name_of_ten_kilobytes_is_cut_at_120_graphemes_everywhere() {
    let name = "é名👨‍👩‍👧".repeat(500);
    assert!(name.len() > 10_000);
    for kind in notify::all() {
        let mut message = Message {
            title: "t".to_owned(),
            ..Message::default()
        };
        let rows = vec![("k".to_owned(), vec![Span::plain(name.clone())])];
        let item = Item {
            heading: Vec::new(),
            rows,
        };
        message.blocks.push(Block::Items {
            items: vec![item],
            total: 1,
        });
        let parts = compose(&channel(*kind), &message, RUN, now());
        assert_eq!(parts.len(), 1, "{kind}");
        let longest = parts[0]
            .body
            .split(|it: char| it.is_ascii())
            .map(|it| it.graphemes(true).count())
            .max();
        assert!(parts[0].body.contains('…'), "{kind}");
        assert!(longest.unwrap() <= 123, "{kind}: {longest:?}");
    }
}
