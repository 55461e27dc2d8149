//! Everything that ends within the days of warning, as days of a calendar.
//!
//! Wider than the findings: what renews by itself is in it too, for a renewal costs money and may
//! fail. What was not seen this time stands as it was last seen, and says so.
//!
//! Invariant: no amount is in it.

use std::collections::BTreeMap;

use cloud::{AccountSight, Census};
use duty::{FindingState, KnownFinding};
use jiff::Timestamp;
use jiff::civil::Date;
use model::{AccountId, Expiry, Language, Renewal, ResourceId};

use crate::days::{day_of, days_left};
use crate::facts::{self, Facts};
use crate::kind::PatrolKind;
use crate::report::words::{self, Words};
use crate::report::{product, renewal};
use crate::settings::Settings;
use crate::summary::is_still_asked;

/// One thing that ends, or begins, on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// In which account it is; together with `resource` the identity of the entry, whatever becomes
    /// of the thing.
    pub account: AccountId,
    /// Its id.
    pub resource: ResourceId,
    /// The day in the zone of its account.
    pub day: Date,
    /// What happens on that day, in a few words.
    pub summary: String,
    /// What must be known of it, a line each.
    pub description: Vec<String>,
}

/// Returns everything that ends, in the order of the days.
#[must_use]
pub fn days(
    census: &Census,
    known: &[KnownFinding],
    settings: &Settings,
    language: Language,
    now: Timestamp,
) -> Vec<Day> {
    let desk = Desk {
        settings,
        words: words::of(language),
        now,
    };
    let mut days: BTreeMap<(AccountId, ResourceId), Day> = BTreeMap::new();
    for (account, sight) in &census.accounts {
        for day in desk.seen(account, sight) {
            days.insert((day.account.clone(), day.resource.clone()), day);
        }
    }
    // What the rules say of a thing goes before what its row alone tells.
    let open = known
        .iter()
        .filter(|it| it.state != FindingState::Gone && is_still_asked(&it.finding, settings));
    for day in open.filter_map(|it| desk.found(it)) {
        days.insert((day.account.clone(), day.resource.clone()), day);
    }
    let mut days: Vec<Day> = days.into_values().collect();
    days.sort_by(|a, b| (a.day, &a.account, &a.resource).cmp(&(b.day, &b.account, &b.resource)));
    days
}

struct Desk<'a> {
    settings: &'a Settings,
    words: Words,
    now: Timestamp,
}

/// What is written of one thing.
struct Thing<'a> {
    account: &'a AccountId,
    resource: &'a ResourceId,
    name: &'a str,
    /// What it happens to, where that is another thing.
    to: &'a str,
    product: String,
    at: Timestamp,
    /// The key of the text that says what happens.
    happens: &'static str,
    /// The key of the text that says how it is renewed.
    renewal: Option<&'static str>,
    /// What else must be known, with the keys of its labels.
    more: Vec<(&'static str, String)>,
}

