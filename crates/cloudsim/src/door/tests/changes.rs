//! What is made and removed through the in-process door, on good days and on bad ones.

use cloud::{BesideOrder, DiskOrder, Keyed, PageSource, Removal, Taggable};
use model::{
    AlarmMetric, AlarmOrder, CopyOrder, CopyState, ImageOrder, SET_TAG, STEP_TAG, SetDisk, SetId,
    SetOrder, Tags, TrafficRule, Watches,
};

use super::*;
use crate::world::alarms::{Alarm, Target};
use crate::world::cloud::{Cloud, Partition};
use crate::world::deeds::{Act, Sort};
use crate::world::images::Template;
use crate::world::machines::Machine;
use crate::world::network::Address;
use crate::world::protections::{CryptKey, Policy};
use crate::world::storage::Disk;

const R: &str = "r-1";

fn region() -> RegionId {
    RegionId::new(R)
}

fn id(text: &str) -> ResourceId {
    ResourceId::new(text)
}

fn house(cloud: Cloud, rights: Rights) -> (Door, Visitor) {
    let account = Account::new("shop", SHOP).on(cloud);
    let account = account.user("patrol", key("shop"), rights);
    let door = impatient_door_of(account.holding(R, |it| {
        it.add_machine(Machine::new("i-1", "web", day(-9)).image("ami-base"));
        it.add_disk(Disk::new("d-1", 40, day(-9)).system_of("i-1"));
        it.add_disk(Disk::new("d-2", 100, day(-9)).data_of("i-1"));
        it.add_address(Address::new("eip-1", "203.0.113.1", day(-9)));
    }));
    let visitor = door.visitor(AccountId::new("shop"), key("shop"));
    (door, visitor)
}

fn set() -> SetId {
    SetId {
        machine: id("i-1"),
        period: start(),
    }
}

fn tags() -> Tags {
    Tags::from([(SET_TAG.to_owned(), set().to_string())])
}

fn order() -> SetOrder {
    let disk = |disk: &str, root| SetDisk {
        disk: id(disk),
        root,
    };
    SetOrder {
        set: set(),
        disks: vec![disk("d-1", true), disk("d-2", false)],
        name: "web".to_owned(),
        tags: tags(),
        root_tags: Tags::from([("root".to_owned(), "true".to_owned())]),
    }
}

async fn every<T: Keyed + Send>(list: &dyn PageSource<T>) -> Vec<T> {
    match pager::collect(list).await {
        Sighting::Seen(all) => all.into_inner(),
        Sighting::Unseen(why) => panic!("not seen: {why:?}"),
    }
}

fn hour(door: &Door) {
    door.world().advance(SignedDuration::from_hours(1));
}

#[tokio::test]
async fn a_set_is_one_snapshot_of_each_disk_found_by_its_tag_whole_by_world_time() {
    for cloud in [Cloud::Aliyun, Cloud::Tencent, Cloud::Aws(Partition::Aws)] {
        let (door, shop) = house(cloud, Rights::all());
        let port = shop.copies().unwrap();
        let made = port.create_set(&region(), &order()).await.unwrap();
        assert_eq!(
            made.keys().map(ResourceId::as_str).collect::<Vec<_>>(),
            ["d-1", "d-2"]
        );
        let there = port.of_set(&region(), &set()).await.unwrap();
        assert_eq!(there.len(), 2);
        assert!(there.iter().all(|it| it.state == CopyState::Pending));
        let root: Vec<_> = there
            .iter()
            .filter(|it| it.tags.contains_key("root"))
            .collect();
        assert_eq!((root.len(), root[0].disk.clone()), (1, Some(id("d-1"))));
        hour(&door);
        let ids: Vec<ResourceId> = made.into_values().chain([id("s-none")]).collect();
        let there = port.snapshots_by_id(&region(), &ids).await.unwrap();
        assert_eq!(there.len(), 2);
        assert!(there.iter().all(|it| it.state == CopyState::Ready));
        let sets = door.world().holdings(SHOP, R).sets.len();
        assert_eq!(sets, usize::from(!matches!(cloud, Cloud::Aws(_))));
    }
}

