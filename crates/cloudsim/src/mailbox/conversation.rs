//! One SMTP conversation (RFC 5321; AUTH of RFC 4954; SIZE of RFC 1870).

use std::io;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use super::mail::Mail;
use super::{MailFault, Shared, Stage};

/// The longest line of a mail or a command, CR LF included.
const MAX_LINE: usize = 1000;
const MAX_RECIPIENTS: usize = 100;

/// Holds a conversation to its end; a broken connection is an end like any other.
pub(super) async fn hold(stream: TcpStream, shared: Arc<Shared>, is_full: bool) {
    let mut talk = Conversation {
        stream: BufReader::new(stream),
        shared,
        has_greeted: false,
        user: None,
        sender: None,
        recipients: Vec::new(),
    };
    if is_full {
        // The peer may be gone; then there is nobody to tell.
        let _told = talk.say("421 4.7.0 too many connections").await;
        return;
    }
    if let Err(error) = talk.run().await {
        tracing::debug!("a mail conversation broke off: {error}");
    }
}

struct Conversation {
    stream: BufReader<TcpStream>,
    shared: Arc<Shared>,
    has_greeted: bool,
    user: Option<String>,
    sender: Option<String>,
    recipients: Vec<String>,
}

/// Whether to go on.
enum Next {
    Go,
    End,
}

/// What came in place of a line.
enum Line {
    Text(Vec<u8>),
    TooLong,
    NoCarriageReturn,
    Closed,
}

impl Conversation {
    async fn run(&mut self) -> io::Result<()> {
        match self.shared.strike(Stage::Greeting) {
            Some(MailFault::Reply(reply)) => return self.say(&reply).await,
            Some(MailFault::HangUp) => return Ok(()),
            Some(MailFault::Silence) => return std::future::pending().await,
            None => self.say("220 mail.skywarden.test ESMTP").await?,
        }
        loop {
            let command = match self.line().await? {
                Line::Closed => return Ok(()),
                Line::TooLong => {
                    self.say("500 5.5.2 line too long").await?;
                    continue;
                }
                Line::NoCarriageReturn => {
                    self.say("500 5.5.2 lines end in CR LF").await?;
                    continue;
                }
                Line::Text(line) => String::from_utf8_lossy(&line).into_owned(),
            };
            if matches!(self.obey(&command).await?, Next::End) {
                return Ok(());
            }
        }
    }

    async fn obey(&mut self, command: &str) -> io::Result<Next> {
        let (verb, rest) = command.split_once(' ').unwrap_or((command, ""));
        let stage = match verb.to_ascii_uppercase().as_str() {
            "EHLO" | "HELO" => Stage::Hello,
            "AUTH" => Stage::Login,
            "MAIL" => Stage::Sender,
            "RCPT" => Stage::Recipient,
            "DATA" => Stage::Data,
            "RSET" => {
                self.forget();
                self.say("250 2.0.0 ok").await?;
                return Ok(Next::Go);
            }
            "NOOP" => {
                self.say("250 2.0.0 ok").await?;
                return Ok(Next::Go);
            }
            "VRFY" => {
                self.say("252 2.1.5 send some mail, I will try my best")
                    .await?;
                return Ok(Next::Go);
            }
            "QUIT" => {
                self.say("221 2.0.0 bye").await?;
                return Ok(Next::End);
            }
            _ => {
                self.say("502 5.5.1 command not implemented").await?;
                return Ok(Next::Go);
            }
        };
        if let Some(next) = self.suffer(stage).await? {
            return Ok(next);
        }
        match stage {
            Stage::Hello => self.hello(verb, rest).await?,
            Stage::Login => self.login(rest).await?,
            Stage::Sender => self.sender(rest).await?,
            Stage::Recipient => self.recipient(rest).await?,
            Stage::Data => return self.data().await,
            Stage::Greeting | Stage::Mail => {}
        }
        Ok(Next::Go)
    }

    /// Lets an armed fault strike; `None` when there is none.
    async fn suffer(&mut self, stage: Stage) -> io::Result<Option<Next>> {
        match self.shared.strike(stage) {
            None => Ok(None),
            Some(MailFault::HangUp) => Ok(Some(Next::End)),
            Some(MailFault::Silence) => std::future::pending().await,
            Some(MailFault::Reply(reply)) => {
                self.say(&reply).await?;
                // 421 means that the server closes (RFC 5321 §3.8).
                Ok(Some(if reply.starts_with("421") {
                    Next::End
                } else {
                    Next::Go
                }))
            }
        }
    }

