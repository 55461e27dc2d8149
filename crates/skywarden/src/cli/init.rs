//! `skywarden init`: asks a few questions, tries the keys, and writes a configuration that works.
//!
//! Invariant: nothing is written before the last question is answered, and no secret comes from the
//! command line or goes to the screen.

mod ask;
mod channel;
mod draft;
mod sources;
mod write;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::str::FromStr as _;

use clap::Args;
use model::Language;
use rust_decimal::Decimal;
use warden::Exit;

use self::ask::{Answer, Manner, ask, confirm};
use self::draft::{Draft, DraftCredentials, Purpose, trial_prefix};
use self::write::Existing;
use super::doctor::account::{Examined, examine};
use super::doctor::{holds, wants};
use super::lines::{Words, ask_all, lines};
use super::patrol::{self, PatrolArgs};
use super::run_time::block_on;
use super::seal::Place;
use super::{CliError, Global, Ui, advice, language_of};
use crate::config::{self, Located, Origin, Zone};

/// The word that replaces a file.
const OVERWRITE: &str = "overwrite";

/// Arguments of `skywarden init`.
#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    #[arg(long, value_name = "NAME")]
    profile: Vec<String>,
    #[arg(long)]
    env: bool,
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = "")]
    role: Option<String>,
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    #[arg(long, value_name = "ZONE")]
    timezone: Option<String>,
    #[arg(long, value_name = "DAYS")]
    warn_days: Option<u16>,
    #[arg(long, value_name = "DAYS")]
    urgent_days: Option<u16>,
    #[arg(long, value_name = "AMOUNT")]
    balance_below: Option<Decimal>,
    #[arg(long)]
    channel: bool,
    #[arg(long, value_name = "WORD")]
    keyword: Option<String>,
    #[arg(long, value_name = "SERVICE=URL", value_parser = endpoint)]
    endpoint: Vec<(String, String)>,
    #[arg(long)]
    yes: bool,
}

fn endpoint(text: &str) -> Result<(String, String), String> {
    let (service, url) = text.split_once('=').ok_or("SERVICE=URL")?;
    url::Url::parse(url).map_err(|error| error.to_string())?;
    Ok((service.to_owned(), url.to_owned()))
}

/// Asks, tries, writes, and offers a first patrol.
pub(crate) fn run(args: &InitArgs, global: &Global, ui: &mut Ui) -> Result<Exit, CliError> {
    let manner = if args.yes {
        Manner::TakeDefaults
    } else {
        Manner::Ask
    };
    let located = destination(args, global, ui)?;
    let existing = existing(&located, manner, ui)?;
    // A key that does not open what is sealed there is told before anybody types a secret.
    let place = read_back("", &located, ui)?;
    let sealed: BTreeSet<String> = place
        .vault(ui)?
        .iter()
        .flat_map(vault::Vault::names)
        .map(str::to_owned)
        .collect();
    choose_language(global, manner, ui)?;

    let accounts = sources::choose(args, manner, ui)?;
    let mut draft = Draft {
        words: Words(ui.language),
        accounts,
        endpoints: args.endpoint.clone(),
        channel: None,
        timezone: "Asia/Shanghai".to_owned(),
        warn_days: 15,
        urgent_days: 7,
        balance_below: Vec::new(),
    };
    let examined = try_keys(&mut draft, &located, ui)?;
    let kept = keep_going(&examined, manner, ui)?;
    if kept == Answer::No {
        return nothing_written(ui);
    }
    choose_patrol(args, manner, &mut draft, &examined, ui)?;
    draft.channel = channel::choose(args, manner, ui, |name| sealed.contains(name))?;

    let text = draft.text(Purpose::File);
    let place = read_back(&text, &located, ui)?;
    let path = located.path.display().to_string();
    ui.status_always(&format!("\n{text}"));
    let question = ui.say("init-write", &[("path", path.as_str().into())]);
    if confirm(ui, manner, &question, Answer::Yes)? == Answer::No {
        return nothing_written(ui);
    }
    write::write(&draft, &text, &place, &existing, ui)?;
    let said = ui.say("init-written", &[("path", path.as_str().into())]);
    ui.status(&said);

    let mut exits = holds(&[], &examined);
    exits.push(first_patrol(&draft, &located, global, manner, ui)?);
    Ok(Exit::gravest(&exits))
}

fn nothing_written(ui: &mut Ui) -> Result<Exit, CliError> {
    let text = ui.say("init-nothing-written", &[]);
    ui.status_always(&text);
    Ok(Exit::Fine)
}

fn destination(args: &InitArgs, global: &Global, ui: &Ui) -> Result<Located, CliError> {
    let surroundings = &ui.host.surroundings;
    let named = |path: PathBuf| Located {
        path: surroundings.absolute(&path),
        origin: Origin::Flag,
    };
    match (&args.dir, &global.config) {
        (Some(folder), _) => Ok(named(folder.join("skywarden.toml"))),
        (None, Some(path)) => Ok(named(path.clone())),
        (None, None) => Located::in_config_folder(surroundings)
            .ok_or_else(|| CliError::usage(ui.say("init-no-home", &[]))),
    }
}

