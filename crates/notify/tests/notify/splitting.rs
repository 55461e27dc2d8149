//! However long a message is, every part fits, stands on its own, and nothing is lost unsaid.

use std::collections::BTreeMap;

use model::message::{Block, Item};
use model::{Message, Span, Tone};
use notify::{ChannelSettings, Kind, Part, Person, compose};
use proptest::prelude::*;
use serde_json::Value;

use crate::hostile::source;
use crate::samples::{RUN, channel, english, long_message, now};

const CHATS: [Kind; 4] = [Kind::DingTalk, Kind::Feishu, Kind::WeCom, Kind::Slack];

/// Asserts the other side's own limits on one part.
fn assert_fits(kind: Kind, part: &Part) {
    let json: Value = serde_json::from_str(&part.body).expect("a part is JSON");
    let body = &part.body;
    match kind {
        Kind::DingTalk => assert!(body.len() <= 19_000, "{}", body.len()),
        Kind::Feishu => {
            assert!(body.len() <= 19_000 - 90, "{}", body.len());
            assert!(body.matches("\"tag\"").count() <= 200);
        }
        Kind::WeCom => {
            let limit = if json["msgtype"] == "text" {
                2_000
            } else {
                4_000
            };
            let content = json["markdown"]["content"]
                .as_str()
                .or(json["text"]["content"].as_str());
            assert!(
                content.unwrap().len() <= limit,
                "{}",
                content.unwrap().len()
            );
        }
        Kind::Slack => {
            let blocks = json["blocks"].as_array().unwrap();
            assert!(blocks.len() <= 50, "{}", blocks.len());
            for block in blocks {
                let length = block["text"]["text"]
                    .as_str()
                    .map_or(1, |it| it.chars().count());
                assert!((1..=3000).contains(&length), "{length}");
            }
        }
        Kind::Webhook | Kind::Mail => assert!(body.len() <= 1_000_000),
    }
}

/// Asserts that no tag, bold or code is left open in a text, line by line.
fn assert_balanced(kind: Kind, text: &str) {
    assert_eq!(
        text.matches("<font").count(),
        text.matches("</font>").count(),
        "{kind}: {text}"
    );
    for line in text.lines() {
        // Between odd and even back-ticks is code, where stars are stars.
        let mut outside = line.split('`').step_by(2).collect::<String>();
        if kind == Kind::DingTalk {
            outside = line.to_owned();
        } else {
            assert_eq!(line.matches('`').count() % 2, 0, "{kind}: {line}");
        }
        assert_eq!(outside.matches("**").count() % 2, 0, "{kind}: {line}");
    }
}

fn texts(json: &Value, out: &mut Vec<String>) {
    match json {
        Value::String(text) => out.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|it| texts(it, out)),
        Value::Object(members) => members.values().for_each(|it| texts(it, out)),
        _ => {}
    }
}

fn text(part: &Part) -> String {
    let mut all = Vec::new();
    texts(&serde_json::from_str(&part.body).unwrap(), &mut all);
    all.join("\n")
}

/// Returns the number in `another N`, wherever an omission is announced.
fn announced(text: &str) -> usize {
    let after = |sign: &str| {
        let found = text
            .match_indices(sign)
            .map(|it| &text[it.0 + sign.len()..]);
        found
            .filter_map(|it| it.split(' ').next()?.parse::<usize>().ok())
            .sum::<usize>()
    };
    after("另有 ")
}

#[test]
fn a_thousand_findings_become_five_messages_that_say_what_they_leave_out() {
    for kind in CHATS {
        let parts = compose(&channel(kind), &long_message(1000), RUN, now());
        assert!(
            (2..=5).contains(&parts.len()),
            "{kind}: {} parts",
            parts.len()
        );
        let all: String = parts.iter().map(text).collect();
        let shown = (0..1000)
            .filter(|it| all.contains(&format!("i-bp1{it:05}z")))
            .count();
        assert_eq!(shown + announced(&all), 1000, "{kind}: {shown} are shown");
        assert!(all.contains("当前账户余额"), "{kind} keeps the summary");
        // The worst come first, so those that are shown are the first.
        assert!(all.contains(&format!("i-bp1{:05}z", shown - 1)), "{kind}");
        for (index, part) in parts.iter().enumerate() {
            assert_fits(kind, part);
            let counter = format!("({}/{})", index + 1, parts.len());
            assert!(text(part).contains(&counter), "{kind} {counter}");
            assert!(
                text(part).contains("7f3a"),
                "{kind} has the mark of the run"
            );
        }
    }
}

