//! What holds for every estate and every row of bad days.

use std::collections::{BTreeMap, BTreeSet};

use duty::Step;
use model::{ClusterState, MachineState, NodeView, Opinion, ResourceId, Tie, TieSort};
use proptest::prelude::*;

use crate::acts::mark as mark_of;
use crate::sample::town::{cluster, machine, node};
use crate::sample::{Fault, Town, Watch, minutes, now};

/// What is drawn of one cluster.
#[derive(Debug, Clone)]
struct DrawnCluster {
    network: Option<u8>,
    settled: bool,
    view: NodeView,
    hidden: bool,
}

/// What is drawn of one machine, at every look.
#[derive(Debug, Clone)]
struct DrawnMachine {
    network: Option<u8>,
    /// Whom it is a node of in truth, look by look.
    member_of: Vec<Option<usize>>,
    /// Which cluster a tie names: one that exists, or one that does not.
    tag: Option<usize>,
    name: Option<usize>,
    grouped: bool,
    age_minutes: i64,
    /// Whether a list that shows only some nodes shows it.
    in_group: bool,
}

const CLUSTERS: usize = 4;
const LOOKS: usize = 5;

fn drawn_cluster() -> impl Strategy<Value = DrawnCluster> {
    let view = prop_oneof![
        5 => Just(NodeView::Whole),
        1 => Just(NodeView::GroupsOnly),
        1 => Just(NodeView::NoMachines),
    ];
    let network = prop::option::weighted(0.8, 0..2u8);
    (
        network,
        prop::bool::weighted(0.85),
        view,
        prop::bool::weighted(0.1),
    )
        .prop_map(|(network, settled, view, hidden)| DrawnCluster {
            network,
            settled,
            view,
            hidden,
        })
}

fn drawn_machine() -> impl Strategy<Value = DrawnMachine> {
    let member_of = prop::collection::vec(prop::option::of(0..CLUSTERS), LOOKS);
    let named = || prop::option::weighted(0.4, 0..CLUSTERS + 2);
    (
        prop::option::weighted(0.8, 0..2u8),
        member_of,
        named(),
        named(),
        any::<bool>(),
        prop_oneof![Just(0i64), Just(20), Just(2000)],
        any::<bool>(),
    )
        .prop_map(
            |(network, member_of, tag, name, grouped, age_minutes, in_group)| DrawnMachine {
                network,
                member_of,
                tag,
                name,
                grouped,
                age_minutes,
                in_group,
            },
        )
}

fn drawn_faults() -> impl Strategy<Value = BTreeSet<Fault>> {
    let fault = prop_oneof![
        Just(Fault::Identity),
        Just(Fault::Clusters),
        Just(Fault::Machines),
        Just(Fault::Opinions),
        Just(Fault::ById),
        (0..CLUSTERS).prop_map(|it| Fault::Nodes(format!("cls-{it}"))),
        (0..CLUSTERS + 2).prop_map(|it| Fault::ClusterById(format!("cls-{it}"))),
    ];
    prop::collection::btree_set(fault, 0..4)
}

fn id(cluster: usize) -> ResourceId {
    ResourceId::new(format!("cls-{cluster}"))
}

fn network(number: Option<u8>) -> Option<ResourceId> {
    number.map(|it| ResourceId::new(format!("vpc-{it}")))
}

