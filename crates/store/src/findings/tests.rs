use std::collections::BTreeSet;

use duty::{Ack, Finding, FindingKey, FindingState, KnownFinding, Mute, Severity, reconcile};
use jiff::Timestamp;
use model::{AccountId, RegionId, ResourceId, Scope, Tags};

use super::{FindingFilter, Telling};
use crate::outbox::NewPart;
use crate::testing::{Holder, Store, at, on_both_engines};
use crate::{Db, StoreError, StoreOptions};

on_both_engines!(
    a_finding_comes_back_as_it_was_recorded,
    a_run_does_not_overwrite_what_people_said_meanwhile,
    a_run_that_nobody_hears_of_forgets_nothing,
    what_somebody_wrote_meanwhile_is_not_merely_seen_again,
    a_finding_that_comes_back_starts_anew,
    what_was_gone_is_forgotten_but_not_what_somebody_saw_again,
    frozen_findings_keep_everything_but_the_mark,
    a_list_is_sorted_and_filtered_by_duty_and_account,
    a_message_is_queued_and_told_together_or_not_at_all,
    what_a_run_found_and_tells_is_recorded_together_or_not_at_all,
    people_can_take_back_what_they_said,
    nobody_can_mute_what_is_not_known,
    an_id_longer_than_an_index_entry_is_an_id,
    a_record_that_fails_changes_nothing,
);

fn key(account: &str, resource: &str) -> FindingKey {
    FindingKey {
        duty: "patrol".into(),
        kind: "expiry".into(),
        account: AccountId::new(account),
        resource: ResourceId::new(resource),
    }
}

fn scope(account: &str) -> Scope {
    Scope::global(&AccountId::new(account), "prepaid")
}

fn finding(account: &str, resource: &str) -> Finding {
    Finding {
        key: key(account, resource),
        severity: Severity::Warning,
        scopes: vec![scope(account)],
        name: String::new(),
        owner: String::new(),
        tags: Tags::new(),
        evidence: std::collections::BTreeMap::new(),
    }
}

/// Records what a run made of the findings, of which it tells nothing.
async fn record(db: &Db, before: &[KnownFinding], after: &[KnownFinding]) {
    let telling = Telling {
        duty: "patrol",
        tells: &[],
        parts: &[],
        states: &[],
    };
    db.finding_record_and_tell(before, after, &telling, at(0))
        .await
        .unwrap();
}

/// Does what a patrol of one account does: read, reconcile, record.
async fn patrol(db: &Db, assessed: Vec<Finding>, seen: &[&str], now: Timestamp) {
    let before = db.finding_list(&FindingFilter::default()).await.unwrap();
    let seen: BTreeSet<Scope> = seen.iter().map(|account| scope(account)).collect();
    let after = reconcile(&before, assessed, &seen, now).known;
    record(db, &before, &after).await;
}

async fn all(db: &Db) -> Vec<KnownFinding> {
    db.finding_list(&FindingFilter::default()).await.unwrap()
}

async fn only(db: &Db) -> KnownFinding {
    let mut findings = all(db).await;
    assert_eq!(findings.len(), 1);
    findings.remove(0)
}

fn mute(until: i64) -> Mute {
    Mute {
        until: at(until),
        reason: "already bought".into(),
        by: "li".into(),
    }
}

fn letter(number: u32) -> NewPart {
    NewPart {
        channel: "ops".into(),
        run: "run".into(),
        part: number,
        parts: 2,
        payload: "{}".into(),
        summary: "a letter".into(),
        dedup_key: format!("run/ops/{number}"),
    }
}