#[tokio::test]
async fn a_lost_answer_is_told_and_the_change_is_not_asked_for_again() {
    for (effect, made) in [(Effect::LostAnswer, 2), (Effect::Timeout, 0)] {
        // Even who is patient does not ask twice.
        let (door, _) = house(Cloud::Aliyun, Rights::all());
        let door = Door::open(door.world().clone());
        let shop = door.visitor(AccountId::new("shop"), key("shop"));
        door.faults().add(
            Fault::new(effect.clone())
                .action("CreateSnapshotGroup")
                .times(1),
        );
        let port = shop.copies().unwrap();
        let lost = port.create_set(&region(), &order()).await.unwrap_err();
        assert_eq!(lost.kind, ErrorKind::Unanswered);
        let there = port.of_set(&region(), &set()).await.unwrap();
        assert_eq!(there.len(), made, "{effect:?}");
        assert_eq!(door.stats().calls_of("CreateSnapshotGroup"), 1);
    }
    let (door, shop) = house(Cloud::Aliyun, Rights::all());
    let port = shop.copies().unwrap();
    let made = port.create_set(&region(), &order()).await.unwrap();
    door.faults().add(
        Fault::new(Effect::LostAnswer)
            .action("DeleteSnapshot")
            .about(made[&id("d-1")].as_str()),
    );
    let lost = port.delete_snapshot(&region(), &made[&id("d-1")]).await;
    assert_eq!(lost.unwrap_err().kind, ErrorKind::Unanswered);
    let gone = port
        .delete_snapshot(&region(), &made[&id("d-2")])
        .await
        .unwrap();
    assert_eq!(gone, Removal::Gone);
    let deleted = door.world().done(Act::Deleted, Sort::Snapshot);
    assert_eq!(
        deleted,
        [made[&id("d-1")].as_str(), made[&id("d-2")].as_str()]
    );
    let again = port
        .delete_snapshot(&region(), &made[&id("d-2")])
        .await
        .unwrap();
    assert_eq!(again, Removal::WasGone);
}

#[tokio::test]
async fn what_is_refused_is_sorted_by_what_to_do_next() {
    let (door, shop) = house(Cloud::Aws(Partition::Aws), Rights::all());
    let port = shop.copies().unwrap();
    port.create_set(&region(), &order()).await.unwrap();
    let soon = port.create_set(&region(), &order()).await.unwrap_err();
    assert_eq!(soon.kind, ErrorKind::TryLater);
    hour(&door);
    door.world()
        .set_rules(SHOP, |it| it.most_snapshots = Some(3));
    let full = port.create_set(&region(), &order()).await.unwrap_err();
    assert_eq!(full.kind, ErrorKind::Exhausted);
    door.world().set_rules(SHOP, |it| it.most_snapshots = None);
    door.world().change(SHOP, R, |it, _| {
        it.disks.change("d-2", |it| it.key = Some("k".to_owned()));
        it.add_key(CryptKey::new("k").disabled());
    });
    let key = port.create_set(&region(), &order()).await.unwrap_err();
    assert_eq!(key.kind, ErrorKind::Denied { permission: None });
    assert_eq!(door.world().holdings(SHOP, R).snapshots.len(), 2);
    let refused = Effect::Refused {
        status: 403,
        code: "QuotaExceed.Snapshot".to_owned(),
        message: "full".to_owned(),
    };
    door.faults().add(
        Fault::new(refused)
            .action("CreateSnapshotGroup")
            .about("d-1"),
    );
    let planted = port.create_set(&region(), &order()).await.unwrap_err();
    assert_eq!(planted.kind, ErrorKind::Exhausted);

    let (_, reader) = house(Cloud::Aliyun, Rights::of(["ecs:Describe*"]));
    let denied = reader
        .copies()
        .unwrap()
        .create_set(&region(), &order())
        .await;
    let permission = Some("ecs:CreateSnapshotGroup".to_owned());
    assert_eq!(denied.unwrap_err().kind, ErrorKind::Denied { permission });
}

