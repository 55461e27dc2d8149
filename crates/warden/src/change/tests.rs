use duty::{Plan, Reason, Spot, Step};
use jiff::Timestamp;
use model::{RegionId, ResourceId, SetId, Tags};

use super::*;

fn planned(step: Step, after: Vec<usize>) -> Planned {
    Planned {
        spot: Spot {
            account: AccountId::new("shop"),
            region: RegionId::new("r-1"),
        },
        step,
        reason: Reason::new("because", []),
        after,
        monthly: None,
    }
}

fn create(machine: &str) -> Step {
    Step::CreateSet {
        machine: ResourceId::new(machine),
        set: SetId {
            machine: ResourceId::new(machine),
            period: Timestamp::UNIX_EPOCH,
        },
        disks: Vec::new(),
        name: String::new(),
        tags: Tags::new(),
        root_tags: Tags::new(),
    }
}

fn delete(snapshot: &str) -> Step {
    Step::DeleteSnapshot {
        snapshot: ResourceId::new(snapshot),
        set: SetId {
            machine: ResourceId::new("m-1"),
            period: Timestamp::UNIX_EPOCH,
        },
    }
}

fn disk(snapshot: &str) -> Step {
    Step::CreateDisk {
        snapshot: ResourceId::new(snapshot),
        zone: "z-1".to_owned(),
        name: String::new(),
        tags: Tags::new(),
    }
}

fn drop_disk(made_by: usize) -> Step {
    Step::DropDisk {
        made_by,
        machine: None,
    }
}

fn plan(steps: Vec<Planned>) -> Plan {
    Plan {
        steps,
        ..Plan::empty("backups", Timestamp::UNIX_EPOCH)
    }
}

#[test]
fn what_a_step_waits_for_goes_with_it_and_places_are_counted_anew() {
    let whole = plan(vec![
        planned(create("m-1"), vec![]),
        planned(create("m-2"), vec![]),
        planned(disk("s-1"), vec![]),
        planned(delete("s-1"), vec![1]),
        planned(drop_disk(2), vec![2, 3]),
    ]);
    let narrow = kept(&whole, |it| matches!(it.step, Step::DropDisk { .. }));
    assert_eq!(
        narrow.steps,
        [
            planned(create("m-2"), vec![]),
            planned(disk("s-1"), vec![]),
            planned(delete("s-1"), vec![0]),
            planned(drop_disk(1), vec![1, 2]),
        ]
    );
    assert_eq!(kept(&whole, |_| true), whole);
    assert!(kept(&whole, |_| false).steps.is_empty());
}

#[test]
fn a_job_can_be_read_again_from_its_journal() {
    let planned = planned(delete("s-1"), vec![]);
    let job = job(7, "t-7", &planned);
    assert_eq!(serde_json::from_str::<Planned>(&job.body).unwrap(), planned);
    assert_eq!(
        (job.lane.as_str(), job.step.as_str()),
        ("shop", "delete_snapshot")
    );
    assert_eq!(job.subject, "s-1");
}
