use std::collections::BTreeSet;

use base::SystemChance;
use duty::Mishap;
use jiff::Timestamp;
use model::{AccountId, RegionId, ResourceId};

use super::{JournalEntry, JournalFate, JournalStep, Writer};
use crate::testing::{Store, at, on_both_engines};
use crate::{Db, Retention, RunId, StoreError};

on_both_engines!(
    a_step_is_planned_then_intended_then_marked_then_ended,
    a_plan_is_written_down_whole_or_not_at_all,
    an_intention_is_taken_from_the_holder_of_the_lease_only,
    an_intention_for_a_step_that_has_ended_is_not_taken,
    of_several_ends_the_first_counts,
    runs_with_open_steps_are_unfinished,
    a_mishap_lasts_until_the_same_thing_is_done,
    thousands_of_lines_are_written_at_once,
    a_journal_goes_with_its_run_but_never_with_open_steps,
);

const WRITER: Writer<'static> = Writer {
    holder: "me",
    until: Timestamp::constant(600, 0),
};

fn step(place: usize, subject: &str) -> JournalStep {
    JournalStep {
        place,
        token: format!("token-{place}"),
        account: "shop".into(),
        region: "cn-hangzhou".into(),
        step: "create_set".into(),
        subject: subject.into(),
        after: (0..place).collect(),
        body: format!("{{\"do\":\"create_set\",\"machine\":\"{subject}\"}}"),
    }
}

fn intend(place: usize) -> JournalEntry {
    let leases = vec!["apply/shop".into()];
    JournalEntry::Intend { place, leases }
}

fn mark(place: usize, mark: &str) -> JournalEntry {
    let mark = mark.into();
    JournalEntry::Mark { place, mark }
}

fn end(place: usize, fate: JournalFate) -> JournalEntry {
    JournalEntry::End { place, fate }
}

fn done() -> JournalFate {
    JournalFate::Done {
        note: "3 snapshots".into(),
    }
}

fn undone(why: &str) -> JournalFate {
    JournalFate::Undone { why: why.into() }
}

async fn started(db: &Db, duty: &str) -> RunId {
    db.run_start(&SystemChance, duty, "apply", at(1))
        .await
        .unwrap()
}

async fn claim(db: &Db) {
    let claimed = db.lease_claim("apply/shop", "me", at(1), at(60)).await;
    assert!(claimed.unwrap());
}

async fn a_step_is_planned_then_intended_then_marked_then_ended(Store { db, .. }: Store) {
    claim(&db).await;
    let run = started(&db, "backups").await;
    let steps = [step(0, "i-1"), step(1, "i-2"), step(2, "i-3")];
    db.journal_put(&run, &steps).await.unwrap();
    let records = db.journal_list(&run).await.unwrap();
    let planned: Vec<JournalStep> = records.iter().map(|it| it.step.clone()).collect();
    assert_eq!(planned, steps);
    assert!(
        records
            .iter()
            .all(|it| it.attempts == 0 && it.end.is_none())
    );

    let write = async |entries: &[JournalEntry], second| {
        let untaken = db.journal_write(&run, entries, WRITER, at(second)).await;
        assert_eq!(untaken.unwrap(), BTreeSet::new());
    };
    write(&[intend(0)], 10).await;
    write(&[mark(0, "snap-1"), intend(1)], 20).await;
    write(&[end(0, done()), intend(1)], 30).await;
    let waited = JournalFate::Waited { for_place: 1 };
    write(&[end(2, waited.clone()), end(1, undone("quota"))], 40).await;

    let records = db.journal_list(&run).await.unwrap();
    assert_eq!(records[0].mark.as_deref(), Some("snap-1"));
    assert_eq!(records[0].intended, Some(at(10)));
    assert_eq!(records[0].end, Some((done(), at(30))));
    assert_eq!(
        (records[1].attempts, records[1].intended),
        (2, Some(at(20)))
    );
    assert_eq!(records[1].end, Some((undone("quota"), at(40))));
    assert_eq!((records[2].attempts, records[2].intended), (0, None));
    assert_eq!(records[2].end, Some((waited, at(40))));
    // The leases last as long as the intentions said.
    let lease = db.lease_get("apply/shop").await.unwrap().unwrap();
    assert_eq!(lease.until, at(600));
}

