//! The rules of every adapter that changes something, kept over the wire.

use std::sync::Arc;

use async_trait::async_trait;
use cloud::conformance::changes::{ChangingStage, Deed, Mishap, Order, slips};
use cloud::{BesideOrder, Copies as _, DiskOrder, Provider};
use cloudsim::world::alarms::{Alarm, Target};
use cloudsim::world::deeds::{Act, Sort};
use cloudsim::world::holdings::Holdings;
use cloudsim::world::machines::{Machine, MachineState};
use cloudsim::world::network::Address;
use cloudsim::world::storage::{Disk, Image, Snapshot};
use cloudsim::{Effect, Fault};
use jiff::SignedDuration;
use model::{
    AlarmOrder, CopyOrder, ImageOrder, RegionId, ResourceId, SET_TAG, STEP_TAG, SetDisk, SetId,
    SetOrder, Tags, TrafficRule,
};

use crate::stand::{Stand, days, shop};

const REGION: &str = "cn-hangzhou";
const ELSEWHERE: &str = "cn-beijing";
const MACHINE: &str = "i-bp1aaaaaaaaaaaaaaaa1";
const STOPPED: &str = "i-bp1aaaaaaaaaaaaaaaa2";
const ROOT: &str = "d-bp1aaaaaaaaaaaaaaaa1";
const DATA: &str = "d-bp1aaaaaaaaaaaaaaaa2";
const LOOSE: &str = "d-bp1aaaaaaaaaaaaaaaa3";
const SNAPSHOT: &str = "s-bp1aaaaaaaaaaaaaaaa1";
const IMAGE: &str = "m-bp1aaaaaaaaaaaaaaaa1";
const ADDRESS: &str = "eip-bp1aaaaaaaaaaaaaaaa1";
const GROUP: &str = "ops";
const STEP: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";

fn region() -> RegionId {
    RegionId::new(REGION)
}

fn plant(here: &mut Holdings) {
    here.add_machine(Machine {
        security_groups: vec!["sg-1".to_owned()],
        ..Machine::new(MACHINE, "web", days(-9))
    });
    let root = Disk::new(ROOT, 20, days(-9)).system_of(MACHINE);
    here.add_disk(root.category("cloud_essd"));
    let data = Disk::new(DATA, 20, days(-9)).data_of(MACHINE);
    here.add_disk(data.category("cloud_essd"));
    here.add_machine(Machine::new(STOPPED, "", days(-9)).state(MachineState::Stopped));
    here.add_disk(Disk::new(LOOSE, 20, days(-9)));
    here.add_snapshot(Snapshot::new(SNAPSHOT, LOOSE, 20, days(-9)));
    here.add_image(Image::new(IMAGE, "old", &[], days(-9)));
    here.add_address(Address::new(ADDRESS, "203.0.113.1", days(-9)));
    let metric = ("acs_ecs_dashboard", "VPC_PublicIP_InternetOutRate");
    let alarm = Alarm::new("old", metric, days(-9));
    here.add_alarm(alarm.on("instanceId", MACHINE));
}

struct Changing(Stand);

impl Changing {
    async fn new() -> Self {
        let account = shop().holding(REGION, plant);
        // Groups of contacts are of no region.
        let account = account.holding("", |here: &mut Holdings| {
            here.add_target(Target::new(GROUP, GROUP));
        });
        Self(Stand::of(account).await)
    }

    /// Makes a set and waits until it is whole.
    async fn whole_set(&self) -> Vec<(ResourceId, ResourceId)> {
        let made = self
            .0
            .aliyun()
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
        notify: id(GROUP),
        tags: of_step(),
    }
}

/// Returns the call that does a deed, and what it does to what.
fn call(deed: Deed) -> (&'static str, Act, Sort) {
    match deed {
        Deed::CreateSet => ("CreateSnapshotGroup", Act::Created, Sort::Snapshot),
        Deed::CopySnapshot => ("CopySnapshot", Act::Created, Sort::Snapshot),
        Deed::CreateDisk => ("CreateDisk", Act::Created, Sort::Disk),
        Deed::MakeImage => ("CreateImage", Act::Created, Sort::Image),
        Deed::RunBeside => ("RunInstances", Act::Created, Sort::Machine),
        Deed::CreateAlarm => ("PutResourceMetricRule", Act::Created, Sort::Alarm),
        Deed::DeleteSnapshot => ("DeleteSnapshot", Act::Deleted, Sort::Snapshot),
        Deed::DeleteDisk => ("DeleteDisk", Act::Deleted, Sort::Disk),
        Deed::DeleteImage => ("DeleteImage", Act::Deleted, Sort::Image),
        Deed::DeleteMachine => ("DeleteInstance", Act::Deleted, Sort::Machine),
        Deed::ReleaseAddress => ("ReleaseEipAddress", Act::Deleted, Sort::Address),
        Deed::DeleteAlarm => ("DeleteMetricRules", Act::Deleted, Sort::Alarm),
        Deed::PutTags => ("TagResources", Act::Tagged, Sort::Machine),
    }
}

#[async_trait]
impl ChangingStage for Changing {
    fn provider(&self) -> Arc<dyn Provider> {
        Arc::new(self.0.aliyun())
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
                zone: format!("{REGION}-b"),
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
            Mishap::Throttled { calls } => {
                let throttle = Effect::Throttle {
                    code: None,
                    status: None,
                    retry_after_ms: None,
                };
                Fault::new(throttle).times(calls.into())
            }
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

#[tokio::test]
async fn every_change_keeps_to_the_rules_of_every_adapter() {
    assert_eq!(slips(Changing::new).await, []);
}
