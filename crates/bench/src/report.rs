//! From the data to the report: how long it takes, and how many messages it becomes.
//!
//! The same functions in the same order as a run of the warden, over a store in a file, without a
//! cloud and without a robot.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use async_trait::async_trait;
use base::{Clock as _, SystemClock};
use cloud::{AccountSight, CallSite, Census, CloudError, Harvest, Next, Page, PageAt, PageSource};
use duty::{Audience, Duty as _, Memory, Scene, Takes, reconcile};
use duty_patrol::{Patrol, PatrolSettings, Settings};
use jiff::{SignedDuration, Timestamp};
use model::{
    AccountId, Balance, CloudId, Currency, Expiry, Identity, Kind, Language, Money, Place, Prepaid,
    PrepaidStatus, RegionId, Renewal, ResourceId, Scope, Tags,
};
use notify::{ChannelSettings, MailSecurity, MailSettings};
use secrecy::SecretString;
use store::{Db, NewPart, Sight, StoreUrl};

use crate::figure::{Board, Figure, Target};

const ACCOUNTS: u32 = 100;
/// Of each account: of 250,000 resources in all nothing is to be said.
const QUIET: u32 = 2_500;
/// Of each account: 1,000 findings in all.
const EXPIRING: u32 = 10;
/// Every finding is listed; the default lists 20 and says how many more there are.
const LISTED: u16 = 1_000;
const MOST_MESSAGES: f64 = 5.0;

/// Builds the report of a large estate for every kind of channel.
pub(crate) async fn measure(board: &mut Board) -> anyhow::Result<()> {
    let clock = SystemClock::new();
    let now = clock.now();
    let home = tempfile::tempdir().context("there is no place for a store")?;
    let db = Db::open(&StoreUrl::sqlite(home.path().join("bench.db"))).await?;
    let patrol = patrol();
    let census = census(&patrol, now).await?;
    let channels = channels()?;
    let audience = Takes::Accounts(census.accounts.keys().cloned().collect());

    let started = clock.monotonic();
    let memory = Memory::default();
    let findings = patrol.assess(&census, &memory, now);
    let seen: BTreeSet<Scope> = census.coverage().into_iter().map(|it| it.scope).collect();
    let known = reconcile(&memory.findings, findings, &seen, now).known;
    let assessed = clock.monotonic();
    record(&db, &census, now).await?;
    db.finding_note(&memory.findings, &known.iter().collect::<Vec<_>>())
        .await?;
    let recorded = clock.monotonic();
    let scene = Scene {
        census: &census,
        memory: &memory,
        known: &known,
        now,
        last_digest: None,
    };
    let mut messages = Vec::new();
    for channel in &channels {
        let audience = Audience {
            channel: channel.name.clone(),
            language: Language::Chinese,
            takes: vec![audience.clone()],
        };
        let letter = patrol.letter(&audience, &scene);
        let letter = letter.with_context(|| format!("there is no letter for {}", channel.name))?;
        let parts = notify::compose(channel, &letter.message, "bench", now);
        let queued: Vec<NewPart> = parts.iter().map(|it| queued(channel, it)).collect();
        db.finding_tell(&letter.tells, &queued, now).await?;
        messages.push((channel.name.clone(), parts.len()));
    }
    let built = clock.monotonic();
    db.close().await;

    let seconds = |from: std::time::Duration, to: std::time::Duration| (to - from).as_secs_f64();
    board.tell(&format!(
        "report.built: {} resources with nothing to say, {} findings, all of them listed; rules {:.3} s, store {:.3} s, {} letters {:.3} s",
        ACCOUNTS * QUIET,
        known.len(),
        seconds(started, assessed),
        seconds(assessed, recorded),
        channels.len(),
        seconds(recorded, built),
    ));
    let expected = (ACCOUNTS * EXPIRING) as usize;
    anyhow::ensure!(
        known.len() == expected,
        "the estate has {expected} things to say, and {} findings were made",
        known.len(),
    );
    let took = seconds(started, built);
    board.show(&Figure::new("report.built", took, Target::AtMost(1.0), "s"));
    for (channel, parts) in messages {
        let name = format!("report.messages.{channel}");
        board.show(&Figure::new(
            name,
            parts as f64,
            Target::AtMost(MOST_MESSAGES),
            "",
        ));
    }
    Ok(())
}

fn patrol() -> Patrol {
    Patrol {
        settings: Settings {
            defaults: PatrolSettings {
                max_list_length: LISTED,
                ..PatrolSettings::default()
            },
            ..Settings::default()
        },
    }
}

