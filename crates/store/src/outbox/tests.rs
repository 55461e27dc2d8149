use base::Tasks;

use super::{NewPart, PartState};
use crate::testing::{Store, at, on_both_engines};

on_both_engines!(
    parts_come_back_in_the_order_they_were_queued,
    the_same_key_twice_is_queued_once_and_never_revived,
    a_batch_is_queued_whole_or_not_at_all,
    a_claimed_part_is_not_due_until_its_lease_ran_out,
    a_part_put_off_is_due_at_its_time_and_says_why,
    a_delivered_part_is_never_due_again,
    a_dead_part_is_neither_due_nor_waiting_but_a_late_success_counts,
    one_of_sixteen_senders_gets_a_part,
    a_channel_remembers_only_the_last_state,
    any_text_survives_the_outbox,
);

fn part(channel: &str, number: u32) -> NewPart {
    NewPart {
        channel: channel.into(),
        run: "run-1".into(),
        part: number,
        parts: 3,
        payload: format!("{{\"n\":{number}}}"),
        summary: format!("part {number}"),
        dedup_key: format!("run-1/{channel}/{number}"),
    }
}

async fn parts_come_back_in_the_order_they_were_queued(Store { db, .. }: Store) {
    let ids = db
        .outbox_put(&[part("ops", 1), part("dev", 1), part("ops", 2)], at(10))
        .await
        .unwrap();
    let due = db.outbox_due("ops", at(10)).await.unwrap();
    assert_eq!(
        due.iter().map(|it| it.id).collect::<Vec<_>>(),
        [ids[0], ids[2]]
    );
    let first = &due[0];
    assert_eq!((first.part, first.parts, first.attempts), (1, 3, 0));
    assert_eq!(
        (first.payload.as_str(), first.summary.as_str()),
        ("{\"n\":1}", "part 1")
    );
    assert_eq!((first.created, first.next_attempt), (at(10), at(10)));
    assert_eq!(
        (first.run.as_str(), first.state),
        ("run-1", PartState::Waiting)
    );
    assert_eq!(first.last_error, None);
    assert_eq!(db.outbox_waiting().await.unwrap().len(), 3);
    assert!(db.outbox_due("ops", at(9)).await.unwrap().is_empty());
}

async fn the_same_key_twice_is_queued_once_and_never_revived(Store { db, .. }: Store) {
    let first = db.outbox_put(&[part("ops", 1)], at(10)).await.unwrap();
    assert!(db.outbox_claim(first[0], at(11), at(20)).await.unwrap());
    db.outbox_delivered(first[0], at(12), "ok").await.unwrap();
    let again = db
        .outbox_put(&[part("ops", 1), part("ops", 2)], at(13))
        .await
        .unwrap();
    assert_eq!(again[0], first[0]);
    let due = db.outbox_due("ops", at(100)).await.unwrap();
    assert_eq!(due.iter().map(|it| it.id).collect::<Vec<_>>(), [again[1]]);
}

async fn a_batch_is_queued_whole_or_not_at_all(Store { db, .. }: Store) {
    let mut change = db.change("queue a message").await.unwrap();
    super::put(&mut change, &[part("ops", 1)], at(1))
        .await
        .unwrap();
    drop(change);
    assert!(db.outbox_waiting().await.unwrap().is_empty());
    db.outbox_put(&[part("ops", 1)], at(1)).await.unwrap();
    assert_eq!(db.outbox_waiting().await.unwrap().len(), 1);
}

async fn a_claimed_part_is_not_due_until_its_lease_ran_out(Store { db, .. }: Store) {
    let id = db.outbox_put(&[part("ops", 1)], at(10)).await.unwrap()[0];
    assert!(
        !db.outbox_claim(id, at(9), at(30)).await.unwrap(),
        "not due yet"
    );
    assert!(db.outbox_claim(id, at(10), at(30)).await.unwrap());
    assert!(!db.outbox_claim(id, at(29), at(60)).await.unwrap());
    assert!(db.outbox_due("ops", at(29)).await.unwrap().is_empty());
    assert_eq!(
        db.outbox_waiting().await.unwrap()[0].state,
        PartState::Sending
    );
    let due = db.outbox_due("ops", at(30)).await.unwrap();
    assert_eq!((due[0].state, due[0].attempts), (PartState::Sending, 1));
    assert!(db.outbox_claim(id, at(30), at(60)).await.unwrap());
    assert_eq!(db.outbox_get(id).await.unwrap().unwrap().attempts, 2);
}

