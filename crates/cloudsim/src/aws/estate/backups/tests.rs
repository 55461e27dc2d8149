use super::*;
use crate::world::holdings::ImageSnapshots;

const NOW: &str = "2026-11-21T06:00:00Z";

fn is(tags: &[(String, String)], key: &str) -> bool {
    tags.iter().any(|it| it.0 == key && it.1 == "true")
}

/// What a week of both leaves over, counted as the old scripts count: by tags and age alone.
#[derive(Debug, PartialEq, Eq)]
struct Due {
    created: usize,
    deregistered: usize,
    deleted: usize,
    with_image: usize,
    held: usize,
}

fn due(world: &World) -> Due {
    let it = world.holdings(ACCOUNT, REGION);
    let week_ago = world.now() - SignedDuration::from_hours(7 * 24);
    let managed = it
        .machines
        .iter()
        .filter(|it| it.state == MachineState::Running && is(&it.tags, "AutoSnapshot"));
    let images: Vec<&str> = it
        .images
        .iter()
        .filter(|it| is(&it.tags, "AutoAMI") && it.created < week_ago)
        .filter(|it| !is(&it.tags, "BaseAMI") && !is(&it.tags, "Autoscalling"))
        .map(|it| it.id.as_str())
        .collect();
    let old = it
        .snapshots
        .iter()
        .filter(|it| is(&it.tags, "AutoSnapshot") && it.created < week_ago);
    let (mut deleted, mut with_image, mut held) = (0, 0, 0);
    for snapshot in old {
        let (going, staying): (Vec<&String>, Vec<&String>) = snapshot
            .images
            .iter()
            .partition(|it| images.contains(&it.as_str()));
        match (going.len(), staying.len()) {
            (_, 1..) => held += 1,
            (0, 0) => deleted += 1,
            _ => {
                deleted += 1;
                with_image += 1;
            }
        }
    }
    Due {
        created: managed.count(),
        deregistered: images.len(),
        deleted,
        with_image,
        held,
    }
}

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

#[test]
fn a_thousand_machines_have_the_counts_that_others_were_measured_with() {
    let world = Backups::of(1000).build(now());
    let holdings = world.holdings(ACCOUNT, REGION);
    assert_eq!(
        (
            holdings.machines.len(),
            holdings.snapshots.len(),
            holdings.images.len()
        ),
        (1000, 7000, 2000)
    );
    assert_eq!(
        due(&world),
        Due {
            created: 800,
            deregistered: 700,
            deleted: 1500,
            with_image: 700,
            held: 100
        }
    );
}

#[test]
fn two_of_a_hundred_and_fifty_can_be_held_whoever_can_see_it() {
    for by in [HeldBy::Disabled, HeldBy::Binned] {
        let world = Backups::of(100).held(2, by).build(now());
        assert_eq!(
            due(&world),
            Due {
                created: 80,
                deregistered: 70,
                deleted: 148,
                with_image: 70,
                held: 12
            }
        );
        let refused = world.change(ACCOUNT, REGION, |it, now| {
            let held = One {
                number: 1,
                sort: Sort::Managed(1),
                calendar: &Calendar::at(now),
            };
            it.delete_snapshot(&held.snapshot(4), now)
        });
        let text = refused.unwrap().unwrap_err().to_string();
        assert_eq!(text, "it is used by ami-0c000000000000001", "{by:?}");
    }
}

#[test]
fn every_set_is_one_of_ours_and_this_period_has_none() {
    let now = now();
    let world = Backups::of(20).build(now);
    let period: Timestamp = "2026-11-20T20:00:00Z".parse().unwrap();
    let holdings = world.holdings(ACCOUNT, REGION);
    let mut sets = 0;
    for snapshot in &holdings.snapshots {
        let Some((_, set)) = snapshot.tags.iter().find(|it| it.0 == "skywarden:set") else {
            assert_eq!(snapshot.description, "before the upgrade");
            continue;
        };
        let (machine, stamp) = set.rsplit_once('/').unwrap();
        assert!(
            holdings
                .machines
                .get(machine)
                .unwrap()
                .disks
                .contains(&snapshot.disk)
        );
        assert!(stamp < period.strftime("%Y%m%dT%H%M%SZ").to_string().as_str());
        sets += 1;
    }
    assert_eq!(sets, 120);
    let mut weeks: Vec<&str> = holdings
        .images
        .iter()
        .flat_map(|it| &it.tags)
        .filter(|it| it.0 == "skywarden:week")
        .map(|it| it.1.as_str())
        .collect();
    weeks.sort_unstable();
    weeks.dedup();
    assert_eq!(weeks, ["2000-W01", "2026-W47"]);
}

#[test]
fn what_is_due_can_go_and_nothing_else_goes_with_it() {
    let world = Backups::of(100).build(now());
    let gone = world.change(ACCOUNT, REGION, |it, now| {
        let due: Vec<String> = it
            .images
            .iter()
            .filter(|it| it.tags.iter().any(|it| it.1 == "2000-W01"))
            .filter(|it| now.duration_since(it.created) > SignedDuration::from_hours(7 * 24))
            .map(|it| it.id.clone())
            .collect();
        let became = due
            .iter()
            .map(|id| it.deregister_image(id, ImageSnapshots::GoToo, now));
        became
            .map(|it| it.unwrap().into_values().filter(Result::is_ok).count())
            .sum::<usize>()
    });
    assert_eq!(gone, Some(70));
    assert_eq!(world.holdings(ACCOUNT, REGION).snapshots.len(), 700 - 70);
}
