//! The text of the new file.

use std::fmt::Write as _;

use rust_decimal::Decimal;

use super::{Account, Channel, Defaults, RED_DAYS};

const HEAD: &str = "\
# 由 `skywarden import sentry` 从 cloud_instance_sentry 的 config.ini 生成。
# Made by `skywarden import sentry` from the config.ini of cloud_instance_sentry.
# Access keys and webhooks are sealed in skywarden.sealed beside this file.
# Check it with `skywarden config validate`; `skywarden config schema` lists every key.
";

/// Returns the new file; everything in it holds as it did in the old one.
pub(super) fn render(defaults: &Defaults, channels: &[Channel], accounts: &[Account]) -> String {
    let mut text = HEAD.to_owned();
    table(&mut text, "patrol", global(defaults));
    for channel in channels {
        table(
            &mut text,
            &format!("channels.{}", key(&channel.name)),
            vec![
                ("kind", quoted(channel.kind.as_str())),
                (
                    "webhook",
                    format!("{{ sealed = {} }}", quoted(&channel.secret_name())),
                ),
                ("keyword", quoted("巡检")),
                ("language", quoted("zh-CN")),
            ],
        );
    }
    for account in accounts {
        let name = key(&account.name);
        table(
            &mut text,
            &format!("accounts.{name}"),
            vec![
                ("cloud", quoted("aliyun")),
                ("title", quoted(&account.title)),
                (
                    "credentials",
                    format!("{{ sealed = {} }}", quoted(&account.name)),
                ),
            ],
        );
        let own = overrides(account, defaults);
        if !own.is_empty() {
            table(&mut text, &format!("accounts.{name}.patrol"), own);
        }
    }
    text
}

fn global(defaults: &Defaults) -> Vec<(&'static str, String)> {
    let mut lines = vec![
        ("every", quoted("0 30 9 * * *")),
        ("timezone", quoted("Asia/Shanghai")),
    ];
    lines.extend(days(defaults.overdue_day));
    lines.extend(threshold(defaults.amount_threshold));
    lines.extend([
        ("amount_invisible", defaults.amount_invisible.to_string()),
        ("max_list_length", defaults.max_list_length.to_string()),
        ("ping", defaults.ping.to_string()),
    ]);
    if defaults.has_webhook {
        lines.push(("report_to", "[\"global\"]".to_owned()));
    }
    lines
}

fn overrides(account: &Account, defaults: &Defaults) -> Vec<(&'static str, String)> {
    let mut lines = days(
        account
            .overdue_day
            .filter(|it| Some(*it) != defaults.overdue_day),
    );
    let own = account
        .amount_threshold
        .filter(|it| Some(*it) != defaults.amount_threshold);
    lines.extend(threshold(own));
    let differs = |own: Option<bool>, global: bool| own.filter(|it| *it != global);
    if let Some(hidden) = differs(account.amount_invisible, defaults.amount_invisible) {
        lines.push(("amount_invisible", hidden.to_string()));
    }
    if let Some(length) = account
        .max_list_length
        .filter(|it| *it != defaults.max_list_length)
    {
        lines.push(("max_list_length", length.to_string()));
    }
    if let Some(ping) = differs(account.ping, defaults.ping) {
        lines.push(("ping", ping.to_string()));
    }
    if let Some(channel) = &account.channel {
        lines.push(("report_to", format!("[{}]", quoted(channel))));
    }
    lines
}

/// The old program showed up to seven days in red.
fn days(overdue_day: Option<u16>) -> Vec<(&'static str, String)> {
    overdue_day.map_or_else(Vec::new, |days| {
        vec![
            ("warn_days", days.to_string()),
            ("urgent_days", RED_DAYS.min(days).to_string()),
        ]
    })
}

/// The old program knew yuan only.
fn threshold(amount: Option<Decimal>) -> Vec<(&'static str, String)> {
    amount.map_or_else(Vec::new, |amount| {
        let number = match i64::try_from(amount) {
            Ok(whole) if Decimal::from(whole) == amount => whole.to_string(),
            _ => quoted(&amount.to_string()),
        };
        vec![("balance_below", format!("{{ CNY = {number} }}"))]
    })
}

fn table(text: &mut String, name: &str, lines: Vec<(&'static str, String)>) {
    // Writing to a string cannot fail.
    write!(text, "\n[{name}]\n").ok();
    for (key, value) in lines {
        writeln!(text, "{key} = {value}").ok();
    }
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// Returns a name as a key: bare where TOML lets it, else in quotes.
fn key(name: &str) -> String {
    match name
        .bytes()
        .all(|it| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-'))
    {
        true => name.to_owned(),
        false => quoted(name),
    }
}
