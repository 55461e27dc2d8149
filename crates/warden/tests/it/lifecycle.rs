//! Findings over the days: told when they are new, gone or worse, and once a day all of them.

use cloudsim::Prepaid;
use duty::{Ack, FindingState, Mute};
use jiff::SignedDuration;
use warden::{Exit, Tell};

use crate::house::{House, day, expiry, findings, post, shop, start, takes_account, thing};

#[tokio::test]
async fn a_finding_is_told_when_it_is_new_and_when_it_is_gone_and_in_one_digest_a_day() {
    let house = House::with(shop().prepaid(thing("rm-1", day(12)))).await;
    // The first run of all sends the day's digest.
    assert_eq!(findings(&house.run().await.known), ["rm-1 new"]);
    assert!(house.chats.take_one("ops").contains("rm-1"));
    // The same day again: nothing has happened.
    assert_eq!(findings(&house.run().await.known), ["rm-1 still"]);
    assert_eq!(house.chats.take("ops"), Vec::<String>::new());
    // Something new on the same day is told alone.
    house.edit(|shop| shop.prepaid.add(thing("rm-2", day(10))));
    assert_eq!(
        findings(&house.run().await.known),
        ["rm-1 still", "rm-2 new"]
    );
    let news = house.chats.take_one("ops");
    assert!(news.contains("rm-2") && !news.contains("rm-1"), "{news}");
    // The next day all of it is told, once.
    house.on_day(1);
    house.run().await;
    let digest = house.chats.take_one("ops");
    assert!(
        digest.contains("rm-1") && digest.contains("rm-2"),
        "{digest}"
    );
    house.run().await;
    assert_eq!(house.chats.take("ops"), Vec::<String>::new());
    // Gone is told at once, and once.
    house.remove("rm-1");
    assert_eq!(
        findings(&house.run().await.known),
        ["rm-1 gone", "rm-2 still"]
    );
    let gone = house.chats.take_one("ops");
    assert!(
        gone.contains("Resolved (1)") && gone.contains("rm-1"),
        "{gone}"
    );
    assert_eq!(findings(&house.run().await.known), ["rm-2 still"]);
    assert_eq!(house.chats.take("ops"), Vec::<String>::new());
    assert_eq!(findings(&house.stored().await), ["rm-2 still"]);
}

#[tokio::test]
async fn a_month_in_steady_state_is_one_message_a_day() {
    let house = House::with(
        shop()
            .prepaid(thing("rm-1", day(5)).renewal(cloudsim::Renewal::Never))
            .prepaid(thing("rm-2", day(200))),
    )
    .await;
    house.edit(|shop| {
        assert!(shop.prepaid.change("rm-1", |it| Some(Prepaid {
            released_after_days: 90,
            ..it
        })));
    });
    let mut messages = Vec::new();
    for days in 0..30 {
        house.on_day(days);
        for _ in 0..4 {
            let outcome = house.run().await;
            assert_eq!(outcome.exits(), []);
            house.door.world().advance(SignedDuration::from_hours(3));
        }
        messages.push(house.chats.take("ops").len());
    }
    assert_eq!(messages, vec![1; 30]);
}

#[tokio::test]
async fn what_gets_worse_is_told_again() {
    let house = House::with(shop().prepaid(thing("rm-1", day(9)))).await;
    house.run().await;
    house.chats.take("ops");
    // Eight days, seven days: from a warning to an urgent finding, after the digest of that day.
    house.on_day(1);
    house.run().await;
    house.chats.take("ops");
    house
        .door
        .world()
        .set_now(day(1) + SignedDuration::from_hours(15));
    let outcome = house.run().await;
    assert_eq!(outcome.known[0].finding.severity, duty::Severity::Urgent);
    let told = house.chats.take_one("ops");
    assert!(
        told.contains("New or more urgent (1)") && told.contains("rm-1"),
        "{told}"
    );
    house.run().await;
    assert_eq!(house.chats.take("ops"), Vec::<String>::new());
}

