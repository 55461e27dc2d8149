//! Mail by SMTP: text and HTML, encrypted unless the server is on loopback.
//!
//! A repeat of a part has the same `Message-ID`, by which servers and readers drop it.

mod html;

use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};

use crate::channel::{Body, Channel, Parcel};
use crate::outcome::{Answer, Outcome, Trouble};
use crate::page::Page;
use crate::render::{self, Plain};
use crate::settings::{ChannelSettings, MailSecurity, MailSettings, SettingsError, Target};

/// Servers take ten megabytes and more; a person reads far less.
const MAX_BYTES: usize = 1_000_000;

pub(crate) struct Mail;

/// A mail as it waits in the outbox; addresses come from the settings when it goes.
#[derive(Debug, Serialize, Deserialize)]
struct Letter {
    subject: String,
    text: String,
    html: String,
}

impl Channel for Mail {
    fn compose(&self, page: &Page<'_>) -> Body {
        let subject = page.with_keyword(page.title.clone());
        let rule = "------------";
        let inner = render::join(render::chunks(&Plain, page.pieces, page.texts), rule);
        let mut text = vec![subject.clone(), inner];
        if let Some(button) = page.button {
            text.push(format!("{}: {}", button.caption, button.url));
        }
        text.push(page.mark.clone());
        text.retain(|it| !it.is_empty());
        let letter = Letter {
            html: html::document(page, &subject),
            text: text.join("\n\n"),
            subject,
        };
        // A struct of texts always has a JSON form.
        Body::whole(serde_json::to_string(&letter).unwrap_or_default())
    }

    fn fits(&self, body: &Body) -> bool {
        body.size <= MAX_BYTES
    }

    fn parcel(
        &self,
        _body: &str,
        _event_id: &str,
        _settings: &ChannelSettings,
        _now: Timestamp,
    ) -> Result<Parcel, SettingsError> {
        Ok(Parcel::Mail)
    }

    fn judge(&self, answer: &Answer) -> Outcome {
        match answer.status {
            200..=299 => Outcome::Delivered,
            // "Authentication credentials invalid", "required", "encryption required".
            530 | 534 | 535 | 538 => Outcome::Permanent {
                reason: Trouble::MailLogin,
            },
            500..=599 => Outcome::Permanent {
                reason: Trouble::MailRefused,
            },
            // 4xx is the server's "later"; 0 stands for no answer at all.
            _ => Outcome::Retry {
                after: answer.retry_after,
            },
        }
    }
}

/// Checks that mail could be sent with these settings.
pub(crate) fn check(mail: &MailSettings) -> Result<(), SettingsError> {
    let wrong = |why: String| Err(SettingsError::Mail { why });
    if mail.to.is_empty() {
        return wrong("there is no recipient".to_owned());
    }
    for address in std::iter::once(&mail.from).chain(&mail.to) {
        if let Err(error) = address.parse::<Mailbox>() {
            return wrong(format!("{address:?} is no mail address ({error})"));
        }
    }
    let is_loopback = mail.host.eq_ignore_ascii_case("localhost")
        || mail.host.parse::<IpAddr>().is_ok_and(|it| it.is_loopback());
    if mail.security == MailSecurity::PlainLoopback && !is_loopback {
        return wrong(format!(
            "the line to {} would be plain; use STARTTLS or TLS, plain is for loopback only",
            mail.host
        ));
    }
    // The parser takes a text without any certificate for an empty list of them.
    if mail
        .extra_roots
        .iter()
        .any(|it| !it.contains("-----BEGIN CERTIFICATE-----"))
    {
        return wrong("a certificate authority is not in PEM form".to_owned());
    }
    transport(mail, ChannelSettings::TIMEOUT).map(drop)
}

fn transport(
    mail: &MailSettings,
    timeout: Duration,
) -> Result<AsyncSmtpTransport<Tokio1Executor>, SettingsError> {
    let wrong = |error: lettre::transport::smtp::Error| SettingsError::Mail {
        why: base::chain(&error),
    };
    let parameters = || {
        let mut parameters = TlsParameters::builder(mail.host.clone());
        for pem in &mail.extra_roots {
            parameters = parameters.add_root_certificate(Certificate::from_pem(pem.as_bytes())?);
        }
        parameters.build_rustls()
    };
    let tls = match mail.security {
        MailSecurity::StartTls => Tls::Required(parameters().map_err(wrong)?),
        MailSecurity::Tls => Tls::Wrapper(parameters().map_err(wrong)?),
        MailSecurity::PlainLoopback => Tls::None,
    };
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&mail.host)
        .port(mail.port)
        .timeout(Some(timeout))
        .tls(tls);
    if let Some((user, password)) = &mail.login {
        let password = password.expose_secret().to_owned();
        builder = builder.credentials(Credentials::new(user.clone(), password));
    }
    Ok(builder.build())
}

/// Sends one stored mail and returns the server's own word.
///
/// # Errors
///
/// When the stored mail or the settings make no mail.
pub(crate) async fn send(
    settings: &ChannelSettings,
    body: &str,
    event_id: &str,
    now: Timestamp,
) -> Result<Answer, SettingsError> {
    let Target::Mail(mail) = &settings.target else {
        return Err(SettingsError::MailByUrl);
    };
    let message = message(mail, body, event_id, now)?;
    let sent = transport(mail, settings.timeout)?.send(message).await;
    Ok(match sent {
        Ok(response) => Answer {
            status: u16::from(response.code()),
            retry_after: None,
            location: None,
            text: response.message().collect::<Vec<_>>().join(" "),
        },
        Err(error) => Answer {
            status: error.status().map_or(0, u16::from),
            retry_after: None,
            location: None,
            text: base::chain(&error),
        },
    })
}

fn message(
    mail: &MailSettings,
    body: &str,
    event_id: &str,
    now: Timestamp,
) -> Result<Message, SettingsError> {
    let wrong = |why: String| SettingsError::Mail { why };
    let letter: Letter = serde_json::from_str(body)
        .map_err(|_| wrong("the stored mail is not one of ours".to_owned()))?;
    let address = |text: &String| {
        text.parse::<Mailbox>()
            .map_err(|error| wrong(format!("{text:?}: {error}")))
    };
    let from = address(&mail.from)?;
    let id = format!("<{event_id}@{}>", from.email.domain());
    let mut builder = Message::builder()
        .from(from)
        .subject(letter.subject)
        .date(SystemTime::from(now))
        .message_id(Some(id));
    for to in &mail.to {
        builder = builder.to(address(to)?);
    }
    let parts = MultiPart::alternative_plain_html(letter.text, letter.html);
    builder
        .multipart(parts)
        .map_err(|error| wrong(base::chain(&error)))
}
