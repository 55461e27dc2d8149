//! How the alarm looks in each chat.

use expect_test::{Expect, expect};
use model::{Language, Message};
use notify::{ChannelSettings, Kind, compose};
use serde_json::Value;

use super::{two_orphans, watch, written};
use crate::sample::{Town, minutes, now};
use crate::settings::OrphanSettings;

fn alarm() -> Message {
    let mut watch = watch(OrphanSettings::default());
    watch.look(&two_orphans(), now());
    let census = watch.look(&two_orphans(), now() + minutes(60));
    written(&watch, &census, Language::Chinese).unwrap().message
}

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
    let mut shown = String::new();
    for part in compose(&channel(kind), &alarm(), "run-0190-7f3a", now()) {
        let json: Value = serde_json::from_str(&part.body).unwrap();
        let pretty = serde_json::to_string_pretty(&json).unwrap();
        // Line ends inside texts are shown as such, or nobody could read them.
        shown.push_str(&pretty.replace("\\n", "\\n\n").replace("\\\"", "\""));
        shown.push('\n');
    }
    expected.assert_eq(&shown);
}

#[test]
fn the_alarm_in_dingtalk() {
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
            "text": "### 🚨 孤儿 CVM 实例告警\n
        \n
        【实例总数】 **2**  \n
          【发生时间】 2026-11-21 11:00:00 +08:00  \n
          【告警级别】 **WARNING**  \n
          【账号】 game\n
        \n
        ---\n
        \n
        #### 📌 孤儿实例明细\n
        \n
        1️⃣ **ins-aaaa1111**  \n
          • 名称：tke\\_cls-1\\_worker  \n
          • 内网IP：**10.0.0.11**  \n
          • 公网IP：**1.2.3.4**  \n
          • 标签：team=web  \n
          • 位置：ap-beijing-3 · vpc-1  \n
          • 规格：S5.LARGE8 · 按量计费 · 创建于 2026-11-19  \n
          • 原集群：prod (cls-1)  \n
          • 依据：名称 tke\\_cls-1\\_worker  \n
          • 核对：集群 cls-1, cls-2 的节点列表里没有它；第二来源也确认它不属于任何集群  \n
          • 首次发现：2026-11-21 10:00:00 +08:00\n
        \n
        2️⃣ **ins-bbbb2222**  \n
          • 内网IP：**10.0.0.12**  \n
          • 标签：app=db, owner=alice, tke-clusterId=cls-gone  \n
          • 位置：ap-beijing-3  \n
          • 规格：S5.LARGE8 · 包年包月 · 创建于 2026-11-19 · 到期 2027-01-01  \n
          • 原集群：cls-gone（集群已删除）  \n
          • 依据：标签 tke-clusterId=cls-gone  \n
          • 核对：它所属的集群已不存在；第二来源也确认它不属于任何集群  \n
          • 首次发现：2026-11-21 10:00:00 +08:00  \n
          • 备注：已关机；已设置自动续费，会继续扣费；仅有集群标签，且从未见过它是节点：标签可能是复制来的\n
        \n
        ---\n
        \n
        #### 📊 快速汇总（便于复制）\n
        \n
        **实例ID（按量计费）：**  \n
          **ins-aaaa1111**\n
        \n
        **实例ID（包年包月）：**  \n
          **ins-bbbb2222**\n
        \n
        **内网IP：**  \n
          **10.0.0.11, 10.0.0.12**\n
        \n
        ---\n
        \n
        已查看 11/11 个范围。\n
        \n
        <font color=#888888>运行 7f3a</font>",
            "title": "🚨 孤儿 CVM 实例告警"
          },
          "msgtype": "markdown"
        }
    "####]],
    );
}