async fn a_finding_comes_back_as_it_was_recorded(Store { db, .. }: Store) {
    let region = RegionId::new("cn-hangzhou");
    let found = Finding {
        severity: Severity::Urgent,
        scopes: vec![
            scope("shop"),
            Scope::regional(&AccountId::new("shop"), &region, "instance"),
        ],
        name: "O'Brien 😀 \u{202E}".into(),
        owner: "li".into(),
        tags: Tags::from([("team".into(), "dba\0".into())]),
        evidence: std::collections::BTreeMap::from([("days_left".into(), "3".into())]),
        ..finding("shop", "i-1")
    };
    patrol(&db, vec![found.clone()], &["shop"], at(10)).await;
    let known = KnownFinding {
        finding: found,
        state: FindingState::New,
        frozen: false,
        first_seen: at(10),
        last_seen: at(10),
        notified: None,
        muted: None,
        acked: None,
    };
    assert_eq!(only(&db).await, known);
}

async fn a_run_does_not_overwrite_what_people_said_meanwhile(Store { db, .. }: Store) {
    patrol(&db, vec![finding("shop", "i-1")], &["shop"], at(10)).await;
    let before = all(&db).await;
    let ack = Ack {
        at: at(15),
        by: "wang".into(),
    };
    assert!(
        db.finding_mute(&key("shop", "i-1"), Some(&mute(99)))
            .await
            .unwrap()
    );
    assert!(
        db.finding_ack(&key("shop", "i-1"), Some(&ack))
            .await
            .unwrap()
    );
    let seen = BTreeSet::from([scope("shop")]);
    let after = reconcile(&before, vec![finding("shop", "i-1")], &seen, at(20)).known;
    assert_eq!(
        after[0].muted, None,
        "the run had read it before it was muted"
    );
    record(&db, &before, &after).await;
    let known = only(&db).await;
    assert_eq!(
        (known.state, known.last_seen),
        (FindingState::Still, at(20))
    );
    assert_eq!((known.muted, known.acked), (Some(mute(99)), Some(ack)));
}

async fn what_somebody_wrote_meanwhile_is_not_merely_seen_again(Store { db, .. }: Store) {
    let found = || ["i-1", "i-2", "i-3", "i-4", "i-5"].map(|id| finding("shop", id));
    // Twice, since what is new is no longer new when it is seen again.
    for time in [10, 20] {
        patrol(&db, found().into(), &["shop"], at(time)).await;
    }
    let before = all(&db).await;
    let seen = BTreeSet::from([scope("shop")]);
    let mut after = reconcile(&before, found().into(), &seen, at(30)).known;
    after[4].finding.owner = "wang".into();
    // Another run takes the first for gone and the second for unseen, both as last seen when they
    // were, and sees the third in other words.
    let mut meanwhile = before[..3].to_vec();
    meanwhile[0].state = FindingState::Gone;
    meanwhile[1].frozen = true;
    meanwhile[2].finding.owner = "zhao".into();
    meanwhile[2].last_seen = at(25);
    let meanwhile: Vec<&KnownFinding> = meanwhile.iter().collect();
    db.finding_note(&[], &meanwhile).await.unwrap();
    let known: Vec<&KnownFinding> = after.iter().collect();
    db.finding_note(&before, &known).await.unwrap();
    assert_eq!(all(&db).await, after);
}

async fn a_run_that_nobody_hears_of_forgets_nothing(Store { db, .. }: Store) {
    patrol(&db, vec![finding("shop", "i-1")], &["shop"], at(10)).await;
    let before = all(&db).await;
    db.finding_note(&before, &[]).await.unwrap();
    assert_eq!(all(&db).await, before);
}

async fn a_finding_that_comes_back_starts_anew(Store { db, .. }: Store) {
    patrol(&db, vec![finding("shop", "i-1")], &["shop"], at(10)).await;
    db.finding_mute(&key("shop", "i-1"), Some(&mute(99)))
        .await
        .unwrap();
    db.finding_tell(&[key("shop", "i-1")], &[], at(11))
        .await
        .unwrap();
    patrol(&db, vec![], &["shop"], at(20)).await;
    let gone = only(&db).await;
    assert_eq!((gone.state, gone.last_seen), (FindingState::Gone, at(10)));
    assert_eq!(gone.muted, Some(mute(99)));
    patrol(&db, vec![finding("shop", "i-1")], &["shop"], at(30)).await;
    let back = only(&db).await;
    assert_eq!((back.state, back.first_seen), (FindingState::New, at(30)));
    assert_eq!((back.muted, back.notified), (None, None));
}

