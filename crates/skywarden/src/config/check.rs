//! What depends on more than one place of the file: names and references, and who may do what.
//!
//! The outcome is a [`Config`].

mod changing;

use std::collections::BTreeMap;

use secrecy::ExposeSecret as _;
use url::Url;

use super::address::{check_transport, is_loopback};
use super::channel::{ChannelKind, SmtpSecurity};
use super::checked::{Config, assemble};
use super::digests::{Conflict, conflicts};
use super::error::Problem;
use super::file::{AccountSection, BillSection, ConfigFile, Site};
use super::locate::{Located, Origin};
use super::patrol::PatrolSection;
use super::quotas::QuotaSection;
use super::reference::SecretRef;
use super::source::{Source, suggest};
use super::values::Name;
use crate::surroundings::Surroundings;
use crate::wiring::clouds;

/// The addresses of the clouds' metadata services, the only plain http that leaves a machine.
const METADATA_HOSTS: [&str; 4] = [
    "100.100.100.200",
    "169.254.169.254",
    "169.254.0.23",
    "metadata.tencentyun.com",
];

/// Checks `file` as a whole; returns all problems in the order of the file.
pub(super) fn check(
    file: ConfigFile,
    source: &Source<'_>,
    located: &Located,
    surroundings: &Surroundings,
) -> Result<Config, Vec<Problem>> {
    let mut checker = Checker {
        file: &file,
        source,
        problems: Vec::new(),
        warnings: Vec::new(),
    };
    checker.names();
    checker.accounts(located.origin);
    checker.channels();
    checker.routes();
    checker.patrol();
    checker.orphans();
    checker.changing();
    checker.other_secrets();
    let Checker {
        mut problems,
        warnings,
        ..
    } = checker;
    if !problems.is_empty() {
        problems.sort_by_key(|it| it.excerpt.as_ref().map(|at| (at.line, at.column)));
        return Err(problems);
    }
    Ok(assemble(file, source, located, surroundings, warnings))
}

struct Checker<'a> {
    file: &'a ConfigFile,
    source: &'a Source<'a>,
    problems: Vec<Problem>,
    warnings: Vec<Problem>,
}