#[test]
fn a_message_that_calls_people_counts_towards_the_five() {
    let person = Person {
        mobile: Some("13800001111".to_owned()),
        ..Person::default()
    };
    let people = BTreeMap::from([("alice".to_owned(), person)]);
    let settings = ChannelSettings {
        people,
        ..channel(Kind::WeCom)
    };
    let message = Message {
        mention: vec!["alice".to_owned()],
        ..long_message(1000)
    };
    let parts = compose(&settings, &message, RUN, now());
    assert_eq!(parts.len(), 5);
    let calling = parts
        .iter()
        .filter(|it| it.body.contains("13800001111"))
        .count();
    assert_eq!(calling, 1);
}

#[test]
fn parts_are_filled_before_another_is_begun() {
    for kind in CHATS {
        let settings = ChannelSettings {
            max_parts: 50,
            ..channel(kind)
        };
        let parts = compose(&settings, &long_message(300), RUN, now());
        let all: String = parts.iter().map(text).collect();
        for item in 0..300 {
            let id = format!("i-bp1{item:05}z");
            assert_eq!(all.matches(&id).count(), 1, "{kind} {id}");
        }
        let full = parts[..parts.len() - 1]
            .iter()
            .map(|it| it.body.len())
            .min()
            .unwrap();
        let least = match kind {
            Kind::WeCom => 3_700,
            // Elements run out before bytes do.
            Kind::Feishu => 16_000,
            _ => 18_000,
        };
        if kind != Kind::Slack {
            assert!(full > least, "{kind}: a part of {full} bytes");
        }
    }
}

#[test]
fn machines_and_mail_get_a_thousand_findings_whole() {
    for kind in [Kind::Webhook, Kind::Mail] {
        let parts = compose(&channel(kind), &long_message(1000), RUN, now());
        assert_eq!(parts.len(), 1, "{kind}");
        assert!(parts[0].body.contains("i-bp100999z"));
    }
}

#[test]
fn the_omission_is_announced_in_the_language_of_the_channel() {
    let parts = compose(&english(Kind::WeCom), &long_message(1000), RUN, now());
    let all: String = parts.iter().map(text).collect();
    assert!(all.contains(" more") && !all.contains("另有"), "{all}");
    assert!(text(&parts[0]).contains("part 1/5 · run 7f3a"));
}

#[test]
fn a_heading_is_not_left_behind_at_the_end_of_a_part() {
    let mut message = long_message(13);
    message
        .blocks
        .insert(1, Block::Heading(vec![Span::plain("HEADING")]));
    for filler in 0..400 {
        message.blocks[0] = Block::Lines(vec![vec![Span::plain("x".repeat(filler))]; 9]);
        for part in compose(&channel(Kind::WeCom), &message, RUN, now()) {
            let json: Value = serde_json::from_str(&part.body).unwrap();
            let content = json["markdown"]["content"].as_str().unwrap();
            let paragraphs: Vec<&str> = content.split("\n\n").collect();
            assert!(
                !paragraphs[paragraphs.len() - 2].contains("HEADING"),
                "{content}"
            );
        }
    }
}

#[test]
fn one_entry_larger_than_a_message_is_broken_inside_and_stays_whole() {
    let rows = (0..400).map(|it| (format!("k{it:03}"), vec![Span::plain(format!("v{it:03}z"))]));
    let item = Item {
        heading: vec![Span::bold("big")],
        rows: rows.collect(),
    };
    let values: Vec<String> = (0..900).map(|it| format!("ins-{it:05}")).collect();
    let long = (0..2000).map(|it| format!("w{it:04} ")).map(Span::bold);
    let message = Message {
        title: "t".to_owned(),
        blocks: vec![
            Block::Items {
                items: vec![item],
                total: 1,
            },
            Block::Values {
                label: vec![Span::bold("ids")],
                values,
            },
            Block::Lines(vec![long.collect()]),
        ],
        ..Message::default()
    };
    for kind in CHATS {
        let settings = ChannelSettings {
            max_parts: 50,
            ..channel(kind)
        };
        let parts = compose(&settings, &message, RUN, now());
        let all: String = parts.iter().map(text).collect();
        for it in 0..400 {
            assert_eq!(
                all.matches(&format!("v{it:03}z")).count(),
                1,
                "{kind} row {it}"
            );
        }
        for it in 0..900 {
            assert_eq!(
                all.matches(&format!("ins-{it:05}")).count(),
                1,
                "{kind} value {it}"
            );
        }
        for it in 0..2000 {
            assert_eq!(
                all.matches(&format!("w{it:04}")).count(),
                1,
                "{kind} word {it}"
            );
        }
        for part in &parts {
            assert_fits(kind, part);
        }
    }
}

