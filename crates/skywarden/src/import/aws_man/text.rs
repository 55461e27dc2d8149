//! The text of the new file.

use std::fmt::Write as _;

use super::Draft;

const HEAD: &str = "\
# 由 `skywarden import aws-man` 从 aws-man 的运行脚本生成。
# Made by `skywarden import aws-man` from a run script of aws-man.
# Access keys are sealed in skywarden.sealed beside this file.
# Check it with `skywarden config validate`; `skywarden config schema` lists every key.
";

const ABOUT_MODE: &str = "\
# 先用 `skywarden plan` 查看计划，确认后改为 \"apply\"。
# Read `skywarden plan` first; then say \"apply\".
";

const ABOUT_KEEP: &str = "\
# 与旧程序相同：保留一周，但创建失败时至少留一份。新安装的默认值是
#   keep = { daily = 7, weekly = 4, at_least = 3 }
# As the old program: one week, but never the last good one. New installations have the line above.
# `skywarden backups adopt` takes over what the old program made; until then nothing of it goes.
# 旧程序的快照与镜像须先执行 `skywarden backups adopt` 接管，之前不会被删除。
";

const ABOUT_EVERY: &str = "\
# cron 按机器时钟运行旧脚本；这里按 timezone 理解。
# Cron ran the old script by the clock of its machine; here it is meant in `timezone`.
";

const ABOUT_ALARMS: &str = "\
# 旧程序比较平均值，平均值取决于监控间隔；这里比较每 5 分钟的总和。
# 已有的告警（包括旧程序建立的）保持不变；伸缩组与集群的机器默认不建，需要时写 managed = true。
# The old program compared averages, which depend on how often a machine is measured; here it is the sum
# of five minutes. Alarms that are there, the old ones too, stay as they are. Machines of scaling groups
# and clusters get none unless you say managed = true.
";

const ABOUT_ROLE: &str = "\
# 脚本中没有密钥：旧程序使用所在 EC2 实例的角色。也可改用 { profile = \"default\" }。
# The script had no keys: the old program took the role of its machine. Or say { profile = \"default\" }.
";

const ABOUT_PATROL: &str = "\
# 旧程序不巡检到期与余额。
# The old program knew nothing of ends and balances.
";

/// Returns the new file; what stands in it holds as it did for the old program, but where it says so.
pub(super) fn render(draft: &Draft) -> String {
    let mut text = HEAD.to_owned();
    if draft.snapshots {
        table(&mut text, "backups");
        text.push_str(ABOUT_MODE);
        line(&mut text, "mode", &quoted("plan"));
        let select = "tags.AutoSnapshot == \"true\" && state == \"running\"";
        line(&mut text, "select", &format!("'{select}'"));
        text.push_str(ABOUT_EVERY);
        line(&mut text, "every", &quoted(&draft.every));
        line(&mut text, "timezone", &quoted(&draft.zone));
        text.push_str(ABOUT_KEEP);
        line(&mut text, "keep", "{ within = \"7d\", at_least = 1 }");
        line(&mut text, "image", &quoted("weekly"));
        line(&mut text, "image_keep", &quoted("7d"));
        line(&mut text, "image_disks", &quoted("root"));
        let protected = "[\"BaseAMI=true\", \"Autoscalling=true\", \"AutoScallingAMI=true\"]";
        line(&mut text, "protected_tags", protected);
    }
    if draft.alarms {
        table(&mut text, "alarms");
        text.push_str(ABOUT_MODE);
        line(&mut text, "mode", &quoted("plan"));
        text.push_str(ABOUT_ALARMS);
        line(&mut text, "select", "'state == \"running\"'");
        line(&mut text, "every", &quoted(&draft.every));
        line(&mut text, "timezone", &quoted(&draft.zone));
        line(&mut text, "outbound", &quoted("20MB/5m"));
        line(&mut text, "periods", "4");
        line(&mut text, "notify", &quoted("ec2-NetworkOut-Alarm"));
    }
    text.push('\n');
    text.push_str(ABOUT_PATROL);
    text.push_str("[patrol]\n");
    line(&mut text, "balance", &quoted("off"));
    line(&mut text, "ping", "false");
    let account = draft.account();
    table(&mut text, &format!("accounts.{account}"));
    line(&mut text, "cloud", &quoted("aws"));
    if draft.region.starts_with("cn-") {
        line(&mut text, "partition", &quoted("aws-cn"));
    }
    match draft.sealed {
        true => {
            let sealed = format!("{{ sealed = {} }}", quoted(&account));
            line(&mut text, "credentials", &sealed);
        }
        false => {
            text.push_str(ABOUT_ROLE);
            line(&mut text, "credentials", "{ role = true }");
        }
    }
    line(
        &mut text,
        "regions",
        &format!("[{}]", quoted(&draft.region)),
    );
    if let Some(identity) = &draft.identity {
        line(&mut text, "expect_identity", &quoted(identity));
    }
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