async fn a_plan_is_written_down_whole_or_not_at_all(Store { db, .. }: Store) {
    let run = started(&db, "backups").await;
    let twice: Vec<JournalStep> = (0..200).chain([7]).map(|it| step(it, "i-1")).collect();
    db.journal_put(&run, &twice).await.unwrap_err();
    assert_eq!(db.journal_list(&run).await.unwrap(), []);
    db.journal_put(&run, &[step(0, "i-1")]).await.unwrap();
    db.journal_put(&run, &[step(1, "i-2"), step(0, "i-1")])
        .await
        .unwrap_err();
    assert_eq!(db.journal_list(&run).await.unwrap().len(), 1);
    let nobody = RunId::from_text("nobody");
    let refused = db.journal_put(&nobody, &[step(0, "i-1")]).await;
    let refused = refused.unwrap_err();
    assert!(matches!(refused, StoreError::Corrupt { .. }), "{refused:?}");
}

async fn an_intention_is_taken_from_the_holder_of_the_lease_only(Store { db, .. }: Store) {
    let run = started(&db, "backups").await;
    db.journal_put(&run, &[step(0, "i-1"), step(1, "i-2")])
        .await
        .unwrap();
    let both = [intend(0), mark(1, "x")];
    let untaken = db.journal_write(&run, &both, WRITER, at(5)).await.unwrap();
    assert_eq!(untaken, BTreeSet::from([0]), "nobody has the lease");
    claim(&db).await;
    let untaken = db.journal_write(&run, &both, WRITER, at(5)).await.unwrap();
    assert_eq!(untaken, BTreeSet::new());
    let other = Writer {
        holder: "somebody else",
        until: at(500),
    };
    let untaken = db.journal_write(&run, &both, other, at(5)).await.unwrap();
    assert_eq!(untaken, BTreeSet::from([0]));
    let records = db.journal_list(&run).await.unwrap();
    assert_eq!(records[0].attempts, 1);
    assert_eq!(records[1].mark.as_deref(), Some("x"));
}

async fn an_intention_for_a_step_that_has_ended_is_not_taken(Store { db, .. }: Store) {
    claim(&db).await;
    let run = started(&db, "backups").await;
    db.journal_put(&run, &[step(0, "i-1"), step(1, "i-2")])
        .await
        .unwrap();
    db.journal_write(&run, &[end(0, done())], WRITER, at(5))
        .await
        .unwrap();
    let entries = [intend(0), intend(1), intend(7)];
    let untaken = db.journal_write(&run, &entries, WRITER, at(6)).await;
    assert_eq!(untaken.unwrap(), BTreeSet::from([0, 7]));
}

async fn of_several_ends_the_first_counts(Store { db, .. }: Store) {
    let run = started(&db, "backups").await;
    db.journal_put(&run, &[step(0, "i-1")]).await.unwrap();
    for (fate, second) in [(done(), 5), (undone("late"), 6)] {
        let entries = [end(0, fate), mark(0, &second.to_string())];
        let entries = if second == 5 { &entries[..1] } else { &entries };
        db.journal_write(&run, entries, WRITER, at(second))
            .await
            .unwrap();
    }
    let records = db.journal_list(&run).await.unwrap();
    assert_eq!(records[0].end, Some((done(), at(5))));
    assert_eq!(records[0].mark, None);
}

async fn runs_with_open_steps_are_unfinished(Store { db, .. }: Store) {
    claim(&db).await;
    let run = started(&db, "backups").await;
    let steps: Vec<JournalStep> = (0..4).map(|it| step(it, "i-1")).collect();
    db.journal_put(&run, &steps).await.unwrap();
    let entries = [intend(0), intend(1), intend(2)];
    db.journal_write(&run, &entries, WRITER, at(5))
        .await
        .unwrap();
    db.journal_write(&run, &[end(0, done())], WRITER, at(6))
        .await
        .unwrap();
    let unfinished = db.journal_unfinished().await.unwrap();
    assert_eq!(unfinished.len(), 1);
    assert_eq!((unfinished[0].open, unfinished[0].begun), (3, 2));
    assert_eq!((&unfinished[0].run, unfinished[0].started), (&run, at(1)));
    assert_eq!(unfinished[0].duty, "backups");
    let ends: Vec<JournalEntry> = (1..4).map(|it| end(it, done())).collect();
    db.journal_write(&run, &ends, WRITER, at(7)).await.unwrap();
    assert_eq!(db.journal_unfinished().await.unwrap(), []);
}

