//! Plans and what becomes of them, over the wire of simulated clouds.

mod abroad;
mod adopted;
mod alarms;
mod aliyun;
mod around;
mod backups;
mod bad_days;
mod copied;
mod crash;
mod cut_off;
mod held;
mod keys;
mod lost;
mod orphans;
mod periods;
mod tencent;

use cloudsim::world::machines::Machine;
use cloudsim::world::storage::Disk;
use cloudsim::{AccessKey, Account, Cloud, Partition, Rights, Uid};
use jiff::SignedDuration;
use serde_json::Value;

use crate::house::{House, Said};
use crate::scene::{Scene, day};

/// The number of the account that things are changed in.
pub(crate) const DATA: Uid = Uid(210_987_654_321);
pub(crate) const REGION: &str = "us-east-1";

/// Returns an account of AWS with so many machines that are tagged for backups, each with two disks.
pub(crate) fn data(name: &str, uid: Uid, machines: usize) -> Account {
    let key = AccessKey::new(format!("AKIA{name}0123456789"), format!("secret-of-{name}"));
    Account::new(name, uid)
        .on(Cloud::Aws(Partition::Aws))
        .user("skywarden", key, Rights::all())
        .holding(REGION, |held| {
            for number in 1..=machines {
                let id = format!("i-{number:017x}");
                let machine = Machine::new(&*id, format!("web-{number}"), day(-90));
                held.add_machine(machine.tag("AutoSnapshot", "true"));
                for (place, size) in [20, 100].into_iter().enumerate() {
                    let disk = format!("vol-{:017x}", number * 16 + place);
                    let disk = Disk::new(disk, size, day(-90));
                    held.add_disk(match place {
                        0 => disk.system_of(&*id),
                        _ => disk.data_of(&*id),
                    });
                }
            }
        })
}

/// Returns a scene of that account, in which everything is ready as soon as it is made.
pub(crate) fn scene(machines: usize, tables: &str) -> Scene {
    scene_in(House::new().with_lasting_chance(), machines, tables)
}

/// Returns such a scene in a house.
pub(crate) fn scene_in(house: House, machines: usize, tables: &str) -> Scene {
    let world = cloudsim::World::new(crate::scene::now());
    world.add(data("data", DATA, machines));
    let clock = std::sync::Arc::new(house.clock.clone());
    let mut scene = Scene::on(world, house, clock);
    quick(&mut scene);
    scene.table(tables);
    scene
}

/// Lets everything in the account be ready as soon as it is made.
pub(crate) fn quick(scene: &mut Scene) {
    quick_account(scene, DATA);
    scene.account_key("data", &format!("regions = [\"{REGION}\"]"));
}

/// Lets everything in an account be ready as soon as it is made.
pub(crate) fn quick_account(scene: &Scene, account: Uid) {
    scene.sim.world().set_rules(account, |rules| {
        rules.copy_base = SignedDuration::ZERO;
        rules.copy_per_gib = SignedDuration::ZERO;
        rules.image_takes = SignedDuration::ZERO;
        rules.disk_takes = SignedDuration::ZERO;
        rules.attach_takes = SignedDuration::ZERO;
        rules.machine_takes = SignedDuration::ZERO;
        rules.least_between_copies = None;
    });
}

/// Returns the document of a command.
#[track_caller]
pub(crate) fn json(said: &Said) -> Value {
    serde_json::from_str(&said.stdout).unwrap_or_else(|error| panic!("{error}: {said}"))
}

/// Returns the steps of a plan or of what became of one: `+ create_set i-1`, with the fate if any.
pub(crate) fn steps(document: &Value) -> Vec<String> {
    let steps = document["steps"].as_array().unwrap();
    let step = |it: &Value| {
        let word = |name: &str| it[name].as_str().unwrap_or_default().to_owned();
        let fate = word("fate");
        let said = [word("sign"), word("step"), word("subject")].join(" ");
        match fate.as_str() {
            "" => said,
            fate => format!("{said}: {fate}"),
        }
    };
    steps.iter().map(step).collect()
}
