//! Mail: what arrives, what is refused, and that nothing secret crosses a plain line.

mod tls_server;

use std::sync::Arc;

use base::ManualClock;
use cloudsim::mailbox::{Login, MailFault, Mailbox, Settings, Stage};
use notify::{
    ChannelSettings, MailSecurity, MailSettings, MemoryOutbox, SettingsError, Target, Trouble,
};

use crate::samples::{expiry_message, mail_channel, now};
use crate::world::{PATIENCE, courier};
use tls_server::TlsServer;

fn with_login(channel: ChannelSettings, password: &str) -> ChannelSettings {
    let Target::Mail(mail) = channel.target.clone() else {
        unreachable!()
    };
    let login = Some(("ops@example.com".to_owned(), password.to_owned().into()));
    ChannelSettings {
        target: Target::Mail(MailSettings { login, ..mail }),
        ..channel
    }
}

async fn send(channel: &ChannelSettings, clock: &ManualClock) -> notify::ChannelReport {
    let courier = courier(Arc::new(MemoryOutbox::default()), clock);
    let message = expiry_message();
    courier
        .queue(
            "run-7f3a",
            &[notify::Dispatch {
                channel,
                message: &message,
            }],
        )
        .await
        .unwrap();
    courier
        .deliver(&[channel], PATIENCE)
        .await
        .channels
        .remove(0)
}

async fn mailbox(clock: &ManualClock, login: Option<Login>) -> Mailbox {
    let settings = Settings {
        login,
        ..Settings::default()
    };
    Mailbox::start(Arc::new(clock.clone()), settings)
        .await
        .unwrap()
}

fn plain(mailbox: &Mailbox) -> ChannelSettings {
    mail_channel(
        "127.0.0.1",
        mailbox.address().port(),
        MailSecurity::PlainLoopback,
    )
}

#[tokio::test]
async fn a_mail_has_text_html_date_message_id_and_the_reports_words() {
    let clock = ManualClock::hurrying(now());
    let mailbox = mailbox(&clock, None).await;
    let report = send(&plain(&mailbox), &clock).await;
    assert!(report.is_complete(), "{report:?}");
    let mails = mailbox.mails();
    assert_eq!(mails.len(), 1);
    let mail = &mails[0];
    assert_eq!(mail.sender, "skywarden@example.com");
    assert_eq!(mail.recipients, ["ops@example.com"]);
    assert_eq!(
        mail.header("Subject").unwrap(),
        "【测试用户1 - 到期实例巡检告警】"
    );
    assert!(
        mail.header("Message-ID")
            .unwrap()
            .ends_with("@example.com>")
    );
    assert_eq!(
        mail.header("Date").unwrap(),
        "Sat, 21 Nov 2026 01:30:00 +0000"
    );
    let parts = mail.parts();
    let types: Vec<&str> = parts.iter().map(|it| it.media_type.as_str()).collect();
    assert_eq!(types, ["text/plain", "text/html"]);
    assert!(
        parts[0]
            .text
            .contains("您有 161 个资源将在 15 天内到期，未设置自动续费：")
    );
    assert!(parts[1].text.contains("color:#CF1322"), "{}", parts[1].text);
}

#[tokio::test]
async fn a_repeat_after_a_lost_answer_has_the_same_message_id() {
    let clock = ManualClock::hurrying(now());
    let mailbox = mailbox(&clock, None).await;
    mailbox.arm(Stage::Mail, MailFault::HangUp, 1);
    let report = send(&plain(&mailbox), &clock).await;
    assert!(report.is_complete(), "{report:?}");
    let ids: Vec<_> = mailbox
        .mails()
        .iter()
        .map(|it| it.header("Message-ID"))
        .collect();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], ids[1]);
}

#[tokio::test]
async fn later_is_later_and_no_is_no() {
    let clock = ManualClock::hurrying(now());
    let mailbox = mailbox(&clock, None).await;
    mailbox.arm(
        Stage::Recipient,
        MailFault::Reply("451 4.3.2 try later".to_owned()),
        2,
    );
    assert!(send(&plain(&mailbox), &clock).await.is_complete());
    mailbox.arm(
        Stage::Recipient,
        MailFault::Reply("550 5.1.1 no such user".to_owned()),
        9,
    );
    let report = send(&plain(&mailbox), &clock).await;
    assert_eq!(report.dead[0].reason, Trouble::MailRefused, "{report:?}");
    assert!(report.dead[0].error.contains("no such user"), "{report:?}");
    assert_eq!(mailbox.mails().len(), 1);
}

