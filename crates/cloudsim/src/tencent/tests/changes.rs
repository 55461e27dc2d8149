//! What changes something, what is refused to be changed, and what is counted for it.

use jiff::SignedDuration;
use serde_json::json;

use super::knock::{Answer, Client};
use super::{Bench, wall};
use crate::sim::Host;
use crate::tencent::estate::{self, GAME, REGION};
use crate::throttle::Quota;
use crate::world::deeds::{Act, Sort};

const CREATE: (&str, &str, &str) = ("cbs", "2017-03-12", "CreateSnapshot");
const DELETE: (&str, &str, &str) = ("cbs", "2017-03-12", "DeleteSnapshots");
const LIST: (&str, &str, &str) = ("cbs", "2017-03-12", "DescribeSnapshots");
const COPY: (&str, &str, &str) = ("cbs", "2017-03-12", "CopySnapshotCrossRegions");
const DISK: &str = "disk-batch002";

impl Bench {
    /// A client with the account's own key: the users of the sample may only read.
    fn owner(&self) -> Client {
        let server = self.sim.address_of(Host::Tencent);
        let (id, secret) = (
            "AKIDdemoGameRoot000000000000000000001",
            "demo-game-root-secret-01",
        );
        Client::new(server, id, secret, wall())
    }

    async fn owned(&self, action: (&str, &str, &str), said: serde_json::Value) -> Answer {
        self.owner().call(action, &said).await.unwrap()
    }
}

fn made(answer: &Answer) -> String {
    let id = answer.json["Response"]["SnapshotId"].as_str();
    id.unwrap_or_else(|| panic!("{}", answer.json)).to_owned()
}

#[tokio::test]
async fn every_change_has_a_bucket_of_its_own_in_each_region() {
    let bench = Bench::with(estate::sample(wall()), |options| {
        options.quota(Quota::per_second(2))
    })
    .await;
    let create = || bench.owned(CREATE, json!({"DiskId": DISK}));
    for _ in 0..2 {
        made(&create().await);
    }
    let full = create().await;
    assert_eq!(
        (full.status, full.code()),
        (200, Some("RequestLimitExceeded"))
    );
    // Others go on, here and elsewhere; what was throttled was not done.
    let absent = json!({"SnapshotIds": ["snap-none0001"]});
    let other = bench.owned(DELETE, absent).await;
    assert_eq!(other.code(), Some("InvalidSnapshotId.NotFound"));
    let elsewhere = bench.owner().region("ap-beijing");
    let elsewhere = elsewhere.call(CREATE, &json!({"DiskId": DISK})).await;
    assert_eq!(elsewhere.unwrap().code(), Some("InvalidDiskId.NotFound"));
    let done = bench.sim.world().done(Act::Created, Sort::Snapshot);
    assert_eq!(done.len(), 2);
}

#[tokio::test]
async fn a_snapshot_that_goes_wrong_waits_for_the_cloud_to_take_it_away() {
    let bench = Bench::new().await;
    let world = bench.sim.world();
    world.change(GAME, REGION, |held, _| {
        held.fail_next_snapshots(Some(DISK), 1);
    });
    let id = made(&bench.owned(CREATE, json!({"DiskId": DISK})).await);
    world.advance(SignedDuration::from_hours(1));
    let listed = bench.owned(LIST, json!({"SnapshotIds": [id]})).await;
    let row = &listed.json["Response"]["SnapshotSet"][0];
    assert_eq!(row["SnapshotState"], "TORECYCLE");
    let refused = bench.owned(DELETE, json!({"SnapshotIds": [id]})).await;
    assert_eq!(refused.code(), Some("InvalidSnapshot.NotSupported"));
    let refused = json!({"SnapshotId": id, "DestinationRegions": ["ap-beijing"]});
    let refused = bench.owned(COPY, refused).await;
    assert_eq!(refused.code(), Some("ResourceUnavailable.SnapshotCreating"));
}

#[tokio::test]
async fn one_that_is_locked_shared_or_encrypted_stays_where_it_is() {
    let bench = Bench::new().await;
    let world = bench.sim.world();
    type Hinder = fn(&mut crate::world::storage::Snapshot);
    let hinders: [(Hinder, (&str, &str, &str), &str); 3] = [
        (
            |it| it.locked = true,
            DELETE,
            "InvalidSnapshot.NotSupported",
        ),
        (
            |it| it.shared_with.push("7".to_owned()),
            DELETE,
            "UnsupportedOperation.SnapHasShared",
        ),
        (
            |it| it.encrypted = true,
            COPY,
            "UnsupportedOperation.SnapshotNotSupportCopy",
        ),
    ];
    for (hinder, action, code) in hinders {
        let id = made(&bench.owned(CREATE, json!({"DiskId": DISK})).await);
        world.advance(SignedDuration::from_hours(1));
        world.change(GAME, REGION, |held, _| held.snapshots.change(&id, hinder));
        let said = match action {
            DELETE => json!({"SnapshotIds": [id]}),
            _ => json!({"SnapshotId": id, "DestinationRegions": ["ap-beijing"]}),
        };
        assert_eq!(bench.owned(action, said).await.code(), Some(code));
    }
}

#[tokio::test]
async fn what_is_nested_is_checked_part_by_part() {
    let bench = Bench::new().await;
    for (said, code, named) in [
        (
            json!({"Tags": [{"Key": "a"}]}),
            "MissingParameter",
            "Tags.0.Value",
        ),
        (
            json!({"Tags": [{"Key": "a", "Value": "b", "X": 1}]}),
            "UnknownParameter",
            "Tags.0.X",
        ),
        (json!({"Tags": {"Key": "a"}}), "InvalidParameter", "Tags"),
        (
            json!({"Tags": [{"Key": 1, "Value": "b"}]}),
            "InvalidParameter",
            "Key",
        ),
    ] {
        let mut said = said;
        said["DiskId"] = json!(DISK);
        let refused = bench.owned(CREATE, said).await;
        assert_eq!(refused.code(), Some(code));
        let message = &refused.json["Response"]["Error"]["Message"];
        assert!(message.as_str().unwrap().contains(named), "{message}");
    }
}