#[test]
fn the_alarm_in_feishu() {
    check(
        Kind::Feishu,
        expect![[r#"
        {
          "card": {
            "body": {
              "direction": "vertical",
              "elements": [
                {
                  "content": "【实例总数】 **2**\n
        【发生时间】 2026-11-21 11:00:00 +08:00\n
        【告警级别】 `WARNING`\n
        【账号】 game",
                  "tag": "markdown"
                },
                {
                  "tag": "hr"
                },
                {
                  "content": "**📌 孤儿实例明细**\n
        \n
        1️⃣ `ins-aaaa1111`\n
        • 名称：tke&#95;cls-1&#95;worker\n
        • 内网IP：`10.0.0.11`\n
        • 公网IP：`1.2.3.4`\n
        • 标签：team=web\n
        • 位置：ap-beijing-3 · vpc-1\n
        • 规格：S5.LARGE8 · 按量计费 · 创建于 2026-11-19\n
        • 原集群：prod (cls-1)\n
        • 依据：名称 tke&#95;cls-1&#95;worker\n
        • 核对：集群 cls-1, cls-2 的节点列表里没有它；第二来源也确认它不属于任何集群\n
        • 首次发现：2026-11-21 10:00:00 +08:00\n
        \n
        2️⃣ `ins-bbbb2222`\n
        • 内网IP：`10.0.0.12`\n
        • 标签：app=db, owner=alice, tke-clusterId=cls-gone\n
        • 位置：ap-beijing-3\n
        • 规格：S5.LARGE8 · 包年包月 · 创建于 2026-11-19 · 到期 2027-01-01\n
        • 原集群：cls-gone（集群已删除）\n
        • 依据：标签 tke-clusterId=cls-gone\n
        • 核对：它所属的集群已不存在；第二来源也确认它不属于任何集群\n
        • 首次发现：2026-11-21 10:00:00 +08:00\n
        • 备注：已关机；已设置自动续费，会继续扣费；仅有集群标签，且从未见过它是节点：标签可能是复制来的",
                  "tag": "markdown"
                },
                {
                  "tag": "hr"
                },
                {
                  "content": "**📊 快速汇总（便于复制）**\n
        \n
        **实例ID（按量计费）：**\n
        `ins-aaaa1111`\n
        \n
        **实例ID（包年包月）：**\n
        `ins-bbbb2222`\n
        \n
        **内网IP：**\n
        `10.0.0.11, 10.0.0.12`",
                  "tag": "markdown"
                },
                {
                  "tag": "hr"
                },
                {
                  "content": "已查看 11/11 个范围。",
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
                "content": "🚨 孤儿 CVM 实例告警"
              },
              "update_multi": true,
              "width_mode": "fill"
            },
            "header": {
              "template": "red",
              "title": {
                "content": "🚨 孤儿 CVM 实例告警",
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
fn the_alarm_in_wecom() {
    check(
        Kind::WeCom,
        expect![[r####"
        {
          "markdown": {
            "content": "### 🚨 孤儿 CVM 实例告警\n
        \n
        【实例总数】 **2**\n
        【发生时间】 2026-11-21 11:00:00 +08:00\n
        【告警级别】 `WARNING`\n
        【账号】 game\n
        \n
        ──────\n
        \n
        #### 📌 孤儿实例明细\n
        \n
        1️⃣ `ins-aaaa1111`\n
        • 名称：tke_cls-1_worker\n
        • 内网IP：`10.0.0.11`\n
        • 公网IP：`1.2.3.4`\n
        • 标签：team=web\n
        • 位置：ap-beijing-3 · vpc-1\n
        • 规格：S5.LARGE8 · 按量计费 · 创建于 2026-11-19\n
        • 原集群：prod (cls-1)\n
        • 依据：名称 tke_cls-1_worker\n
        • 核对：集群 cls-1, cls-2 的节点列表里没有它；第二来源也确认它不属于任何集群\n
        • 首次发现：2026-11-21 10:00:00 +08:00\n
        \n
        2️⃣ `ins-bbbb2222`\n
        • 内网IP：`10.0.0.12`\n
        • 标签：app=db, owner=alice, tke-clusterId=cls-gone\n
        • 位置：ap-beijing-3\n
        • 规格：S5.LARGE8 · 包年包月 · 创建于 2026-11-19 · 到期 2027-01-01\n
        • 原集群：cls-gone（集群已删除）\n
        • 依据：标签 tke-clusterId=cls-gone\n
        • 核对：它所属的集群已不存在；第二来源也确认它不属于任何集群\n
        • 首次发现：2026-11-21 10:00:00 +08:00\n
        • 备注：已关机；已设置自动续费，会继续扣费；仅有集群标签，且从未见过它是节点：标签可能是复制来的\n
        \n
        ──────\n
        \n
        #### 📊 快速汇总（便于复制）\n
        \n
        **实例ID（按量计费）：**\n
        `ins-aaaa1111`\n
        \n
        **实例ID（包年包月）：**\n
        `ins-bbbb2222`\n
        \n
        **内网IP：**\n
        `10.0.0.11, 10.0.0.12`\n
        \n
        ──────\n
        \n
        已查看 11/11 个范围。\n
        \n
        <font color="comment">运行 7f3a</font>"
          },
          "msgtype": "markdown"
        }
    "####]],
    );
}

#[test]
fn the_alarm_in_slack() {
    check(
        Kind::Slack,
        expect![[r#"
        {
          "blocks": [
            {
              "text": {
                "text": "🚨 孤儿 CVM 实例告警",
                "type": "plain_text"
              },
              "type": "header"
            },
            {
              "text": {
                "text": "【实例总数】 *2*\n
        【发生时间】 2026-11-21 11:00:00 +08:00\n
        【告警级别】 `WARNING`\n
        【账号】 game",
                "type": "mrkdwn"
              },
              "type": "section"
            },
            {
              "type": "divider"
            },
            {
              "text": {
                "text": "*📌 孤儿实例明细*\n
        \n
        1️⃣ `ins-aaaa1111`\n
        • 名称：tke_cls-1_worker\n
        • 内网IP：`10.0.0.11`\n
        • 公网IP：`1.2.3.4`\n
        • 标签：team=web\n
        • 位置：ap-beijing-3 · vpc-1\n
        • 规格：S5.LARGE8 · 按量计费 · 创建于 2026-11-19\n
        • 原集群：prod (cls-1)\n
        • 依据：名称 tke_cls-1_worker\n
        • 核对：集群 cls-1, cls-2 的节点列表里没有它；第二来源也确认它不属于任何集群\n
        • 首次发现：2026-11-21 10:00:00 +08:00\n
        \n
        2️⃣ `ins-bbbb2222`\n
        • 内网IP：`10.0.0.12`\n
        • 标签：app=db, owner=alice, tke-clusterId=cls-gone\n
        • 位置：ap-beijing-3\n
        • 规格：S5.LARGE8 · 包年包月 · 创建于 2026-11-19 · 到期 2027-01-01\n
        • 原集群：cls-gone（集群已删除）\n
        • 依据：标签 tke-clusterId=cls-gone\n
        • 核对：它所属的集群已不存在；第二来源也确认它不属于任何集群\n
        • 首次发现：2026-11-21 10:00:00 +08:00\n
        • 备注：已关机；已设置自动续费，会继续扣费；仅有集群标签，且从未见过它是节点：标签可能是复制来的",
                "type": "mrkdwn"
              },
              "type": "section"
            },
            {
              "type": "divider"
            },
            {
              "text": {
                "text": "*📊 快速汇总（便于复制）*\n
        \n
        *实例ID（按量计费）：*\n
        `ins-aaaa1111`\n
        \n
        *实例ID（包年包月）：*\n
        `ins-bbbb2222`\n
        \n
        *内网IP：*\n
        `10.0.0.11, 10.0.0.12`",
                "type": "mrkdwn"
              },
              "type": "section"
            },
            {
              "type": "divider"
            },
            {
              "text": {
                "text": "已查看 11/11 个范围。",
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
          "text": "🚨 孤儿 CVM 实例告警"
        }
    "#]],
    );
}

#[test]
fn the_alarm_in_a_webhook() {
    check(
        Kind::Webhook,
        expect![[r#"
            {
              "data": {
                "blocks": [
                  {
                    "spans": [
                      {
                        "text": "【实例总数】 "
                      },
                      {
                        "bold": true,
                        "text": "2"
                      }
                    ],
                    "type": "line"
                  },
                  {
                    "spans": [
                      {
                        "text": "【发生时间】 2026-11-21 11:00:00 +08:00"
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
                        "text": "WARNING"
                      }
                    ],
                    "type": "line"
                  },
                  {
                    "spans": [
                      {
                        "text": "【账号】 game"
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
                        "text": "📌 孤儿实例明细"
                      }
                    ],
                    "type": "heading"
                  },
                  {
                    "heading": [
                      {
                        "text": "1️⃣ "
                      },
                      {
                        "bold": true,
                        "code": true,
                        "text": "ins-aaaa1111"
                      }
                    ],
                    "rows": [
                      {
                        "label": "名称",
                        "spans": [
                          {
                            "text": "tke_cls-1_worker"
                          }
                        ],
                        "text": "tke_cls-1_worker"
                      },
                      {
                        "label": "内网IP",
                        "spans": [
                          {
                            "code": true,
                            "text": "10.0.0.11"
                          }
                        ],
                        "text": "10.0.0.11"
                      },
                      {
                        "label": "公网IP",
                        "spans": [
                          {
                            "code": true,
                            "text": "1.2.3.4"
                          }
                        ],
                        "text": "1.2.3.4"
                      },
                      {
                        "label": "标签",
                        "spans": [
                          {
                            "text": "team=web"
                          }
                        ],
                        "text": "team=web"
                      },
                      {
                        "label": "位置",
                        "spans": [
                          {
                            "text": "ap-beijing-3 · vpc-1"
                          }
                        ],
                        "text": "ap-beijing-3 · vpc-1"
                      },
                      {
                        "label": "规格",
                        "spans": [
                          {
                            "text": "S5.LARGE8 · 按量计费 · 创建于 2026-11-19"
                          }
                        ],
                        "text": "S5.LARGE8 · 按量计费 · 创建于 2026-11-19"
                      },
                      {
                        "label": "原集群",
                        "spans": [
                          {
                            "text": "prod (cls-1)"
                          }
                        ],
                        "text": "prod (cls-1)"
                      },
                      {
                        "label": "依据",
                        "spans": [
                          {
                            "text": "名称 tke_cls-1_worker"
                          }
                        ],
                        "text": "名称 tke_cls-1_worker"
                      },
                      {
                        "label": "核对",
                        "spans": [
                          {
                            "text": "集群 cls-1, cls-2 的节点列表里没有它；第二来源也确认它不属于任何集群"
                          }
                        ],
                        "text": "集群 cls-1, cls-2 的节点列表里没有它；第二来源也确认它不属于任何集群"
                      },
                      {
                        "label": "首次发现",
                        "spans": [
                          {
                            "text": "2026-11-21 10:00:00 +08:00"
                          }
                        ],
                        "text": "2026-11-21 10:00:00 +08:00"
                      }
                    ],
                    "type": "item"
                  },
                  {
                    "heading": [
                      {
                        "text": "2️⃣ "
                      },
                      {
                        "bold": true,
                        "code": true,
                        "text": "ins-bbbb2222"
                      }
                    ],
                    "rows": [
                      {
                        "label": "内网IP",
                        "spans": [
                          {
                            "code": true,
                            "text": "10.0.0.12"
                          }
                        ],
                        "text": "10.0.0.12"
                      },
                      {
                        "label": "标签",
                        "spans": [
                          {
                            "text": "app=db, owner=alice, tke-clusterId=cls-gone"
                          }
                        ],
                        "text": "app=db, owner=alice, tke-clusterId=cls-gone"
                      },
                      {
                        "label": "位置",
                        "spans": [
                          {
                            "text": "ap-beijing-3"
                          }
                        ],
                        "text": "ap-beijing-3"
                      },
                      {
                        "label": "规格",
                        "spans": [
                          {
                            "text": "S5.LARGE8 · 包年包月 · 创建于 2026-11-19 · 到期 2027-01-01"
                          }
                        ],
                        "text": "S5.LARGE8 · 包年包月 · 创建于 2026-11-19 · 到期 2027-01-01"
                      },
                      {
                        "label": "原集群",
                        "spans": [
                          {
                            "text": "cls-gone（集群已删除）"
                          }
                        ],
                        "text": "cls-gone（集群已删除）"
                      },
                      {
                        "label": "依据",
                        "spans": [
                          {
                            "text": "标签 tke-clusterId=cls-gone"
                          }
                        ],
                        "text": "标签 tke-clusterId=cls-gone"
                      },
                      {
                        "label": "核对",
                        "spans": [
                          {
                            "text": "它所属的集群已不存在；第二来源也确认它不属于任何集群"
                          }
                        ],
                        "text": "它所属的集群已不存在；第二来源也确认它不属于任何集群"
                      },
                      {
                        "label": "首次发现",
                        "spans": [
                          {
                            "text": "2026-11-21 10:00:00 +08:00"
                          }
                        ],
                        "text": "2026-11-21 10:00:00 +08:00"
                      },
                      {
                        "label": "备注",
                        "spans": [
                          {
                            "text": "已关机；已设置自动续费，会继续扣费；仅有集群标签，且从未见过它是节点：标签可能是复制来的"
                          }
                        ],
                        "text": "已关机；已设置自动续费，会继续扣费；仅有集群标签，且从未见过它是节点：标签可能是复制来的"
                      }
                    ],
                    "type": "item"
                  },
                  {
                    "type": "rule"
                  },
                  {
                    "spans": [
                      {
                        "text": "📊 快速汇总（便于复制）"
                      }
                    ],
                    "type": "heading"
                  },
                  {
                    "label": [
                      {
                        "bold": true,
                        "text": "实例ID（按量计费）："
                      }
                    ],
                    "type": "values",
                    "values": [
                      "ins-aaaa1111"
                    ]
                  },
                  {
                    "label": [
                      {
                        "bold": true,
                        "text": "实例ID（包年包月）："
                      }
                    ],
                    "type": "values",
                    "values": [
                      "ins-bbbb2222"
                    ]
                  },
                  {
                    "label": [
                      {
                        "bold": true,
                        "text": "内网IP："
                      }
                    ],
                    "type": "values",
                    "values": [
                      "10.0.0.11",
                      "10.0.0.12"
                    ]
                  },
                  {
                    "type": "rule"
                  },
                  {
                    "spans": [
                      {
                        "text": "已查看 11/11 个范围。"
                      }
                    ],
                    "type": "line"
                  }
                ],
                "button": null,
                "language": "zh-CN",
                "owners": [
                  "alice"
                ],
                "part": 1,
                "parts": 1,
                "run": "run-0190-7f3a",
                "schema": 1,
                "title": "🚨 孤儿 CVM 实例告警",
                "tone": "urgent"
              },
              "datacontenttype": "application/json",
              "id": "run-0190-7f3a.9e7343d580d2.1",
              "source": "/skywarden",
              "specversion": "1.0",
              "subject": "🚨 孤儿 CVM 实例告警",
              "time": "2026-11-21T02:00:00Z",
              "type": "skywarden.message"
            }
        "#]],
    );
}

#[test]
fn thirty_orphans_fit_into_the_smallest_robot_and_every_id_is_there() {
    let lines: String = (100..130)
        .map(|it| format!("machine ins-{it} name-of=cls-1 label=team:web label=env:prod\n"))
        .collect();
    let town = Town::read(&format!("cluster cls-1\n{lines}"), now());
    let mut watch = watch(OrphanSettings::default());
    watch.look(&town, now());
    let census = watch.look(&town, now() + minutes(60));
    let message = written(&watch, &census, Language::Chinese).unwrap().message;
    let settings = ChannelSettings {
        max_parts: 20,
        ..channel(Kind::WeCom)
    };
    let parts = compose(&settings, &message, "run-0190-7f3a", now());
    assert!(parts.len() > 1);
    let mut all = String::new();
    for part in &parts {
        let json: Value = serde_json::from_str(&part.body).unwrap();
        let content = json["markdown"]["content"].as_str().unwrap();
        assert!(content.len() <= 4096, "{} bytes", content.len());
        all.push_str(content);
    }
    for id in 100..130 {
        assert!(all.contains(&format!("ins-{id}")), "ins-{id}");
    }
}
