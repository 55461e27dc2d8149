//! The lines to the configured accounts, one by one, for commands that look at accounts themselves:
//! who they are, what their keys may do, which members they have.
//!
//! An account whose line cannot be made (a sealed key that does not open) is told as such and hides
//! no other.

use std::sync::Arc;
use std::time::Duration;

use base::Tasks;
use cloud::{Caller, Pacer, RetryPolicy, Share};
use model::Language;
use net::Transport;
use warden::{Exit, Watched};

use super::overheard::Overheard;
use super::{CliError, Ui, ui};
use crate::Host;
use crate::config::{AccountConfig, Config, Secrets};
use crate::wiring;

/// A person waits: better a clear word soon than a slow answer.
const POLICY: RetryPolicy = RetryPolicy {
    deadline: Duration::from_secs(20),
    longest_pause: Duration::from_secs(5),
};

/// One configured account.
pub(crate) struct AccountLine {
    /// What the configuration says of it.
    pub(crate) account: AccountConfig,
    /// The line to its cloud, or why there is none.
    pub(crate) watched: Result<Watched, CliError>,
    /// What its cloud's answers told beside their content.
    pub(crate) overheard: Arc<Overheard>,
}

/// Returns the lines to the accounts `names`, or to all when there are none.
///
/// # Errors
///
/// When a name is not configured, or the network's settings cannot be used.
pub(crate) fn lines(
    config: &Config,
    names: &[String],
    ui: &Ui,
) -> Result<Vec<AccountLine>, CliError> {
    let secrets = Secrets::new(config, &ui.host.surroundings);
    let chosen = chosen(config, names, ui)?;
    let transport: Arc<dyn Transport> = Arc::new(wiring::http(config, &secrets)?);
    let share = Share::percent(config.pace.interactive.get());
    let line = |account: &AccountConfig| {
        let overheard = Arc::new(Overheard::new(transport.clone(), ui.host.clock.clone()));
        AccountLine {
            account: account.clone(),
            watched: watched(
                config,
                account,
                &secrets,
                &ui.host,
                overheard.clone(),
                share,
            ),
            overheard,
        }
    };
    Ok(chosen.into_iter().map(line).collect())
}

/// Returns the accounts `names` in the order of the file, or all when there are none.
///
/// # Errors
///
/// When a name is not configured.
pub(crate) fn chosen<'a>(
    config: &'a Config,
    names: &[String],
    ui: &Ui,
) -> Result<Vec<&'a AccountConfig>, CliError> {
    let known = || config.accounts.iter().map(|it| it.name.as_str());
    if let Some(stranger) = names
        .iter()
        .find(|name| !known().any(|it| it == name.as_str()))
    {
        let known: Vec<&str> = known().collect();
        let text = ui.say("account-unknown", &[("name", stranger.as_str().into())]);
        let error = CliError::usage(text);
        return Err(match known.is_empty() {
            true => error,
            false => error.hint(ui.say("account-known", &[("names", known.join(", ").into())])),
        });
    }
    let wanted =
        |it: &&AccountConfig| names.is_empty() || names.iter().any(|name| name == it.name.as_str());
    Ok(config.accounts.iter().filter(wanted).collect())
}

fn watched(
    config: &Config,
    account: &AccountConfig,
    secrets: &Secrets<'_>,
    host: &Host,
    transport: Arc<dyn Transport>,
    share: Share,
) -> Result<Watched, CliError> {
    let pacer = Pacer::new(host.clock.clone(), share);
    let (clock, chance) = (host.clock.clone(), host.chance.clone());
    let caller = Arc::new(Caller::new(transport, clock, chance, pacer, POLICY));
    let mut alone = config.clone();
    alone.accounts = vec![account.clone()];
    let mut watched = wiring::clouds::watched(&alone, secrets, host, &caller)?;
    watched
        .pop()
        .ok_or_else(|| CliError::usage(format!("accounts.{} has no cloud", account.name)))
}

/// Asks something of every account at once and returns the answers in the order of the accounts.
///
/// # Errors
///
/// When one of the questions ended abnormally, a defect of this program.
pub(crate) async fn ask_all<Question, Answer>(
    lines: Vec<AccountLine>,
    question: impl Fn(AccountLine) -> Question,
) -> Result<Vec<Answer>, CliError>
where
    Question: Future<Output = Answer> + Send + 'static,
    Answer: Send + 'static,
{
    let mut tasks = Tasks::new();
    for (index, line) in lines.into_iter().enumerate() {
        let answer = question(line);
        tasks.start(async move { (index, answer.await) });
    }
    let mut answers = Vec::new();
    while let Some(finished) = tasks.next().await {
        let answer = finished
            .map_err(|error| CliError::internal("a look at an account ended abnormally", &error))?;
        answers.push(answer);
    }
    answers.sort_by_key(|(index, _)| *index);
    Ok(answers.into_iter().map(|(_, answer)| answer).collect())
}

/// Returns the exit code of having seen `seen` of `all` accounts.
pub(crate) fn exit_of_sight(seen: usize, all: usize) -> Exit {
    match (seen, all) {
        (seen, all) if seen == all => Exit::Fine,
        (0, _) => Exit::NothingSeen,
        _ => Exit::Unseen,
    }
}

/// The texts of one language, to be carried where the terminal cannot go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Words(pub(crate) Language);

impl Words {
    /// Returns a text of the command line with its places filled.
    pub(crate) fn say(
        self,
        key: &str,
        places: &[(&'static str, base::texts::FluentValue<'_>)],
    ) -> String {
        ui::texts(self.0).say_with(key, places)
    }
}
