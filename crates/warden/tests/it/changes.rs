//! Plans that are made, guarded and applied: the backup duty over a simulated world, with the journal
//! of a real store.

mod images;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cloud::{Census, Doubt, Wants};
use cloudsim::world::cloud::Partition;
use cloudsim::world::deeds::{Act, Sort};
use cloudsim::world::machines::Machine;
use cloudsim::world::storage::Disk;
use cloudsim::{Account, Cloud, Effect, Fault, Holdings, World};
use duty::{
    Audience, Backlog, BadFile, Duty, Finding, Letter, Limits, Memory, Plan, PlanFile,
    ProtectedTag, Scene,
};
use duty_backups::{BackupSettings, Keep, Settings};
use flow::Fate;
use jiff::{SignedDuration, Timestamp};
use model::{AccountId, SET_TAG};
use warden::{
    Applied, ApplyError, ApplyRequest, Confirm, Exit, Planning, RunRequest, Silent, Tell,
};

use crate::house::{House, SHOP, account, day, start};

const REGION: &str = "eu-central-1";
const ELSEWHERE: &str = "eu-west-1";

/// The backup duty without its words: findings and letters are the duty's own tests' matter.
struct Keeper(Settings);

impl Keeper {
    /// Keeps the newest set, and one more.
    fn of_two() -> Self {
        let limits = Limits {
            backlog: Backlog::Once,
            protected: vec![ProtectedTag {
                key: "keep".to_owned(),
                value: None,
            }],
            ..Limits::default()
        };
        Self(Settings {
            defaults: BackupSettings {
                keep: Keep {
                    last: 2,
                    at_least: 1,
                    ..Keep::nothing()
                },
                image: duty_backups::ImageRhythm::Off,
                limits,
                ..BackupSettings::default()
            },
            ..Settings::default()
        })
    }
}

impl Duty for Keeper {
    fn name(&self) -> &'static str {
        duty_backups::DUTY
    }

    fn wants(&self, _now: Timestamp) -> Wants {
        duty_backups::wants()
    }

    fn doubts(&self, census: &Census, _memory: &Memory, now: Timestamp) -> Vec<Doubt> {
        duty_backups::doubts(census, &self.0, now)
    }

    fn assess(&self, _census: &Census, _memory: &Memory, _now: Timestamp) -> Vec<Finding> {
        Vec::new()
    }

    fn plan(&self, census: &Census, _memory: &Memory, now: Timestamp) -> Option<Plan> {
        Some(duty_backups::plan(census, &self.0, now))
    }

    fn limits(&self, account: &AccountId) -> Limits {
        self.0.of(account).limits.clone()
    }

    fn letter(&self, _audience: &Audience, _scene: &Scene<'_>) -> Option<Letter> {
        None
    }
}

/// Says yes, after something has happened.
struct Yes<F: Fn() + Send + Sync>(F);

impl<F: Fn() + Send + Sync> Confirm for Yes<F> {
    fn confirms(&self, _planning: &Planning) -> bool {
        (self.0)();
        true
    }
}

/// Says no.
struct No;

impl Confirm for No {
    fn confirms(&self, _planning: &Planning) -> bool {
        false
    }
}

fn machine(held: &mut Holdings, name: &str) {
    let id = format!("i-{name}");
    held.add_machine(Machine::new(&id, name, day(-90)).tag("AutoSnapshot", "true"));
    held.add_disk(Disk::new(format!("d-{name}"), 40, day(-90)).system_of(&id));
    held.add_disk(Disk::new(format!("e-{name}"), 100, day(-90)).data_of(&id));
}

fn shop(names: &[&str]) -> Account {
    account("shop", SHOP)
        .on(Cloud::Aws(Partition::Aws))
        .holding(REGION, |held| names.iter().for_each(|it| machine(held, it)))
}

impl House {
    fn request<'a>(&'a self, duty: &'a Keeper) -> RunRequest<'a> {
        RunRequest {
            duty,
            tell: Tell::Nobody,
            ignore_unseen: &self.ignore_unseen,
            patience: Duration::from_secs(60),
            progress: Arc::new(Silent),
        }
    }

    async fn planned(&self, duty: &Keeper) -> Planning {
        let request = self.request(duty);
        let planned = self.warden().plan(&request, Backlog::Once).await;
        self.a_second_later();
        planned.unwrap()
    }