    async fn hello(&mut self, verb: &str, name: &str) -> io::Result<()> {
        if name.trim().is_empty() {
            return self.say("501 5.5.4 name yourself").await;
        }
        self.has_greeted = true;
        self.forget();
        if verb.eq_ignore_ascii_case("HELO") {
            return self.say("250 mail.skywarden.test").await;
        }
        let max_bytes = self.shared.settings.max_bytes;
        let login = match self.shared.settings.login {
            Some(_) => "250-AUTH PLAIN LOGIN\r\n",
            None => "",
        };
        self.say(&format!(
            "250-mail.skywarden.test\r\n250-SIZE {max_bytes}\r\n{login}250-8BITMIME\r\n250 SMTPUTF8"
        ))
        .await
    }

    async fn login(&mut self, rest: &str) -> io::Result<()> {
        let Some(expected) = self.shared.settings.login.clone() else {
            return self.say("502 5.5.1 no login here").await;
        };
        if !self.has_greeted || self.user.is_some() {
            return self.say("503 5.5.1 not now").await;
        }
        let (mechanism, initial) = rest.split_once(' ').unwrap_or((rest, ""));
        let given = match mechanism.to_ascii_uppercase().as_str() {
            "PLAIN" => {
                let answer = if initial.is_empty() {
                    self.ask("334 ").await?
                } else {
                    decode(initial)
                };
                answer.and_then(|it| {
                    let mut fields = it.splitn(3, '\0');
                    let _authorization = fields.next()?;
                    Some((fields.next()?.to_owned(), fields.next()?.to_owned()))
                })
            }
            "LOGIN" => {
                let user = if initial.is_empty() {
                    self.ask("334 VXNlcm5hbWU6").await?
                } else {
                    decode(initial)
                };
                match user {
                    Some(user) => self.ask("334 UGFzc3dvcmQ6").await?.map(|it| (user, it)),
                    None => None,
                }
            }
            _ => return self.say("504 5.5.4 PLAIN or LOGIN").await,
        };
        let Some((user, password)) = given else {
            return self.say("501 5.5.2 cannot decode the answer").await;
        };
        if user != expected.user || password != expected.password {
            return self
                .say("535 5.7.8 authentication credentials invalid")
                .await;
        }
        self.user = Some(user);
        self.say("235 2.7.0 authentication successful").await
    }

    /// Sends a challenge and returns the decoded answer.
    async fn ask(&mut self, challenge: &str) -> io::Result<Option<String>> {
        self.say(challenge).await?;
        Ok(match self.line().await? {
            Line::Text(line) => decode(String::from_utf8_lossy(&line).trim()),
            _ => None,
        })
    }

    async fn sender(&mut self, rest: &str) -> io::Result<()> {
        if !self.has_greeted {
            return self.say("503 5.5.1 say EHLO first").await;
        }
        if self.shared.settings.login.is_some() && self.user.is_none() {
            return self.say("530 5.7.0 authentication required").await;
        }
        if self.sender.is_some() {
            return self.say("503 5.5.1 one sender only").await;
        }
        let Some((address, parameters)) = address(rest, "FROM:") else {
            return self.say("501 5.1.7 MAIL FROM:<address>").await;
        };
        for parameter in parameters.split_ascii_whitespace() {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            match name.to_ascii_uppercase().as_str() {
                "SIZE" => match value.parse::<usize>() {
                    Ok(bytes) if bytes <= self.shared.settings.max_bytes => {}
                    Ok(_) => return self.say(TOO_BIG).await,
                    Err(_) => return self.say("501 5.5.4 SIZE is a number").await,
                },
                "BODY" | "SMTPUTF8" | "AUTH" => {}
                _ => return self.say("555 5.5.4 unknown parameter").await,
            }
        }
        self.sender = Some(address);
        self.say("250 2.1.0 ok").await
    }