impl Checker<'_> {
    /// Names that differ only in case are one name to people, and to some file systems.
    fn names(&mut self) {
        let accounts: Vec<&Name> = self.file.accounts.keys().collect();
        let channels: Vec<&Name> = self.file.channels.keys().collect();
        for (table, mut names) in [("accounts", accounts), ("channels", channels)] {
            names.sort_by_key(|name| self.source.position(&[table, name.as_str()]));
            let mut seen: BTreeMap<String, &Name> = BTreeMap::new();
            for name in names {
                if let Some(first) = seen.insert(name.as_str().to_lowercase(), name) {
                    let mut problem = self.source.problem_at_key(
                        &[table, name.as_str()],
                        format!("two {table} have one name: `{first}` and `{name}`"),
                    );
                    problem.hint = Some("give one of them another name.".to_owned());
                    self.problems.push(problem);
                }
            }
        }
    }

    fn accounts(&mut self, origin: Origin) {
        for (name, account) in &self.file.accounts {
            let path = ["accounts", name.as_str()];
            if account.credentials.command().is_some() && origin == Origin::WorkingDirectory {
                let mut problem = self.source.problem_at(
                    &[&path[..], &["credentials"]].concat(),
                    "a configuration that was merely found in the working directory may not run \
                     commands"
                        .to_owned(),
                );
                problem.hint = Some(
                    "if you trust this file, name it with --config, or move it to ~/.config/skywarden/."
                        .to_owned(),
                );
                self.problems.push(problem);
            }
            for (service, address) in &account.endpoints {
                let at = [&path[..], &["endpoints", service.as_str()]].concat();
                if let Err(message) = check_endpoint(service, address.url()) {
                    self.problems.push(self.source.problem_at(&at, message));
                }
            }
            if account
                .expect_identity
                .as_ref()
                .is_some_and(|it| it.trim().is_empty())
            {
                let at = [&path[..], &["expect_identity"]].concat();
                self.problems.push(
                    self.source
                        .problem_at(&at, "an account id is not empty".to_owned()),
                );
            }
            self.of_its_cloud(account, &path);
            self.quotas(account, &path);
            if let Some(channels) = &account.patrol.report_to {
                self.known_channels(channels, &[&path[..], &["patrol", "report_to"]].concat());
            }
            if let Some(channels) = &account.orphans.report_to {
                self.known_channels(channels, &[&path[..], &["orphans", "report_to"]].concat());
            }
            let orphans = self.file.orphans.overridden_by(&account.orphans);
            self.shown(orphans.max_list_length, &[&path[..], &["orphans"]].concat());
            let merged = self.file.patrol.overridden_by(&account.patrol);
            self.days(&merged, &[&path[..], &["patrol"]].concat());
            if let Some(secret) = &account.patrol.dead_man {
                self.address(secret, &[&path[..], &["patrol", "dead_man"]].concat());
            }
            self.changing_of(name, account);
            let lists = [
                &merged.report_to,
                &orphans.report_to,
                &self.file.backups.overridden_by(&account.backups).report_to,
                &self.file.alarms.overridden_by(&account.alarms).report_to,
            ];
            let told = lists.iter().any(|it| !it.is_empty());
            // Where nobody is told of anything, that is said once.
            let anybody = !self.file.channels.is_empty();
            if anybody && !told && !self.is_routed(name) {
                self.warnings.push(self.source.problem_at_key(
                    &path,
                    format!("nothing about the account `{name}` goes to any channel"),
                ));
            }
        }
        if self.file.accounts.is_empty() {
            self.warnings.push(Problem {
                message: "there are no accounts".to_owned(),
                excerpt: None,
                hint: Some("add a table such as [accounts.shop].".to_owned()),
            });
        } else if self.file.channels.is_empty() {
            self.warnings.push(Problem {
                message: "there are no channels: nobody is told of anything".to_owned(),
                excerpt: None,
                hint: Some(
                    "add a table such as [channels.ops], and report_to = [\"ops\"] to [patrol]."
                        .to_owned(),
                ),
            });
        }
    }

    /// A quota that is told of a name no call goes by would hold for nothing.
    fn quotas(&mut self, account: &AccountSection, path: &[&str]) {
        let cloud = account.cloud.as_str();
        // Most accounts tell of none, and all that may be called is a long list.
        let told = Some(&account.quotas).filter(|it| **it != QuotaSection::default());
        let Some(callable) = told.and_then(|_| clouds::callable(cloud)) else {
            return;
        };
        for unknown in account.quotas.unknown(&callable) {
            let at = [path, &["quotas", unknown.key, unknown.name.as_str()]].concat();
            let message = format!(
                "nothing at {cloud} is called by the name `{}`",
                unknown.name
            );
            let mut problem = self.source.problem_at_key(&at, message);
            problem.hint = Some(unknown.hint);
            self.problems.push(problem);
        }
    }

    /// Keys that mean something at one cloud only are a mistake at another.
    fn of_its_cloud(&mut self, account: &AccountSection, path: &[&str]) {
        let cloud = account.cloud.as_str();
        let discover = account.discover.as_ref();
        let directory = discover.is_some_and(|it| it.resource_directory);
        let foreign = [
            ("partition", account.partition.is_some(), &["aws"][..]),
            ("site", account.site != Site::Auto, &["aliyun", "tencent"]),
            ("bill", account.bill != BillSection::default(), &["tencent"]),
            ("discover", directory, &["aliyun"]),
        ];
        for (key, is_set, clouds) in foreign {
            if is_set && !clouds.contains(&cloud) {
                let at = [path, &[key]].concat();
                let message = format!("this means something at {} only", clouds.join(" and "));
                let mut problem = self.source.problem_at(&at, message);
                if key == "discover" {
                    problem.hint = Some("write `organization = true`.".to_owned());
                }
                self.problems.push(problem);
            }
        }
        if discover.is_some_and(|it| !it.resource_directory && !it.organization) {
            let at = [path, &["discover"]].concat();
            let message = "say `organization = true`, or leave `discover` out".to_owned();
            self.problems.push(self.source.problem_at(&at, message));
        }
    }

    fn orphans(&mut self) {
        let orphans = &self.file.orphans;
        self.known_channels(&orphans.report_to, &["orphans", "report_to"]);
        self.known_accounts(&orphans.accounts, &["orphans", "accounts"]);
        self.shown(orphans.max_list_length, &["orphans"]);
    }

    fn is_routed(&self, account: &Name) -> bool {
        self.file.routes.iter().any(|it| {
            it.tags.is_empty() && it.accounts.contains(account) && !it.channels.is_empty()
        })
    }

    fn channels(&mut self) {
        for (name, channel) in &self.file.channels {
            let path = ["channels", name.as_str()];
            let is_mail = channel.smtp.is_some() || channel.kind == Some(ChannelKind::Mail);
            let message = match (&channel.webhook, &channel.smtp) {
                (None, None) if is_mail => Some("a mail channel needs a table `smtp`"),
                (None, None) => Some("a channel needs a `webhook`, or a table `smtp` for mail"),
                (Some(_), Some(_)) => Some("a channel has a `webhook` or a table `smtp`, not both"),
                (None, Some(_)) if channel.kind.is_some_and(|it| it != ChannelKind::Mail) => {
                    Some("`smtp` belongs to `kind = \"mail\"`")
                }
                (Some(_), None) if is_mail => Some("a mail channel has no `webhook` but `smtp`"),
                _ => None,
            };
            if let Some(message) = message {
                self.problems
                    .push(self.source.problem_at_key(&path, message.to_owned()));
            }
            if let Some(webhook) = &channel.webhook {
                let at = [&path[..], &["webhook"]].concat();
                self.address(webhook, &at);
                let guessed = plain_address(webhook).as_ref().map(ChannelKind::of_address);
                if channel.kind.is_none() && guessed == Some(None) {
                    let message = "the host does not tell what kind of channel this is";
                    let mut problem = self.source.problem_at(&at, message.to_owned());
                    problem.hint =
                        Some("add `kind`: dingtalk, feishu, wecom, slack or webhook.".to_owned());
                    self.problems.push(problem);
                }
            }
            if let Some(secret) = &channel.secret {
                self.warn_if_plain(secret, &[&path[..], &["secret"]].concat());
            }
            if let Some(smtp) = &channel.smtp {
                let path = [&path[..], &["smtp"]].concat();
                if let Some(password) = &smtp.password {
                    self.warn_if_plain(password, &[&path[..], &["password"]].concat());
                }
                let local = matches!(smtp.host.as_str(), "localhost" | "127.0.0.1" | "::1");
                if smtp.security == SmtpSecurity::None && !local {
                    let message = "mail goes unprotected to this machine only; use tls or starttls";
                    let at = [&path[..], &["security"]].concat();
                    self.problems
                        .push(self.source.problem_at(&at, message.to_owned()));
                }
                if smtp.to.is_empty() {
                    let at = [&path[..], &["to"]].concat();
                    let message = "a mail channel needs a receiver".to_owned();
                    self.problems.push(self.source.problem_at(&at, message));
                }
            }
            for (index, person) in channel.mention.people.iter().enumerate() {
                if !self.file.people.contains_key(person) {
                    let known: Vec<&str> = self.file.people.keys().map(String::as_str).collect();
                    let index = index.to_string();
                    let at = [&path[..], &["mention", "people", &index]].concat();
                    self.unknown(
                        format!("there is no person `{person}` in [people]"),
                        person,
                        &known,
                        &at,
                    );
                }
            }
        }
    }

    fn routes(&mut self) {
        for (index, route) in self.file.routes.iter().enumerate() {
            let index = index.to_string();
            let path = ["routes", index.as_str()];
            if route.accounts.is_empty() && route.tags.is_empty() {
                let mut problem = self.source.problem_at(
                    &path,
                    "a route needs `accounts` or `tags` to go by".to_owned(),
                );
                problem.hint = Some("for everything, use `report_to` in [patrol].".to_owned());
                self.problems.push(problem);
            }
            if route.channels.is_empty() {
                let message = "a route needs a channel to go to".to_owned();
                self.problems.push(self.source.problem_at(&path, message));
            }
            self.known_channels(&route.channels, &[&path[..], &["channels"]].concat());
            self.known_accounts(&route.accounts, &[&path[..], &["accounts"]].concat());
        }
    }

    fn patrol(&mut self) {
        let patrol = &self.file.patrol;
        self.days(patrol, &["patrol"]);
        self.known_channels(&patrol.report_to, &["patrol", "report_to"]);
        self.known_accounts(&patrol.accounts, &["patrol", "accounts"]);
        if let Some(secret) = &patrol.dead_man {
            self.address(secret, &["patrol", "dead_man"]);
        }
        for Conflict {
            account,
            channel,
            other,
        } in conflicts(self.file)
        {
            let at = ["accounts", account.as_str(), "patrol", "digest_hour"];
            let mut problem = self.source.problem_at(
                &at,
                format!(
                    "the channel `{channel}` gets one digest a day, and `{other}` wants it at \
                     another hour"
                ),
            );
            problem.hint = Some(format!(
                "give all accounts of `{channel}` the same digest_hour, or `{account}` a channel of \
                 its own in report_to."
            ));
            self.problems.push(problem);
        }
    }

    fn days(&mut self, patrol: &PatrolSection, table: &[&str]) {
        let at = [table, &["urgent_days"]].concat();
        if patrol.urgent_days > patrol.warn_days && self.source.has(&at) {
            let message = format!(
                "urgent from {} days on is earlier than warned about, from {} days on",
                patrol.urgent_days, patrol.warn_days
            );
            self.problems.push(self.source.problem_at(&at, message));
        }
        self.shown(patrol.max_list_length, table);
    }

    fn shown(&mut self, many: u16, table: &[&str]) {
        let at = [table, &["max_list_length"]].concat();
        if many == 0 && self.source.has(&at) {
            let message = "a message shows at least one resource".to_owned();
            self.problems.push(self.source.problem_at(&at, message));
        }
    }

    fn other_secrets(&mut self) {
        if let Some(proxy) = &self.file.network.proxy {
            let address = plain_address(proxy);
            if proxy.is_plain() && address.as_ref().is_none_or(|it| it.host().is_none()) {
                let message = "a proxy is an address such as http://proxy.example:3128".to_owned();
                self.problems
                    .push(self.source.problem_at(&["network", "proxy"], message));
            }
            if address.is_some_and(|it| it.password().is_some()) {
                self.warn_if_plain(proxy, &["network", "proxy"]);
            }
        }
        if let Some(url) = &self.file.store.url
            && plain_address(url).is_some_and(|it| it.password().is_some())
        {
            self.warn_if_plain(url, &["store", "url"]);
        }
    }

    /// Checks an address that is a secret itself, as far as it stands in the file.
    fn address(&mut self, secret: &SecretRef, at: &[&str]) {
        if !secret.is_plain() {
            return;
        }
        let checked = plain_address(secret)
            .ok_or("this is not an https address")
            .and_then(|it| check_transport(&it));
        match checked {
            Ok(()) => self.warn_if_plain(secret, at),
            Err(message) => self
                .problems
                .push(self.source.problem_at(at, message.to_owned())),
        }
    }

    fn warn_if_plain(&mut self, secret: &SecretRef, at: &[&str]) {
        if secret.is_plain() {
            let message = "this secret stands in the file, where every reader of it sees it";
            let mut problem = self.source.problem_at(at, message.to_owned());
            problem.hint = Some(format!(
                "seal it with `skywarden seal set {}` and refer to it by {{ sealed = \"…\" }}.",
                at.iter().skip(1).copied().collect::<Vec<_>>().join(".")
            ));
            self.warnings.push(problem);
        }
    }

    fn known_channels(&mut self, names: &[Name], at: &[&str]) {
        let known: Vec<&str> = self.file.channels.keys().map(Name::as_str).collect();
        self.known_names("channel", names, &known, at);
    }

    fn known_accounts(&mut self, names: &[Name], at: &[&str]) {
        let known: Vec<&str> = self.file.accounts.keys().map(Name::as_str).collect();
        self.known_names("account", names, &known, at);
    }

    fn known_names(&mut self, kind: &str, names: &[Name], known: &[&str], at: &[&str]) {
        for (index, name) in names.iter().enumerate() {
            if !known.contains(&name.as_str()) {
                let index = index.to_string();
                let at = [at, &[index.as_str()]].concat();
                self.unknown(
                    format!("there is no {kind} `{name}`"),
                    name.as_str(),
                    known,
                    &at,
                );
            }
        }
    }

    fn unknown(&mut self, message: String, word: &str, known: &[&str], at: &[&str]) {
        let mut problem = self.source.problem_at(at, message);
        problem.hint = Some(suggest(word, known));
        self.problems.push(problem);
    }
}

/// Returns the address that stands in the file itself, if it does and if it is one.
pub(super) fn plain_address(secret: &SecretRef) -> Option<Url> {
    match secret {
        SecretRef::Plain(text) => Url::parse(text.expose_secret()).ok(),
        _ => None,
    }
}

fn check_endpoint(service: &str, address: &Url) -> Result<(), String> {
    let named = !service.is_empty()
        && service
            .bytes()
            .all(|it| matches!(it, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    if !named {
        return Err(format!(
            "{service:?} is not the code of a service such as `ecs`, nor `sts`, `metadata` or `default`"
        ));
    }
    let host_only = address.path() == "/"
        && address.query().is_none()
        && address.fragment().is_none()
        && address.username().is_empty()
        && address.password().is_none();
    if !host_only {
        return Err(
            "an endpoint is a scheme and a host, such as https://ecs.example.com".to_owned(),
        );
    }
    let is_metadata = service == "metadata"
        && address.scheme() == "http"
        && address
            .host_str()
            .is_some_and(|it| METADATA_HOSTS.contains(&it));
    if is_metadata || (address.scheme() == "http" && is_loopback(address)) {
        return Ok(());
    }
    check_transport(address).map_err(str::to_owned)
}
