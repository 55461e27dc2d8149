use model::{AccountId, RegionId, Scope};

use super::{Look, Sight};
use crate::testing::{Store, at, on_both_engines};

on_both_engines!(
    a_failed_look_keeps_what_the_last_complete_one_saw,
    a_scope_that_was_never_seen_says_why,
    it_is_known_since_when_looks_have_failed_for_one_reason,
    a_region_named_global_is_not_the_whole_account,
);

fn shop() -> AccountId {
    AccountId::new("shop")
}

fn unseen(why: &str) -> Sight {
    Sight::Unseen { why: why.into() }
}

async fn a_failed_look_keeps_what_the_last_complete_one_saw(Store { db, .. }: Store) {
    let scope = Scope::global(&shop(), "prepaid");
    db.looks_put(&[(scope.clone(), Sight::Complete { count: 7 })], at(10))
        .await
        .unwrap();
    db.looks_put(&[(scope.clone(), unseen("page 7 of 12 failed"))], at(20))
        .await
        .unwrap();
    let failed = Look {
        scope: scope.clone(),
        attempted: at(20),
        complete: Some(at(10)),
        count: Some(7),
        unseen: Some("page 7 of 12 failed".into()),
        unseen_since: Some(at(20)),
    };
    assert_eq!(db.look_list().await.unwrap(), std::slice::from_ref(&failed));
    db.looks_put(&[(scope, Sight::Complete { count: 0 })], at(30))
        .await
        .unwrap();
    let complete = Look {
        attempted: at(30),
        complete: Some(at(30)),
        count: Some(0),
        unseen: None,
        unseen_since: None,
        ..failed
    };
    assert_eq!(db.look_list().await.unwrap(), [complete]);
}

async fn a_scope_that_was_never_seen_says_why(Store { db, .. }: Store) {
    let scope = Scope::global(&shop(), "balance");
    db.looks_put(&[(scope, unseen("denied"))], at(10))
        .await
        .unwrap();
    let look = db.look_list().await.unwrap().remove(0);
    assert_eq!((look.complete, look.count), (None, None));
    assert_eq!(look.unseen.as_deref(), Some("denied"));
}

async fn it_is_known_since_when_looks_have_failed_for_one_reason(Store { db, .. }: Store) {
    let scope = Scope::global(&shop(), "prepaid");
    let looked = [
        (unseen("empty"), Some(at(10))),
        (unseen("empty"), Some(at(10))),
        (unseen("throttled"), Some(at(30))),
        (unseen("empty"), Some(at(40))),
        (Sight::Complete { count: 0 }, None),
        (unseen("empty"), Some(at(60))),
        (unseen("empty"), Some(at(60))),
    ];
    for (second, (sight, since)) in (1..).zip(looked) {
        db.looks_put(&[(scope.clone(), sight)], at(10 * second))
            .await
            .unwrap();
        let look = db.look_list().await.unwrap().remove(0);
        assert_eq!(look.unseen_since, since, "{second}");
    }
}

async fn a_region_named_global_is_not_the_whole_account(Store { db, .. }: Store) {
    let whole = Scope::global(&shop(), "instance");
    let region = Scope::regional(&shop(), &RegionId::new("global"), "instance");
    db.looks_put(&[(region.clone(), Sight::Complete { count: 1 })], at(1))
        .await
        .unwrap();
    db.looks_put(&[(whole.clone(), Sight::Complete { count: 2 })], at(1))
        .await
        .unwrap();
    let looks = db.look_list().await.unwrap();
    let found: Vec<_> = looks.into_iter().map(|it| (it.scope, it.count)).collect();
    assert_eq!(found, [(whole, Some(2)), (region, Some(1))]);
}
