//! The rules of every adapter that changes something, kept over the wire.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use cloud::conformance::Trouble;
use cloud::conformance::changes::{ChangingStage, Deed, Mishap, Order, slips};
use cloud::conformance::lists::{Listed, ListedStage, list_breaches};
use cloud::{BesideOrder, Copies as _, DiskOrder, Provider};
use cloudsim::world::alarms::{Alarm, Target};
use cloudsim::world::deeds::{Act, Sort};
use cloudsim::world::holdings::Holdings;
use cloudsim::world::images::Template;
use cloudsim::world::machines::{Machine, MachineState, ScalingGroup};
use cloudsim::world::network::Address;
use cloudsim::world::protections::Policy;
use cloudsim::world::storage::{Disk, Image, Snapshot};
use cloudsim::{Effect, Fault};
use jiff::SignedDuration;
use model::{
    AlarmOrder, CopyOrder, ImageOrder, RegionId, ResourceId, SET_TAG, STEP_TAG, SetDisk, SetId,
    SetOrder, Tags, TrafficRule,
};

use crate::stand::{REGION, Stand, days, fault_of, refused, shop, throttle};

const ELSEWHERE: &str = "ap-beijing";
const MACHINE: &str = "ins-aaaaaaa1";
const STOPPED: &str = "ins-aaaaaaa2";
const ROOT: &str = "disk-aaaaaaa1";
const DATA: &str = "disk-aaaaaaa2";
const LOOSE: &str = "disk-aaaaaaa3";
const SNAPSHOT: &str = "snap-aaaaaaa1";
const IMAGE: &str = "img-aaaaaaa1";
const ADDRESS: &str = "eip-aaaaaaa1";
const NOTICE: &str = "notice-aaaaaaa1";
const STEP: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";

fn region() -> RegionId {
    RegionId::new(REGION)
}

fn zone() -> String {
    format!("{REGION}-3")
}

fn plant(here: &mut Holdings) {
    here.add_machine(Machine::new(MACHINE, "web", days(-9)).zone(zone()));
    let disk = |id: &str| Disk::new(id, 20, days(-9)).zone(zone());
    here.add_disk(disk(ROOT).system_of(MACHINE));
    here.add_disk(disk(DATA).data_of(MACHINE));
    here.add_machine(Machine::new(STOPPED, "", days(-9)).state(MachineState::Stopped));
    here.add_disk(disk(LOOSE));
    here.add_snapshot(Snapshot::new(SNAPSHOT, LOOSE, 20, days(-9)));
    here.add_image(Image::new(IMAGE, "old", &[], days(-9)));
    here.add_address(Address::new(ADDRESS, "203.0.113.1", days(-9)));
    let alarm = Alarm::new("old", ("cvm_device", "WanOuttraffic"), days(-9));
    here.add_alarm(alarm.on("unInstanceId", MACHINE));
}

struct Changing(Stand);

impl Changing {
    async fn new() -> Self {
        let account = shop().holding(REGION, plant);
        // Whom alarms tell is of no region.
        let account = account.holding("", |here: &mut Holdings| {
            here.add_target(Target::new(NOTICE, "ops"));
        });
        Self(Stand::of(account).await)
    }

    /// Makes a set and waits until it is whole.
    async fn whole_set(&self) -> Vec<(ResourceId, ResourceId)> {
        let made = self
            .0
            .tencent()
            .create_set(&region(), &set_order())
            .await
            .unwrap();
        let pair = |disk: &str| (id(disk), made[&id(disk)].clone());
        self.0.sim.world().advance(SignedDuration::from_hours(2));
        vec![pair(ROOT), pair(DATA)]
    }
}

fn id(text: &str) -> ResourceId {
    ResourceId::new(text)
}

fn set() -> SetId {
    SetId::parse(&format!("{MACHINE}/20261121T020000Z")).unwrap()
}

fn of_set() -> Tags {
    Tags::from([(SET_TAG.to_owned(), set().to_string())])
}

fn of_step() -> Tags {
    Tags::from([(STEP_TAG.to_owned(), STEP.to_owned())])
}

fn set_order() -> SetOrder {
    let disk = |disk: &str, root| SetDisk {
        disk: id(disk),
        root,
    };
    SetOrder {
        set: set(),
        disks: vec![disk(ROOT, true), disk(DATA, false)],
        name: "web".to_owned(),
        tags: of_set(),
        root_tags: Tags::new(),
    }
}

fn alarm_order() -> AlarmOrder {
    AlarmOrder {
        name: "new".to_owned(),
        machine: id(MACHINE),
        address: None,
        rule: TrafficRule {
            bytes: 20_000_000,
            period: SignedDuration::from_mins(5),
            periods: 4,
        },
        notify: id(NOTICE),
        tags: of_step(),
    }
}