#[test]
fn a_message_of_lines_alone_is_capped_and_says_so() {
    let lines = (0..3000).map(|it| vec![Span::plain(format!("line {it} of many, and then some"))]);
    let message = Message {
        title: "t".to_owned(),
        blocks: vec![Block::Lines(lines.collect())],
        ..Message::default()
    };
    for kind in CHATS {
        let parts = compose(&channel(kind), &message, RUN, now());
        assert!(parts.len() <= 5, "{kind}");
        let all: String = parts.iter().map(text).collect();
        let shown = all.matches("of many").count();
        assert_eq!(shown + announced(&all), 3000, "{kind}");
    }
}

#[test]
fn an_empty_message_is_one_part_with_its_title() {
    for kind in notify::all() {
        let message = Message {
            title: "心跳：一切正常".to_owned(),
            ..Message::default()
        };
        let parts = compose(&channel(*kind), &message, RUN, now());
        assert_eq!(parts.len(), 1, "{kind}");
        assert!(text(&parts[0]).contains("心跳：一切正常"), "{kind}");
    }
}

fn nasty() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,12}",
        "[\u{4e00}-\u{4fff}]{1,40}",
        "[<>@*_`\\[\\]()#~|&\\\\ -]{1,40}",
        "\\PC{0,60}",
        Just("👨‍👩‍👧‍👦".repeat(40)),
        Just(format!("a{}", "\u{301}".repeat(100))),
    ]
}

fn span() -> impl Strategy<Value = Span> {
    (nasty(), 0..4_usize, any::<bool>(), any::<bool>()).prop_map(|(text, tone, bold, code)| {
        let tone = [Tone::Plain, Tone::Good, Tone::Warning, Tone::Urgent][tone];
        Span {
            text,
            tone,
            bold,
            code,
            link: None,
        }
    })
}

fn line() -> impl Strategy<Value = Vec<Span>> {
    prop::collection::vec(span(), 0..4)
}

/// An item whose one row can be told apart: its value is replaced by a number later.
fn item() -> impl Strategy<Value = Item> {
    let rows = prop::collection::vec((nasty(), line()), 1..6);
    (prop_oneof![Just(Vec::new()), line()], rows).prop_map(|(heading, rows)| Item { heading, rows })
}

fn block() -> impl Strategy<Value = Block> {
    prop_oneof![
        line().prop_map(Block::Heading),
        prop::collection::vec(line(), 0..8).prop_map(Block::Lines),
        prop::collection::vec(item(), 0..40).prop_map(|items| Block::Items {
            total: items.len(),
            items
        }),
        Just(Block::Rule),
    ]
}

fn document() -> impl Strategy<Value = Message> {
    (nasty(), prop::collection::vec(block(), 0..6)).prop_map(|(title, mut blocks)| {
        let mut number = 0;
        for block in &mut blocks {
            let Block::Items { items, .. } = block else {
                continue;
            };
            for item in items {
                for row in &mut item.rows {
                    row.1.insert(0, Span::plain(format!("QX{number:05}XQ ")));
                    number += 1;
                }
            }
        }
        Message {
            title,
            tone: Tone::Warning,
            blocks,
            ..Message::default()
        }
    })
}

fn rows(message: &Message) -> usize {
    let rows = |it: &Block| match it {
        Block::Items { items, .. } => items.iter().map(|it| it.rows.len()).sum(),
        _ => 0,
    };
    message.blocks.iter().map(rows).sum()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_document_fits_is_balanced_has_the_keyword_and_loses_nothing(message in document()) {
        for kind in CHATS {
            let settings = ChannelSettings {
                max_parts: 200,
                keyword: Some("巡检".to_owned()),
                ..channel(kind)
            };
            let parts = compose(&settings, &message, RUN, now());
            let mut all = String::new();
            for part in &parts {
                assert_fits(kind, part);
                let text = text(part);
                assert!(text.contains("巡检"), "{kind}: {text}");
                if kind != Kind::Slack {
                    assert_balanced(kind, &source(kind, &part.body));
                }
                all.push_str(&text);
            }
            for number in 0..rows(&message) {
                let id = format!("QX{number:05}XQ");
                assert_eq!(all.matches(&id).count(), 1, "{kind} {id} of {} parts", parts.len());
            }
        }
    }

    #[test]
    fn any_document_under_the_cap_shows_the_first_rows_and_announces_the_rest(
        message in document(),
        max_parts in 1_usize..4,
    ) {
        for kind in CHATS {
            let settings = ChannelSettings { max_parts, ..channel(kind) };
            let parts = compose(&settings, &message, RUN, now());
            assert!(parts.len() <= max_parts, "{kind}");
            let all: String = parts.iter().map(text).collect();
            let shown = (0..rows(&message)).filter(|it| all.contains(&format!("QX{it:05}XQ"))).count();
            for part in &parts {
                assert_fits(kind, part);
            }
            assert!(shown == rows(&message) || announced(&all) > 0, "{kind}: silent omission");
        }
    }
}