    async fn tried(
        &self,
        duty: &Keeper,
        file: Option<&PlanFile>,
        confirm: &dyn Confirm,
    ) -> Result<Applied, ApplyError> {
        let request = ApplyRequest {
            run: self.request(duty),
            backlog: Backlog::Once,
            file,
            confirm,
        };
        let applied = self.warden().apply(&request).await;
        self.a_second_later();
        applied
    }

    /// Two runs never begin in the same second, so that their ids differ.
    fn a_second_later(&self) {
        self.door.world().advance(SignedDuration::from_secs(1));
    }

    async fn applied(&self, duty: &Keeper) -> Applied {
        self.tried(duty, None, &Yes(|| {})).await.unwrap()
    }

    /// Backs up on each of the days, and forgets what was done.
    async fn backed_up(&self, duty: &Keeper, days: std::ops::Range<i64>) {
        for it in days {
            self.on_day(it);
            let applied = self.applied(duty).await;
            assert_eq!(applied.exits(), [], "{:?}", applied.steps);
        }
        self.door.world().forget_deeds();
    }

    fn snapshots(&self, act: Act) -> usize {
        self.door.world().done(act, Sort::Snapshot).len()
    }

    fn tag_all_snapshots(&self, key: &str, value: &str) {
        let world = self.door.world();
        world
            .change(SHOP, REGION, |held, _| {
                let ids: Vec<String> = held.snapshots.iter().map(|it| it.id.clone()).collect();
                for id in ids {
                    held.snapshots
                        .change(&id, |it| it.tags.push((key.to_owned(), value.to_owned())));
                }
            })
            .unwrap();
    }
}

/// Returns each step as `word fate`.
fn fates(applied: &Applied) -> Vec<String> {
    let word = |fate: &Fate| match fate {
        Fate::Done { .. } => "done".to_owned(),
        Fate::Undone { why } => format!("undone: {why}"),
        Fate::Refused { why } => format!("refused: {why}"),
        Fate::Waited { for_place } => format!("waited for {for_place}"),
        Fate::Unbegun { .. } => "unbegun".to_owned(),
        Fate::Open { .. } => "open".to_owned(),
    };
    let steps = applied.steps.iter();
    steps
        .map(|(planned, fate)| format!("{} {}", planned.step.word(), word(fate)))
        .collect()
}

async fn house(names: &[&str]) -> House {
    House::of(World::new(start()).with(shop(names))).await
}

#[tokio::test]
async fn sets_are_made_and_whole_before_old_ones_go_and_a_second_plan_is_empty() {
    let (house, keeper) = (house(&["web"]).await, Keeper::of_two());
    house.backed_up(&keeper, 0..3).await;
    house.on_day(3);
    let applied = house.applied(&keeper).await;
    assert_eq!(
        fates(&applied),
        [
            "create_set done",
            "delete_snapshot done",
            "delete_snapshot done"
        ]
    );
    let deeds = house.door.world().deeds();
    let first_gone = deeds.iter().find(|it| it.act == Act::Deleted).unwrap().at;
    let last_made = deeds.iter().rfind(|it| it.act == Act::Created).unwrap().at;
    // The new ones take a while to be whole.
    assert!(first_gone >= last_made + SignedDuration::from_secs(20));
    assert!(
        house
            .planned(&keeper)
            .await
            .approved
            .plan()
            .steps
            .is_empty()
    );
    assert!(house.applied(&keeper).await.steps.is_empty());
    assert_eq!(house.snapshots(Act::Created), 2);
}

#[tokio::test]
async fn a_lost_answer_to_a_create_makes_no_second_snapshot() {
    for (effect, times) in [
        (Effect::LostAnswer, 1),
        (Effect::Timeout, 1),
        (Effect::Timeout, 2),
    ] {
        let (house, keeper) = (house(&["web"]).await, Keeper::of_two());
        let fault = Fault::new(effect.clone()).action("CreateSnapshotGroup");
        house.door.faults().add(fault.times(times));
        let applied = house.applied(&keeper).await;
        assert_eq!(fates(&applied), ["create_set done"], "{effect:?}");
        let world = house.door.world();
        assert_eq!(house.snapshots(Act::Created), 2, "{effect:?}");
        assert!(world.made_twice(Sort::Snapshot, SET_TAG).is_empty());
    }
}

