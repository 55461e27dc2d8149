use std::sync::Arc;

use base::ManualClock;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use super::{Login, MailFault, Mailbox, Settings, Stage};

async fn open(settings: Settings) -> Mailbox {
    let clock = ManualClock::new("2026-11-21T02:00:00Z".parse().unwrap());
    Mailbox::start(Arc::new(clock), settings).await.unwrap()
}

fn guarded() -> Settings {
    let login = Login {
        user: "ops@example.com".to_owned(),
        password: "canary".to_owned(),
    };
    Settings {
        login: Some(login),
        ..Settings::default()
    }
}

struct Talk(BufReader<TcpStream>);

impl Talk {
    async fn with(mailbox: &Mailbox) -> Self {
        let stream = TcpStream::connect(mailbox.address()).await.unwrap();
        let mut talk = Self(BufReader::new(stream));
        assert_eq!(talk.hear().await, "220 mail.skywarden.test ESMTP");
        talk
    }

    async fn greeted(mailbox: &Mailbox) -> Self {
        let mut talk = Self::with(mailbox).await;
        talk.say("EHLO test").await;
        talk
    }

    /// Says a line and returns the last line of the reply.
    async fn say(&mut self, line: &str) -> String {
        self.0
            .write_all(format!("{line}\r\n").as_bytes())
            .await
            .unwrap();
        self.hear().await
    }

    async fn hear(&mut self) -> String {
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).await.unwrap();
            if line.as_bytes().get(3) != Some(&b'-') {
                return line.trim_end().to_owned();
            }
        }
    }

    async fn envelope(&mut self) {
        assert_eq!(self.say("MAIL FROM:<a@example.com>").await, "250 2.1.0 ok");
        assert_eq!(self.say("RCPT TO:<b@example.com>").await, "250 2.1.5 ok");
        assert_eq!(self.say("DATA").await, "354 end with <CR><LF>.<CR><LF>");
    }
}

#[tokio::test]
async fn a_mail_is_taken_whole_with_its_dots_unstuffed() {
    let mailbox = open(Settings::default()).await;
    let mut talk = Talk::greeted(&mailbox).await;
    talk.say("MAIL FROM:<a@example.com> SIZE=120 BODY=8BITMIME")
        .await;
    assert_eq!(talk.say("RCPT TO:<b@example.com>").await, "250 2.1.5 ok");
    assert_eq!(talk.say("RCPT TO:<c@example.com>").await, "250 2.1.5 ok");
    talk.say("DATA").await;
    let queued = talk.say("Subject: hi\r\n\r\n..dot\r\nend\r\n.").await;
    assert_eq!(queued, "250 2.0.0 ok, queued");
    assert_eq!(talk.say("QUIT").await, "221 2.0.0 bye");
    let mails = mailbox.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].sender, "a@example.com");
    assert_eq!(mails[0].recipients, ["b@example.com", "c@example.com"]);
    assert_eq!(mails[0].raw, b"Subject: hi\r\n\r\n.dot\r\nend\r\n");
    assert_eq!(mails[0].user, None);
    mailbox.stop().await;
}

#[tokio::test]
async fn a_mail_can_be_looked_into() {
    let mailbox = open(Settings::default()).await;
    let mut talk = Talk::greeted(&mailbox).await;
    talk.envelope().await;
    let mail = "Subject: =?utf-8?b?5beh5qOA?= =?utf-8?B?77yaMw==?=\r\n a\r\n\
        Content-Type: multipart/alternative;\r\n boundary=\"xyz\"\r\n\r\npreamble\r\n\
        --xyz\r\nContent-Type: text/plain; charset=utf-8\r\n\
        Content-Transfer-Encoding: base64\r\n\r\n5beh\r\n5qOA\r\n\
        --xyz\r\nContent-Type: text/html; charset=utf-8\r\n\
        Content-Transfer-Encoding: quoted-printable\r\n\r\n<b>=E5=B7=A1=\r\n=E6=A3=80</b>\r\n\
        --xyz--\r\n.";
    talk.say(mail).await;
    let mail = &mailbox.mails()[0];
    assert_eq!(mail.header("subject").as_deref(), Some("巡检：3 a"));
    let parts = mail.parts();
    assert_eq!(parts.len(), 2);
    assert_eq!(
        (parts[0].media_type.as_str(), parts[0].text.as_str()),
        ("text/plain", "巡检")
    );
    assert_eq!(
        (parts[1].media_type.as_str(), parts[1].text.as_str()),
        ("text/html", "<b>巡检</b>")
    );
}

#[tokio::test]
async fn logins_are_offered_verified_and_demanded() {
    let mailbox = open(guarded()).await;
    let mut talk = Talk::greeted(&mailbox).await;
    let denied = "535 5.7.8 authentication credentials invalid";
    let granted = "235 2.7.0 authentication successful";
    let sender = "MAIL FROM:<a@example.com>";
    assert_eq!(talk.say(sender).await, "530 5.7.0 authentication required");
    // \0ops@example.com\0wrong
    assert_eq!(
        talk.say("AUTH PLAIN AG9wc0BleGFtcGxlLmNvbQB3cm9uZw==")
            .await,
        denied
    );
    assert_eq!(
        talk.say("AUTH PLAIN %%%").await,
        "501 5.5.2 cannot decode the answer"
    );
    assert_eq!(talk.say("AUTH CRAM-MD5").await, "504 5.5.4 PLAIN or LOGIN");
    assert_eq!(
        talk.say("AUTH PLAIN AG9wc0BleGFtcGxlLmNvbQBjYW5hcnk=")
            .await,
        granted
    );
    assert_eq!(talk.say(sender).await, "250 2.1.0 ok");

    let mut talk = Talk::greeted(&mailbox).await;
    assert_eq!(talk.say("AUTH LOGIN").await, "334 VXNlcm5hbWU6");
    assert_eq!(talk.say("b3BzQGV4YW1wbGUuY29t").await, "334 UGFzc3dvcmQ6");
    assert_eq!(talk.say("Y2FuYXJ5").await, granted);
    talk.envelope().await;
    talk.say("hello\r\n.").await;
    assert_eq!(mailbox.mails()[0].user.as_deref(), Some("ops@example.com"));
    assert!(!format!("{mailbox:?}").contains("canary"));
}