#[tokio::test]
async fn an_image_holds_its_snapshots_and_takes_them_along() {
    let (door, shop) = house(Cloud::Aws(Partition::Aws), Rights::all());
    let (copies, images) = (shop.copies().unwrap(), shop.image_making().unwrap());
    let made = copies.create_set(&region(), &order()).await.unwrap();
    let wish = |name: &str| ImageOrder {
        machine: id("i-1"),
        name: name.to_owned(),
        snapshots: vec![
            (id("d-1"), made[&id("d-1")].clone()),
            (id("d-2"), made[&id("d-2")].clone()),
        ],
        tags: tags(),
    };
    let early = images
        .make_image(&region(), &wish("web-2026-09"))
        .await
        .unwrap_err();
    assert_eq!(early.kind, ErrorKind::TryLater);
    hour(&door);
    let image = images
        .make_image(&region(), &wish("web-2026-09"))
        .await
        .unwrap();
    let twice = images
        .make_image(&region(), &wish("web-2026-09"))
        .await
        .unwrap_err();
    assert_eq!(twice.kind, ErrorKind::Exists);
    let other = images.make_image(&region(), &wish("other")).await.unwrap();
    hour(&door);
    let there = images.images_of_set(&region(), &set()).await.unwrap();
    assert_eq!(there.len(), 2);
    assert!(
        there
            .iter()
            .all(|it| it.state == CopyState::Ready && it.snapshots.len() == 2)
    );
    let root = &made[&id("d-1")];
    let held = copies.delete_snapshot(&region(), root).await.unwrap();
    assert_eq!(held, Removal::Held(format!("{image}, {other}")));
    let all: Vec<ResourceId> = made.values().cloned().collect();
    let (gone, became) = images.delete_image(&region(), &image, &all).await.unwrap();
    assert_eq!(gone, Removal::Gone);
    assert!(
        became
            .values()
            .all(|it| *it == Removal::Held(other.to_string()))
    );
    door.world().change(SHOP, R, |it, _| {
        it.images.change(other.as_str(), |it| it.protected = true)
    });
    let (kept, became) = images.delete_image(&region(), &other, &all).await.unwrap();
    assert_eq!(
        (kept, became.len()),
        (Removal::Held("protection".to_owned()), 0)
    );
    door.world().change(SHOP, R, |it, _| {
        it.images.change(other.as_str(), |it| it.protected = false)
    });
    let (gone, became) = images.delete_image(&region(), &other, &all).await.unwrap();
    assert_eq!(gone, Removal::Gone);
    assert!(became.values().all(|it| *it == Removal::Gone));
    door.world().change(SHOP, R, |it, _| {
        it.add_template(Template::new("lt-1", "ami-x", start()));
    });
    let uses = every(&*images.image_uses(&region())).await;
    let users: Vec<&str> = uses.iter().map(|it| it.user.as_str()).collect();
    assert_eq!(users, ["i-1", "lt-1"]);
}

