//! What a letter says, in the language of its readers.
//!
//! Invariant: every letter says what was looked at and what was not.

use std::collections::BTreeSet;

use cloud::AccountSight;
use duty::coverage::{self, CoverageView};
use duty::notice::{Circumstances, Notice, Occasion, digest_is_due, is_news, notice};
use duty::words::{Words, number, plain, shortened};
use duty::{Audience, FindingState, KnownFinding, Letter, Scene, Severity};
use model::message::{Line, Message};
use model::{AccountId, Block, Scope, Tone};

use crate::explain;
use crate::facts::{self, Facts};
use crate::kind::AlarmKind;
use crate::settings::{AlarmSettings, Settings};

/// From which severity on something is worth a message of its own; what machines lack waits for the
/// digest: the plan makes it.
const STIRS_FROM: Severity = Severity::Warning;

/// Returns what there is to tell an audience now, or `None` when there is nothing.
#[must_use]
pub fn letter(settings: &Settings, audience: &Audience, scene: &Scene<'_>) -> Option<Letter> {
    let view = View::new(settings, audience, scene);
    match notice(&view.circumstances(scene)) {
        Notice::Silent => None,
        Notice::Heartbeat => Some(Letter {
            message: view.heartbeat(),
            tells: Vec::new(),
            is_digest: true,
        }),
        Notice::Speak {
            occasion,
            told,
            gone,
        } => {
            let all = told.iter().chain(&gone);
            Some(Letter {
                tells: all.map(|it| it.finding.key.clone()).collect(),
                message: view.spoken(&told, &gone),
                is_digest: occasion == Occasion::Digest,
            })
        }
    }
}

/// What one audience may see of a run.
struct View<'a> {
    settings: &'a Settings,
    scene: Scene<'a>,
    words: Words,
    /// The findings that are theirs and that are still asked for.
    known: Vec<&'a KnownFinding>,
    /// The accounts they are told all about.
    accounts: Vec<(&'a AccountId, &'a AccountSight)>,
}

impl<'a> View<'a> {
    fn new(settings: &'a Settings, audience: &Audience, scene: &Scene<'a>) -> Self {
        let known = scene.known.iter();
        let theirs =
            |it: &&KnownFinding| audience.has(&it.finding) && settings.still_asks(&it.finding);
        let accounts = scene.census.accounts.iter();
        Self {
            settings,
            scene: *scene,
            words: explain::words(audience.language),
            known: known.filter(theirs).collect(),
            accounts: accounts.filter(|it| audience.has_account(it.0)).collect(),
        }
    }

    fn circumstances(&self, scene: &Scene<'_>) -> Circumstances<'a> {
        let house = self.house();
        let now = scene.now;
        Circumstances {
            known: self.known.clone(),
            stirs_from: STIRS_FROM,
            has_gaps: self.has_gaps(),
            // Who is only told of some things by their tags has no use for "all is well".
            wants_ping: house.ping && !self.accounts.is_empty(),
            digest_due: digest_is_due(scene.last_digest, house.digest_hour, &house.timezone, now),
            now,
        }
    }

    /// Returns what holds for the letter as a whole: the settings of the only account, or the
    /// defaults.
    fn house(&self) -> &'a AlarmSettings {
        let mut accounts = self.spoken_of().into_iter();
        match (accounts.next(), accounts.next()) {
            (Some(only), None) => self.settings.of(only),
            _ => &self.settings.defaults,
        }
    }