#[tokio::test]
async fn sizes_are_announced_and_held() {
    let settings = Settings {
        max_bytes: 100,
        ..Settings::default()
    };
    let mailbox = open(settings).await;
    let mut talk = Talk::greeted(&mailbox).await;
    let too_big = "552 5.3.4 message too big";
    assert_eq!(
        talk.say("MAIL FROM:<a@example.com> SIZE=101").await,
        too_big
    );
    talk.envelope().await;
    assert_eq!(talk.say(&format!("{}\r\n.", "x".repeat(99))).await, too_big);
    talk.envelope().await;
    assert_eq!(
        talk.say(&format!("{}\r\n.", "x".repeat(98))).await,
        "250 2.0.0 ok, queued"
    );
    assert_eq!(mailbox.mails().len(), 1);
}

#[tokio::test]
async fn commands_have_an_order_and_lines_have_a_form() {
    let mailbox = open(Settings::default()).await;
    let mut talk = Talk::with(&mailbox).await;
    for (line, reply) in [
        ("MAIL FROM:<a@example.com>", "503 5.5.1 say EHLO first"),
        ("EHLO", "501 5.5.4 name yourself"),
        ("EHLO test", "250 SMTPUTF8"),
        ("AUTH PLAIN x", "502 5.5.1 no login here"),
        ("RCPT TO:<b@example.com>", "503 5.5.1 MAIL first"),
        ("DATA", "503 5.5.1 RCPT first"),
        ("MAIL FROM:a@example.com", "501 5.1.7 MAIL FROM:<address>"),
        (
            "MAIL FROM:<a@example.com> TURBO",
            "555 5.5.4 unknown parameter",
        ),
        ("MAIL FROM:<>", "250 2.1.0 ok"),
        ("MAIL FROM:<a@example.com>", "503 5.5.1 one sender only"),
        ("RCPT TO:<nobody>", "501 5.1.3 RCPT TO:<address>"),
        ("RSET", "250 2.0.0 ok"),
        ("STARTTLS", "502 5.5.1 command not implemented"),
        ("NOOP\nNOOP", "500 5.5.2 lines end in CR LF"),
    ] {
        assert_eq!(talk.say(line).await, reply, "{line}");
    }
    assert_eq!(talk.hear().await, "250 2.0.0 ok");
    assert_eq!(talk.say(&"x".repeat(5000)).await, "500 5.5.2 line too long");
    talk.envelope().await;
    assert_eq!(talk.say("a\nb\r\n.").await, "554 5.6.0 bare LF in the mail");
    talk.envelope().await;
    assert_eq!(
        talk.say(&format!("{}\r\n.", "x".repeat(999))).await,
        "554 5.6.0 line too long"
    );
    assert!(mailbox.mails().is_empty());
}

#[tokio::test]
async fn each_stage_can_fail_for_now_or_for_good() {
    let mailbox = open(Settings::default()).await;
    let reply = |text: &str| MailFault::Reply(text.to_owned());
    mailbox.arm(Stage::Recipient, reply("550 5.1.1 no such user"), 1);
    mailbox.arm(Stage::Mail, reply("451 4.3.2 try later"), 1);
    mailbox.arm(Stage::Sender, reply("421 4.7.0 closing"), 0);
    let mut talk = Talk::greeted(&mailbox).await;
    talk.say("MAIL FROM:<a@example.com>").await;
    assert_eq!(
        talk.say("RCPT TO:<b@example.com>").await,
        "550 5.1.1 no such user"
    );
    talk.say("RSET").await;
    talk.envelope().await;
    assert_eq!(talk.say("a\r\n.").await, "451 4.3.2 try later");
    assert!(mailbox.mails().is_empty());
    talk.envelope().await;
    assert_eq!(talk.say("a\r\n.").await, "250 2.0.0 ok, queued");

    mailbox.arm(Stage::Sender, reply("421 4.7.0 closing"), 1);
    assert_eq!(
        talk.say("MAIL FROM:<a@example.com>").await,
        "421 4.7.0 closing"
    );
    assert_eq!(talk.0.read(&mut [0_u8; 1]).await.unwrap(), 0);
}

#[tokio::test]
async fn a_lost_answer_leaves_the_mail_delivered() {
    let mailbox = open(Settings::default()).await;
    mailbox.arm(Stage::Mail, MailFault::HangUp, 1);
    let mut talk = Talk::greeted(&mailbox).await;
    talk.envelope().await;
    assert_eq!(talk.say("a\r\n.").await, "");
    assert_eq!(mailbox.mails().len(), 1);

    mailbox.arm(Stage::Mail, MailFault::Silence, 1);
    let mut talk = Talk::greeted(&mailbox).await;
    talk.envelope().await;
    talk.0.write_all(b"a\r\n.\r\n").await.unwrap();
    while mailbox.mails().len() < 2 {
        tokio::task::yield_now().await;
    }
    // A conversation that hangs does not keep the server from stopping.
    mailbox.stop().await;
}