/// A file that is there is replaced only on a typed word, and kept.
fn existing(located: &Located, manner: Manner, ui: &mut Ui) -> Result<Existing, CliError> {
    if fs::symlink_metadata(&located.path).is_err() {
        return Ok(Existing::None);
    }
    let path = located.path.display().to_string();
    let backup = located.path.with_extension("toml.old");
    let places = [
        ("path", path.as_str().into()),
        ("backup", backup.display().to_string().into()),
        ("word", OVERWRITE.into()),
    ];
    let refused =
        CliError::usage(ui.say("init-exists", &places)).hint(ui.say("init-exists-hint", &places));
    if manner == Manner::TakeDefaults {
        return Err(refused);
    }
    let question = ui.say("init-exists-question", &places);
    match ask(ui, manner, &question, "", |answer| Ok(answer == OVERWRITE))? {
        true => Ok(Existing::KeptAt(backup)),
        false => Err(refused),
    }
}

fn choose_language(global: &Global, manner: Manner, ui: &mut Ui) -> Result<(), CliError> {
    if language_of(global).is_some() || manner == Manner::TakeDefaults {
        return Ok(());
    }
    let question = "语言 / Language: zh-CN, en";
    let default = ui.language.tag();
    ui.language = ask(ui, manner, question, default, |answer| {
        Language::from_tag(answer).ok_or_else(|| "zh-CN, en".to_owned())
    })?;
    Ok(())
}

/// Tries the key of every account as `doctor` does, shows what came of it, and remembers the
/// accounts' numbers.
fn try_keys(draft: &mut Draft, located: &Located, ui: &mut Ui) -> Result<Vec<Examined>, CliError> {
    let text = ui.say("init-trying", &[("many", draft.accounts.len().into())]);
    ui.status_always(&text);
    let words = Words(ui.language);
    // A typed key is not sealed yet: it is tried from where an environment would have it.
    let mut trial: Vec<String> = Vec::new();
    for (index, account) in draft.accounts.iter().enumerate() {
        if let DraftCredentials::Typed { id, secret } = &account.credentials {
            for (part, value) in [("ACCESS_KEY_ID", id), ("ACCESS_KEY_SECRET", secret)] {
                let name = format!("{}_{part}", trial_prefix(index));
                ui.host
                    .surroundings
                    .variables_mut()
                    .insert(name.clone(), value.clone());
                trial.push(name);
            }
        }
    }
    let config = read_back(&draft.text(Purpose::Trial), located, ui)?.config;
    let wants = wants(&config, ui)?;
    let lines = lines(&config, &[], ui)?;
    let examined = block_on(ask_all(lines, |line| {
        examine(line, wants.clone(), BTreeSet::new(), words)
    }));
    for name in trial {
        ui.host.surroundings.variables_mut().remove(&name);
    }
    let examined = examined?;
    for account in &mut draft.accounts {
        let found = examined.iter().find(|it| it.account == account.name);
        account.number = found
            .and_then(|it| it.identity.as_ref())
            .map(|it| it.account.clone());
    }
    for found in &examined {
        let text = ui.say(
            "doctor-account",
            &[("account", found.account.as_str().into())],
        );
        ui.status_always(&format!("\n{text}"));
        for check in found
            .checks
            .iter()
            .filter(|it| it.name != "identity" || it.exit != Exit::Fine)
        {
            ui.status_always(check.lines(words, ui.is_colored()).trim_end());
        }
        if let Some(identity) = &found.identity {
            let places = [
                ("number", identity.account.as_str().into()),
                ("principal", identity.principal.as_str().into()),
            ];
            let text = ui.say("init-identity", &places);
            ui.status_always(&text);
        }
        if let Some(policy) = &found.policy {
            let text = ui.say("init-policy", &[]);
            ui.status_always(&format!("{text}\n{}", policy.document));
        }
    }
    Ok(examined)
}

/// Asks whether to go on where something is missing.
fn keep_going(examined: &[Examined], manner: Manner, ui: &mut Ui) -> Result<Answer, CliError> {
    if holds(&[], examined).is_empty() || manner == Manner::TakeDefaults {
        return Ok(Answer::Yes);
    }
    let question = ui.say("init-go-on", &[]);
    confirm(ui, manner, &question, Answer::Yes)
}

