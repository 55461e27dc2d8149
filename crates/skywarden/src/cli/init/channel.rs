//! Where messages are to go: one group robot, or nowhere yet.

use notify::Webhook;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::InitArgs;
use super::ask::{Manner, ask, secret, unasked};
use super::draft::DraftChannel;
use crate::cli::{CliError, Ui};
use crate::config::ChannelKind;

const NAME: &str = "ops";

/// The word that robots are usually told to demand, and that every report has.
const KEYWORD: &str = "巡检";

/// Asks for the address of a robot and what it demands. With `--channel` and nobody to ask, the
/// first line of stdin is the address, and the second, where there is one, the signing secret.
///
/// `is_taken` tells which names the sealed file has already.
///
/// # Errors
///
/// When the input ends, or the address is none to send to.
pub(super) fn choose(
    args: &InitArgs,
    manner: Manner,
    ui: &mut Ui,
    is_taken: impl Fn(&str) -> bool,
) -> Result<Option<DraftChannel>, CliError> {
    let (address, kind, secret) = match manner {
        Manner::TakeDefaults if !args.channel => return Ok(None),
        Manner::TakeDefaults => {
            let Some(address) = unasked(ui)? else {
                return Err(CliError::usage(ui.say("init-channel-unsaid", &[])));
            };
            check(&address).map_err(CliError::usage)?;
            let kind = kind_of(&address).unwrap_or(ChannelKind::Webhook);
            (address, kind, unasked(ui)?)
        }
        Manner::Ask => match asked(ui)? {
            None => return Ok(None),
            Some(asked) => asked,
        },
    };
    let keyword = keyword(args, manner, kind, secret.is_some(), ui)?;
    let record = (1..)
        .map(|number| {
            if number == 1 {
                NAME.to_owned()
            } else {
                format!("{NAME}-{number}")
            }
        })
        .find(|it| !is_taken(&format!("{it}.webhook")) && !is_taken(&format!("{it}.secret")))
        .unwrap_or_else(|| NAME.to_owned());
    Ok(Some(DraftChannel {
        name: NAME.to_owned(),
        kind,
        address,
        secret,
        keyword,
        record,
    }))
}

type Asked = (SecretString, ChannelKind, Option<SecretString>);

fn asked(ui: &mut Ui) -> Result<Option<Asked>, CliError> {
    let question = ui.say("init-channel", &[]);
    let address = loop {
        let Some(address) = secret(ui, &question)? else {
            return Ok(None);
        };
        match check(&address) {
            Ok(()) => break address,
            Err(why) => {
                let text = ui.say("init-again", &[("why", why.into())]);
                ui.status_always(&text);
            }
        }
    };
    let kind = match kind_of(&address) {
        Some(kind) => {
            let text = ui.say("init-channel-kind-is", &[("kind", kind.as_str().into())]);
            ui.status_always(&text);
            kind
        }
        None => ask_kind(ui)?,
    };
    let signs = matches!(
        kind,
        ChannelKind::DingTalk | ChannelKind::Feishu | ChannelKind::Webhook
    );
    let signing = match signs {
        true => {
            let question = ui.say("init-channel-secret", &[]);
            secret(ui, &question)?
        }
        false => None,
    };
    Ok(Some((address, kind, signing)))
}

fn ask_kind(ui: &mut Ui) -> Result<ChannelKind, CliError> {
    const KINDS: [ChannelKind; 5] = [
        ChannelKind::DingTalk,
        ChannelKind::Feishu,
        ChannelKind::WeCom,
        ChannelKind::Slack,
        ChannelKind::Webhook,
    ];
    let words = KINDS.map(ChannelKind::as_str).join(", ");
    let question = ui.say("init-channel-kind", &[("kinds", words.as_str().into())]);
    ask(
        ui,
        Manner::Ask,
        &question,
        ChannelKind::Webhook.as_str(),
        |answer| {
            let known = KINDS
                .into_iter()
                .find(|it| it.as_str() == answer.to_lowercase());
            known.ok_or_else(|| words.clone())
        },
    )
}

/// Only robots that can be told to demand a word are asked about one; one that has no other
/// protection demands it as a rule.
fn keyword(
    args: &InitArgs,
    manner: Manner,
    kind: ChannelKind,
    is_signed: bool,
    ui: &mut Ui,
) -> Result<Option<String>, CliError> {
    if let Some(keyword) = &args.keyword {
        return Ok(Some(keyword.clone()));
    }
    if !matches!(kind, ChannelKind::DingTalk | ChannelKind::Feishu) {
        return Ok(None);
    }
    let default = if is_signed { "-" } else { KEYWORD };
    let question = ui.say("init-channel-keyword", &[]);
    ask(ui, manner, &question, default, |answer| {
        Ok((answer != "-").then(|| answer.to_owned()))
    })
}

fn check(address: &SecretString) -> Result<(), String> {
    Webhook::parse(address)
        .map(drop)
        .map_err(|error| base::chain(&error))
}

fn kind_of(address: &SecretString) -> Option<ChannelKind> {
    ChannelKind::of_address(&Url::parse(address.expose_secret()).ok()?)
}