    fn spoken_of(&self) -> BTreeSet<&'a AccountId> {
        let told = self.accounts.iter().map(|it| it.0);
        let found = self.known.iter().map(|it| &it.finding.key.account);
        told.chain(found).collect()
    }

    fn spoken(&self, told: &[&KnownFinding], gone: &[&KnownFinding]) -> Message {
        let mut told: Vec<Facts<'_>> = told.iter().map(|it| Facts::of(&it.finding)).collect();
        told.sort_by_cached_key(Facts::rank);
        let mut blocks = vec![Block::Lines(self.head(&told))];
        for kind in AlarmKind::ALL {
            let of_kind = told.iter().filter(|it| it.kind == Some(kind));
            blocks.extend(self.section(kind, &of_kind.collect::<Vec<_>>()));
        }
        blocks.push(Block::Rule);
        let mut end = Vec::new();
        if !gone.is_empty() {
            end.push(self.counted("gone-line", gone.len()));
        }
        if self.muted() > 0 {
            end.push(self.counted("muted-line", self.muted()));
        }
        end.extend(self.coverage());
        blocks.push(Block::Lines(end));
        let worst = told.iter().map(|it| it.finding.severity).max();
        let (title, tone) = match worst {
            Some(Severity::Urgent) => ("title-warning", Tone::Urgent),
            Some(Severity::Warning) => ("title-warning", Tone::Warning),
            _ if self.has_gaps() => ("title-partial", Tone::Warning),
            Some(Severity::Notice) => ("title-notice", Tone::Plain),
            None => ("title-resolved", Tone::Good),
        };
        Message {
            title: self.words.say(title),
            tone,
            blocks,
            mention: self.mentions(&told),
            button: None,
        }
    }

    fn section(&self, kind: AlarmKind, all: &[&Facts<'_>]) -> Vec<Block> {
        if all.is_empty() {
            return Vec::new();
        }
        let heading = self.counted(&format!("heading-{}", kind.word()), all.len());
        let most = usize::from(self.house().max_list_length).max(1);
        let mut lines: Vec<Line> = all
            .iter()
            .take(most)
            .map(|it| self.entry(kind, it))
            .collect();
        if all.len() > most {
            lines.push(self.counted("more-line", all.len() - most));
        }
        vec![Block::Rule, Block::Heading(heading), Block::Lines(lines)]
    }

    fn entry(&self, kind: AlarmKind, facts: &Facts<'_>) -> Line {
        let get = |name| plain(shortened(facts.get(name)));
        let like = match facts.get(facts::LIKE) {
            "" => String::new(),
            like => self
                .words
                .text("did-you-mean", &[("like", like.to_owned())]),
        };
        let ours = match facts.get(facts::OURS) {
            "true" => self.words.say("ours"),
            _ => String::new(),
        };
        let of = match facts.get(facts::MACHINE) {
            "" => String::new(),
            machine => {
                let machine = shortened(machine);
                self.words.text("of-machine", &[("machine", machine)])
            }
        };
        let places = [
            ("of", plain(of)),
            ("region", get(facts::REGION)),
            ("target", get(facts::TARGET)),
            ("listeners", get(facts::LISTENERS)),
            ("alarm", get(facts::ALARM)),
            ("machine", get(facts::MACHINE)),
            ("why", get(facts::WHY)),
            ("tag", get(facts::TAG)),
            ("like", plain(like)),
            ("ours", plain(ours)),
            ("count", number(facts.get(facts::COUNT))),
            ("machines", plain(self.first_machines(facts))),
        ];
        self.words.line(&format!("entry-{}", kind.word()), &places)
    }

    /// Returns the first few machines of many.
    fn first_machines(&self, facts: &Facts<'_>) -> String {
        const SHOWN: usize = 3;
        let named: Vec<&str> = facts.get(facts::MACHINES).split(',').collect();
        let count = facts.get(facts::COUNT).parse().unwrap_or(named.len());
        let mut shown = named[..named.len().min(SHOWN)].join(", ");
        if count > SHOWN {
            shown.push_str(&self.words.say("and-more"));
        }
        shown
    }

    fn heartbeat(&self) -> Message {
        // What is kept quiet is there all the same: nobody is told that nothing is.
        let key = match self.muted() {
            0 => "heartbeat-line",
            _ => "heartbeat-muted",
        };
        let mut lines = vec![self.words.line(key, &[])];
        lines.extend(self.head(&[]));
        lines.extend(self.coverage());
        Message {
            title: self.words.say("title-heartbeat"),
            tone: Tone::Good,
            blocks: vec![Block::Lines(lines)],
            mention: Vec::new(),
            button: None,
        }
    }

    fn head(&self, told: &[Facts<'_>]) -> Vec<Line> {
        let now = self.scene.now.to_zoned(self.house().timezone.clone());
        let time = now.strftime("%Y-%m-%d %H:%M:%S %:z").to_string();
        let accounts = self.spoken_of();
        let worst = told.first().map(|it| &it.finding.key.account);
        let first = worst.or(accounts.first().copied());
        let first = first.map(|it| shortened(self.settings.title(it)));
        let first = first.unwrap_or_default();
        let who = match accounts.len() {
            0 | 1 => first,
            many => {
                let places = [("first", first), ("count", many.to_string())];
                self.words.text("who-several", &places)
            }
        };
        vec![
            self.words.line("time-line", &[("time", plain(time))]),
            self.words.line("account-line", &[("who", plain(who))]),
        ]
    }

    /// Returns whom to mention: the owners of what is news to them.
    fn mentions(&self, told: &[Facts<'_>]) -> Vec<String> {
        let told: BTreeSet<_> = told.iter().map(|it| &it.finding.key).collect();
        let news = self.known.iter().filter(|it| {
            let finding = &it.finding;
            told.contains(&finding.key) && finding.severity >= Severity::Warning && is_news(it)
        });
        let owners: BTreeSet<&String> = news.map(|it| &it.finding.owner).collect();
        let owners = owners.into_iter().filter(|it| !it.is_empty());
        owners.cloned().collect()
    }

    fn muted(&self) -> usize {
        let open = self
            .known
            .iter()
            .filter(|it| it.state != FindingState::Gone);
        open.filter(|it| it.is_muted(self.scene.now)).count()
    }

    fn has_gaps(&self) -> bool {
        let unseen = self.scene.census.unseen();
        let mut scopes = unseen.iter().map(|it| &it.0);
        scopes.any(|it| self.covers(it) && !self.settings.accepts_gap(it, self.scene.now))
    }

    fn covers(&self, scope: &Scope) -> bool {
        self.accounts.iter().any(|it| *it.0 == scope.account)
    }

    fn coverage(&self) -> Vec<Line> {
        let coverage = CoverageView {
            census: self.scene.census,
            covers: &|scope| self.covers(scope),
            accepts: &|scope| self.settings.accepts_gap(scope, self.scene.now),
            title_of: &|account| shortened(self.settings.title(account)),
        };
        coverage::lines(&coverage, self.words.language())
    }

    fn counted(&self, key: &str, count: usize) -> Line {
        self.words.line(key, &[("count", plain(count))])
    }
}

#[cfg(test)]
mod tests;