/// Returns the call that does a deed, and what it does to what.
fn call(deed: Deed) -> (&'static str, Act, Sort) {
    match deed {
        Deed::CreateSet => ("cbs:CreateSnapshot", Act::Created, Sort::Snapshot),
        Deed::CopySnapshot => ("CopySnapshotCrossRegions", Act::Created, Sort::Snapshot),
        Deed::CreateDisk => ("CreateDisks", Act::Created, Sort::Disk),
        Deed::MakeImage => ("CreateImage", Act::Created, Sort::Image),
        Deed::RunBeside => ("RunInstances", Act::Created, Sort::Machine),
        Deed::CreateAlarm => ("CreateAlarmPolicy", Act::Created, Sort::Alarm),
        Deed::DeleteSnapshot => ("cbs:DeleteSnapshots", Act::Deleted, Sort::Snapshot),
        Deed::DeleteDisk => ("TerminateDisks", Act::Deleted, Sort::Disk),
        Deed::DeleteImage => ("DeleteImages", Act::Deleted, Sort::Image),
        Deed::DeleteMachine => ("cvm:TerminateInstances", Act::Deleted, Sort::Machine),
        Deed::ReleaseAddress => ("ReleaseAddresses", Act::Deleted, Sort::Address),
        Deed::DeleteAlarm => ("DeleteAlarmPolicy", Act::Deleted, Sort::Alarm),
        Deed::PutTags => ("TagResources", Act::Tagged, Sort::Machine),
    }
}

/// Returns a refusal in the cloud's own words, which come with status 200.
#[async_trait]
impl ChangingStage for Changing {
    fn provider(&self) -> Arc<dyn Provider> {
        Arc::new(self.0.tencent())
    }

    fn region(&self) -> RegionId {
        region()
    }

    async fn order(&self, deed: Deed) -> Option<Order> {
        let order = match deed {
            Deed::CreateSet => Order::Set(set_order()),
            Deed::CopySnapshot => Order::Copy(
                RegionId::new(ELSEWHERE),
                CopyOrder {
                    snapshot: id(SNAPSHOT),
                    from: region(),
                    key: None,
                    tags: of_set(),
                },
            ),
            Deed::CreateDisk => Order::Disk(DiskOrder {
                snapshot: id(SNAPSHOT),
                zone: zone(),
                category: None,
                name: "proof".to_owned(),
                tags: of_step(),
            }),
            Deed::MakeImage => Order::Image(ImageOrder {
                machine: id(MACHINE),
                name: "web-2026-W47".to_owned(),
                snapshots: self.whole_set().await,
                tags: of_set(),
            }),
            Deed::RunBeside => Order::Beside(BesideOrder {
                like: id(MACHINE),
                image: id(IMAGE),
                name: "web-restored".to_owned(),
                tags: of_step(),
            }),
            Deed::CreateAlarm => Order::Alarm(alarm_order()),
            Deed::DeleteSnapshot => Order::Thing(id(SNAPSHOT)),
            Deed::DeleteDisk => Order::Thing(id(LOOSE)),
            Deed::DeleteImage => Order::Thing(id(IMAGE)),
            Deed::DeleteMachine => Order::Thing(id(STOPPED)),
            Deed::ReleaseAddress => Order::Thing(id(ADDRESS)),
            Deed::DeleteAlarm => Order::Thing(id("old")),
            Deed::PutTags => Order::Tags(id(MACHINE), of_step()),
        };
        self.0.sim.world().forget_deeds();
        Some(order)
    }

    fn done(&self, deed: Deed) -> usize {
        let (_, act, sort) = call(deed);
        let done = self.0.sim.world().done(act, sort);
        match deed {
            // To put tags on twice is to put them on.
            Deed::PutTags => usize::from(!done.is_empty()),
            _ => done.len(),
        }
    }

    async fn mishap(&self, deed: Deed, mishap: Mishap) {
        let fault = match mishap {
            Mishap::Throttled { calls } => Fault::new(throttle()).times(calls.into()),
            Mishap::LostAnswer => Fault::new(Effect::LostAnswer).times(1),
            Mishap::Down => Fault::new(refused("InternalError")),
            Mishap::Denied => Fault::new(Effect::Denied),
            Mishap::LogInPage => Fault::new(Effect::ProxyPage),
        };
        self.0.sim.faults().add(fault.action(call(deed).0));
    }

    async fn calm(&self) {
        self.0.sim.faults().clear();
    }
}

#[tokio::test]
async fn every_change_keeps_to_the_rules_of_every_adapter() {
    assert_eq!(slips(Changing::new).await, []);
}