    async fn recipient(&mut self, rest: &str) -> io::Result<()> {
        if self.sender.is_none() {
            return self.say("503 5.5.1 MAIL first").await;
        }
        let found = address(rest, "TO:").filter(|it| it.0.contains('@'));
        let Some((address, _)) = found else {
            return self.say("501 5.1.3 RCPT TO:<address>").await;
        };
        if self.recipients.len() == MAX_RECIPIENTS {
            return self.say("452 4.5.3 too many recipients").await;
        }
        self.recipients.push(address);
        self.say("250 2.1.5 ok").await
    }

    async fn data(&mut self) -> io::Result<Next> {
        if self.recipients.is_empty() {
            self.say("503 5.5.1 RCPT first").await?;
            return Ok(Next::Go);
        }
        self.say("354 end with <CR><LF>.<CR><LF>").await?;
        let mut raw = Vec::new();
        let mut complaint = None;
        loop {
            match self.line().await? {
                Line::Closed => return Ok(Next::End),
                Line::TooLong => complaint = Some("554 5.6.0 line too long"),
                // A bare LF ends no line: whoever counts it as one can be made to smuggle mails.
                Line::NoCarriageReturn => complaint = Some("554 5.6.0 bare LF in the mail"),
                Line::Text(line) if line == b"." => break,
                Line::Text(line) => {
                    let line = line.strip_prefix(b".").unwrap_or(&line);
                    if raw.len() + line.len() + 2 > self.shared.settings.max_bytes {
                        complaint = Some(TOO_BIG);
                        raw.clear();
                    } else if complaint.is_none() {
                        raw.extend_from_slice(line);
                        raw.extend_from_slice(b"\r\n");
                    }
                }
            }
        }
        let mail = Mail {
            at: self.shared.clock.now(),
            sender: self.sender.take().unwrap_or_default(),
            recipients: std::mem::take(&mut self.recipients),
            user: self.user.clone(),
            raw,
        };
        if let Some(complaint) = complaint {
            self.say(complaint).await?;
            return Ok(Next::Go);
        }
        match self.shared.strike(Stage::Mail) {
            Some(MailFault::Reply(reply)) => {
                self.say(&reply).await?;
                Ok(if reply.starts_with("421") {
                    Next::End
                } else {
                    Next::Go
                })
            }
            Some(MailFault::HangUp) => {
                self.shared.keep(mail);
                Ok(Next::End)
            }
            Some(MailFault::Silence) => {
                self.shared.keep(mail);
                std::future::pending().await
            }
            None => {
                self.shared.keep(mail);
                self.say("250 2.0.0 ok, queued").await?;
                Ok(Next::Go)
            }
        }
    }

    fn forget(&mut self) {
        self.sender = None;
        self.recipients.clear();
    }

    async fn say(&mut self, reply: &str) -> io::Result<()> {
        self.stream
            .write_all(format!("{reply}\r\n").as_bytes())
            .await?;
        self.stream.flush().await
    }

    /// Reads up to CR LF, never more than a bounded stretch at once.
    async fn line(&mut self) -> io::Result<Line> {
        let mut line = Vec::new();
        let mut is_long = false;
        loop {
            let mut piece = Vec::new();
            let read = (&mut self.stream)
                .take(MAX_LINE as u64)
                .read_until(b'\n', &mut piece)
                .await?;
            if read == 0 {
                return Ok(Line::Closed);
            }
            is_long |= line.len() + piece.len() > MAX_LINE;
            if is_long {
                line.clear();
            }
            line.extend_from_slice(&piece);
            if line.ends_with(b"\n") {
                break;
            }
        }
        if is_long {
            return Ok(Line::TooLong);
        }
        line.pop();
        if line.pop_if(|it| *it == b'\r').is_none() {
            return Ok(Line::NoCarriageReturn);
        }
        Ok(Line::Text(line))
    }
}

const TOO_BIG: &str = "552 5.3.4 message too big";

fn decode(text: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(text).ok()?).ok()
}

/// Reads `FROM:<address> PARAMETERS`; the address may be empty, as bounces have it.
fn address(rest: &str, keyword: &str) -> Option<(String, String)> {
    let head = rest.get(..keyword.len())?;
    if !head.eq_ignore_ascii_case(keyword) {
        return None;
    }
    let inside = rest[keyword.len()..].trim_start().strip_prefix('<')?;
    let (address, parameters) = inside.split_once('>')?;
    let is_clean = !address.contains(|it: char| it.is_whitespace() || it == '<');
    is_clean.then(|| (address.to_owned(), parameters.to_owned()))
}
