//! How the letter looks in each chat.

use expect_test::{Expect, expect};
use model::Language;
use notify::{ChannelSettings, Kind, compose};
use serde_json::Value;

use super::{known, troubled, written};
use crate::sample::now;

fn channel(kind: Kind) -> ChannelSettings {
    let address = match kind {
        Kind::DingTalk => "https://oapi.dingtalk.com/robot/send?access_token=T",
        Kind::Feishu => "https://open.feishu.cn/open-apis/bot/v2/hook/T",
        Kind::WeCom => "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=K",
        Kind::Slack => "https://hooks.slack.com/services/T/B/X",
        Kind::Webhook | Kind::Mail => "https://example.com/hook",
    };
    ChannelSettings::webhook("ops", kind, &address.to_owned().into()).unwrap()
}

fn check(kind: Kind, expected: Expect) {
    let (world, memory) = troubled();
    let known = known(&world, &memory);
    let letter = written(&world, &known, Language::Chinese, Some(now())).unwrap();
    let mut shown = String::new();
    for part in compose(&channel(kind), &letter.message, "run-0190-7f3a", now()) {
        let json: Value = serde_json::from_str(&part.body).unwrap();
        let pretty = serde_json::to_string_pretty(&json).unwrap();
        // Line ends inside texts are shown as such, or nobody could read them.
        shown.push_str(&pretty.replace("\\n", "\\n\n").replace("\\\"", "\""));
        shown.push('\n');
    }
    expected.assert_eq(&shown);
}