async fn what_was_gone_is_forgotten_but_not_what_somebody_saw_again(Store { db, .. }: Store) {
    patrol(&db, vec![finding("shop", "i-1")], &["shop"], at(10)).await;
    patrol(&db, vec![], &["shop"], at(20)).await;
    let before = all(&db).await;
    patrol(&db, vec![finding("shop", "i-1")], &["shop"], at(30)).await;
    record(&db, &before, &[]).await;
    assert_eq!(only(&db).await.last_seen, at(30));
    patrol(&db, vec![], &["shop"], at(40)).await;
    patrol(&db, vec![], &["shop"], at(50)).await;
    assert_eq!(all(&db).await, []);
}

async fn frozen_findings_keep_everything_but_the_mark(Store { db, .. }: Store) {
    patrol(&db, vec![finding("shop", "i-1")], &["shop"], at(10)).await;
    db.finding_tell(&[key("shop", "i-1")], &[], at(11))
        .await
        .unwrap();
    let before = only(&db).await;
    patrol(&db, vec![], &[], at(20)).await;
    assert_eq!(
        only(&db).await,
        KnownFinding {
            frozen: true,
            ..before
        }
    );
}

async fn a_list_is_sorted_and_filtered_by_duty_and_account(Store { db, .. }: Store) {
    let mut orphan = finding("shop", "i-9");
    orphan.key.duty = "orphans".into();
    let found = vec![
        finding("shop", "i-2"),
        finding("game", "Ä"),
        finding("shop", "I-1"),
        orphan,
    ];
    patrol(&db, found, &["shop", "game"], at(10)).await;
    let list = async |duty: Option<&str>, account: Option<&str>| -> Vec<String> {
        let filter = FindingFilter {
            duty: duty.map(str::to_owned),
            account: account.map(AccountId::new),
        };
        let found = db.finding_list(&filter).await.unwrap();
        found
            .iter()
            .map(|it| it.finding.key.resource.to_string())
            .collect()
    };
    assert_eq!(list(None, None).await, ["i-9", "Ä", "I-1", "i-2"]);
    assert_eq!(list(Some("patrol"), None).await, ["Ä", "I-1", "i-2"]);
    assert_eq!(list(Some("patrol"), Some("shop")).await, ["I-1", "i-2"]);
    assert_eq!(list(None, Some("nobody")).await, [""; 0]);
}

async fn a_message_is_queued_and_told_together_or_not_at_all(store: Store) {
    let Store { db, url } = store;
    patrol(
        &db,
        vec![finding("shop", "i-1"), finding("shop", "i-2")],
        &["shop"],
        at(10),
    )
    .await;
    let options = StoreOptions {
        lock_patience: std::time::Duration::from_millis(50),
        ..StoreOptions::default()
    };
    let hasty = Db::open_with(&url, &options).await.unwrap();
    let holder = Holder::hold(&url).await;
    let tells = [key("shop", "i-1"), key("shop", "i-1")];
    let refused = hasty.finding_tell(&tells, &[letter(1)], at(11)).await;
    assert!(
        matches!(refused, Err(StoreError::Locked { .. })),
        "{refused:?}"
    );
    holder.let_go().await;
    assert!(all(&db).await.iter().all(|it| it.notified.is_none()));
    assert!(db.outbox_waiting().await.unwrap().is_empty());

    let ids = db
        .finding_tell(&tells, &[letter(1), letter(2)], at(12))
        .await
        .unwrap();
    assert_eq!(ids.len(), 2);
    let known = all(&db).await;
    let told = known[0].notified.unwrap();
    assert_eq!((told.at, told.severity), (at(12), Severity::Warning));
    assert_eq!(known[1].notified, None);
    hasty.close().await;
}