#[tokio::test]
async fn a_lost_answer_to_a_delete_is_found_out() {
    let (house, keeper) = (house(&["web"]).await, Keeper::of_two());
    house.backed_up(&keeper, 0..2).await;
    house.on_day(2);
    let fault = Fault::new(Effect::LostAnswer).action("DeleteSnapshot");
    house.door.faults().add(fault.times(2));
    let applied = house.applied(&keeper).await;
    assert_eq!(applied.exits(), [], "{:?}", fates(&applied));
    assert_eq!(house.snapshots(Act::Deleted), 2);
    assert!(house.planned(&keeper).await.approved.is_empty());
}

#[tokio::test]
async fn a_protected_tag_added_after_the_plan_keeps_what_carries_it() {
    let (house, keeper) = (house(&["web"]).await, Keeper::of_two());
    house.backed_up(&keeper, 0..2).await;
    house.on_day(2);
    let meanwhile = Yes(|| house.tag_all_snapshots("Keep", "for the auditor"));
    let applied = house.tried(&keeper, None, &meanwhile).await.unwrap();
    let refused = "delete_snapshot refused: it is protected by the tag keep";
    assert_eq!(fates(&applied), ["create_set done", refused, refused]);
    assert_eq!(applied.exits(), [Exit::Refused]);
    assert_eq!(house.snapshots(Act::Deleted), 0);
}

#[tokio::test]
async fn a_set_tag_taken_off_meanwhile_makes_a_snapshot_nobody_elses_business() {
    let (house, keeper) = (house(&["web"]).await, Keeper::of_two());
    house.backed_up(&keeper, 0..2).await;
    house.on_day(2);
    let meanwhile = Yes(|| {
        let world = house.door.world();
        world
            .change(SHOP, REGION, |held, _| {
                let ids: Vec<String> = held.snapshots.iter().map(|it| it.id.clone()).collect();
                for id in ids {
                    held.snapshots
                        .change(&id, |it| it.tags.retain(|(key, _)| key != SET_TAG));
                }
            })
            .unwrap();
    });
    let applied = house.tried(&keeper, None, &meanwhile).await.unwrap();
    assert_eq!(house.snapshots(Act::Deleted), 0, "{:?}", fates(&applied));
}

#[tokio::test]
async fn where_no_copy_can_be_made_nothing_goes_and_other_machines_go_on() {
    let (house, keeper) = (house(&["db", "web"]).await, Keeper::of_two());
    house.backed_up(&keeper, 0..2).await;
    house.on_day(2);
    let refusal = Effect::Refused {
        status: 400,
        code: "KmsKeyDisabled".to_owned(),
        message: "the key of the disk is disabled".to_owned(),
    };
    let fault = Fault::new(refusal).action("CreateSnapshotGroup");
    house.door.faults().add(fault.about("i-db,d-db,e-db"));
    let applied = house.applied(&keeper).await;
    let lines = fates(&applied);
    let count = |word: &str| lines.iter().filter(|it| it.starts_with(word)).count();
    assert_eq!(count("create_set undone"), 1, "{lines:?}");
    assert_eq!(count("create_set done"), 1);
    assert_eq!(count("delete_snapshot waited"), 2);
    assert_eq!(count("delete_snapshot done"), 2);
    assert_eq!(applied.exits(), [Exit::Internal]);
    // It is remembered for the duty's findings, from the first day on.
    let mishaps = house.db.mishaps("backups").await.unwrap();
    assert_eq!(mishaps.len(), 1, "{mishaps:?}");
    assert_eq!(mishaps[0].subject.as_str(), "i-db");
    assert_eq!(mishaps[0].step, "create_set");
}

#[tokio::test]
async fn nothing_is_done_without_a_word() {
    let (house, keeper) = (house(&["web"]).await, Keeper::of_two());
    let declined = house.tried(&keeper, None, &No).await;
    assert!(matches!(declined, Err(ApplyError::Declined)));
    assert!(house.door.world().deeds().is_empty());
}

#[tokio::test]
async fn a_plan_changes_nothing() {
    let (house, keeper) = (house(&["web"]).await, Keeper::of_two());
    let planning = house.planned(&keeper).await;
    assert_eq!(planning.approved.steps().count(), 1);
    assert!(house.door.world().deeds().is_empty());
}

