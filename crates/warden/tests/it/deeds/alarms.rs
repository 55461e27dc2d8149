//! Traffic alarms over a simulated world.

use cloudsim::world::alarms::{Alarm, Target};
use cloudsim::world::cloud::Partition;
use cloudsim::world::deeds::{Act, Sort};
use cloudsim::world::machines::Machine;
use cloudsim::world::traffic::Load;
use cloudsim::{Account, Cloud, Effect, Fault, Holdings, World};
use duty_alarms::{AlarmSettings, Alarms, Settings};
use jiff::SignedDuration;
use model::STEP_TAG;
use warden::Exit;

use super::{Yes, applied, fates, planned, tried};
use crate::house::{House, SHOP, account, day, start};

const REGION: &str = "eu-central-1";
const TOPIC: &str = "arn:aws:sns:eu-central-1:1000000000000001:ec2-NetworkOut-Alarm";
const OUT: (&str, &str) = ("AWS/EC2", "NetworkOut");

fn machine(held: &mut Holdings, name: &str) {
    let id = format!("i-{name}");
    held.add_machine(Machine::new(&id, name, day(-90)));
}

fn shop(names: &[&str]) -> Account {
    account("shop", SHOP)
        .on(Cloud::Aws(Partition::Aws))
        .holding(REGION, |held| {
            names.iter().for_each(|it| machine(held, it));
            let target = Target::new(TOPIC, "ec2-NetworkOut-Alarm");
            held.add_target(target.heard_by("email", "ops@example.com"));
        })
}

async fn house(names: &[&str]) -> House {
    House::of(World::new(start()).with(shop(names))).await
}

fn change(house: &House, change: impl FnOnce(&mut Holdings)) {
    let world = house.door.world();
    world.change(SHOP, REGION, |held, _| change(held)).unwrap();
}

fn name(id: &str) -> String {
    format!("{id}-网络流出流量警报")
}

fn duty() -> Alarms {
    Alarms::default()
}

#[tokio::test]
async fn each_machine_gets_one_alarm_and_a_second_plan_is_empty() {
    let house = house(&["db", "web"]).await;
    let done = applied(&house, &duty()).await;
    assert_eq!(
        fates(&done),
        ["create_alarm i-db done", "create_alarm i-web done"]
    );
    assert_eq!(done.exits(), []);
    let world = house.door.world();
    let mut made = world.done(Act::Created, Sort::Alarm);
    made.sort();
    assert_eq!(made, [name("i-db"), name("i-web")]);
    world.forget_deeds();
    assert!(planned(&house, &duty()).await.approved.is_empty());
    assert!(applied(&house, &duty()).await.steps.is_empty());
    assert!(world.deeds().is_empty());
}

#[tokio::test]
async fn hand_tuned_alarms_stay_as_they_are_whatever_they_are_called() {
    let house = house(&["db", "web", "old"]).await;
    change(&house, |held| {
        let tuned = Alarm::new("loud-db", OUT, day(-9)).on("InstanceId", "i-db");
        held.add_alarm(Alarm {
            threshold: 9.0e9,
            ..tuned
        });
        // The old tool's name, on something else.
        let cpu = Alarm::new(name("i-web"), ("AWS/EC2", "CPUUtilization"), day(-9));
        held.add_alarm(cpu.on("InstanceId", "i-web"));
        // More of them than one page has.
        for index in 0..130 {
            let other = Alarm::new(
                format!("a-{index:03}"),
                ("AWS/EC2", "CPUUtilization"),
                day(-9),
            );
            held.add_alarm(other.on("InstanceId", "i-db"));
        }
        held.add_alarm(Alarm::new("z-old", OUT, day(-9)).on("InstanceId", "i-old"));
    });
    let done = applied(&house, &duty()).await;
    assert_eq!(fates(&done), [] as [&str; 0]);
    let undecided = &done.planning.approved.plan().undecided;
    assert_eq!(undecided.len(), 1);
    assert_eq!(undecided[0].reason.word, "name_taken");
    assert!(house.door.world().deeds().is_empty());
}

#[tokio::test]
async fn one_that_somebody_made_meanwhile_is_not_replaced() {
    let house = house(&["web"]).await;
    let meanwhile = Yes(|| {
        change(&house, |held| {
            let tuned = Alarm::new(name("i-web"), OUT, day(0)).on("InstanceId", "i-web");
            held.add_alarm(Alarm {
                threshold: 9.0e9,
                ..tuned
            });
        });
    });
    let done = tried(&house, &duty(), None, &meanwhile).await.unwrap();
    assert_eq!(fates(&done), ["create_alarm i-web done"]);
    assert!(house.door.world().deeds().is_empty());
}