/// Returns the town at one look.
fn town(clusters: &[DrawnCluster], machines: &[DrawnMachine], look: usize) -> Town {
    let mut town = Town::default();
    for (index, drawn) in clusters.iter().enumerate() {
        let mut cluster = cluster(&id(index));
        cluster.network = network(drawn.network);
        cluster.view = drawn.view;
        if !drawn.settled {
            cluster.state = ClusterState::Unsettled("Scaling".into());
        }
        if drawn.hidden {
            town.hidden.insert(id(index));
        }
        town.clusters.push(cluster);
    }
    for (index, drawn) in machines.iter().enumerate() {
        let name = format!("ins-{index}");
        let mut machine = machine(&ResourceId::new(&name), now());
        machine.network = network(drawn.network);
        machine.created = Some(now() - minutes(drawn.age_minutes));
        let ties = [(TieSort::Tag, drawn.tag), (TieSort::Name, drawn.name)];
        for (sort, named) in ties {
            machine.ties.extend(named.map(|it| Tie {
                sort,
                cluster: Some(id(it)),
                evidence: format!("names {}", id(it)),
            }));
        }
        if drawn.grouped {
            machine.ties.push(Tie {
                sort: TieSort::Group,
                cluster: None,
                evidence: "asg".into(),
            });
        }
        if let Some(of) = drawn.member_of[look] {
            let settled = clusters[of].settled;
            let shown = match clusters[of].view {
                // What is on the move may be left out of a list that calls itself whole.
                NodeView::Whole => settled || drawn.in_group,
                NodeView::GroupsOnly => drawn.in_group,
                NodeView::NoMachines => false,
            };
            if shown {
                town.nodes.entry(id(of)).or_default().push(node(&name));
            }
            let said = Opinion::InCluster(id(of));
            town.opinions.insert(ResourceId::new(&name), said);
        }
        town.machines.push(machine);
    }
    town
}

/// Looks again and again, and returns the machines called orphans while they were nodes in truth.
fn false_orphans(
    clusters: &[DrawnCluster],
    machines: &[DrawnMachine],
    looks: &[(i64, BTreeSet<Fault>)],
    disturb: impl Fn(&mut Town),
) -> Vec<(usize, String)> {
    let mut watch = Watch::default();
    let (mut then, mut wrong) = (now(), Vec::new());
    for (look, (pause, faults)) in looks.iter().enumerate() {
        then += minutes(*pause);
        let mut town = town(clusters, machines, look);
        town.faults.clone_from(faults);
        disturb(&mut town);
        watch.look(&town, then);
        for (index, drawn) in machines.iter().enumerate() {
            let name = format!("ins-{index}");
            if drawn.member_of[look].is_some() && watch.verdict(&name) == "orphan" {
                wrong.push((look, name));
            }
        }
    }
    wrong
}

fn drawn_looks() -> impl Strategy<Value = Vec<(i64, BTreeSet<Fault>)>> {
    prop::collection::vec((10..90i64, drawn_faults()), LOOKS)
}

