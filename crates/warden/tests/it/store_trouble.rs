//! A store that fails: nothing is asked that could not be remembered, nothing told that was not.

use cloudsim::Estate;
use jiff::SignedDuration;
use store::{Access, StoreError, StoreOptions};
use warden::Tell;

use crate::house::{House, day, shop, start, thing};

#[tokio::test]
async fn without_a_store_that_takes_the_run_no_cloud_is_asked() {
    let mut house = House::with(shop().prepaid(thing("rm-1", day(5)))).await;
    let read_only = StoreOptions {
        access: Access::ReadOnly,
        ..StoreOptions::default()
    };
    house.reopen(&read_only).await;
    let refused = house.try_run(Tell::People).await;
    assert!(
        matches!(refused, Err(StoreError::ReadOnly { .. })),
        "{refused:?}"
    );
    assert_eq!(house.door.stats().calls, 0);
    assert_eq!(house.chats.take("ops"), Vec::<String>::new());
}

#[tokio::test]
async fn a_letter_that_the_store_has_no_room_for_is_not_sent_and_its_findings_are_not_told() {
    let world = Estate::seeded(7)
        .accounts(1)
        .resources(2_000)
        .expiring(400)
        .build(start());
    let mut house = House::of(world).await;
    house.patrol.settings.defaults.max_list_length = 400;
    assert_eq!(house.try_run(Tell::Nobody).await.unwrap().known.len(), 400);
    // Room for the run itself, and not for a letter about all of it.
    house.db.clone().close().await;
    let file = house.url.to_string();
    let path = file.trim_start_matches("sqlite:");
    let pages = std::fs::metadata(path).unwrap().len() / 4096;
    let full = StoreOptions {
        max_pages: Some(u32::try_from(pages).unwrap() + 2),
        ..StoreOptions::default()
    };
    house.reopen(&full).await;
    let refused = house.try_run(Tell::People).await;
    assert!(
        matches!(refused, Err(StoreError::Full { action, .. }) if action.contains("queue")),
        "{refused:?}"
    );
    assert_eq!(house.chats.take("ops"), Vec::<String>::new());
    assert!(house.stored().await.iter().all(|it| it.notified.is_none()));
    assert!(house.db.outbox_waiting().await.unwrap().is_empty());
    // The run stays visible as one that never ended.
    assert_eq!(house.db.run_list(1).await.unwrap()[0].finish, None);

    // With room again everything is told, as if nothing had been.
    house.reopen(&StoreOptions::default()).await;
    let outcome = house.run().await;
    assert_eq!(outcome.exits(), []);
    let told = house.chats.take("ops");
    assert!((1..=5).contains(&told.len()), "{}", told.len());
    assert!(house.stored().await.iter().all(|it| it.notified.is_some()));
}

#[tokio::test]
async fn what_is_old_is_forgotten_at_the_end_of_a_run() {
    let house = House::with(shop().prepaid(thing("rm-1", day(5)))).await;
    house.run().await;
    house.on_day(399);
    house.run().await;
    assert_eq!(house.db.run_list(9).await.unwrap().len(), 2);
    house.door.world().set_now(day(401));
    house.run().await;
    let runs = house.db.run_list(9).await.unwrap();
    assert_eq!(runs.len(), 2);
    assert!(
        runs.iter()
            .all(|it| it.started > start() + SignedDuration::from_hours(24 * 300))
    );
}
