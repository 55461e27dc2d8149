//! `skywarden accounts`: which accounts are configured, and which members their organizations have.

use clap::{Args, Subcommand};
use cloud::{Member, Sighting, Unseen, Why, pager};
use warden::Exit;

use super::lines::{AccountLine, ask_all, chosen, exit_of_sight, lines};
use super::run_time::block_on;
use super::whoami::leave_out_empty;
use super::{Cell, CliError, Context, Global, OutputFormat, Sheet, Ui};
use crate::config::{AccountConfig, Config, Credentials, Site};

/// Arguments of `skywarden accounts`.
#[derive(Debug, Args)]
pub(crate) struct AccountsArgs {
    #[command(subcommand)]
    action: AccountsAction,
}

#[derive(Debug, Subcommand)]
enum AccountsAction {
    List,
    Discover(DiscoverArgs),
}

#[derive(Debug, Args)]
struct DiscoverArgs {
    #[arg(long, value_name = "NAME")]
    account: Vec<String>,
}

/// Runs `skywarden accounts`.
pub(crate) fn run(args: &AccountsArgs, global: &Global, ui: &mut Ui) -> Result<Exit, CliError> {
    let config = Context::load(global, ui)?.config;
    match &args.action {
        AccountsAction::List => list(&config, ui),
        AccountsAction::Discover(args) => discover(args, &config, ui),
    }
}

/// Prints what the configuration says; asks nobody.
fn list(config: &Config, ui: &mut Ui) -> Result<Exit, CliError> {
    let mut sheet = Sheet::new(&[
        "account",
        "title",
        "cloud",
        "credentials",
        "site",
        "regions",
        "number",
        "discover",
        "patrolled",
        "channels",
    ]);
    for account in chosen(config, &[], ui)? {
        let regions: Vec<&str> = account.regions.iter().map(|it| it.as_str()).collect();
        let discover = account.discover.as_ref();
        let patrolled =
            config.patrol.accounts.is_empty() || config.patrol.accounts.contains(&account.name);
        sheet.rows.push(vec![
            Cell::text(account.name.as_str()),
            Cell::text(&*account.title),
            Cell::text(account.cloud.as_str()),
            Cell::text(reference(&account.credentials)),
            Cell::text(match account.site {
                Site::Auto => "auto",
                Site::Domestic => "domestic",
                Site::International => "international",
            }),
            Cell::text(regions.join(" ")),
            Cell::text(account.expect_identity.clone().unwrap_or_default()),
            Cell::text(discover.map(|it| it.role.clone()).unwrap_or_default()),
            Cell::Flag(patrolled),
            Cell::text(channels(config, account).join(" ")),
        ]);
    }
    if sheet.rows.is_empty() {
        let text = ui.say("accounts-none", &[]);
        ui.status(&text);
    }
    if ui.format() == OutputFormat::Table {
        leave_out_empty(&mut sheet, &["regions", "number", "discover"]);
    }
    ui.sheet(&sheet)?;
    Ok(Exit::Fine)
}

/// Returns how an account proves who it is, as the configuration spells it: a reference, never a
/// key; of a program its name alone, and no query of an address.
fn reference(credentials: &Credentials) -> String {
    match credentials {
        Credentials::Env(prefix) => format!("env {prefix}"),
        Credentials::Profile(name) => format!("profile {name}"),
        Credentials::MachineRole(None) => "role".to_owned(),
        Credentials::MachineRole(Some(name)) => format!("role {name}"),
        Credentials::AssumeRole(assume) => {
            let via = assume
                .via
                .as_ref()
                .map(|it| format!(" via {}", reference(it)));
            format!("assume_role {}{}", assume.role, via.unwrap_or_default())
        }
        Credentials::Sealed(name) => format!("sealed {name}"),
        Credentials::Command(words) => {
            format!(
                "command {}",
                words.first().map(String::as_str).unwrap_or_default()
            )
        }
        Credentials::Uri(url) => format!("uri {}", base::redact::url(url)),
    }
}