fn drawn_estate() -> impl Strategy<Value = (Vec<DrawnCluster>, Vec<DrawnMachine>)> {
    (
        prop::collection::vec(drawn_cluster(), CLUSTERS),
        prop::collection::vec(drawn_machine(), 1..6),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_node_is_called_an_orphan_whatever_fails(
        (clusters, mut machines) in drawn_estate(),
        looks in drawn_looks(),
    ) {
        for it in &mut machines {
            for of in &mut it.member_of {
                *of = of.filter(|of| clusters[*of].view != NodeView::NoMachines);
            }
        }
        let wrong = false_orphans(&clusters, &machines, &looks, |_| ());
        prop_assert_eq!(wrong, vec![]);
    }

    /// The second source may lag behind and call everyone free: the clusters' own lists must do.
    /// A node stands in its cluster's network, and of a cluster that the list hides something tells.
    #[test]
    fn no_node_is_called_an_orphan_even_if_the_second_source_lies(
        (clusters, mut machines) in drawn_estate(),
        looks in drawn_looks(),
    ) {
        for it in &mut machines {
            let home = it.member_of[0].filter(|of| clusters[*of].view != NodeView::NoMachines);
            for of in &mut it.member_of {
                *of = of.and(home);
            }
            if let Some(home) = home {
                it.network = clusters[home].network;
                if clusters[home].hidden || it.network.is_none() {
                    it.tag = Some(home);
                }
            }
        }
        let blind = |town: &mut Town| {
            let ids = town.machines.iter().map(|it| it.id.clone());
            town.opinions = ids.map(|it| (it, Opinion::Free)).collect();
        };
        let wrong = false_orphans(&clusters, &machines, &looks, blind);
        prop_assert_eq!(wrong, vec![]);
    }

    #[test]
    fn every_orphan_is_found_by_two_complete_looks_a_grace_apart(
        (mut clusters, mut machines) in drawn_estate(),
        looks in drawn_looks(),
        pause in 30..300i64,
    ) {
        for it in &mut clusters {
            it.settled = true;
            it.hidden = false;
            if it.view == NodeView::GroupsOnly {
                it.view = NodeView::Whole;
            }
        }
        for it in &mut machines {
            it.member_of.fill(None);
        }
        let mut watch = Watch::default();
        let mut then = now();
        for (look, (pause, faults)) in looks.iter().enumerate() {
            then += minutes(*pause);
            let mut town = town(&clusters, &machines, look);
            town.faults.clone_from(faults);
            watch.look(&town, then);
        }
        then += minutes(60);
        let town = town(&clusters, &machines, 0);
        watch.look(&town, then);
        watch.look(&town, then + minutes(pause));
        for (index, drawn) in machines.iter().enumerate() {
            let is_tied = drawn.tag.is_some() || drawn.name.is_some() || drawn.grouped;
            let expected = if is_tied { "orphan" } else { "" };
            let name = format!("ins-{index}");
            prop_assert_eq!(watch.verdict(&name), expected, "{}", name);
        }
    }

    /// Machines are stopped and marked at random, so that each of them may be due to go.
    #[test]
    fn nothing_is_done_to_what_this_look_does_not_prove(
        (mut clusters, mut machines) in drawn_estate(),
        looks in drawn_looks(),
        marked in prop::collection::vec((any::<bool>(), prop::option::of(-2..9i64)), 6),
    ) {
        // Most are orphans by the fourth look; at the fifth, anything may be.
        for it in &mut clusters {
            it.settled = true;
            it.hidden = false;
            it.view = NodeView::Whole;
        }
        for it in &mut machines {
            it.member_of[..LOOKS - 1].fill(None);
        }
        let mut watch = Watch::with(super::acts::eager());
        let mut then = now();
        for (look, (pause, faults)) in looks.iter().enumerate() {
            then += minutes(*pause);
            let mut town = town(&clusters, &machines, look);
            if look == LOOKS - 1 {
                town.faults.clone_from(faults);
            }
            for (it, (stopped, mark)) in town.machines.iter_mut().zip(&marked) {
                if *stopped {
                    it.state = MachineState::Stopped;
                }
                if let Some(days) = mark {
                    it.tags.extend(mark_of(&it.id, then - minutes(days * 24 * 60)));
                }
            }
            let census = watch.census(&[("game", "1000", &town)], then);
            let plan = crate::plan(&census, &watch.memory, &watch.settings, then).unwrap();
            watch.look(&town, then);
            for planned in &plan.steps {
                let id = planned.step.subject();
                let index: usize = id.strip_prefix("ins-").unwrap().parse().unwrap();
                prop_assert_eq!(machines[index].member_of[look], None, "{}", id);
                prop_assert_eq!(watch.verdict(&id), "orphan", "{}", id);
                if let Step::DeleteMachine { proof, .. } = &planned.step {
                    let (stopped, mark) = marked[index];
                    prop_assert!(stopped && mark.is_some_and(|it| it >= 1), "{}", id);
                    let tags = &town.machines[index].tags;
                    prop_assert!(proof.iter().all(|(key, value)| tags.get(key) == Some(value)));
                    prop_assert!(!proof.is_empty());
                }
            }
        }
    }

    #[test]
    fn the_order_of_the_answers_changes_nothing(
        (clusters, machines) in drawn_estate(),
        looks in drawn_looks(),
    ) {
        let (mut forth, mut back) = (Watch::default(), Watch::default());
        let mut then = now();
        for (look, (pause, faults)) in looks.iter().enumerate() {
            then += minutes(*pause);
            let mut town = town(&clusters, &machines, look);
            town.faults.clone_from(faults);
            forth.look(&town, then);
            town.clusters.reverse();
            town.machines.reverse();
            for it in &mut town.machines {
                it.ties.reverse();
            }
            for nodes in town.nodes.values_mut() {
                nodes.reverse();
            }
            back.look(&town, then);
            let facts = |watch: &Watch| -> BTreeMap<_, _> {
                let all = watch.memory.findings.iter();
                all.map(|it| (it.finding.key.clone(), it.finding.clone())).collect()
            };
            prop_assert_eq!(facts(&forth), facts(&back));
        }
    }
}
