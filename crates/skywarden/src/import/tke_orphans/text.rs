//! The text of the new file.

use std::fmt::Write as _;

use super::{ACCOUNT, Draft, HINTS};

const HEAD: &str = "\
# 由 `skywarden import tke-orphans` 从孤儿 CVM 检测程序的 config.yaml 生成。
# Made by `skywarden import tke-orphans` from the config.yaml of the detector of orphaned CVM instances.
# Access keys, webhooks and their secrets are sealed in skywarden.sealed beside this file.
# Check it with `skywarden config validate`; `skywarden config schema` lists every key.
";

const ABOUT_HINTS: &str = "\
# 旧程序识别节点所用的关键字。它们只会列为疑似，不会被当作证据。
# The words by which the old program took a machine for a node: suspects only, never proof.
";

const ABOUT_LOOK_AT: &str = "\
# 旧程序只看机器；还可加 disk、address、load_balancer、snapshot、image，需要相应的读权限。
# The old program looked at machines alone; the others need the rights to read them.
";

const ABOUT_PATROL: &str = "\
# 旧程序不巡检到期与余额。需要时写上 balance = \"on\" 和 report_to。
# The old program knew nothing of ends and balances: say balance = \"on\" and report_to to be told.
";

/// Returns the new file; everything in it holds as it did in the old one.
pub(super) fn render(draft: &Draft) -> String {
    let mut text = HEAD.to_owned();
    let on = draft.robots.iter().filter(|it| it.is_on);
    let told: Vec<String> = on.map(|it| quoted(it.name)).collect();
    table(&mut text, "orphans");
    line(&mut text, "timezone", &quoted("Asia/Shanghai"));
    line(&mut text, "level", &quoted("WARNING"));
    line(&mut text, "report_to", &format!("[{}]", told.join(", ")));
    text.push_str(ABOUT_LOOK_AT);
    line(&mut text, "look_at", "[\"machine\"]");
    text.push_str(ABOUT_HINTS);
    let hints = HINTS.map(|it| format!("  {{ word = {} }},\n", quoted(it)));
    line(&mut text, "hints", &format!("[\n{}]", hints.concat()));
    text.push('\n');
    text.push_str(ABOUT_PATROL);
    text.push_str("[patrol]\n");
    line(&mut text, "balance", &quoted("off"));
    line(&mut text, "ping", "false");
    line(&mut text, "report_to", "[]");
    for robot in &draft.robots {
        table(&mut text, &format!("channels.{}", robot.name));
        line(&mut text, "kind", &quoted(robot.kind.as_str()));
        let sealed = |what: &str| {
            format!(
                "{{ sealed = {} }}",
                quoted(&format!("{}.{what}", robot.name))
            )
        };
        line(&mut text, "webhook", &sealed("webhook"));
        if robot.secret.is_some() {
            line(&mut text, "secret", &sealed("secret"));
        }
        line(
            &mut text,
            "timeout",
            &quoted(&format!("{}s", draft.timeout_seconds)),
        );
        line(&mut text, "language", &quoted("zh-CN"));
    }
    table(&mut text, &format!("accounts.{ACCOUNT}"));
    line(&mut text, "cloud", &quoted("tencent"));
    line(
        &mut text,
        "credentials",
        &format!("{{ sealed = {} }}", quoted(ACCOUNT)),
    );
    line(
        &mut text,
        "regions",
        &format!("[{}]", quoted(&draft.region)),
    );
    table(&mut text, "log");
    line(&mut text, "level", &quoted(draft.log_level));
    text
}

fn table(text: &mut String, name: &str) {
    // Writing to a string cannot fail.
    write!(text, "\n[{name}]\n").ok();
}

fn line(text: &mut String, key: &str, value: &str) {
    // Writing to a string cannot fail.
    writeln!(text, "{key} = {value}").ok();
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}