fn choose_patrol(
    args: &InitArgs,
    manner: Manner,
    draft: &mut Draft,
    examined: &[Examined],
    ui: &mut Ui,
) -> Result<(), CliError> {
    let zone = |answer: &str| Zone::try_from(answer.to_owned()).map(|it| it.name().to_owned());
    draft.timezone = match &args.timezone {
        Some(named) => zone(named).map_err(CliError::usage)?,
        None => {
            let question = ui.say("init-timezone", &[]);
            ask(ui, manner, &question, &draft.timezone, zone)?
        }
    };
    let why = ui.say("init-days-again", &[]);
    let days = |answer: &str| answer.parse::<u16>().map_err(|_| why.clone());
    draft.warn_days = match args.warn_days {
        Some(days) => days,
        None => {
            let question = ui.say("init-warn-days", &[]);
            ask(ui, manner, &question, &draft.warn_days.to_string(), days)?
        }
    };
    let most = draft.warn_days;
    let why_not_more = ui.say("init-urgent-again", &[("most", most.into())]);
    let urgent = |answer: &str| match days(answer)? {
        urgent if urgent <= most => Ok(urgent),
        _ => Err(why_not_more.clone()),
    };
    let default = draft.urgent_days.min(most).to_string();
    draft.urgent_days = match args.urgent_days {
        Some(days) => urgent(&days.to_string()).map_err(CliError::usage)?,
        None => {
            let question = ui.say("init-urgent-days", &[]);
            ask(ui, manner, &question, &default, urgent)?
        }
    };
    for (currency, default) in currencies(examined) {
        let below = match args.balance_below {
            Some(amount) => amount,
            None => {
                let question = ui.say("init-balance", &[("currency", currency.into())]);
                let why = ui.say("init-balance-again", &[]);
                ask(ui, manner, &question, default, |answer| {
                    let plain = answer.replace([',', '，'], "");
                    Decimal::from_str(plain.trim()).map_err(|_| why.clone())
                })?
            }
        };
        if !below.is_zero() {
            draft.balance_below.push((currency, below));
        }
    }
    Ok(())
}

/// Returns the currencies that the accounts are billed in by their site, with a threshold to begin
/// with: the domestic site bills in yuan, the international one in dollars.
fn currencies(examined: &[Examined]) -> Vec<(&'static str, &'static str)> {
    let is_international = |it: &Examined| it.site == Some("international");
    let mut currencies = Vec::new();
    if !examined.iter().all(is_international) {
        currencies.push(("CNY", "1000"));
    }
    if examined.iter().any(is_international) {
        currencies.push(("USD", "200"));
    }
    currencies
}

/// Returns where things go, with the text read by the loader that will read the file.
fn read_back(text: &str, located: &Located, ui: &Ui) -> Result<Place, CliError> {
    let surroundings = ui.host.surroundings.clone();
    let config = config::parse(text, located, &surroundings)
        .map_err(|error| advice::of_config(error, ui))?;
    Ok(Place {
        config,
        surroundings,
    })
}

/// Offers to patrol at once, telling nobody, and says what is left to do.
fn first_patrol(
    draft: &Draft,
    located: &Located,
    global: &Global,
    manner: Manner,
    ui: &mut Ui,
) -> Result<Exit, CliError> {
    let mut exit = Exit::Fine;
    let question = ui.say("init-patrol", &[]);
    if manner == Manner::Ask && confirm(ui, manner, &question, Answer::Yes)? == Answer::Yes {
        let global = Global {
            config: Some(located.path.clone()),
            ..global.clone()
        };
        let args = PatrolArgs {
            account: Vec::new(),
            no_send: true,
            exit_code: false,
        };
        exit = patrol::run(&args, &global, ui)?;
    }
    let config = match located.origin {
        Origin::Flag => format!(" --config {}", located.path.display()),
        _ => String::new(),
    };
    let mut next = ui.say("init-next", &[("config", config.as_str().into())]);
    if let Some(channel) = &draft.channel {
        let places = [
            ("config", config.into()),
            ("channel", channel.name.as_str().into()),
        ];
        next.push('\n');
        next.push_str(&ui.say("init-next-channel", &places));
    }
    ui.status(&next);
    Ok(exit)
}

/// Names of accounts, no two of which differ only in case.
#[derive(Debug, Default)]
struct Names(BTreeSet<String>);

impl Names {
    fn has(&self, name: &str) -> bool {
        self.0.contains(&name.to_lowercase())
    }

    fn take(&mut self, name: &str) {
        self.0.insert(name.to_lowercase());
    }

    /// Returns a name that is free and can be one, as near to `wanted` as can be.
    fn free(&self, wanted: &str) -> String {
        let plain: String = wanted
            .chars()
            .map(|it| {
                if it.is_alphanumeric() || it == '_' {
                    it
                } else {
                    '-'
                }
            })
            .take(60)
            .collect();
        let plain = match plain.trim_matches('-') {
            "" => "main",
            name => name,
        };
        (1_u32..)
            .map(|number| {
                if number == 1 {
                    plain.to_owned()
                } else {
                    format!("{plain}-{number}")
                }
            })
            .find(|it| !self.has(it))
            .unwrap_or_else(|| plain.to_owned())
    }
}