#[tokio::test]
async fn a_file_is_held_against_todays_world() {
    let (house, keeper) = (house(&["web"]).await, Keeper::of_two());
    house.backed_up(&keeper, 0..2).await;
    house.on_day(2);
    let file = house.planned(&keeper).await.file();
    assert_eq!(file.plan.steps.len(), 3);
    // Somebody else has made the set meanwhile, and says that one old snapshot stays.
    house.tag_all_snapshots("keep", "");
    house.door.world().forget_deeds();
    let applied = house
        .tried(&keeper, Some(&file), &Yes(|| {}))
        .await
        .unwrap();
    assert_eq!(house.snapshots(Act::Deleted), 0, "{:?}", fates(&applied));
    assert!(applied.exits().contains(&Exit::Refused));
    // And of a day later the file is too old.
    house.on_day(4);
    let stale = house.tried(&keeper, Some(&file), &Yes(|| {})).await;
    assert!(matches!(
        stale,
        Err(ApplyError::File(BadFile::Stale { .. }))
    ));
}

#[tokio::test]
async fn a_file_of_another_account_is_refused() {
    let (house, keeper) = (house(&["web"]).await, Keeper::of_two());
    let mut file = house.planned(&keeper).await.file();
    file.identities = BTreeMap::from([("shop".to_owned(), "999999999999".to_owned())]);
    let refused = house.tried(&keeper, Some(&file), &Yes(|| {})).await;
    assert!(matches!(
        refused,
        Err(ApplyError::File(BadFile::Identity { .. }))
    ));
    assert!(house.door.world().deeds().is_empty());
}

#[tokio::test]
async fn what_a_file_does_not_name_is_not_done() {
    let (house, keeper) = (house(&["db", "web"]).await, Keeper::of_two());
    let mut file = house.planned(&keeper).await.file();
    file.plan.steps.retain(|it| it.step.subject() == "i-db");
    let applied = house
        .tried(&keeper, Some(&file), &Yes(|| {}))
        .await
        .unwrap();
    assert_eq!(fates(&applied), ["create_set done"]);
    let made = house.door.world().deeds();
    assert!(made.iter().all(|it| !it.of.ends_with("web")), "{made:?}");
}

#[tokio::test]
async fn a_region_that_is_not_seen_is_not_touched_and_the_rest_goes_on() {
    let two = shop(&["web"]).holding(ELSEWHERE, |held| machine(held, "db"));
    let house = House::of(World::new(start()).with(two)).await;
    let keeper = Keeper::of_two();
    house.backed_up(&keeper, 0..2).await;
    house.on_day(2);
    let fault = Fault::new(Effect::Denied).action("DescribeSnapshots");
    house.door.faults().add(fault.region(ELSEWHERE));
    let applied = house.applied(&keeper).await;
    let deeds = house.door.world().deeds();
    let regions: Vec<&str> = deeds.iter().map(|it| it.region.as_str()).collect();
    if applied.planning.outcome.census.unseen().is_empty() {
        // The fault struck nothing: the test would prove nothing.
        panic!("every scope was seen");
    }
    assert!(applied.exits().contains(&Exit::Unseen));
    assert!(regions.contains(&REGION), "{regions:?}");
    assert!(!regions.contains(&ELSEWHERE), "{regions:?}");
}

#[tokio::test]
async fn a_store_that_takes_nothing_keeps_everything_as_it_is() {
    let (mut house, keeper) = (house(&["web"]).await, Keeper::of_two());
    house.backed_up(&keeper, 0..2).await;
    house.on_day(2);
    let asked = AtomicBool::new(false);
    let read_only = store::StoreOptions {
        access: store::Access::ReadOnly,
        ..store::StoreOptions::default()
    };
    house.reopen(&read_only).await;
    let confirm = Yes(|| asked.store(true, Ordering::SeqCst));
    let refused = house.tried(&keeper, None, &confirm).await;
    assert!(matches!(refused, Err(ApplyError::Store(_))), "{refused:?}");
    assert!(!asked.load(Ordering::SeqCst));
    assert!(house.door.world().deeds().is_empty());
}

#[tokio::test]
async fn many_things_are_asked_for_at_once() {
    let names: Vec<String> = (0..150).map(|it| format!("m{it:03}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (house, mut keeper) = (house(&names).await, Keeper::of_two());
    keeper.0.defaults.limits.at_most = 1_000;
    house.backed_up(&keeper, 0..2).await;
    house.on_day(2);
    house.door.reset_stats();
    let applied = house.applied(&keeper).await;
    assert_eq!(applied.exits(), []);
    assert_eq!(house.snapshots(Act::Created), 300);
    assert_eq!(house.snapshots(Act::Deleted), 300);
    // Three hundred to be whole and three hundred to go, a hundred in one call, looked at a few times.
    let looks = house.door.stats().calls_of("DescribeSnapshots");
    assert!(looks < 100, "{looks} looks at snapshots");
}