async fn a_mishap_lasts_until_the_same_thing_is_done(Store { db, .. }: Store) {
    let story = [
        ("i-bad", undone("quota, the first time")),
        ("i-bad", undone("quota, the second time")),
        ("i-mended", undone("denied")),
        ("i-mended", done()),
        ("i-relapsed", undone("long ago")),
        ("i-relapsed", done()),
        (
            "i-relapsed",
            JournalFate::Refused {
                why: "it is protected".into(),
            },
        ),
        ("i-waited", JournalFate::Waited { for_place: 7 }),
        ("i-fine", done()),
    ];
    for (second, (subject, fate)) in (10..).zip(story) {
        let run = started(&db, "backups").await;
        db.journal_put(&run, &[step(0, subject)]).await.unwrap();
        db.journal_write(&run, &[end(0, fate)], WRITER, at(second))
            .await
            .unwrap();
    }
    // The same thing done for another duty, elsewhere or otherwise mends nothing.
    let other = started(&db, "rescue").await;
    let elsewhere = JournalStep {
        region: "cn-beijing".into(),
        ..step(1, "i-bad")
    };
    db.journal_put(&other, &[step(0, "i-bad"), elsewhere])
        .await
        .unwrap();
    db.journal_write(&other, &[end(0, done()), end(1, done())], WRITER, at(90))
        .await
        .unwrap();

    let mishap = |subject: &str, second, why: &str| Mishap {
        account: AccountId::new("shop"),
        region: RegionId::new("cn-hangzhou"),
        step: "create_set".into(),
        subject: ResourceId::new(subject),
        since: at(second),
        why: why.into(),
    };
    assert_eq!(
        db.mishaps("backups").await.unwrap(),
        [
            mishap("i-bad", 10, "quota, the second time"),
            mishap("i-relapsed", 16, "it is protected"),
        ]
    );
    assert_eq!(db.mishaps("rescue").await.unwrap(), []);
}

async fn thousands_of_lines_are_written_at_once(Store { db, .. }: Store) {
    claim(&db).await;
    let run = started(&db, "backups").await;
    let mut steps: Vec<JournalStep> = (0..2_000).map(|it| step(it, "i-1")).collect();
    for step in &mut steps {
        step.after.truncate(2);
    }
    db.journal_put(&run, &steps).await.unwrap();
    let lines = |line: fn(usize) -> JournalEntry| (0..2_000).map(line).collect::<Vec<_>>();
    let every = [
        lines(intend),
        lines(|it| mark(it, &format!("snap-{it}"))),
        lines(|it| end(it, done())),
    ];
    for entries in every {
        let untaken = db.journal_write(&run, &entries, WRITER, at(9)).await;
        assert_eq!(untaken.unwrap(), BTreeSet::new());
    }
    let records = db.journal_list(&run).await.unwrap();
    assert_eq!(records.len(), 2_000);
    for (place, record) in records.iter().enumerate() {
        assert_eq!(record.step, steps[place]);
        assert_eq!(record.mark, Some(format!("snap-{place}")));
        assert_eq!(record.end, Some((done(), at(9))));
    }
}

async fn a_journal_goes_with_its_run_but_never_with_open_steps(Store { db, .. }: Store) {
    const DAY: i64 = 86_400;
    let (over, open) = (started(&db, "backups").await, started(&db, "alarms").await);
    for run in [&over, &open] {
        db.journal_put(run, &[step(0, "i-1"), step(1, "i-2")])
            .await
            .unwrap();
        db.journal_write(run, &[end(0, undone("quota"))], WRITER, at(9))
            .await
            .unwrap();
    }
    db.journal_write(&over, &[end(1, done())], WRITER, at(9))
        .await
        .unwrap();
    db.plan_save("abc", "backups", at(1)).await.unwrap();
    let keep = Retention::default();
    assert_eq!(db.prune(&keep, at(399 * DAY)).await.unwrap(), 0);
    // A run, its two steps, a plan.
    assert_eq!(db.prune(&keep, at(401 * DAY)).await.unwrap(), 4);
    assert_eq!(db.journal_list(&over).await.unwrap(), []);
    assert_eq!(db.journal_list(&open).await.unwrap().len(), 2);
    assert_eq!(db.journal_unfinished().await.unwrap().len(), 1);
    assert_eq!(db.plan_known("abc").await.unwrap(), None);
}
