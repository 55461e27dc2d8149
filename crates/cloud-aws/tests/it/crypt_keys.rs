//! Encryption keys over the wire: what is known of one, and whose word says that nothing is.

use cloud::{CloudError, CryptKeys as _, Disks as _, ErrorKind};
use cloudsim::world::protections::CryptKey;
use cloudsim::world::storage::Snapshot;
use cloudsim::{Effect, Fault, Rights};
use model::{KeyState, ResourceId};

use crate::stand::{NUMBER, REGION, Stand, days, region, rows, shop, shop_with};

fn arn(key: &str) -> String {
    format!("arn:aws:kms:{REGION}:{NUMBER}:key/{key}")
}

async fn state(stand: &Stand, key: &str) -> Result<KeyState, CloudError> {
    let key = ResourceId::new(key);
    stand.aws().key_state(&region(), &key).await
}

async fn stand() -> Stand {
    let account = shop().holding(REGION, |held| {
        held.add_key(CryptKey::new(arn("on")));
        held.add_key(CryptKey::new(arn("off")).disabled());
        held.add_key(CryptKey::new(arn("leaving")).leaving(days(9)));
        held.add_key(CryptKey::new(arn("gone")).leaving(days(-1)));
        held.add_key(CryptKey::new(arn("odd")).odd("Hibernating"));
    });
    Stand::of(account).await
}

#[tokio::test]
async fn every_state_is_told_as_it_is() {
    let stand = stand().await;
    for (key, expected) in [
        ("on", KeyState::Usable),
        ("off", KeyState::Disabled),
        ("leaving", KeyState::Leaving { at: Some(days(9)) }),
        ("gone", KeyState::Gone),
        ("never", KeyState::Gone),
        ("odd", KeyState::Other("Hibernating".to_owned())),
    ] {
        assert_eq!(state(&stand, &arn(key)).await.unwrap(), expected, "{key}");
    }
    assert_eq!(stand.calls("GetCallerIdentity"), 0, "nothing was denied");
}

#[tokio::test]
async fn a_key_of_another_account_is_withheld_and_one_of_our_own_is_denied() {
    let stand = stand().await;
    let foreign = arn("on").replace(NUMBER, "444455556666");
    let told = state(&stand, &foreign).await;
    assert_eq!(told.unwrap(), KeyState::Withheld);
    let stand = Stand::of(shop_with(Rights::of(["ec2:*"]))).await;
    for key in [arn("on"), "1234abcd".to_owned()] {
        let denied = state(&stand, &key).await.unwrap_err();
        let permission = Some("kms:DescribeKey".to_owned());
        assert_eq!(denied.kind, ErrorKind::Denied { permission }, "{key}");
    }
}

#[tokio::test]
async fn an_answer_that_fails_is_no_word_about_the_key() {
    let stand = stand().await;
    let down = Fault::new(Effect::Refused {
        status: 500,
        code: "KMSInternalException".to_owned(),
        message: "Try again.".to_owned(),
    });
    stand.sim.faults().add(down.action("DescribeKey"));
    let failed = state(&stand, &arn("off")).await.unwrap_err();
    assert_eq!(failed.kind, ErrorKind::Busy);
    stand.sim.faults().clear();
    let bad = state(&stand, "arn:aws:kms").await.unwrap_err();
    assert_eq!(bad.kind, ErrorKind::Invalid);
}

#[tokio::test]
async fn a_snapshot_says_which_key_it_stands_under() {
    let account = shop().holding(REGION, |held| {
        let plain = Snapshot::new("snap-00000000000000001", "vol-1", 8, days(-1));
        held.add_snapshot(Snapshot {
            id: "snap-00000000000000002".to_owned(),
            encrypted: true,
            key: Some(arn("on")),
            ..plain.clone()
        });
        held.add_snapshot(plain);
    });
    let stand = Stand::of(account).await;
    let mut found = rows(stand.aws().snapshots(&region())).await;
    found.sort_by(|a, b| a.id.cmp(&b.id));
    let keys: Vec<_> = found.into_iter().map(|it| it.key).collect();
    assert_eq!(keys, [None, Some(ResourceId::new(arn("on")))]);
}