/// Returns the channels that are told of everything about an account, in the order they are named.
fn channels<'a>(config: &'a Config, account: &'a AccountConfig) -> Vec<&'a str> {
    let routed = config.routes.iter().filter(|it| it.tags.is_empty());
    let routed = routed
        .filter(|it| it.accounts.is_empty() || it.accounts.contains(&account.name))
        .flat_map(|it| &it.channels);
    let mut names: Vec<&str> = Vec::new();
    for name in account.patrol.report_to.iter().chain(routed) {
        if !names.contains(&name.as_str()) {
            names.push(name.as_str());
        }
    }
    names
}

/// The members of one organization.
struct Found {
    line: AccountLine,
    members: Sighting<Vec<Member>>,
}

/// Lists the members of the organizations that are to be discovered, or of the accounts that are
/// named, and says of each whether it is watched. No member is entered.
fn discover(args: &DiscoverArgs, config: &Config, ui: &mut Ui) -> Result<Exit, CliError> {
    let mut lines = lines(config, &args.account, ui)?;
    if args.account.is_empty() {
        lines.retain(|it| {
            it.account
                .discover
                .as_ref()
                .is_some_and(|it| it.resource_directory)
        });
    }
    if lines.is_empty() {
        let text = ui.say("discover-none", &[]);
        ui.status(&text);
        return Ok(Exit::Fine);
    }
    let found = block_on(ask_all(lines, members))?;
    let mut sheet = Sheet::new(&["account", "number", "name", "watched", "as", "reason"]);
    let mut unseen = Vec::new();
    for found in &found {
        let name = found.line.account.name.as_str();
        match &found.members {
            Sighting::Seen(members) => {
                let rows = members
                    .get()
                    .iter()
                    .map(|it| row(it, &found.line.account, config));
                sheet.rows.extend(rows);
            }
            Sighting::Unseen(why) => unseen.push((name, why)),
        }
    }
    ui.sheet(&sheet)?;
    for (name, why) in &unseen {
        let places = [
            ("account", (*name).into()),
            ("why", why.detail.as_str().into()),
        ];
        let mut text = ui.say("discover-unseen", &places);
        if let Why::Denied { permission } = &why.why {
            let permission = permission
                .as_deref()
                .unwrap_or("resourcemanager:ListAccounts");
            let hint = ui.say("doctor-hint-grant", &[("permissions", permission.into())]);
            text.push('\n');
            text.push_str(&ui.say("talk-hint", &[("text", hint.into())]));
        }
        ui.warn(&text);
    }
    Ok(exit_of_sight(found.len() - unseen.len(), found.len()))
}

async fn members(line: AccountLine) -> Found {
    let members = match &line.watched {
        Ok(watched) => match watched.provider.organization() {
            Some(organization) => pager::collect(&*organization.members()).await,
            None => {
                let words = format!(
                    "the cloud {} has no organizations",
                    line.account.cloud.as_str()
                );
                Sighting::Unseen(Unseen::new(Why::Refused, words))
            }
        },
        Err(error) => Sighting::Unseen(Unseen::new(Why::Credentials, error.text.clone())),
    };
    Found { line, members }
}

/// One member; the reasons are stable words.
fn row(member: &Member, administrator: &AccountConfig, config: &Config) -> Vec<Cell> {
    let configured = config
        .accounts
        .iter()
        .find(|it| it.expect_identity.as_deref() == Some(&member.number))
        .map(|it| it.name.as_str());
    let (watched_as, reason) = match (&administrator.discover, configured) {
        (_, Some(name)) => (Some(name.to_owned()), "configured"),
        (Some(discover), None) if discover.exclude.contains(&member.number) => (None, "excluded"),
        (_, None) if !member.active => (None, "not_active"),
        (Some(_), None) => (
            Some(format!("{}/{}", administrator.name, member.number)),
            "discovered",
        ),
        _ => (None, "discover_is_off"),
    };
    vec![
        Cell::text(administrator.name.as_str()),
        Cell::text(&*member.number),
        Cell::text(&*member.name),
        Cell::Flag(watched_as.is_some()),
        Cell::text(watched_as.unwrap_or_default()),
        Cell::text(reason),
    ]
}