#[tokio::test]
async fn a_set_is_proven_by_a_disk_that_comes_and_goes_and_by_a_machine_beside() {
    let (door, shop) = house(Cloud::Tencent, Rights::all());
    let (copies, machines) = (shop.copies().unwrap(), shop.machine_changes().unwrap());
    let made = copies.create_set(&region(), &order()).await.unwrap();
    hour(&door);
    let mark = Tags::from([(STEP_TAG.to_owned(), "t-1".to_owned())]);
    let wish = DiskOrder {
        snapshot: made[&id("d-2")].clone(),
        zone: String::new(),
        category: None,
        name: "proof".to_owned(),
        tags: mark.clone(),
    };
    let disk = copies.create_disk(&region(), &wish).await.unwrap();
    assert_eq!(
        copies.disks_of_step(&region(), "t-1").await.unwrap()[0].id,
        disk
    );
    let machine = id("i-1");
    let early = copies
        .attach_disk(&region(), &disk, &machine, None)
        .await
        .unwrap_err();
    assert_eq!(early.kind, ErrorKind::TryLater);
    hour(&door);
    for _ in 0..2 {
        copies
            .attach_disk(&region(), &disk, &machine, None)
            .await
            .unwrap();
    }
    hour(&door);
    let held = copies.delete_disk(&region(), &disk).await.unwrap();
    assert_eq!(held, Removal::Held("i-1".to_owned()));
    for _ in 0..2 {
        copies
            .detach_disk(&region(), &disk, &machine)
            .await
            .unwrap();
        hour(&door);
    }
    assert_eq!(
        copies.delete_disk(&region(), &disk).await.unwrap(),
        Removal::Gone
    );

    let image = ImageOrder {
        machine: machine.clone(),
        name: "web".to_owned(),
        snapshots: vec![(id("d-1"), made[&id("d-1")].clone())],
        tags: tags(),
    };
    let image = shop
        .image_making()
        .unwrap()
        .make_image(&region(), &image)
        .await
        .unwrap();
    hour(&door);
    let wish = BesideOrder {
        like: machine.clone(),
        image,
        name: "web-beside".to_owned(),
        tags: mark,
    };
    let beside = machines.run_beside(&region(), &wish).await.unwrap();
    assert_eq!(
        machines.machines_of_step(&region(), "t-1").await.unwrap(),
        std::slice::from_ref(&beside)
    );

    let running = machines.delete_machine(&region(), &beside).await.unwrap();
    assert_eq!(running, Removal::Held("state".to_owned()));
    hour(&door);
    for _ in 0..2 {
        machines.stop_machine(&region(), &beside).await.unwrap();
        hour(&door);
    }
    let deleted = Tags::from([("owner".to_owned(), "ops".to_owned())]);
    machines
        .put_tags(
            &region(),
            Taggable::Machine,
            std::slice::from_ref(&beside),
            &deleted,
        )
        .await
        .unwrap();
    assert_eq!(
        machines.delete_machine(&region(), &beside).await.unwrap(),
        Removal::Gone
    );
    assert_eq!(
        machines.delete_machine(&region(), &beside).await.unwrap(),
        Removal::WasGone
    );
    let address = id("eip-1");
    assert_eq!(
        machines.release_address(&region(), &address).await.unwrap(),
        Removal::Gone
    );
    assert_eq!(door.world().done(Act::Deleted, Sort::Address), ["eip-1"]);
}

#[tokio::test]
async fn a_copy_elsewhere_keeps_its_set_and_holds_its_source() {
    let (door, shop) = house(Cloud::Aliyun, Rights::all());
    let port = shop.copies().unwrap();
    let made = port.create_set(&region(), &order()).await.unwrap();
    hour(&door);
    let elsewhere = RegionId::new("r-2");
    let wish = CopyOrder {
        snapshot: made[&id("d-1")].clone(),
        from: region(),
        key: None,
        tags: tags(),
    };
    let copy = port.copy_snapshot(&elsewhere, &wish).await.unwrap();
    let there = port.of_set(&elsewhere, &set()).await.unwrap();
    assert_eq!((there.len(), &there[0].id), (1, &copy));
    let held = port
        .delete_snapshot(&region(), &made[&id("d-1")])
        .await
        .unwrap();
    assert_eq!(held, Removal::Held("copying".to_owned()));
    let shown = port
        .snapshots_by_id(&region(), &[made[&id("d-1")].clone()])
        .await
        .unwrap();
    assert_eq!(shown[0].held_by.as_deref(), Some("copying"));
    door.world().change(SHOP, R, |it, _| {
        it.add_policy(Policy::new("sp-1", "auto_snapshot_policy").of_disk("d-1"));
        it.add_policy(Policy::new("sp-2", "dlm").of_disks_tagged("Backup", "yes"));
    });
    let list = port.protections(&region()).unwrap();
    assert_eq!(every(&*list).await.len(), 2);
}