#[tokio::test]
async fn a_muted_finding_is_not_told_until_its_date_and_one_taken_on_only_in_the_digest() {
    let shop = shop()
        .prepaid(thing("rm-mute", day(14)))
        .prepaid(thing("rm-ack", day(14)));
    let house = House::with(shop).await;
    assert_eq!(house.try_run(Tell::Nobody).await.unwrap().known.len(), 2);
    let mute = Mute {
        until: day(2),
        reason: "bought anew".to_owned(),
        by: "li".to_owned(),
    };
    let ack = Ack {
        at: start(),
        by: "wang".to_owned(),
    };
    assert!(
        house
            .db
            .finding_mute(&expiry("shop", "rm-mute"), Some(&mute))
            .await
            .unwrap()
    );
    assert!(
        house
            .db
            .finding_ack(&expiry("shop", "rm-ack"), Some(&ack))
            .await
            .unwrap()
    );
    house.run().await;
    let digest = house.chats.take_one("ops");
    assert!(
        digest.contains("rm-ack") && !digest.contains("rm-mute"),
        "{digest}"
    );
    assert!(digest.contains("Muted besides: 1"), "{digest}");
    house.on_day(1);
    house.run().await;
    assert!(!house.chats.take_one("ops").contains("rm-mute"));
    house.on_day(2);
    let outcome = house.run().await;
    assert!(house.chats.take_one("ops").contains("rm-mute"));
    assert_eq!(findings(&outcome.known), ["rm-ack still", "rm-mute still"]);
    // What was said of them is still known.
    assert!(outcome.known[0].acked.is_some() && outcome.known[1].muted.is_some());
}

#[tokio::test]
async fn a_gap_is_passed_over_by_its_pattern_until_its_date() {
    let mut house = House::with(shop().prepaid(thing("rm-1", day(5)))).await;
    house.edit(|shop| shop.users[0].rights = cloudsim::Rights::all().without("domain:*"));
    let cases = [
        ("shop/global/domain", vec![]),
        ("*/*/domain", vec![]),
        ("*/*/certificate", vec![Exit::Unseen]),
        ("game/global/domain", vec![Exit::Unseen]),
        ("*", vec![Exit::Unseen]),
    ];
    for (pattern, exits) in cases {
        house.ignore_unseen = [(pattern.to_owned(), day(3))].into();
        let outcome = house.run().await;
        assert_eq!(outcome.exits(), exits, "{pattern}");
        // It stays in the coverage all the same.
        assert_eq!(outcome.census.unseen().len(), 1);
    }
    house.ignore_unseen = [("shop/global/domain".to_owned(), day(3))].into();
    house.on_day(3);
    assert_eq!(house.run().await.exits(), [Exit::Unseen]);
}

#[tokio::test]
async fn a_look_that_nobody_hears_of_takes_nothing_from_those_who_do() {
    let house = House::with(
        shop()
            .prepaid(thing("rm-1", day(5)))
            .prepaid(thing("rm-9", day(300))),
    )
    .await;
    let look = || house.try_run(Tell::Nobody);
    assert_eq!(findings(&look().await.unwrap().known), ["rm-1 new"]);
    assert!(look().await.unwrap().deliveries.is_none());
    assert_eq!(house.chats.take("ops"), Vec::<String>::new());
    house.run().await;
    assert!(house.chats.take_one("ops").contains("rm-1"));
    // It goes, and two looks see that first: people hear of it all the same.
    house.remove("rm-1");
    assert_eq!(findings(&look().await.unwrap().known), ["rm-1 gone"]);
    assert_eq!(findings(&look().await.unwrap().known), ["rm-1 gone"]);
    assert_eq!(findings(&house.run().await.known), ["rm-1 gone"]);
    assert!(house.chats.take_one("ops").contains("Resolved (1)"));
    assert_eq!(findings(&look().await.unwrap().known), Vec::<String>::new());
    assert_eq!(house.stored().await[0].state, FindingState::Gone);
    house.run().await;
    assert!(house.stored().await.is_empty());
}

#[tokio::test]
async fn each_channel_has_a_digest_of_its_own() {
    let mut house = House::with(shop().prepaid(thing("rm-1", day(12)))).await;
    house.run().await;
    house.chats.take("ops");
    // One that joins later gets the whole picture at once, the other nothing new.
    house.posts.push(post("late", takes_account("shop")));
    house.run().await;
    assert!(house.chats.take_one("late").contains("rm-1"));
    assert_eq!(house.chats.take("ops"), Vec::<String>::new());
    house.on_day(1);
    house.run().await;
    assert_eq!(
        (
            house.chats.take("ops").len(),
            house.chats.take("late").len()
        ),
        (1, 1)
    );
}