#[test]
fn the_letter_in_dingtalk() {
    check(
        Kind::DingTalk,
        expect![[r####"
            {
              "at": {
                "atMobiles": [],
                "atUserIds": [],
                "isAtAll": false
              },
              "markdown": {
                "text": "### 🚨 有实例没有备份\n
            \n
            【缺少备份】 **3**  \n
              【检查时间】 2026-11-21 04:00:00 +08:00  \n
              【告警级别】 **URGENT**  \n
              【账号】 data\n
            \n
            ---\n
            \n
            **🚨 没有任何备份（1）**  \n
              **i-bare** cn-north-1 · 支付\\*网关\\* · 云上自带策略：dlm policy-1\n
            \n
            ---\n
            \n
            **⏰ 最近的备份太旧（1）**  \n
              **i-old** cn-north-1 · db · 最近备份 2026-11-16 04:00:03 +08:00\n
            \n
            ---\n
            \n
            **❌ 未完成（1）**  \n
              **i-old** cn-north-1 · db · 快照 · 始于 2026-11-17 04:00:00 +08:00 · SnapshotLimitExceeded: the quota of 100,000 snapshots is used up\n
            \n
            ---\n
            \n
            **🧩 最近一组快照不完整（1）**  \n
              **i-part** cn-north-1 · cache · 2026-11-21 04:00:00 +08:00 的快照组 · 2 块盘中 1 块可用\n
            \n
            ---\n
            \n
            此前已知：1 台备份太旧、1 个被占用的镜像、1 份最后的备份  \n
              已查看 10/10 个范围。\n
            \n
            <font color=#888888>运行 7f3a</font>",
                "title": "🚨 有实例没有备份"
              },
              "msgtype": "markdown"
            }
        "####]],
    );
}

#[test]
fn the_letter_in_feishu() {
    check(
        Kind::Feishu,
        expect![[r#"
            {
              "card": {
                "body": {
                  "direction": "vertical",
                  "elements": [
                    {
                      "content": "【缺少备份】 **3**\n
            【检查时间】 2026-11-21 04:00:00 +08:00\n
            【告警级别】 `URGENT`\n
            【账号】 data",
                      "tag": "markdown"
                    },
                    {
                      "tag": "hr"
                    },
                    {
                      "content": "**🚨 没有任何备份（1）**\n
            `i-bare` cn-north-1 · 支付&#42;网关&#42; · 云上自带策略：dlm policy-1",
                      "tag": "markdown"
                    },
                    {
                      "tag": "hr"
                    },
                    {
                      "content": "**⏰ 最近的备份太旧（1）**\n
            `i-old` cn-north-1 · db · 最近备份 2026-11-16 04:00:03 +08:00",
                      "tag": "markdown"
                    },
                    {
                      "tag": "hr"
                    },
                    {
                      "content": "**❌ 未完成（1）**\n
            `i-old` cn-north-1 · db · 快照 · 始于 2026-11-17 04:00:00 +08:00 · SnapshotLimitExceeded: the quota of 100,000 snapshots is used up",
                      "tag": "markdown"
                    },
                    {
                      "tag": "hr"
                    },
                    {
                      "content": "**🧩 最近一组快照不完整（1）**\n
            `i-part` cn-north-1 · cache · 2026-11-21 04:00:00 +08:00 的快照组 · 2 块盘中 1 块可用",
                      "tag": "markdown"
                    },
                    {
                      "tag": "hr"
                    },
                    {
                      "content": "此前已知：1 台备份太旧、1 个被占用的镜像、1 份最后的备份\n
            已查看 10/10 个范围。",
                      "tag": "markdown"
                    },
                    {
                      "content": "<font color='grey'>运行 7f3a</font>",
                      "tag": "markdown"
                    }
                  ]
                },
                "config": {
                  "enable_forward": true,
                  "summary": {
                    "content": "🚨 有实例没有备份"
                  },
                  "update_multi": true,
                  "width_mode": "fill"
                },
                "header": {
                  "template": "red",
                  "title": {
                    "content": "🚨 有实例没有备份",
                    "tag": "plain_text"
                  }
                },
                "schema": "2.0"
              },
              "msg_type": "interactive"
            }
        "#]],
    );
}

#[test]
fn the_letter_in_wecom() {
    check(
        Kind::WeCom,
        expect![[r####"
            {
              "markdown": {
                "content": "### 🚨 有实例没有备份\n
            \n
            【缺少备份】 **3**\n
            【检查时间】 2026-11-21 04:00:00 +08:00\n
            【告警级别】 `URGENT`\n
            【账号】 data\n
            \n
            ──────\n
            \n
            **🚨 没有任何备份（1）**\n
            `i-bare` cn-north-1 · 支付＊网关＊ · 云上自带策略：dlm policy-1\n
            \n
            ──────\n
            \n
            **⏰ 最近的备份太旧（1）**\n
            `i-old` cn-north-1 · db · 最近备份 2026-11-16 04:00:03 +08:00\n
            \n
            ──────\n
            \n
            **❌ 未完成（1）**\n
            `i-old` cn-north-1 · db · 快照 · 始于 2026-11-17 04:00:00 +08:00 · SnapshotLimitExceeded: the quota of 100,000 snapshots is used up\n
            \n
            ──────\n
            \n
            **🧩 最近一组快照不完整（1）**\n
            `i-part` cn-north-1 · cache · 2026-11-21 04:00:00 +08:00 的快照组 · 2 块盘中 1 块可用\n
            \n
            ──────\n
            \n
            此前已知：1 台备份太旧、1 个被占用的镜像、1 份最后的备份\n
            已查看 10/10 个范围。\n
            \n
            <font color="comment">运行 7f3a</font>"
              },
              "msgtype": "markdown"
            }
        "####]],
    );
}

#[test]
fn the_letter_in_slack() {
    check(
        Kind::Slack,
        expect![[r#"
            {
              "blocks": [
                {
                  "text": {
                    "text": "🚨 有实例没有备份",
                    "type": "plain_text"
                  },
                  "type": "header"
                },
                {
                  "text": {
                    "text": "【缺少备份】 *3*\n
            【检查时间】 2026-11-21 04:00:00 +08:00\n
            【告警级别】 `URGENT`\n
            【账号】 data",
                    "type": "mrkdwn"
                  },
                  "type": "section"
                },
                {
                  "type": "divider"
                },
                {
                  "text": {
                    "text": "*🚨 没有任何备份（1）*\n
            `i-bare` cn-north-1 · 支付∗网关∗ · 云上自带策略：dlm policy-1",
                    "type": "mrkdwn"
                  },
                  "type": "section"
                },
                {
                  "type": "divider"
                },
                {
                  "text": {
                    "text": "*⏰ 最近的备份太旧（1）*\n
            `i-old` cn-north-1 · db · 最近备份 2026-11-16 04:00:03 +08:00",
                    "type": "mrkdwn"
                  },
                  "type": "section"
                },
                {
                  "type": "divider"
                },
                {
                  "text": {
                    "text": "*❌ 未完成（1）*\n
            `i-old` cn-north-1 · db · 快照 · 始于 2026-11-17 04:00:00 +08:00 · SnapshotLimitExceeded: the quota of 100,000 snapshots is used up",
                    "type": "mrkdwn"
                  },
                  "type": "section"
                },
                {
                  "type": "divider"
                },
                {
                  "text": {
                    "text": "*🧩 最近一组快照不完整（1）*\n
            `i-part` cn-north-1 · cache · 2026-11-21 04:00:00 +08:00 的快照组 · 2 块盘中 1 块可用",
                    "type": "mrkdwn"
                  },
                  "type": "section"
                },
                {
                  "type": "divider"
                },
                {
                  "text": {
                    "text": "此前已知：1 台备份太旧、1 个被占用的镜像、1 份最后的备份\n
            已查看 10/10 个范围。",
                    "type": "mrkdwn"
                  },
                  "type": "section"
                },
                {
                  "elements": [
                    {
                      "text": "运行 7f3a",
                      "type": "mrkdwn"
                    }
                  ],
                  "type": "context"
                }
              ],
              "text": "🚨 有实例没有备份"
            }
        "#]],
    );
}

#[test]
fn the_letter_to_a_webhook() {
    check(
        Kind::Webhook,
        expect![[r#"
            {
              "data": {
                "blocks": [
                  {
                    "spans": [
                      {
                        "text": "【缺少备份】 "
                      },
                      {
                        "bold": true,
                        "text": "3"
                      }
                    ],
                    "type": "line"
                  },
                  {
                    "spans": [
                      {
                        "text": "【检查时间】 2026-11-21 04:00:00 +08:00"
                      }
                    ],
                    "type": "line"
                  },
                  {
                    "spans": [
                      {
                        "text": "【告警级别】 "
                      },
                      {
                        "code": true,
                        "text": "URGENT"
                      }
                    ],
                    "type": "line"
                  },
                  {
                    "spans": [
                      {
                        "text": "【账号】 data"
                      }
                    ],
                    "type": "line"
                  },
                  {
                    "type": "rule"
                  },
                  {
                    "spans": [
                      {
                        "bold": true,
                        "text": "🚨 没有任何备份（1）"
                      }
                    ],
                    "type": "line"
                  },
                  {
                    "spans": [
                      {
                        "code": true,
                        "text": "i-bare"
                      },
                      {
                        "text": " cn-north-1 · 支付*网关* · 云上自带策略：dlm policy-1"
                      }
                    ],
                    "type": "line"
                  },
                  {
                    "type": "rule"
                  },
                  {
                    "spans": [
                      {
                        "bold": true,
                        "text": "⏰ 最近的备份太旧（1）"
                      }
                    ],
                    "type": "line"
                  },
                  {
                    "spans": [
                      {
                        "code": true,
                        "text": "i-old"
                      },
                      {
                        "text": " cn-north-1 · db · 最近备份 2026-11-16 04:00:03 +08:00"
                      }
                    ],
                    "type": "line"
                  },
                  {
                    "type": "rule"
                  },
                  {
                    "spans": [
                      {
                        "bold": true,
                        "text": "❌ 未完成（1）"
                      }
                    ],
                    "type": "line"
                  },
                  {
                    "spans": [
                      {
                        "code": true,
                        "text": "i-old"
                      },
                      {
                        "text": " cn-north-1 · db · 快照 · 始于 2026-11-17 04:00:00 +08:00 · SnapshotLimitExceeded: the quota of 100,000 snapshots is used up"
                      }
                    ],
                    "type": "line"
                  },
                  {
                    "type": "rule"
                  },
                  {
                    "spans": [
                      {
                        "bold": true,
                        "text": "🧩 最近一组快照不完整（1）"
                      }
                    ],
                    "type": "line"
                  },
                  {
                    "spans": [
                      {
                        "code": true,
                        "text": "i-part"
                      },
                      {
                        "text": " cn-north-1 · cache · 2026-11-21 04:00:00 +08:00 的快照组 · 2 块盘中 1 块可用"
                      }
                    ],
                    "type": "line"
                  },
                  {
                    "type": "rule"
                  },
                  {
                    "spans": [
                      {
                        "text": "此前已知：1 台备份太旧、1 个被占用的镜像、1 份最后的备份"
                      }
                    ],
                    "type": "line"
                  },
                  {
                    "spans": [
                      {
                        "text": "已查看 10/10 个范围。"
                      }
                    ],
                    "type": "line"
                  }
                ],
                "button": null,
                "language": "zh-CN",
                "owners": [
                  "li"
                ],
                "part": 1,
                "parts": 1,
                "run": "run-0190-7f3a",
                "schema": 1,
                "title": "🚨 有实例没有备份",
                "tone": "urgent"
              },
              "datacontenttype": "application/json",
              "id": "run-0190-7f3a.6b3b18aa1152.1",
              "source": "/skywarden",
              "specversion": "1.0",
              "subject": "🚨 有实例没有备份",
              "time": "2026-11-20T20:00:00Z",
              "type": "skywarden.message"
            }
        "#]],
    );
}