#[tokio::test]
async fn alarms_of_everybody_are_seen_and_ours_are_made_and_removed() {
    let (door, shop) = house(Cloud::Aliyun, Rights::all());
    let port = shop.alarms().unwrap();
    door.world().change(SHOP, R, |it, now| {
        it.add_alarm(Alarm::new(
            "by-hand",
            ("acs_ecs_dashboard", "CPUUtilization"),
            now,
        ));
    });
    door.world().change(SHOP, "", |it, _| {
        it.add_target(
            Target::new("ops", "ops")
                .heard_by("email", "a@example.com")
                .invites("sms", "13800000000"),
        );
    });
    let rule = TrafficRule {
        bytes: 20_000_000,
        period: SignedDuration::from_mins(5),
        periods: 1,
    };
    let wish = AlarmOrder {
        name: "skywarden-i-1".to_owned(),
        machine: id("i-1"),
        address: None,
        rule,
        notify: id("ops"),
        tags: Tags::new(),
    };
    let made = port.create_alarm(&region(), &wish).await.unwrap();
    let alarms = every(&*port.alarms(&region())).await;
    assert_eq!(alarms.len(), 2);
    let cpu = AlarmMetric::Other("CPUUtilization".to_owned());
    assert_eq!(
        (&alarms[0].metric, &alarms[0].watches),
        (&cpu, &Watches::All)
    );
    assert_eq!(alarms[1].metric, AlarmMetric::Outbound);
    assert_eq!(alarms[1].watches, Watches::These(vec![id("i-1")]));
    assert_eq!(
        port.alarms_named(&region(), "skywarden-i-1").await.unwrap()[0].id,
        made
    );
    let targets = every(&*port.targets(&region())).await;
    assert_eq!((targets[0].listeners, targets[0].unconfirmed.len()), (1, 1));
    let target = port.create_target(&region(), "night").await.unwrap();
    port.subscribe(&region(), &target, "b@example.com")
        .await
        .unwrap();
    let machines = [id("i-1"), id("i-none")];
    let sent = port
        .traffic(&region(), &machines, &rule, day(-2), day(-1))
        .await
        .unwrap();
    assert_eq!((sent[0].points.len(), sent[1].points.len()), (288, 0));
    assert_eq!(
        port.delete_alarm(&region(), &made).await.unwrap(),
        Removal::Gone
    );
    assert_eq!(
        port.delete_alarm(&region(), &made).await.unwrap(),
        Removal::WasGone
    );
    assert_eq!(
        door.world().done(Act::Created, Sort::Alarm),
        ["skywarden-i-1"]
    );
}

#[tokio::test]
async fn the_rights_to_change_are_asked_for_and_named_one_by_one() {
    let rights = Rights::all().without("ecs:DeleteImage");
    let (_, shop) = house(Cloud::Aliyun, rights);
    let access = shop.access().unwrap();
    let requirement = |kind: &str| {
        let mut all = access.requirements().iter();
        all.find(|it| it.kind == kind).unwrap()
    };
    let denied = access.check(requirement(Kind::BACKUPS_WRITE)).await;
    let permission = Some("ecs:DeleteImage".to_owned());
    assert_eq!(denied.unwrap_err().kind, ErrorKind::Denied { permission });
    for kind in [
        Kind::ALARMS_WRITE,
        Kind::ALARM,
        Kind::ALARM_TARGET,
        Kind::TRAFFIC,
        Kind::PROTECTION,
        Kind::IMAGE_USE,
    ] {
        access.check(requirement(kind)).await.unwrap();
    }
    let policy = access.policy(&[requirement(Kind::ORPHANS_WRITE)]);
    assert!(policy.contains("vpc:ReleaseEipAddress") && !policy.contains("CreateImage"));
}