impl Desk<'_> {
    /// Returns what the lists show to end within the days of warning.
    fn seen(&self, account: &AccountId, sight: &AccountSight) -> Vec<Day> {
        let asked = self.settings.of(account);
        let within = |end: Timestamp| {
            let days = days_left(self.now, end, &asked.timezone);
            end > self.now && days <= i64::from(asked.warn_days)
        };
        let mut days = Vec::new();
        let harvests = sight.ending(account).filter_map(|(_, it)| it.seen());
        for row in harvests.flat_map(|it| &it.get().kept) {
            let Expiry::At(at) = row.expiry else { continue };
            let (happens, renewal) = match row.renewal {
                Renewal::Auto { .. } => ("calendar-renews", "renewal-auto"),
                Renewal::Manual => ("calendar-ends", "renewal-manual"),
                Renewal::Never => ("calendar-ends", "renewal-never"),
                Renewal::Unknown(_) => ("calendar-ends", "renewal-unknown"),
            };
            if within(at) {
                days.push(self.day(Thing {
                    account,
                    resource: &row.id,
                    name: row.name.as_deref().unwrap_or_default(),
                    to: "",
                    product: one_line(row.kind.as_str()),
                    at,
                    happens,
                    renewal: Some(renewal),
                    more: Vec::new(),
                }));
            }
        }
        let domains = sight.domains.iter().filter_map(|it| it.seen());
        for domain in domains.flat_map(|it| it.get()) {
            let Expiry::At(at) = domain.expiry else {
                continue;
            };
            let (happens, renewal) = match domain.auto_renew {
                Some(true) => ("calendar-renews", "renewal-auto"),
                Some(false) => ("calendar-ends", "renewal-manual"),
                None => ("calendar-ends", "renewal-unknown"),
            };
            if within(at) {
                days.push(self.day(Thing {
                    account,
                    resource: &domain.id,
                    name: &domain.name,
                    to: "",
                    product: self.words.say("product-domain"),
                    at,
                    happens,
                    renewal: Some(renewal),
                    more: Vec::new(),
                }));
            }
        }
        days
    }

    /// Returns the day of a finding; `None` when it is about nothing that has a day.
    fn found(&self, known: &KnownFinding) -> Option<Day> {
        let finding = &known.finding;
        let facts = Facts::of(finding);
        let at = facts.ends.filter(|_| !facts.is_about_money())?;
        let happens = match facts.kind {
            Some(PatrolKind::Maintenance) => "calendar-maintenance",
            _ if facts.has_ended(self.now) => "calendar-ended",
            _ => "calendar-ends",
        };
        let manual = facts.get(facts::RENEWAL) == "manual";
        let mut more = Vec::new();
        for (label, fact) in [
            ("label-machine", facts::MACHINE),
            ("label-event", facts::EVENT),
            ("label-words", facts::WORDS),
            ("label-names", facts::NAMES),
        ] {
            if !facts.get(fact).is_empty() {
                more.push((label, one_line(facts.get(fact))));
            }
        }
        if !finding.owner.is_empty() {
            more.push(("label-owner", one_line(&finding.owner)));
        }
        if known.frozen {
            let zone = &self.settings.of(&finding.key.account).timezone;
            let day = day_of(known.last_seen, zone).to_string();
            let note = self.words.text("note-frozen", &[("day", day)]);
            more.push(("label-note", note));
        }
        Some(self.day(Thing {
            account: &finding.key.account,
            resource: &finding.key.resource,
            name: &finding.name,
            to: facts.get(facts::MACHINE),
            product: product(&facts, self.words),
            at,
            happens,
            renewal: renewal(&facts).or(manual.then_some("renewal-manual")),
            more,
        }))
    }

    fn day(&self, thing: Thing<'_>) -> Day {
        let zone = &self.settings.of(thing.account).timezone;
        let day = day_of(thing.at, zone);
        let id = one_line(thing.resource.as_str());
        let title = match thing.account.as_str() {
            cloud::census::NO_ACCOUNT => String::new(),
            _ => one_line(self.settings.title(thing.account)),
        };
        let called = match (thing.to, thing.name) {
            ("", "") => id.clone(),
            ("", name) => one_line(name),
            (to, _) => one_line(to),
        };
        let places = [("product", thing.product.clone()), ("what", called)];
        let happens = self.words.text(thing.happens, &places);
        let summary = match title.as_str() {
            "" => happens,
            _ => {
                let places = [("summary", happens), ("account", title.clone())];
                self.words.text("calendar-in-account", &places)
            }
        };
        let on = match thing.happens {
            "calendar-maintenance" => "label-begins",
            _ => "label-ends",
        };
        let mut rows = vec![
            ("label-account", title),
            ("label-product", thing.product),
            ("label-id", id),
            ("label-name", one_line(thing.name)),
            (on, day.to_string()),
        ];
        rows.extend(
            thing
                .renewal
                .map(|it| ("label-renewal", self.words.say(it))),
        );
        rows.extend(thing.more);
        let row = |(label, value): (&str, String)| {
            let places = [("label", self.words.say(label)), ("value", value)];
            self.words.text("calendar-row", &places)
        };
        Day {
            account: thing.account.clone(),
            resource: thing.resource.clone(),
            day,
            summary,
            description: rows
                .into_iter()
                .filter(|it| !it.1.is_empty())
                .map(row)
                .collect(),
        }
    }
}

/// Returns a name from outside on one line, cut where nobody reads on.
fn one_line(name: &str) -> String {
    let blank = |it: char| if it.is_control() { ' ' } else { it };
    words::shortened(&name.chars().map(blank).collect::<String>())
}

/// Returns what the calendar is called, and what of the clouds it does not show.
#[must_use]
pub fn about(census: &Census, settings: &Settings, language: Language, now: Timestamp) -> About {
    let words = words::of(language);
    let covered = census.coverage().len();
    let unseen = census.unseen();
    let unseen: Vec<String> = unseen
        .iter()
        .filter(|(scope, _)| !settings.accepts_gap(scope, now))
        .map(|(scope, _)| scope.to_string())
        .collect();
    let missing = (!unseen.is_empty()).then(|| {
        let places = [
            ("unseen", unseen.len().to_string()),
            ("scopes", covered.to_string()),
            ("names", unseen.join(", ")),
        ];
        words.text("calendar-unseen", &places)
    });
    About {
        name: words.say("calendar-name"),
        missing,
    }
}

/// What stands over a calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// What it is called.
    pub name: String,
    /// That it is not whole, and what is missing; `None` when everything was seen.
    pub missing: Option<String>,
}

#[cfg(test)]
mod tests;