#[tokio::test]
async fn a_login_is_made_and_a_wrong_one_is_named_without_the_password() {
    let clock = ManualClock::hurrying(now());
    let (user, password) = ("ops@example.com".to_owned(), "CANARY-password".to_owned());
    let mailbox = mailbox(&clock, Some(Login { user, password })).await;
    let channel = with_login(plain(&mailbox), "CANARY-password");
    assert!(send(&channel, &clock).await.is_complete());
    assert_eq!(mailbox.mails()[0].user.as_deref(), Some("ops@example.com"));
    let report = send(&with_login(channel, "CANARY-wrong"), &clock).await;
    assert_eq!(report.dead[0].reason, Trouble::MailLogin, "{report:?}");
    assert!(!format!("{report:?}").contains("CANARY"), "{report:?}");
}

#[tokio::test]
async fn a_server_without_starttls_gets_neither_password_nor_mail() {
    let clock = ManualClock::hurrying(now());
    let (user, password) = ("ops@example.com".to_owned(), "CANARY-password".to_owned());
    let mailbox = mailbox(&clock, Some(Login { user, password })).await;
    let channel = mail_channel(
        "127.0.0.1",
        mailbox.address().port(),
        MailSecurity::StartTls,
    );
    let report = send(&with_login(channel, "CANARY-password"), &clock).await;
    assert!(
        report.delivered.is_empty() && !report.is_complete(),
        "{report:?}"
    );
    assert!(mailbox.mails().is_empty());
}

#[tokio::test]
async fn tls_is_verified_by_starttls_and_from_the_first_byte() {
    for security in [MailSecurity::StartTls, MailSecurity::Tls] {
        let server = TlsServer::start(security).await;
        let clock = ManualClock::hurrying(now());
        let channel = mail_channel("localhost", server.port(), security);
        let report = send(&channel, &clock).await;
        assert!(
            report.delivered.is_empty(),
            "a stranger's certificate is no certificate"
        );
        assert!(server.heard().await.is_empty());

        let Target::Mail(mail) = channel.target.clone() else {
            unreachable!()
        };
        let extra_roots = vec![server.root_pem()];
        let target = Target::Mail(MailSettings {
            extra_roots,
            ..mail
        });
        let channel = with_login(ChannelSettings { target, ..channel }, "secret");
        let report = send(&channel, &clock).await;
        assert!(report.is_complete(), "{security:?}: {report:?}");
        let heard = server.heard().await;
        assert!(
            heard.iter().any(|it| it.starts_with("AUTH PLAIN ")),
            "{security:?}: {heard:?}"
        );
        assert!(
            heard.iter().any(|it| it.starts_with("Message-ID: ")),
            "{security:?}: {heard:?}"
        );
    }
}

#[test]
fn settings_that_cannot_work_are_refused_at_once() {
    let mail = MailSettings {
        host: "mail.example.com".to_owned(),
        port: 25,
        security: MailSecurity::PlainLoopback,
        login: None,
        from: "a@example.com".to_owned(),
        to: vec!["b@example.com".to_owned()],
        extra_roots: Vec::new(),
    };
    let why = |mail: &MailSettings| match ChannelSettings::mail("ops", mail.clone()).unwrap_err() {
        SettingsError::Mail { why } => why,
        other => panic!("{other}"),
    };
    assert!(why(&mail).contains("plain is for loopback only"));
    let tls = MailSettings {
        security: MailSecurity::Tls,
        ..mail
    };
    assert!(ChannelSettings::mail("ops", tls.clone()).is_ok());
    assert!(
        why(&MailSettings {
            to: Vec::new(),
            ..tls.clone()
        })
        .contains("no recipient")
    );
    let from = "nobody".to_owned();
    assert!(
        why(&MailSettings {
            from,
            ..tls.clone()
        })
        .contains("is no mail address")
    );
    let to = vec!["a@example.com\r\nBcc: evil@example.com".to_owned()];
    assert!(why(&MailSettings { to, ..tls.clone() }).contains("is no mail address"));
    let extra_roots = vec!["no certificate".to_owned()];
    assert!(ChannelSettings::mail("ops", MailSettings { extra_roots, ..tls }).is_err());
}
