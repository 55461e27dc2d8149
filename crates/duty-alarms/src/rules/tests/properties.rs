//! What holds of every region, whatever stands in it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use duty::Plan;
use proptest::prelude::*;

use super::*;

fn words(all: &'static [&'static str]) -> impl Strategy<Value = String> {
    proptest::sample::subsequence(all, 0..all.len().min(4)).prop_map(|it| it.join(" "))
}

/// A region of a few machines, addresses and alarms, whose ids meet often.
fn town() -> impl Strategy<Value = String> {
    const MACHINE: &[&str] = &[
        "state=stopped",
        "group=asg",
        "hidden",
        "public=47.0.0.9",
        "tag=TrafficAlarm:1MB",
        "tag=TrafficAlarm:loud",
    ];
    const ALARM: &[&str] = &[
        "on=i-1",
        "on=i-2,i-3",
        "on=eip-1",
        "on=47.0.0.9",
        "all",
        "group=web",
        "metric=CPU",
        "off",
        "ours=i-1",
        "ours=i-3",
        "tells=",
        "made",
    ];
    let machines = proptest::collection::vec(words(MACHINE), 0..5);
    let alarms = proptest::collection::vec((words(ALARM), 0..3_u8), 0..6);
    const LISTS: [&str; 6] = [
        "machines",
        "alarms",
        "addresses",
        "targets",
        "sources",
        "traffic",
    ];
    let unseen = proptest::sample::subsequence(&LISTS[..], 0..2);
    let target = any::<bool>();
    let bound = any::<bool>();
    (machines, alarms, unseen, target, bound).prop_map(
        |(machines, alarms, unseen, target, bound)| {
            let mut text = String::new();
            for (index, words) in machines.iter().enumerate() {
                _ = writeln!(text, "machine i-{index} {words}");
            }
            for (index, (words, sort)) in alarms.iter().enumerate() {
                // Some have the very name that ours would have.
                let name = match sort {
                    0 => format!("i-{index}-网络流出流量警报"),
                    _ => format!("alarm-{index}"),
                };
                _ = writeln!(text, "alarm {name} {words}");
            }
            if target {
                text += TOPIC;
            }
            text += if bound {
                "address eip-1 at=i-2 ip=47.0.0.1\n"
            } else {
                "address eip-1\n"
            };
            for list in unseen {
                _ = writeln!(text, "unseen {list}");
            }
            text
        },
    )
}

fn made(plan: &Plan) -> Vec<&str> {
    let steps = plan.steps.iter().filter_map(|it| match &it.step {
        Step::CreateAlarm { name, .. } => Some(name.as_str()),
        _ => None,
    });
    steps.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_alarm_that_is_there_is_in_no_step_unless_it_is_ours_and_its_machine_is_gone(text in town()) {
        let town = Town::read(&text);
        let mut watch = Watch::default();
        for hour in [0, 24] {
            let (_, plan) = watch.look(&town, now() + hours(hour));
            for name in made(&plan) {
                let clash = town.alarms.iter().any(|it| it.name == name || it.id.as_str() == name);
                prop_assert!(!clash, "{name}\n{text}");
            }
            for planned in &plan.steps {
                if let Step::DeleteAlarm { alarm, machine } = &planned.step {
                    let alarm = town.alarms.iter().find(|it| it.id == *alarm).unwrap();
                    prop_assert!(left::is_ours(alarm), "{text}");
                    let mut exist = town.machines.iter().chain(&town.hidden);
                    prop_assert!(!exist.any(|it| it.id == *machine), "{text}");
                    prop_assert_eq!(hour, 24);
                }
            }
        }
    }

    #[test]
    fn what_was_applied_is_not_wanted_again(text in town()) {
        let mut town = Town::read(&text);
        let mut watch = Watch::default();
        for hour in [0, 24, 48] {
            let (_, plan) = watch.look(&town, now() + hours(hour));
            town.apply(&plan);
        }
        let (_, plan) = watch.look(&town, now() + hours(49));
        prop_assert_eq!(&plan.steps, &[], "{}", text);
    }

    #[test]
    fn the_same_world_gives_the_same_plan_whatever_order_it_came_in(text in town()) {
        let town = Town::read(&text);
        let mut turned = town.clone();
        turned.machines.reverse();
        turned.alarms.reverse();
        turned.addresses.reverse();
        turned.targets.reverse();
        let (_, one) = Watch::default().look(&town, now());
        let (_, other) = Watch::default().look(&turned, now());
        prop_assert_eq!(one.to_json(), other.to_json());
    }

    #[test]
    fn every_machine_is_watched_wanted_open_or_not_asked_for(text in town()) {
        let town = Town::read(&text);
        let watch = Watch::default();
        let census = watch.census(&[("shop@here", "1000", &town)], now());
        for survey in surveys(&census, &watch.settings, now()) {
            let judged: BTreeSet<&ResourceId> = survey.verdicts.iter().map(|it| &it.0.id).collect();
            prop_assert_eq!(judged.len(), survey.verdicts.len());
            for machine in &survey.machines {
                let asked = machine.state == model::MachineState::Running && machine.ties.is_empty();
                prop_assert_eq!(judged.contains(&machine.id), asked && survey.blocked.is_none());
            }
        }
    }
}