#[tokio::test]
async fn a_lost_answer_makes_no_second_alarm_and_alters_none() {
    for times in [1, 2] {
        let house = house(&["web"]).await;
        let fault = Fault::new(Effect::LostAnswer).action("PutResourceMetricRule");
        house.door.faults().add(fault.times(times));
        let done = applied(&house, &duty()).await;
        assert_eq!(fates(&done), ["create_alarm i-web done"], "{times}");
        let world = house.door.world();
        assert_eq!(world.done(Act::Created, Sort::Alarm).len(), 1);
        assert!(world.done(Act::Altered, Sort::Alarm).is_empty());
        assert!(world.made_twice(Sort::Alarm, STEP_TAG).is_empty());
    }
}

#[tokio::test]
async fn a_page_of_alarms_that_does_not_come_makes_none() {
    let house = house(&["web"]).await;
    let fault = Fault::new(Effect::Denied).action("DescribeMetricRuleList");
    house.door.faults().add(fault);
    let done = applied(&house, &duty()).await;
    assert_eq!(fates(&done), [] as [&str; 0]);
    assert!(done.exits().contains(&Exit::Unseen), "{:?}", done.exits());
    assert!(house.door.world().deeds().is_empty());
}

#[tokio::test]
async fn before_the_first_one_the_last_week_is_told() {
    let house = house(&["loud", "quiet"]).await;
    change(&house, |held| {
        held.loads
            .insert("i-loud".to_owned(), Load::steady(5_000_000));
        held.loads.insert("i-quiet".to_owned(), Load::steady(1_000));
    });
    let planning = planned(&house, &duty()).await;
    let notes = &planning.approved.plan().notes;
    let past = notes.iter().find(|it| it.word == "past").unwrap();
    assert_eq!(
        (past.facts["fired"].as_str(), past.facts["tested"].as_str()),
        ("1", "2")
    );
    applied(&house, &duty()).await;
    change(&house, |held| machine(held, "new"));
    let planning = planned(&house, &duty()).await;
    assert!(planning.approved.plan().notes.is_empty());
    assert_eq!(planning.approved.steps().count(), 1);
}

#[tokio::test]
async fn without_a_topic_none_is_made_until_somebody_asks_for_one() {
    let account = account("shop", SHOP)
        .on(Cloud::Aws(Partition::Aws))
        .holding(REGION, |held| machine(held, "web"));
    let house = House::of(World::new(start()).with(account)).await;
    assert_eq!(fates(&applied(&house, &duty()).await), [] as [&str; 0]);
    let asked = Alarms {
        settings: Settings {
            defaults: AlarmSettings {
                create_target: true,
                subscribe: vec!["ops@example.com".to_owned()],
                ..AlarmSettings::default()
            },
            ..Settings::default()
        },
    };
    let made = applied(&house, &asked).await;
    assert_eq!(
        fates(&made),
        [
            "create_target ec2-NetworkOut-Alarm done",
            "create_alarm i-web done"
        ]
    );
    // Nobody has confirmed: that is a finding.
    let known = &planned(&house, &duty()).await.outcome.known;
    let kinds: Vec<&str> = known
        .iter()
        .map(|it| it.finding.key.kind.as_str())
        .collect();
    assert!(kinds.contains(&"unconfirmed"), "{kinds:?}");
}

#[tokio::test]
async fn our_alarm_goes_a_day_after_its_machine_and_a_persons_stays() {
    let house = house(&["db", "web"]).await;
    applied(&house, &duty()).await;
    change(&house, |held| {
        held.add_alarm(Alarm::new("hers", OUT, day(-9)).on("InstanceId", "i-web"));
        held.machines.remove("i-web").unwrap();
    });
    house.door.world().forget_deeds();
    assert!(applied(&house, &duty()).await.steps.is_empty());
    house.door.world().advance(SignedDuration::from_hours(25));
    let done = applied(&house, &duty()).await;
    assert_eq!(
        fates(&done),
        [format!("delete_alarm {} done", name("i-web"))]
    );
    let world = house.door.world();
    assert_eq!(world.done(Act::Deleted, Sort::Alarm), [name("i-web")]);
}

#[tokio::test]
async fn an_alarm_stays_whose_machine_is_there_again_by_the_time_it_would_go() {
    let house = house(&["db", "web"]).await;
    applied(&house, &duty()).await;
    change(&house, |held| {
        held.machines.remove("i-web").unwrap();
    });
    applied(&house, &duty()).await;
    house.door.world().advance(SignedDuration::from_hours(25));
    house.door.world().forget_deeds();
    let back = Yes(|| change(&house, |held| machine(held, "web")));
    let done = tried(&house, &duty(), None, &back).await.unwrap();
    assert_eq!(
        fates(&done),
        [format!(
            "delete_alarm {} refused: its machine is there again",
            name("i-web")
        )]
    );
    assert!(house.door.world().deeds().is_empty());
}