/// One channel of every kind; nothing is sent to any of them.
fn channels() -> anyhow::Result<Vec<ChannelSettings>> {
    let channels = notify::all().iter().map(|kind| {
        let address = SecretString::from("http://127.0.0.1:9/robot".to_owned());
        let settings = match kind {
            notify::Kind::Mail => ChannelSettings::mail(
                kind.word(),
                MailSettings {
                    host: "127.0.0.1".to_owned(),
                    port: 9,
                    security: MailSecurity::PlainLoopback,
                    login: None,
                    from: "bench@example.com".to_owned(),
                    to: vec!["team@example.com".to_owned()],
                    extra_roots: Vec::new(),
                },
            ),
            kind => ChannelSettings::webhook(kind.word(), *kind, &address),
        };
        settings.with_context(|| format!("the channel {kind} cannot be set up"))
    });
    channels.collect()
}

fn queued(channel: &ChannelSettings, part: &notify::Part) -> NewPart {
    NewPart {
        channel: channel.name.clone(),
        run: "bench".to_owned(),
        part: part.part,
        parts: part.parts,
        payload: part.body.clone(),
        summary: part.summary.clone(),
        dedup_key: format!("{}/{}", channel.name, part.event_id),
    }
}

async fn record(db: &Db, census: &Census, now: Timestamp) -> anyhow::Result<()> {
    let looked: Vec<(Scope, Sight)> = census
        .coverage()
        .into_iter()
        .filter_map(|it| {
            Some((
                it.scope,
                Sight::Complete {
                    count: it.sight.ok()?,
                },
            ))
        })
        .collect();
    db.looks_put(&looked, now).await?;
    Ok(())
}

/// Reads 251,000 rows through the pager, as a census does.
async fn census(patrol: &Patrol, now: Timestamp) -> anyhow::Result<Census> {
    let before = patrol
        .wants(now)
        .prepaid_ending_before
        .context("the patrol does not want to know what ends")?;
    let mut accounts = BTreeMap::new();
    for number in 1..=ACCOUNTS {
        let account = AccountId::new(format!("account-{number:03}"));
        let bill = Bill {
            account: account.clone(),
            now,
        };
        let prepaid = cloud::pager::fold(&bill, Harvest::default, |harvest, row| {
            harvest.take(row, before);
        });
        let identity = Identity {
            account: format!("{number:016}"),
            principal: "bench".to_owned(),
            sort: "RAMUser".to_owned(),
        };
        let available = Money::parse("50,000.00", Currency::new("CNY"))?;
        let balance = Balance {
            available,
            cash: None,
            credit: None,
        };
        let sight = AccountSight {
            prepaid: Some(prepaid.await),
            balance: Some(cloud::pager::single(Ok(balance))),
            ..AccountSight::unasked(
                CloudId::new("aliyun"),
                cloud::pager::single(Ok(identity)),
                "https://usercenter2.aliyun.com/renew/manual",
            )
        };
        accounts.insert(account, sight);
    }
    let census = Census {
        taken: now,
        accounts,
        endpoints: BTreeMap::new(),
    };
    anyhow::ensure!(
        census.unseen().is_empty(),
        "the made-up estate was not seen whole"
    );
    Ok(census)
}

/// The bill of one account, in pages.
struct Bill {
    account: AccountId,
    now: Timestamp,
}

const PAGE: u32 = 300;

#[async_trait]
impl PageSource<Prepaid> for Bill {
    fn site(&self) -> CallSite {
        CallSite {
            account: self.account.clone(),
            place: Place::Global,
            operation: "bench",
        }
    }

    async fn page(&self, at: &PageAt) -> Result<Page<Prepaid>, CloudError> {
        let number = match at {
            PageAt::Number(number) => *number,
            PageAt::First | PageAt::Token(_) => 1,
        };
        let total = QUIET + EXPIRING;
        let rows = (number - 1) * PAGE..total.min(number * PAGE);
        Ok(Page {
            items: rows.map(|it| self.row(it)).collect(),
            next: Next::Through(total.div_ceil(PAGE)),
            total: Some(total.into()),
        })
    }
}

impl Bill {
    /// The last rows end within two weeks; all others do not, or renew themselves.
    fn row(&self, index: u32) -> Prepaid {
        const KINDS: [&str; 5] = ["ecs", "rds", "redisa", "slb", "yundisk"];
        let soon = index >= QUIET;
        let days = if soon {
            1 + index % 14
        } else {
            60 + index % 300
        };
        let end = self.now + SignedDuration::from_hours(i64::from(days) * 24);
        let renewal = if soon || index.is_multiple_of(2) {
            Renewal::Manual
        } else {
            Renewal::Auto { months: Some(1) }
        };
        Prepaid {
            kind: Kind::new(KINDS[index as usize % KINDS.len()]),
            product_type: "".into(),
            id: ResourceId::new(format!("i-{}-{index:06}", self.account)),
            name: soon.then(|| format!("生产-web-{index:06}")),
            region: Some(RegionId::new("cn-hangzhou")),
            tags: Tags::new(),
            created: None,
            expiry: Expiry::At(end),
            renewal,
            status: PrepaidStatus::Normal,
            release: None,
            renewal_price: None,
        }
    }
}
