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
use cloudsim::world::machines::{Machine, MachineState};
use cloudsim::world::network::Address;
use cloudsim::world::protections::Policy;
use cloudsim::world::storage::{Disk, Image, Snapshot};
use cloudsim::{Effect, Fault};
use jiff::SignedDuration;
use model::{
    AlarmOrder, CopyOrder, ImageOrder, RegionId, ResourceId, SET_TAG, STEP_TAG, SetDisk, SetId,
    SetOrder, Tags, TrafficRule,
};

use crate::stand::{NUMBER, REGION, Stand, days, fault_of, region, shop, throttle};

const MACHINE: &str = "i-0aaaaaaaaaaaaaaa1";
const STOPPED: &str = "i-0aaaaaaaaaaaaaaa2";
const ROOT: &str = "vol-0aaaaaaaaaaaaaaa1";
const DATA: &str = "vol-0aaaaaaaaaaaaaaa2";
const LOOSE: &str = "vol-0aaaaaaaaaaaaaaa3";
const SNAPSHOT: &str = "snap-0aaaaaaaaaaaaaaa1";
const IMAGE: &str = "ami-0aaaaaaaaaaaaaaa1";
const ADDRESS: &str = "eipalloc-0aaaaaaaaaaaaaaa1";
const STEP: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";

fn topic() -> String {
    format!("arn:aws:sns:{REGION}:{NUMBER}:ops")
}

fn plant(here: &mut Holdings) {
    here.add_machine(Machine::new(MACHINE, "web", days(-9)));
    here.add_disk(Disk::new(ROOT, 20, days(-9)).system_of(MACHINE));
    here.add_disk(Disk::new(DATA, 20, days(-9)).data_of(MACHINE));
    here.add_machine(Machine::new(STOPPED, "", days(-9)).state(MachineState::Stopped));
    here.add_disk(Disk::new(LOOSE, 20, days(-9)));
    here.add_snapshot(Snapshot::new(SNAPSHOT, LOOSE, 20, days(-9)));
    here.add_image(Image::new(IMAGE, "old", &[], days(-9)));
    here.add_address(Address::new(ADDRESS, "203.0.113.1", days(-9)));
    let alarm = Alarm::new("old", ("AWS/EC2", "NetworkOut"), days(-9));
    here.add_alarm(alarm.on("InstanceId", MACHINE));
    here.add_target(Target::new(topic(), "ops"));
}

struct Changing(Stand);

impl Changing {
    async fn new() -> Self {
        Self(Stand::of(shop().holding(REGION, plant)).await)
    }

    /// Makes a set and waits until it is whole.
    async fn whole_set(&self) -> Vec<(ResourceId, ResourceId)> {
        let made = self
            .0
            .aws()
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
        notify: id(&topic()),
        tags: of_step(),
    }
}

/// Returns the call that does a deed, and what it does to what.
fn call(deed: Deed) -> (&'static str, Act, Sort) {
    match deed {
        Deed::CreateSet => ("CreateSnapshots", Act::Created, Sort::Snapshot),
        Deed::CopySnapshot => ("CopySnapshot", Act::Created, Sort::Snapshot),
        Deed::CreateDisk => ("CreateVolume", Act::Created, Sort::Disk),
        Deed::MakeImage => ("RegisterImage", Act::Created, Sort::Image),
        Deed::RunBeside => ("RunInstances", Act::Created, Sort::Machine),
        Deed::CreateAlarm => ("PutMetricAlarm", Act::Created, Sort::Alarm),
        Deed::DeleteSnapshot => ("DeleteSnapshot", Act::Deleted, Sort::Snapshot),
        Deed::DeleteDisk => ("DeleteVolume", Act::Deleted, Sort::Disk),
        Deed::DeleteImage => ("DeregisterImage", Act::Deleted, Sort::Image),
        Deed::DeleteMachine => ("TerminateInstances", Act::Deleted, Sort::Machine),
        Deed::ReleaseAddress => ("ReleaseAddress", Act::Deleted, Sort::Address),
        Deed::DeleteAlarm => ("DeleteAlarms", Act::Deleted, Sort::Alarm),
        Deed::PutTags => ("CreateTags", Act::Tagged, Sort::Machine),
    }
}

#[async_trait]
impl ChangingStage for Changing {
    fn provider(&self) -> Arc<dyn Provider> {
        Arc::new(self.0.aws())
    }