async fn what_a_run_found_and_tells_is_recorded_together_or_not_at_all(store: Store) {
    let Store { db, url } = store;
    let options = StoreOptions {
        lock_patience: std::time::Duration::from_millis(50),
        ..StoreOptions::default()
    };
    let hasty = Db::open_with(&url, &options).await.unwrap();
    let seen = BTreeSet::from([scope("shop")]);
    let after = reconcile(&[], vec![finding("shop", "i-1")], &seen, at(10)).known;
    let telling = Telling {
        duty: "patrol",
        tells: &[key("shop", "i-1")],
        parts: &[letter(1)],
        states: &[("digest".to_owned(), "10".to_owned())],
    };
    let holder = Holder::hold(&url).await;
    let refused = hasty
        .finding_record_and_tell(&[], &after, &telling, at(10))
        .await;
    assert!(
        matches!(refused, Err(StoreError::Locked { .. })),
        "{refused:?}"
    );
    holder.let_go().await;
    hasty.close().await;
    assert!(all(&db).await.is_empty());
    assert!(db.outbox_waiting().await.unwrap().is_empty());

    let ids = db
        .finding_record_and_tell(&[], &after, &telling, at(10))
        .await
        .unwrap();
    assert_eq!(db.outbox_waiting().await.unwrap()[0].id, ids[0]);
    assert_eq!(only(&db).await.notified.unwrap().at, at(10));
    let state = db.duty_state_get("patrol", "digest").await.unwrap();
    assert_eq!(state.as_deref(), Some("10"));
}

async fn people_can_take_back_what_they_said(Store { db, .. }: Store) {
    patrol(&db, vec![finding("shop", "i-1")], &["shop"], at(10)).await;
    let key = key("shop", "i-1");
    let ack = Ack {
        at: at(15),
        by: "wang".into(),
    };
    db.finding_mute(&key, Some(&mute(99))).await.unwrap();
    db.finding_ack(&key, Some(&ack)).await.unwrap();
    assert!(db.finding_mute(&key, None).await.unwrap());
    assert!(db.finding_ack(&key, None).await.unwrap());
    let known = only(&db).await;
    assert_eq!((known.muted, known.acked), (None, None));
}

async fn nobody_can_mute_what_is_not_known(Store { db, .. }: Store) {
    assert!(
        !db.finding_mute(&key("shop", "i-1"), Some(&mute(99)))
            .await
            .unwrap()
    );
    let ack = Ack {
        at: at(15),
        by: "wang".into(),
    };
    assert!(
        !db.finding_ack(&key("shop", "i-1"), Some(&ack))
            .await
            .unwrap()
    );
    assert_eq!(all(&db).await, []);
}

async fn an_id_longer_than_an_index_entry_is_an_id(Store { db, .. }: Store) {
    // PostgreSQL refuses index entries of more than 2,704 bytes that do not compress.
    let noise = |seed| {
        use base::Chance as _;
        let chance = base::SeededChance::new(seed);
        (0..400).map(|_| chance.token()).collect::<String>()
    };
    let (one, other) = (noise(1), noise(2));
    patrol(
        &db,
        vec![finding("shop", &one), finding("shop", &other)],
        &["shop"],
        at(10),
    )
    .await;
    assert!(
        db.finding_mute(&key("shop", &one), Some(&mute(99)))
            .await
            .unwrap()
    );
    let muted: Vec<bool> = all(&db)
        .await
        .iter()
        .map(|it| it.is_muted(at(11)))
        .collect();
    assert_eq!(muted.iter().filter(|it| **it).count(), 1);
}

async fn a_record_that_fails_changes_nothing(Store { db, .. }: Store) {
    patrol(&db, vec![finding("shop", "i-1")], &["shop"], at(10)).await;
    let before = all(&db).await;
    let mut change = db.change("record the findings").await.unwrap();
    let mut worse = before[0].clone();
    worse.finding.severity = Severity::Urgent;
    super::note(&mut change, &[], &[&worse]).await.unwrap();
    drop(change);
    assert_eq!(all(&db).await, before);
}
