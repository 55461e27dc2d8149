//! Backups over the wire of a simulated Alibaba Cloud, whose creates carry tokens.

use cloudsim::Account;
use cloudsim::world::deeds::{Act, Sort};
use cloudsim::world::machines::Machine;
use cloudsim::world::storage::Disk;
use jiff::SignedDuration;

use super::{json, quick_account, steps};
use crate::house::House;
use crate::scene::{SHOP, Scene, day, shop};

pub(super) const REGION: &str = "cn-hangzhou";
const APPLY: [&str; 5] = ["apply", "backups", "--yes", "-o", "json"];
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Returns an account with so many machines that are tagged for backups, each with two disks that can
/// be copied at one instant.
fn account(machines: usize) -> Account {
    shop().holding(REGION, |held| {
        for number in 1..=machines {
            let id = format!("i-bp1machine{number:04}");
            let machine = Machine::new(&*id, format!("web-{number}"), day(-90));
            held.add_machine(machine.tag("AutoSnapshot", "true"));
            for (place, size) in [20, 100].into_iter().enumerate() {
                let disk = format!("d-bp1disk{number:04}{place}");
                let disk = Disk::new(disk, size, day(-90)).category("cloud_essd");
                held.add_disk(match place {
                    0 => disk.system_of(&*id),
                    _ => disk.data_of(&*id),
                });
            }
        }
    })
}

/// Returns a scene of that account, in which everything is ready as soon as it is made.
pub(super) fn scene(machines: usize, tables: &str) -> Scene {
    let world = cloudsim::World::new(crate::scene::now());
    world.add(account(machines));
    let house = House::new().with_lasting_chance();
    let clock = std::sync::Arc::new(house.clock.clone());
    let mut scene = Scene::on(world, house, clock);
    quick_account(&scene, SHOP);
    scene.account_key("shop", &format!("regions = [\"{REGION}\"]"));
    scene.table(tables);
    scene
}

#[test]
fn sets_are_made_once_a_period_and_go_when_their_time_has_come() {
    let scene = scene(
        2,
        "[backups]\nmode = \"apply\"\nkeep = { last = 2, at_least = 2 }\nimage = \"off\"",
    );
    let first = scene.run(&APPLY);
    assert_eq!(first.code, 0, "{first}");
    assert_eq!(
        steps(&json(&first)),
        [
            "+ create_set i-bp1machine0001: done",
            "+ create_set i-bp1machine0002: done",
        ],
        "{first}"
    );
    let again = scene.run(&APPLY);
    assert_eq!(
        (again.code, steps(&json(&again))),
        (0, Vec::new()),
        "{again}"
    );
    for _ in 0..2 {
        scene.go_by(DAY);
        let next = scene.run(&APPLY);
        assert_eq!(next.code, 0, "{next}");
    }
    let world = scene.sim.world();
    assert_eq!(world.done(Act::Created, Sort::Snapshot).len(), 12);
    assert_eq!(world.made_twice(Sort::Snapshot, model::SET_TAG), []);
    let gone = world.done(Act::Deleted, Sort::Snapshot);
    assert_eq!(gone.len(), 4, "{gone:?}");
    assert_eq!(world.truth(SHOP, REGION).snapshots.len(), 8);
}

#[test]
fn an_image_of_the_week_is_made_of_the_newest_whole_set() {
    let scene = scene(1, super::backups::APPLY);
    for _ in 0..3 {
        let said = scene.run(&APPLY);
        assert_eq!(said.code, 0, "{said}");
        scene.go_by(DAY);
    }
    let world = scene.sim.world();
    assert_eq!(world.done(Act::Created, Sort::Image).len(), 1);
    // Within the week none is made once more.
    assert_eq!(scene.run(&APPLY).code, 0);
    assert_eq!(world.done(Act::Created, Sort::Image).len(), 1);
}