/// A half-made alarm and a copy without tags are found and finished, not made again.
#[tokio::test]
async fn what_comes_after_a_lost_answer_is_done_as_well() {
    for (deed, action) in [
        (Deed::CreateAlarm, "BindingPolicyObject"),
        (Deed::CopySnapshot, "TagResources"),
    ] {
        let stage = Changing::new().await;
        let order = stage.order(deed).await.unwrap();
        let denied = Fault::new(Effect::Denied).action(action).times(1);
        stage.0.sim.faults().add(denied);
        let tencent = stage.0.tencent();
        let (first, second) = match &order {
            Order::Alarm(order) => {
                use cloud::Alarms as _;
                let first = tencent.create_alarm(&region(), order).await;
                (first, tencent.create_alarm(&region(), order).await)
            }
            Order::Copy(to, order) => {
                let first = tencent.copy_snapshot(to, order).await;
                (first, tencent.copy_snapshot(to, order).await)
            }
            other => panic!("{other:?}"),
        };
        let error = first.unwrap_err();
        assert!(
            matches!(error.kind, cloud::ErrorKind::Denied { .. }),
            "{error}"
        );
        second.unwrap();
        assert_eq!(stage.done(deed), 1, "{deed:?}");
    }
}

/// More than one page of what is listed by hundreds.
const MANY: usize = 230;

fn ids(sort: &str, many: usize) -> impl Iterator<Item = String> + '_ {
    (0..many).map(move |it| format!("{sort}-{it:08}"))
}

fn plant_lists(here: &mut Holdings) {
    for (number, machine) in ids("ins", MANY).enumerate() {
        here.add_machine(Machine::new(&machine, "", days(-9)).image(IMAGE));
        let policy = format!("policy-{number:08}");
        // What those of other metrics watch is not asked for.
        let metric = match number % 50 {
            0 => "WanOuttraffic",
            _ => "CpuUsage",
        };
        let alarm = Alarm::new(policy, ("cvm_device", metric), days(-9));
        here.add_alarm(alarm.on("unInstanceId", machine));
    }
    for policy in ids("asp", MANY) {
        here.add_policy(Policy::new(policy, "auto_snapshot_policy"));
    }
    here.add_template(Template {
        images: vec![IMAGE.to_owned(), "img-aaaaaaa2".to_owned()],
        ..Template::new("lt-aaaaaaa1", IMAGE, days(-9))
    });
    here.add_group(ScalingGroup {
        image: Some(IMAGE.to_owned()),
        ..ScalingGroup::new("asg-aaaaaaa1", days(-9))
    });
}

struct Lists(Stand);

impl Lists {
    async fn new() -> Self {
        let account = shop().holding(REGION, plant_lists);
        let account = account.holding("", |here: &mut Holdings| {
            for notice in ids("notice", MANY) {
                here.add_target(Target::new(&notice, &notice));
            }
        });
        Self(Stand::of(account).await)
    }
}

#[async_trait]
impl ListedStage for Lists {
    fn provider(&self) -> Arc<dyn Provider> {
        Arc::new(self.0.tencent())
    }

    fn region(&self) -> RegionId {
        region()
    }

    fn planted(&self, listed: Listed) -> Option<BTreeSet<String>> {
        Some(match listed {
            Listed::Alarms => ids("policy", MANY).collect(),
            Listed::AlarmTargets => ids("notice", MANY).collect(),
            Listed::Protections => ids("asp", MANY).collect(),
            Listed::ImageUses => {
                let users = ids("ins", MANY).chain(["lt-aaaaaaa1".into(), "asc-aaaaaaa1".into()]);
                let uses = users.map(|it| format!("{IMAGE} {it}"));
                uses.chain(["img-aaaaaaa2 lt-aaaaaaa1".to_owned()])
                    .collect()
            }
        })
    }

    fn tells_total(&self, listed: Listed) -> bool {
        matches!(listed, Listed::AlarmTargets | Listed::Protections)
    }

    fn has_pages(&self, _listed: Listed) -> bool {
        true
    }

    async fn trouble(&self, listed: Listed, trouble: Trouble) {
        let action = match listed {
            Listed::Alarms => "DescribeAlarmPolicies",
            Listed::AlarmTargets => "DescribeAlarmNotices",
            Listed::Protections => "DescribeAutoSnapshotPolicies",
            Listed::ImageUses => "cvm:DescribeInstances",
        };
        let faults = self.0.sim.faults();
        // Three lists are one: it is empty when all of them are.
        if (listed, trouble) == (Listed::ImageUses, Trouble::Empty) {
            for action in ["DescribeLaunchTemplates", "DescribeLaunchConfigurations"] {
                faults.add(Fault::new(Effect::EmptyList).action(action));
            }
        }
        faults.add(fault_of(trouble).action(action));
    }

    async fn calm(&self) {
        self.0.sim.faults().clear();
    }
}

#[tokio::test]
async fn every_list_that_changes_stand_on_keeps_to_the_rules_of_every_adapter() {
    assert_eq!(list_breaches(&Lists::new().await).await, []);
}
