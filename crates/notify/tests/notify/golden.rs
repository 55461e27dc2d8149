//! How the expiry and the orphan message look in every channel.

use std::collections::BTreeMap;

use expect_test::{Expect, expect};
use model::Message;
use notify::{ChannelSettings, Kind, Person, compose};
use serde_json::Value;

use crate::samples::{RUN, channel, expiry_message, now, orphan_message};

fn check(settings: &ChannelSettings, message: &Message, expected: Expect) {
    let mut shown = String::new();
    for part in compose(settings, message, RUN, now()) {
        let json: Value = serde_json::from_str(&part.body).unwrap();
        let pretty = serde_json::to_string_pretty(&json).unwrap();
        // Line ends inside texts are shown as such, or nobody could read them.
        shown.push_str(&pretty.replace("\\n", "\\n\n").replace("\\\"", "\""));
        shown.push('\n');
    }
    expected.assert_eq(&shown);
}

fn with_alice(kind: Kind) -> ChannelSettings {
    let alice = Person {
        mobile: Some("13800001111".to_owned()),
        feishu: Some("ou_alice".to_owned()),
        slack: Some("U0ALICE".to_owned()),
        ..Person::default()
    };
    let people = BTreeMap::from([("alice".to_owned(), alice.checked().unwrap())]);
    ChannelSettings {
        people,
        keyword: Some("巡检".to_owned()),
        ..channel(kind)
    }
}

