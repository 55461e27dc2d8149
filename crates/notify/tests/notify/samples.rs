//! Messages and channels that several tests share.

use jiff::Timestamp;
use model::Language;
use model::message::{Block, Button, Item};
use model::{Message, Span, Tone};
use notify::{ChannelSettings, Kind, MailSecurity, MailSettings};

/// The run that sends everything here.
pub(crate) const RUN: &str = "run-0190-7f3a";

pub(crate) fn now() -> Timestamp {
    "2026-11-21T01:30:00Z".parse().unwrap()
}

pub(crate) fn channel(kind: Kind) -> ChannelSettings {
    let address = match kind {
        Kind::DingTalk => "https://oapi.dingtalk.com/robot/send?access_token=T",
        Kind::Feishu => "https://open.feishu.cn/open-apis/bot/v2/hook/T",
        Kind::WeCom => "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=K",
        Kind::Slack => "https://hooks.slack.com/services/T/B/X",
        Kind::Webhook => "https://example.com/hook",
        Kind::Mail => return mail_channel("mail.example.com", 465, MailSecurity::Tls),
    };
    at(kind, address)
}

pub(crate) fn at(kind: Kind, address: &str) -> ChannelSettings {
    ChannelSettings::webhook("ops", kind, &address.to_owned().into()).unwrap()
}

pub(crate) fn mail_channel(host: &str, port: u16, security: MailSecurity) -> ChannelSettings {
    let mail = MailSettings {
        host: host.to_owned(),
        port,
        security,
        login: None,
        from: "云守 <skywarden@example.com>".to_owned(),
        to: vec!["ops@example.com".to_owned()],
        extra_roots: Vec::new(),
    };
    ChannelSettings::mail("ops", mail).unwrap()
}

pub(crate) fn english(kind: Kind) -> ChannelSettings {
    ChannelSettings {
        language: Language::English,
        ..channel(kind)
    }
}

fn expiring(kind: &str, id: &str, days: i64, end: &str) -> Item {
    let tone = if days <= 7 { Tone::Urgent } else { Tone::Plain };
    let row = |label: &str, value: Span| (label.to_owned(), vec![value]);
    Item {
        heading: Vec::new(),
        rows: vec![
            row("实例类型", Span::plain(kind)),
            row("实例 ID", Span::plain(id)),
            row("剩余天数", Span::bold(days.to_string()).toned(tone)),
            row("到期时间", Span::plain(end)),
        ],
    }
}

/// The expiry message: what expires, how much, and the balance.
pub(crate) fn expiry_message() -> Message {
    let items = vec![
        expiring("rds", "rm-bp129dqwdqwdl58p", 7, "2023-12-16"),
        expiring("ecs", "i-bp1dwqdwq1e1j4", 12, "2023-12-21"),
    ];
    let counts = [("rds", 19), ("ons", 1), ("ecs", 127)];
    let per_product = counts
        .iter()
        .enumerate()
        .flat_map(|(index, (product, count))| {
            let comma = if index == 0 { "" } else { ", " };
            [
                Span::plain(comma),
                Span::bold(*product),
                Span::plain(format!(" ({count})")),
            ]
        });
    Message {
        title: "【测试用户1 - 到期实例巡检告警】".to_owned(),
        tone: Tone::Urgent,
        blocks: vec![
            Block::Items { items, total: 161 },
            Block::Lines(vec![
                vec![
                    Span::plain("您有 "),
                    Span::bold("161").toned(Tone::Urgent),
                    Span::plain(" 个资源将在 "),
                    Span::bold("15").toned(Tone::Urgent),
                    Span::plain(" 天内到期，未设置自动续费："),
                ],
                per_product.collect(),
                vec![
                    Span::plain("当前账户余额："),
                    Span::bold("2,672,769.60 ¥").toned(Tone::Good),
                ],
            ]),
        ],
        mention: Vec::new(),
        button: Some(Button {
            caption: "前往续费".to_owned(),
            url: "https://usercenter2.aliyun.com/renew/manual".to_owned(),
        }),
    }
}

fn orphan(number: &str, id: &str, name: &str, address: &str) -> Item {
    let row = |label: &str, value: Span| (label.to_owned(), vec![value]);
    Item {
        heading: vec![Span::plain(format!("{number} ")), Span::bold(id)],
        rows: vec![
            row("名称", Span::plain(name)),
            row("内网IP", Span::code(address)),
            row("标签", Span::plain("tke-clusterId=cls-abc, env=prod")),
        ],
    }
}

/// The orphan message: machines that belong to no cluster any more.
pub(crate) fn orphan_message() -> Message {
    let line = |label: &str, value: Span| vec![Span::plain(label), value];
    let items = vec![
        orphan("1️⃣", "ins-aaaa1111", "tke_cls-abc_worker", "10.0.0.11"),
        orphan("2️⃣", "ins-bbbb2222", "node-np-2", "10.0.0.12"),
    ];
    Message {
        title: "🚨 孤儿 CVM 实例告警".to_owned(),
        tone: Tone::Warning,
        blocks: vec![
            Block::Lines(vec![
                line("【实例总数】 ", Span::plain("2")),
                line("【发生时间】 ", Span::plain("2026-01-12 10:11:54")),
                line("【告警级别】 ", Span::code("WARNING")),
            ]),
            Block::Rule,
            Block::Heading(vec![Span::plain("📌 孤儿实例明细")]),
            Block::Items {
                total: items.len(),
                items,
            },
            Block::Rule,
            Block::Heading(vec![Span::plain("📊 快速汇总(便于复制)")]),
            Block::Values {
                label: vec![Span::bold("实例ID:")],
                values: vec!["ins-aaaa1111".to_owned(), "ins-bbbb2222".to_owned()],
            },
            Block::Values {
                label: vec![Span::bold("内网IP:")],
                values: vec!["10.0.0.11".to_owned(), "10.0.0.12".to_owned()],
            },
        ],
        mention: vec!["alice".to_owned()],
        button: None,
    }
}

/// `count` items, worst first, with the summary behind them.
pub(crate) fn long_message(count: usize) -> Message {
    let items: Vec<Item> = (0..count)
        .map(|it| expiring("ecs", &format!("i-bp1{it:05}z"), 3, "2026-11-24"))
        .collect();
    let mut message = expiry_message();
    message.blocks[0] = Block::Items {
        total: items.len(),
        items,
    };
    message
}
