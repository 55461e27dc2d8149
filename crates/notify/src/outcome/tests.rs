use expect_test::{Expect, expect};

use super::*;
use crate::{Kind, channel};

/// Judges answers given as `STATUS BODY`, and shows each with its outcome.
fn check(kind: Kind, answers: &str, expected: Expect) {
    let mut shown = Vec::new();
    for line in answers.lines().map(str::trim).filter(|it| !it.is_empty()) {
        let (status, text) = line.split_once(' ').unwrap_or((line, ""));
        let answer = Answer {
            status: status.parse().unwrap(),
            retry_after: (status == "429").then_some(Duration::from_secs(7)),
            location: None,
            text: text.to_owned(),
        };
        shown.push(format!(
            "{:?} <- {line}\n",
            channel::of(kind).judge(&answer)
        ));
    }
    expected.assert_eq(&shown.concat());
}

#[test]
fn dingtalk_is_judged_by_errcode_and_310000_by_its_words() {
    let answers = r#"
        200 {"errcode":0,"errmsg":"ok"}
        200 {"errcode":-1,"errmsg":"系统繁忙"}
        200 {"errcode":130101,"errmsg":"send too fast, exceed 20 times per minute"}
        200 {"status":1111,"wait":5,"source":"x5","punish":"deny","uuid":"u","errcode":130101}
        200 {"errcode":460101,"errmsg":"message too long, exceed 20000 bytes"}
        200 {"errcode":310000,"errmsg":"keywords not in content, more: [https://ding-doc]"}
        200 {"errcode":310000,"errmsg":"sign not match, more: [https://ding-doc]"}
        200 {"errcode":310000,"errmsg":"invalid timestamp, more: [https://ding-doc]"}
        200 {"errcode":310000,"errmsg":"ip 1.2.3.4 not in whitelist, more: []"}
        200 {"errcode":310000,"errmsg":"description:关键词不匹配;solution:请联系群管理员"}
        200 {"errcode":300001,"errmsg":"message param title or text is null"}
        200 {"errcode":300005,"errmsg":"token is not exist"}
        200 {"errcode":430103,"errmsg":"unsafe link"}
        200 {"errcode":777777,"errmsg":"?"}
        200 <html>busy</html>
        200
        404 <html>not found</html>
        302
        502 <html>bad gateway</html>
    "#;
    check(
        Kind::DingTalk,
        answers,
        expect![[r#"
        Delivered <- 200 {"errcode":0,"errmsg":"ok"}
        Retry { after: None } <- 200 {"errcode":-1,"errmsg":"系统繁忙"}
        Mute { period: 600s } <- 200 {"errcode":130101,"errmsg":"send too fast, exceed 20 times per minute"}
        Mute { period: 600s } <- 200 {"status":1111,"wait":5,"source":"x5","punish":"deny","uuid":"u","errcode":130101}
        Split <- 200 {"errcode":460101,"errmsg":"message too long, exceed 20000 bytes"}
        Permanent { reason: Keyword } <- 200 {"errcode":310000,"errmsg":"keywords not in content, more: [https://ding-doc]"}
        Permanent { reason: Signature } <- 200 {"errcode":310000,"errmsg":"sign not match, more: [https://ding-doc]"}
        Permanent { reason: Signature } <- 200 {"errcode":310000,"errmsg":"invalid timestamp, more: [https://ding-doc]"}
        Permanent { reason: Address } <- 200 {"errcode":310000,"errmsg":"ip 1.2.3.4 not in whitelist, more: []"}
        Permanent { reason: Keyword } <- 200 {"errcode":310000,"errmsg":"description:关键词不匹配;solution:请联系群管理员"}
        Downgrade <- 200 {"errcode":300001,"errmsg":"message param title or text is null"}
        Permanent { reason: RobotGone } <- 200 {"errcode":300005,"errmsg":"token is not exist"}
        Downgrade <- 200 {"errcode":430103,"errmsg":"unsafe link"}
        Unfamiliar <- 200 {"errcode":777777,"errmsg":"?"}
        Retry { after: None } <- 200 <html>busy</html>
        Retry { after: None } <- 200
        Unfamiliar <- 404 <html>not found</html>
        Permanent { reason: Redirect } <- 302
        Retry { after: None } <- 502 <html>bad gateway</html>
    "#]],
    );
}

#[test]
fn feishu_is_judged_by_code_whatever_the_status() {
    let answers = r#"
        200 {"StatusCode":0,"StatusMessage":"success","code":0,"data":{},"msg":"success"}
        200 {"StatusCode":0,"StatusMessage":"success"}
        200 {"code":11232,"msg":"frequency limited psm[lark.oapi.app_platform_runtime]"}
        400 {"code":9499,"msg":"Bad Request"}
        200 {"code":19021,"msg":"sign match fail or timestamp is not within one hour"}
        200 {"code":19022,"msg":"Ip Not Allowed"}
        200 {"code":19024,"msg":"Key Words Not Found"}
        200 {"code":19001,"msg":"param invalid: incoming webhook access token invalid"}
        200 {"code":230099,"msg":"Failed to create card content, ext=ErrCode: 11310"}
        429 {"code":99991400,"msg":"request trigger frequency limit"}
        500 {"code":0}
        200 {"msg":"no code"}
        200 <html>
        503
    "#;
    check(
        Kind::Feishu,
        answers,
        expect![[r#"
        Delivered <- 200 {"StatusCode":0,"StatusMessage":"success","code":0,"data":{},"msg":"success"}
        Delivered <- 200 {"StatusCode":0,"StatusMessage":"success"}
        Retry { after: None } <- 200 {"code":11232,"msg":"frequency limited psm[lark.oapi.app_platform_runtime]"}
        Split <- 400 {"code":9499,"msg":"Bad Request"}
        Permanent { reason: Signature } <- 200 {"code":19021,"msg":"sign match fail or timestamp is not within one hour"}
        Permanent { reason: Address } <- 200 {"code":19022,"msg":"Ip Not Allowed"}
        Permanent { reason: Keyword } <- 200 {"code":19024,"msg":"Key Words Not Found"}
        Permanent { reason: RobotGone } <- 200 {"code":19001,"msg":"param invalid: incoming webhook access token invalid"}
        Downgrade <- 200 {"code":230099,"msg":"Failed to create card content, ext=ErrCode: 11310"}
        Retry { after: Some(7s) } <- 429 {"code":99991400,"msg":"request trigger frequency limit"}
        Retry { after: None } <- 500 {"code":0}
        Retry { after: None } <- 200 {"msg":"no code"}
        Retry { after: None } <- 200 <html>
        Retry { after: None } <- 503
    "#]],
    );
}

#[test]
fn wecom_is_judged_by_errcode_and_40058_by_its_words() {
    let answers = r#"
        200 {"errcode":0,"errmsg":"ok"}
        200 {"errcode":40058,"errmsg":"markdown.content exceed max length 4096. invalid"}
        200 {"errcode":40058,"errmsg":"text.mentioned_list invalid"}
        200 {"errcode":45009,"errmsg":"api freq out of limit, hint: [1], from ip: 1.2.3.4"}
        200 {"errcode":93000,"errmsg":"invalid webhook url, hint: [1]"}
        200 {"errcode":-1,"errmsg":"system busy"}
        200 <html>
    "#;
    check(
        Kind::WeCom,
        answers,
        expect![[r#"
        Delivered <- 200 {"errcode":0,"errmsg":"ok"}
        Split <- 200 {"errcode":40058,"errmsg":"markdown.content exceed max length 4096. invalid"}
        Downgrade <- 200 {"errcode":40058,"errmsg":"text.mentioned_list invalid"}
        Mute { period: 60s } <- 200 {"errcode":45009,"errmsg":"api freq out of limit, hint: [1], from ip: 1.2.3.4"}
        Permanent { reason: RobotGone } <- 200 {"errcode":93000,"errmsg":"invalid webhook url, hint: [1]"}
        Retry { after: None } <- 200 {"errcode":-1,"errmsg":"system busy"}
        Retry { after: None } <- 200 <html>
    "#]],
    );
}

#[test]
fn slack_says_ok_and_nothing_else_is() {
    let answers = r#"
        200 ok
        200 {"ok":true}
        200 {"ok":false,"error":"channel_not_found"}
        200 <html>
        202
        400 invalid_blocks
        403 action_prohibited
        404 no_service
        410 channel_is_archived
        429 rate_limited
    "#;
    check(
        Kind::Slack,
        answers,
        expect![[r#"
        Delivered <- 200 ok
        Delivered <- 200 {"ok":true}
        Unfamiliar <- 200 {"ok":false,"error":"channel_not_found"}
        Retry { after: None } <- 200 <html>
        Retry { after: None } <- 202
        Downgrade <- 400 invalid_blocks
        Permanent { reason: RobotGone } <- 403 action_prohibited
        Permanent { reason: RobotGone } <- 404 no_service
        Permanent { reason: RobotGone } <- 410 channel_is_archived
        Mute { period: 7s } <- 429 rate_limited
    "#]],
    );
}

#[test]
fn webhooks_and_mail_servers_are_judged_by_status() {
    let answers = "
        200 anything
        202
        401
        403
        410
        422
        429
        503
    ";
    check(
        Kind::Webhook,
        answers,
        expect![[r#"
        Delivered <- 200 anything
        Delivered <- 202
        Permanent { reason: Signature } <- 401
        Permanent { reason: Address } <- 403
        Permanent { reason: RobotGone } <- 410
        Permanent { reason: Payload } <- 422
        Mute { period: 7s } <- 429
        Retry { after: None } <- 503
    "#]],
    );
    let answers = "
        250 ok
        451 try later
        535 5.7.8 authentication failed
        550 no such user
        0 connection refused
    ";
    check(
        Kind::Mail,
        answers,
        expect![[r#"
        Delivered <- 250 ok
        Retry { after: None } <- 451 try later
        Permanent { reason: MailLogin } <- 535 5.7.8 authentication failed
        Permanent { reason: MailRefused } <- 550 no such user
        Retry { after: None } <- 0 connection refused
    "#]],
    );
}

#[test]
fn every_trouble_has_a_hint_in_both_languages() {
    let all = [
        Trouble::Keyword,
        Trouble::Signature,
        Trouble::Address,
        Trouble::RobotGone,
        Trouble::Payload,
        Trouble::Redirect,
        Trouble::ForbiddenAddress,
        Trouble::MailRefused,
        Trouble::MailLogin,
        Trouble::Unknown,
        Trouble::Expired,
        Trouble::Unreadable,
    ];
    for trouble in all {
        let (chinese, english) = (
            trouble.hint(Language::Chinese),
            trouble.hint(Language::English),
        );
        assert!(
            chinese.ends_with('。') && english.ends_with('.'),
            "{chinese} {english}"
        );
    }
}