#[test]
fn expiry_in_dingtalk_is_a_card_with_quadruples_rules_and_a_button() {
    check(
        &channel(Kind::DingTalk),
        &expiry_message(),
        expect![[r####"
        {
          "actionCard": {
            "singleTitle": "前往续费",
            "singleURL": "https://usercenter2.aliyun.com/renew/manual",
            "text": "### 【测试用户1 - 到期实例巡检告警】\n
        \n
        > **实例类型**：rds  \n
          > **实例 ID**：rm-bp129dqwdqwdl58p  \n
          > **剩余天数**：<font color=#FF0000>**7**</font>  \n
          > **到期时间**：2023-12-16\n
        \n
        ---\n
        \n
        > **实例类型**：ecs  \n
          > **实例 ID**：i-bp1dwqdwq1e1j4  \n
          > **剩余天数**：**12**  \n
          > **到期时间**：2023-12-21\n
        \n
        <font color=#888888>… 仅显示 TOP 2，另有 159 项</font>\n
        \n
        您有 <font color=#FF0000>**161**</font> 个资源将在 <font color=#FF0000>**15**</font> 天内到期，未设置自动续费：  \n
          **rds** (19), **ons** (1), **ecs** (127)  \n
          当前账户余额：<font color=#228B22>**2,672,769.60 ¥**</font>\n
        \n
        <font color=#888888>运行 7f3a</font>",
            "title": "【测试用户1 - 到期实例巡检告警】"
          },
          "msgtype": "actionCard"
        }
    "####]],
    );
}

#[test]
fn expiry_in_feishu_is_a_red_card_with_rules_and_a_button() {
    check(
        &channel(Kind::Feishu),
        &expiry_message(),
        expect![[r#"
            {
              "card": {
                "body": {
                  "direction": "vertical",
                  "elements": [
                    {
                      "content": "**实例类型**：rds\n
            **实例 ID**：rm-bp129dqwdqwdl58p\n
            **剩余天数**：<font color='red'>**7**</font>\n
            **到期时间**：2023-12-16",
                      "tag": "markdown"
                    },
                    {
                      "tag": "hr"
                    },
                    {
                      "content": "**实例类型**：ecs\n
            **实例 ID**：i-bp1dwqdwq1e1j4\n
            **剩余天数**：**12**\n
            **到期时间**：2023-12-21\n
            \n
            <font color='grey'>… 仅显示 TOP 2，另有 159 项</font>\n
            \n
            您有 <font color='red'>**161**</font> 个资源将在 <font color='red'>**15**</font> 天内到期，未设置自动续费：\n
            **rds** (19), **ons** (1), **ecs** (127)\n
            当前账户余额：<font color='green'>**2,672,769.60 ¥**</font>",
                      "tag": "markdown"
                    },
                    {
                      "behaviors": [
                        {
                          "default_url": "https://usercenter2.aliyun.com/renew/manual",
                          "type": "open_url"
                        }
                      ],
                      "tag": "button",
                      "text": {
                        "content": "前往续费",
                        "tag": "plain_text"
                      },
                      "type": "primary"
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
                    "content": "【测试用户1 - 到期实例巡检告警】"
                  },
                  "update_multi": true,
                  "width_mode": "fill"
                },
                "header": {
                  "template": "red",
                  "title": {
                    "content": "【测试用户1 - 到期实例巡检告警】",
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
fn expiry_in_wecom_has_its_three_colors_and_a_link() {
    check(
        &channel(Kind::WeCom),
        &expiry_message(),
        expect![[r####"
        {
          "markdown": {
            "content": "### 【测试用户1 - 到期实例巡检告警】\n
        \n
        > **实例类型**：rds\n
        > **实例 ID**：rm-bp129dqwdqwdl58p\n
        > **剩余天数**：<font color="warning">**7**</font>\n
        > **到期时间**：2023-12-16\n
        \n
        ──────\n
        \n
        > **实例类型**：ecs\n
        > **实例 ID**：i-bp1dwqdwq1e1j4\n
        > **剩余天数**：**12**\n
        > **到期时间**：2023-12-21\n
        \n
        <font color="comment">… 仅显示 TOP 2，另有 159 项</font>\n
        \n
        您有 <font color="warning">**161**</font> 个资源将在 <font color="warning">**15**</font> 天内到期，未设置自动续费：\n
        **rds** (19), **ons** (1), **ecs** (127)\n
        当前账户余额：<font color="info">**2,672,769.60 ¥**</font>\n
        \n
        [前往续费](https://usercenter2.aliyun.com/renew/manual)\n
        \n
        <font color="comment">运行 7f3a</font>"
          },
          "msgtype": "markdown"
        }
    "####]],
    );
}

#[test]
fn expiry_in_slack_has_marks_for_colors() {
    check(
        &channel(Kind::Slack),
        &expiry_message(),
        expect![[r#"
        {
          "blocks": [
            {
              "text": {
                "text": "【测试用户1 - 到期实例巡检告警】",
                "type": "plain_text"
              },
              "type": "header"
            },
            {
              "text": {
                "text": "*实例类型*：rds\n
        *实例 ID*：rm-bp129dqwdqwdl58p\n
        *剩余天数*：🔴 *7*\n
        *到期时间*：2023-12-16",
                "type": "mrkdwn"
              },
              "type": "section"
            },
            {
              "type": "divider"
            },
            {
              "text": {
                "text": "*实例类型*：ecs\n
        *实例 ID*：i-bp1dwqdwq1e1j4\n
        *剩余天数*：*12*\n
        *到期时间*：2023-12-21\n
        \n
        … 仅显示 TOP 2，另有 159 项\n
        \n
        您有 🔴 *161* 个资源将在 🔴 *15* 天内到期，未设置自动续费：\n
        *rds* (19), *ons* (1), *ecs* (127)\n
        当前账户余额：🟢 *2,672,769.60 ¥*",
                "type": "mrkdwn"
              },
              "type": "section"
            },
            {
              "elements": [
                {
                  "text": {
                    "text": "前往续费",
                    "type": "plain_text"
                  },
                  "type": "button",
                  "url": "https://usercenter2.aliyun.com/renew/manual"
                }
              ],
              "type": "actions"
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
          "text": "【测试用户1 - 到期实例巡检告警】"
        }
    "#]],
    );
}

#[test]
fn expiry_for_machines_is_a_cloud_event() {
    check(
        &channel(Kind::Webhook),
        &expiry_message(),
        expect![[r#"
        {
          "data": {
            "blocks": [
              {
                "heading": [],
                "rows": [
                  {
                    "label": "实例类型",
                    "spans": [
                      {
                        "text": "rds"
                      }
                    ],
                    "text": "rds"
                  },
                  {
                    "label": "实例 ID",
                    "spans": [
                      {
                        "text": "rm-bp129dqwdqwdl58p"
                      }
                    ],
                    "text": "rm-bp129dqwdqwdl58p"
                  },
                  {
                    "label": "剩余天数",
                    "spans": [
                      {
                        "bold": true,
                        "text": "7",
                        "tone": "urgent"
                      }
                    ],
                    "text": "7"
                  },
                  {
                    "label": "到期时间",
                    "spans": [
                      {
                        "text": "2023-12-16"
                      }
                    ],
                    "text": "2023-12-16"
                  }
                ],
                "type": "item"
              },
              {
                "heading": [],
                "rows": [
                  {
                    "label": "实例类型",
                    "spans": [
                      {
                        "text": "ecs"
                      }
                    ],
                    "text": "ecs"
                  },
                  {
                    "label": "实例 ID",
                    "spans": [
                      {
                        "text": "i-bp1dwqdwq1e1j4"
                      }
                    ],
                    "text": "i-bp1dwqdwq1e1j4"
                  },
                  {
                    "label": "剩余天数",
                    "spans": [
                      {
                        "bold": true,
                        "text": "12"
                      }
                    ],
                    "text": "12"
                  },
                  {
                    "label": "到期时间",
                    "spans": [
                      {
                        "text": "2023-12-21"
                      }
                    ],
                    "text": "2023-12-21"
                  }
                ],
                "type": "item"
              },
              {
                "count": 159,
                "shown": 2,
                "type": "more"
              },
              {
                "spans": [
                  {
                    "text": "您有 "
                  },
                  {
                    "bold": true,
                    "text": "161",
                    "tone": "urgent"
                  },
                  {
                    "text": " 个资源将在 "
                  },
                  {
                    "bold": true,
                    "text": "15",
                    "tone": "urgent"
                  },
                  {
                    "text": " 天内到期，未设置自动续费："
                  }
                ],
                "type": "line"
              },
              {
                "spans": [
                  {
                    "bold": true,
                    "text": "rds"
                  },
                  {
                    "text": " (19), "
                  },
                  {
                    "bold": true,
                    "text": "ons"
                  },
                  {
                    "text": " (1), "
                  },
                  {
                    "bold": true,
                    "text": "ecs"
                  },
                  {
                    "text": " (127)"
                  }
                ],
                "type": "line"
              },
              {
                "spans": [
                  {
                    "text": "当前账户余额："
                  },
                  {
                    "bold": true,
                    "text": "2,672,769.60 ¥",
                    "tone": "good"
                  }
                ],
                "type": "line"
              }
            ],
            "button": {
              "caption": "前往续费",
              "url": "https://usercenter2.aliyun.com/renew/manual"
            },
            "language": "zh-CN",
            "owners": [],
            "part": 1,
            "parts": 1,
            "run": "run-0190-7f3a",
            "schema": 1,
            "title": "【测试用户1 - 到期实例巡检告警】",
            "tone": "urgent"
          },
          "datacontenttype": "application/json",
          "id": "run-0190-7f3a.619842c033f8.1",
          "source": "/skywarden",
          "specversion": "1.0",
          "subject": "【测试用户1 - 到期实例巡检告警】",
          "time": "2026-11-21T01:30:00Z",
          "type": "skywarden.message"
        }
    "#]],
    );
}

#[test]
fn expiry_by_mail_has_text_and_html() {
    check(
        &channel(Kind::Mail),
        &expiry_message(),
        expect![[r#"
        {
          "html": "<!DOCTYPE html><html><head><meta charset="utf-8"></head><body style="font-family:sans-serif;font-size:14px;color:#222"><h2 style="margin:0 0 12px;font-size:18px;color:#CF1322">【测试用户1 - 到期实例巡检告警】</h2><table style="border-collapse:collapse"><tr><td style="padding:2px 16px 2px 0;color:#666;white-space:nowrap">实例类型</td><td style="padding:2px 0">rds</td></tr><tr><td style="padding:2px 16px 2px 0;color:#666;white-space:nowrap">实例 ID</td><td style="padding:2px 0">rm-bp129dqwdqwdl58p</td></tr><tr><td style="padding:2px 16px 2px 0;color:#666;white-space:nowrap">剩余天数</td><td style="padding:2px 0"><span style="color:#CF1322"><b>7</b></span></td></tr><tr><td style="padding:2px 16px 2px 0;color:#666;white-space:nowrap">到期时间</td><td style="padding:2px 0">2023-12-16</td></tr></table><hr style="border:0;border-top:1px solid #ddd"><table style="border-collapse:collapse"><tr><td style="padding:2px 16px 2px 0;color:#666;white-space:nowrap">实例类型</td><td style="padding:2px 0">ecs</td></tr><tr><td style="padding:2px 16px 2px 0;color:#666;white-space:nowrap">实例 ID</td><td style="padding:2px 0">i-bp1dwqdwq1e1j4</td></tr><tr><td style="padding:2px 16px 2px 0;color:#666;white-space:nowrap">剩余天数</td><td style="padding:2px 0"><b>12</b></td></tr><tr><td style="padding:2px 16px 2px 0;color:#666;white-space:nowrap">到期时间</td><td style="padding:2px 0">2023-12-21</td></tr></table><p style="color:#888">… 仅显示 TOP 2，另有 159 项</p><p style="margin:4px 0">您有 <span style="color:#CF1322"><b>161</b></span> 个资源将在 <span style="color:#CF1322"><b>15</b></span> 天内到期，未设置自动续费：</p><p style="margin:4px 0"><b>rds</b> (19), <b>ons</b> (1), <b>ecs</b> (127)</p><p style="margin:4px 0">当前账户余额：<span style="color:#228B22"><b>2,672,769.60 ¥</b></span></p><p><a href="https://usercenter2.aliyun.com/renew/manual" style="display:inline-block;padding:8px 16px;border-radius:4px;background:#1677ff;color:#fff;text-decoration:none">前往续费</a></p><p style="color:#888;font-size:12px">运行 7f3a</p></body></html>",
          "subject": "【测试用户1 - 到期实例巡检告警】",
          "text": "【测试用户1 - 到期实例巡检告警】\n
        \n
        实例类型：rds\n
        实例 ID：rm-bp129dqwdqwdl58p\n
        剩余天数：7\n
        到期时间：2023-12-16\n
        \n
        ------------\n
        \n
        实例类型：ecs\n
        实例 ID：i-bp1dwqdwq1e1j4\n
        剩余天数：12\n
        到期时间：2023-12-21\n
        \n
        … 仅显示 TOP 2，另有 159 项\n
        \n
        您有 161 个资源将在 15 天内到期，未设置自动续费：\n
        rds (19), ons (1), ecs (127)\n
        当前账户余额：2,672,769.60 ¥\n
        \n
        前往续费: https://usercenter2.aliyun.com/renew/manual\n
        \n
        运行 7f3a"
        }
    "#]],
    );
}

#[test]
fn orphans_in_dingtalk_call_the_owner_by_number_and_carry_the_keyword() {
    check(
        &with_alice(Kind::DingTalk),
        &orphan_message(),
        expect![[r####"
            {
              "at": {
                "atMobiles": [
                  "13800001111"
                ],
                "atUserIds": [],
                "isAtAll": false
              },
              "markdown": {
                "text": "### 巡检 🚨 孤儿 CVM 实例告警\n
            \n
            【实例总数】 2  \n
              【发生时间】 2026-01-12 10:11:54  \n
              【告警级别】 **WARNING**\n
            \n
            ---\n
            \n
            #### 📌 孤儿实例明细\n
            \n
            1️⃣ **ins-aaaa1111**  \n
              • 名称：tke\\_cls-abc\\_worker  \n
              • 内网IP：**10.0.0.11**  \n
              • 标签：tke-clusterId=cls-abc, env=prod\n
            \n
            2️⃣ **ins-bbbb2222**  \n
              • 名称：node-np-2  \n
              • 内网IP：**10.0.0.12**  \n
              • 标签：tke-clusterId=cls-abc, env=prod\n
            \n
            ---\n
            \n
            #### 📊 快速汇总(便于复制)\n
            \n
            **实例ID:**  \n
              **ins-aaaa1111, ins-bbbb2222**\n
            \n
            **内网IP:**  \n
              **10.0.0.11, 10.0.0.12**\n
            \n
            @13800001111\n
            \n
            <font color=#888888>运行 7f3a</font>",
                "title": "巡检 🚨 孤儿 CVM 实例告警"
              },
              "msgtype": "markdown"
            }
        "####]],
    );
}

#[test]
fn orphans_in_feishu_call_the_owner_by_id() {
    check(
        &with_alice(Kind::Feishu),
        &orphan_message(),
        expect![[r#"
            {
              "card": {
                "body": {
                  "direction": "vertical",
                  "elements": [
                    {
                      "content": "【实例总数】 2\n
            【发生时间】 2026-01-12 10:11:54\n
            【告警级别】 `WARNING`",
                      "tag": "markdown"
                    },
                    {
                      "tag": "hr"
                    },
                    {
                      "content": "**📌 孤儿实例明细**\n
            \n
            1️⃣ **ins-aaaa1111**\n
            • 名称：tke&#95;cls-abc&#95;worker\n
            • 内网IP：`10.0.0.11`\n
            • 标签：tke-clusterId=cls-abc, env=prod\n
            \n
            2️⃣ **ins-bbbb2222**\n
            • 名称：node-np-2\n
            • 内网IP：`10.0.0.12`\n
            • 标签：tke-clusterId=cls-abc, env=prod",
                      "tag": "markdown"
                    },
                    {
                      "tag": "hr"
                    },
                    {
                      "content": "**📊 快速汇总(便于复制)**\n
            \n
            **实例ID:**\n
            `ins-aaaa1111, ins-bbbb2222`\n
            \n
            **内网IP:**\n
            `10.0.0.11, 10.0.0.12`",
                      "tag": "markdown"
                    },
                    {
                      "content": "<at id=ou_alice></at>",
                      "tag": "markdown"
                    },
                    {
                      "content": "<font color='grey'>巡检 运行 7f3a</font>",
                      "tag": "markdown"
                    }
                  ]
                },
                "config": {
                  "enable_forward": true,
                  "summary": {
                    "content": "巡检 🚨 孤儿 CVM 实例告警"
                  },
                  "update_multi": true,
                  "width_mode": "fill"
                },
                "header": {
                  "template": "orange",
                  "title": {
                    "content": "巡检 🚨 孤儿 CVM 实例告警",
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
fn orphans_in_wecom_call_the_owner_in_a_text_of_its_own() {
    check(
        &with_alice(Kind::WeCom),
        &orphan_message(),
        expect![[r####"
        {
          "markdown": {
            "content": "### 巡检 🚨 孤儿 CVM 实例告警\n
        \n
        【实例总数】 2\n
        【发生时间】 2026-01-12 10:11:54\n
        【告警级别】 `WARNING`\n
        \n
        ──────\n
        \n
        #### 📌 孤儿实例明细\n
        \n
        1️⃣ **ins-aaaa1111**\n
        • 名称：tke_cls-abc_worker\n
        • 内网IP：`10.0.0.11`\n
        • 标签：tke-clusterId=cls-abc, env=prod\n
        \n
        2️⃣ **ins-bbbb2222**\n
        • 名称：node-np-2\n
        • 内网IP：`10.0.0.12`\n
        • 标签：tke-clusterId=cls-abc, env=prod\n
        \n
        ──────\n
        \n
        #### 📊 快速汇总(便于复制)\n
        \n
        **实例ID:**\n
        `ins-aaaa1111, ins-bbbb2222`\n
        \n
        **内网IP:**\n
        `10.0.0.11, 10.0.0.12`\n
        \n
        <font color="comment">运行 7f3a</font>"
          },
          "msgtype": "markdown"
        }
        {
          "msgtype": "text",
          "text": {
            "content": "请关注：巡检 🚨 孤儿 CVM 实例告警",
            "mentioned_list": [],
            "mentioned_mobile_list": [
              "13800001111"
            ]
          }
        }
    "####]],
    );
}

#[test]
fn orphans_in_slack_call_the_owner_by_member_id() {
    check(
        &with_alice(Kind::Slack),
        &orphan_message(),
        expect![[r#"
        {
          "blocks": [
            {
              "text": {
                "text": "巡检 🚨 孤儿 CVM 实例告警",
                "type": "plain_text"
              },
              "type": "header"
            },
            {
              "text": {
                "text": "【实例总数】 2\n
        【发生时间】 2026-01-12 10:11:54\n
        【告警级别】 `WARNING`",
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
        1️⃣ *ins-aaaa1111*\n
        • 名称：tke_cls-abc_worker\n
        • 内网IP：`10.0.0.11`\n
        • 标签：tke-clusterId=cls-abc, env=prod\n
        \n
        2️⃣ *ins-bbbb2222*\n
        • 名称：node-np-2\n
        • 内网IP：`10.0.0.12`\n
        • 标签：tke-clusterId=cls-abc, env=prod",
                "type": "mrkdwn"
              },
              "type": "section"
            },
            {
              "type": "divider"
            },
            {
              "text": {
                "text": "*📊 快速汇总(便于复制)*\n
        \n
        *实例ID:*\n
        `ins-aaaa1111, ins-bbbb2222`\n
        \n
        *内网IP:*\n
        `10.0.0.11, 10.0.0.12`",
                "type": "mrkdwn"
              },
              "type": "section"
            },
            {
              "text": {
                "text": "<@U0ALICE>",
                "type": "mrkdwn"
              },
              "type": "section"
            },
            {
              "elements": [
                {
                  "text": "巡检 运行 7f3a",
                  "type": "mrkdwn"
                }
              ],
              "type": "context"
            }
          ],
          "text": "巡检 🚨 孤儿 CVM 实例告警"
        }
    "#]],
    );
}

#[test]
fn orphans_for_machines_name_the_owner() {
    check(
        &channel(Kind::Webhook),
        &orphan_message(),
        expect![[r#"
        {
          "data": {
            "blocks": [
              {
                "spans": [
                  {
                    "text": "【实例总数】 2"
                  }
                ],
                "type": "line"
              },
              {
                "spans": [
                  {
                    "text": "【发生时间】 2026-01-12 10:11:54"
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
                    "text": "ins-aaaa1111"
                  }
                ],
                "rows": [
                  {
                    "label": "名称",
                    "spans": [
                      {
                        "text": "tke_cls-abc_worker"
                      }
                    ],
                    "text": "tke_cls-abc_worker"
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
                    "label": "标签",
                    "spans": [
                      {
                        "text": "tke-clusterId=cls-abc, env=prod"
                      }
                    ],
                    "text": "tke-clusterId=cls-abc, env=prod"
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
                    "text": "ins-bbbb2222"
                  }
                ],
                "rows": [
                  {
                    "label": "名称",
                    "spans": [
                      {
                        "text": "node-np-2"
                      }
                    ],
                    "text": "node-np-2"
                  },
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
                        "text": "tke-clusterId=cls-abc, env=prod"
                      }
                    ],
                    "text": "tke-clusterId=cls-abc, env=prod"
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
                    "text": "📊 快速汇总(便于复制)"
                  }
                ],
                "type": "heading"
              },
              {
                "label": [
                  {
                    "bold": true,
                    "text": "实例ID:"
                  }
                ],
                "type": "values",
                "values": [
                  "ins-aaaa1111",
                  "ins-bbbb2222"
                ]
              },
              {
                "label": [
                  {
                    "bold": true,
                    "text": "内网IP:"
                  }
                ],
                "type": "values",
                "values": [
                  "10.0.0.11",
                  "10.0.0.12"
                ]
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
            "tone": "warning"
          },
          "datacontenttype": "application/json",
          "id": "run-0190-7f3a.a929f3f5be70.1",
          "source": "/skywarden",
          "specversion": "1.0",
          "subject": "🚨 孤儿 CVM 实例告警",
          "time": "2026-11-21T01:30:00Z",
          "type": "skywarden.message"
        }
    "#]],
    );
}

#[test]
fn orphans_by_mail_have_text_and_html() {
    check(
        &channel(Kind::Mail),
        &orphan_message(),
        expect![[r#"
        {
          "html": "<!DOCTYPE html><html><head><meta charset="utf-8"></head><body style="font-family:sans-serif;font-size:14px;color:#222"><h2 style="margin:0 0 12px;font-size:18px;color:#D46B08">🚨 孤儿 CVM 实例告警</h2><p style="margin:4px 0">【实例总数】 2</p><p style="margin:4px 0">【发生时间】 2026-01-12 10:11:54</p><p style="margin:4px 0">【告警级别】 <code>WARNING</code></p><hr style="border:0;border-top:1px solid #ddd"><h3 style="margin:12px 0 6px;font-size:15px">📌 孤儿实例明细</h3><p style="margin:8px 0 2px">1️⃣ <b>ins-aaaa1111</b></p><table style="border-collapse:collapse"><tr><td style="padding:2px 16px 2px 0;color:#666;white-space:nowrap">名称</td><td style="padding:2px 0">tke_cls-abc_worker</td></tr><tr><td style="padding:2px 16px 2px 0;color:#666;white-space:nowrap">内网IP</td><td style="padding:2px 0"><code>10.0.0.11</code></td></tr><tr><td style="padding:2px 16px 2px 0;color:#666;white-space:nowrap">标签</td><td style="padding:2px 0">tke-clusterId=cls-abc, env=prod</td></tr></table><p style="margin:8px 0 2px">2️⃣ <b>ins-bbbb2222</b></p><table style="border-collapse:collapse"><tr><td style="padding:2px 16px 2px 0;color:#666;white-space:nowrap">名称</td><td style="padding:2px 0">node-np-2</td></tr><tr><td style="padding:2px 16px 2px 0;color:#666;white-space:nowrap">内网IP</td><td style="padding:2px 0"><code>10.0.0.12</code></td></tr><tr><td style="padding:2px 16px 2px 0;color:#666;white-space:nowrap">标签</td><td style="padding:2px 0">tke-clusterId=cls-abc, env=prod</td></tr></table><hr style="border:0;border-top:1px solid #ddd"><h3 style="margin:12px 0 6px;font-size:15px">📊 快速汇总(便于复制)</h3><p style="margin:4px 0"><b>实例ID:</b><br><code>ins-aaaa1111, ins-bbbb2222</code></p><p style="margin:4px 0"><b>内网IP:</b><br><code>10.0.0.11, 10.0.0.12</code></p><p style="color:#888;font-size:12px">运行 7f3a</p></body></html>",
          "subject": "🚨 孤儿 CVM 实例告警",
          "text": "🚨 孤儿 CVM 实例告警\n
        \n
        【实例总数】 2\n
        【发生时间】 2026-01-12 10:11:54\n
        【告警级别】 WARNING\n
        \n
        ------------\n
        \n
        📌 孤儿实例明细\n
        \n
        1️⃣ ins-aaaa1111\n
        • 名称：tke_cls-abc_worker\n
        • 内网IP：10.0.0.11\n
        • 标签：tke-clusterId=cls-abc, env=prod\n
        \n
        2️⃣ ins-bbbb2222\n
        • 名称：node-np-2\n
        • 内网IP：10.0.0.12\n
        • 标签：tke-clusterId=cls-abc, env=prod\n
        \n
        ------------\n
        \n
        📊 快速汇总(便于复制)\n
        \n
        实例ID:\n
        ins-aaaa1111, ins-bbbb2222\n
        \n
        内网IP:\n
        10.0.0.11, 10.0.0.12\n
        \n
        运行 7f3a"
        }
    "#]],
    );
}