async fn a_part_put_off_is_due_at_its_time_and_says_why(Store { db, .. }: Store) {
    let id = db.outbox_put(&[part("ops", 1)], at(10)).await.unwrap()[0];
    db.outbox_retry(id, at(99), "nobody claimed it")
        .await
        .unwrap();
    assert_eq!(
        db.outbox_get(id).await.unwrap().unwrap().next_attempt,
        at(10)
    );
    assert!(db.outbox_claim(id, at(10), at(30)).await.unwrap());
    db.outbox_retry(id, at(50), "errcode 130101").await.unwrap();
    assert!(db.outbox_due("ops", at(49)).await.unwrap().is_empty());
    let due = db.outbox_due("ops", at(50)).await.unwrap();
    assert_eq!(due[0].state, PartState::Waiting);
    assert_eq!(due[0].last_error.as_deref(), Some("errcode 130101"));
}

async fn a_delivered_part_is_never_due_again(Store { db, .. }: Store) {
    let id = db.outbox_put(&[part("ops", 1)], at(10)).await.unwrap()[0];
    assert!(db.outbox_claim(id, at(10), at(30)).await.unwrap());
    db.outbox_delivered(id, at(11), "{\"errcode\":0}")
        .await
        .unwrap();
    db.outbox_retry(id, at(12), "late").await.unwrap();
    db.outbox_dead(id, at(12), "late").await.unwrap();
    assert!(!db.outbox_claim(id, at(40), at(60)).await.unwrap());
    assert!(db.outbox_due("ops", at(1_000)).await.unwrap().is_empty());
    assert!(db.outbox_waiting().await.unwrap().is_empty());
    assert_eq!(
        db.outbox_get(id).await.unwrap().unwrap().state,
        PartState::Delivered
    );
}

async fn a_dead_part_is_neither_due_nor_waiting_but_a_late_success_counts(Store { db, .. }: Store) {
    let id = db.outbox_put(&[part("ops", 1)], at(10)).await.unwrap()[0];
    db.outbox_dead(id, at(11), "the robot was removed")
        .await
        .unwrap();
    assert!(db.outbox_due("ops", at(1_000)).await.unwrap().is_empty());
    assert!(db.outbox_waiting().await.unwrap().is_empty());
    let dead = db.outbox_get(id).await.unwrap().unwrap();
    assert_eq!(dead.state, PartState::Dead);
    assert_eq!(dead.last_error.as_deref(), Some("the robot was removed"));
    assert_eq!(db.outbox_given_up(at(11)).await.unwrap(), [dead]);
    assert!(db.outbox_given_up(at(12)).await.unwrap().is_empty());
    db.outbox_delivered(id, at(12), "ok").await.unwrap();
    assert_eq!(
        db.outbox_get(id).await.unwrap().unwrap().state,
        PartState::Delivered
    );
}

async fn one_of_sixteen_senders_gets_a_part(Store { db, .. }: Store) {
    let id = db.outbox_put(&[part("ops", 1)], at(10)).await.unwrap()[0];
    let mut senders = Tasks::new();
    for _ in 0..16 {
        let db = db.clone();
        senders.start(async move { db.outbox_claim(id, at(10), at(30)).await.unwrap() });
    }
    let mut got = 0;
    while let Some(sender) = senders.next().await {
        got += u32::from(sender.unwrap());
    }
    assert_eq!(got, 1);
}

async fn a_channel_remembers_only_the_last_state(Store { db, .. }: Store) {
    assert_eq!(db.channel_state_get("ops").await.unwrap(), None);
    db.channel_state_put("ops", "{\"v\":1}", at(1))
        .await
        .unwrap();
    db.channel_state_put("ops", "{\"v\":1,\"next\":7}", at(2))
        .await
        .unwrap();
    db.channel_state_put("dev", "{}", at(2)).await.unwrap();
    let state = db.channel_state_get("ops").await.unwrap();
    assert_eq!(state.as_deref(), Some("{\"v\":1,\"next\":7}"));
}

async fn any_text_survives_the_outbox(Store { db, .. }: Store) {
    let odd = format!(
        "O'Brien\"; DROP TABLE outbox;-- 😀 \u{202E}rtl {}",
        "名".repeat(10_000)
    );
    let queued = NewPart {
        payload: odd.clone(),
        ..part("ops", 1)
    };
    let with_zero = NewPart {
        summary: "zero\0byte".into(),
        ..part("ops", 2)
    };
    db.outbox_put(&[queued, with_zero], at(1)).await.unwrap();
    let due = db.outbox_due("ops", at(1)).await.unwrap();
    assert_eq!(due[0].payload, odd);
    assert_eq!(due[1].summary, "zero\u{FFFD}byte");
}