    fn region(&self) -> RegionId {
        region()
    }

    async fn order(&self, deed: Deed) -> Option<Order> {
        let order = match deed {
            Deed::CreateSet => Order::Set(set_order()),
            Deed::CopySnapshot => Order::Copy(
                RegionId::new("us-east-1"),
                CopyOrder {
                    snapshot: id(SNAPSHOT),
                    from: region(),
                    key: None,
                    tags: of_set(),
                },
            ),
            Deed::CreateDisk => Order::Disk(DiskOrder {
                snapshot: id(SNAPSHOT),
                zone: format!("{REGION}a"),
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
            Mishap::Down => Fault::new(Effect::Status { status: 503 }),
            Mishap::Denied => Fault::new(Effect::Denied),
            Mishap::LogInPage => Fault::new(Effect::ProxyPage),
        };
        self.0.sim.faults().add(fault.action(call(deed).0));
    }

    async fn calm(&self) {
        self.0.sim.faults().clear();
    }
}

/// More than two pages.
const MANY: usize = 230;
/// Machines come in larger pages.
const MANY_MACHINES: usize = 1_050;

fn ids(word: &str, many: usize) -> impl Iterator<Item = String> {
    (0..many).map(move |number| format!("{word}-{number:04}"))
}

fn topics() -> impl Iterator<Item = String> {
    ids("topic", MANY).map(|name| format!("arn:aws:sns:{REGION}:{NUMBER}:{name}"))
}

struct Lists(Stand);

impl Lists {
    async fn new() -> Self {
        let account = shop().holding(REGION, |here| {
            for name in ids("alarm", MANY) {
                let alarm = Alarm::new(name, ("AWS/EC2", "NetworkOut"), days(-9));
                here.add_alarm(alarm.on("InstanceId", MACHINE));
            }
            for (name, arn) in ids("topic", MANY).zip(topics()) {
                here.add_target(Target::new(arn, name).heard_by("email", "a@example.com"));
            }
            for id in ids("policy", 30) {
                here.add_policy(Policy::new(id, "dlm").of_disks_tagged("a", "b"));
            }
            for id in ids("i", MANY_MACHINES) {
                here.add_machine(Machine::new(id, "", days(-9)).image(IMAGE));
            }
        });
        Self(Stand::of(account).await)
    }
}

#[async_trait]
impl ListedStage for Lists {
    fn provider(&self) -> Arc<dyn Provider> {
        Arc::new(self.0.aws())
    }

    fn region(&self) -> RegionId {
        region()
    }

    fn planted(&self, listed: Listed) -> Option<BTreeSet<String>> {
        Some(match listed {
            Listed::Alarms => ids("alarm", MANY).collect(),
            Listed::AlarmTargets => topics().collect(),
            Listed::Protections => ids("policy", 30).collect(),
            Listed::ImageUses => {
                let users = ids("i", MANY_MACHINES);
                users.map(|it| format!("{IMAGE} {it}")).collect()
            }
        })
    }

    /// No list of this cloud says how many there are.
    fn tells_total(&self, _listed: Listed) -> bool {
        false
    }

    fn has_pages(&self, listed: Listed) -> bool {
        listed != Listed::Protections
    }

    async fn trouble(&self, listed: Listed, trouble: Trouble) {
        let (action, wrong_key) = match listed {
            Listed::Alarms => ("DescribeAlarms", "UnrecognizedClientException"),
            Listed::AlarmTargets => ("ListTopics", "InvalidClientTokenId"),
            Listed::Protections => ("GetLifecyclePolicies", "UnrecognizedClientException"),
            Listed::ImageUses => ("DescribeInstances", "AuthFailure"),
        };
        let wrong_key = Effect::Refused {
            status: 403,
            code: wrong_key.to_owned(),
            message: "Refused.".to_owned(),
        };
        let fault = fault_of(trouble, wrong_key);
        self.0.sim.faults().add(fault.action(action));
    }

    async fn calm(&self) {
        self.0.sim.faults().clear();
    }
}

#[tokio::test]
async fn every_list_that_changes_stand_on_keeps_to_the_rules_of_lists() {
    assert_eq!(list_breaches(&Lists::new().await).await, []);
}

#[tokio::test]
async fn every_change_keeps_to_the_rules_of_every_adapter() {
    assert_eq!(slips(Changing::new).await, []);
}
