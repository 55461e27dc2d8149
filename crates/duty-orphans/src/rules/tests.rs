use std::fmt::Write as _;

use cloud::{Hint, IdSet};
use duty::{FindingState, Severity};
use expect_test::{Expect, expect};
use jiff::Timestamp;
use model::{AccountId, MachineState, ResourceId};

use super::*;
use crate::facts;
use crate::sample::{Fault, Town, Watch, at, minutes, now};
use crate::settings::{Allowance, Allowed, OrphanSettings};

mod acts;
mod evidence;
mod properties;
mod thirty_days;
mod unused;

/// Looks twice at a town in which nothing moves, an hour apart, and shows what is said then.
fn check(town: &str, expected: &Expect) {
    check_with(OrphanSettings::default(), town, expected);
}

fn check_with(settings: OrphanSettings, town: &str, expected: &Expect) {
    let town = Town::read(town, now());
    let mut watch = Watch::with(settings);
    watch.look(&town, now());
    watch.look(&town, now() + minutes(60));
    expected.assert_eq(&watch.shown());
}

/// Looks at one town after another, each so many minutes after ten, and shows what is said each time.
fn check_looks(looks: &[(i64, &str)], expected: &Expect) {
    let mut watch = Watch::default();
    let mut shown = String::new();
    for (minute, town) in looks {
        watch.look(&Town::read(town, now()), now() + minutes(*minute));
        _ = writeln!(shown, "+{minute}");
        shown.push_str(&watch.shown());
    }
    expected.assert_eq(&shown);
}

#[test]
fn one_look_makes_a_suspect_and_a_second_one_past_the_grace_an_orphan() {
    let town = "
        cluster cls-1
        machine ins-left tag=cls-1
    ";
    check_looks(
        &[(0, town), (29, town), (30, town), (90, town)],
        &expect![[r#"
            +0
            suspect machine ins-left
            +29
            suspect machine ins-left
            +30
            orphan machine ins-left
            +90
            orphan machine ins-left
        "#]],
    );
}

#[test]
fn a_node_is_no_orphan_whatever_sort_of_node_it_is() {
    check(
        "
        cluster cls-1
        node cls-1 ins-worker
        node cls-1 ins-master master
        node cls-1 ins-native native=np-1-abcde
        node cls-1 virtual
        node cls-1 ip=10.0.0.9
        machine ins-worker tag=cls-1
        machine ins-master name-of=cls-1
        machine ins-native tag=cls-1
        machine ins-by-hand tag=cls-1 ip=10.0.0.9
        machine ins-left   tag=cls-1 ip=10.0.0.8
        ",
        &expect![[r#"
            orphan machine ins-left
        "#]],
    );
}

#[test]
fn a_node_of_the_sixtieth_cluster_is_no_orphan() {
    let mut town: String = (1..=60).map(|it| format!("cluster cls-{it}\n")).collect();
    town.push_str("node cls-60 ins-1\n machine ins-1 tag=cls-60\n machine ins-2 tag=cls-60");
    check(
        &town,
        &expect![[r#"
            orphan machine ins-2
        "#]],
    );
}

#[test]
fn a_cluster_that_does_not_answer_makes_unknown_what_is_tied_to_it_and_nothing_else() {
    check(
        "
        cluster cls-dead vpc=vpc-1
        cluster cls-well vpc=vpc-2
        unseen nodes cls-dead
        machine ins-tagged     tag=cls-dead
        machine ins-named      name-of=cls-dead vpc=vpc-9
        machine ins-neighbor   tag=cls-well vpc=vpc-1
        machine ins-nowhere    group=asg-1
        machine ins-elsewhere  tag=cls-well vpc=vpc-2
        machine ins-grouped    group=asg-1 vpc=vpc-2
        ",
        &expect![[r#"
            orphan machine ins-elsewhere
            orphan machine ins-grouped
            unknown machine ins-named (nodes_unseen:cls-dead)
            unknown machine ins-neighbor (nodes_unseen:cls-dead)
            unknown machine ins-nowhere (nodes_unseen:cls-dead)
            unknown machine ins-tagged (nodes_unseen:cls-dead)
        "#]],
    );
}

#[test]
fn who_was_a_node_of_a_cluster_that_no_longer_answers_is_unknown_at_most() {
    let before = "
        cluster cls-1
        node cls-1 ins-1
        machine ins-1
    ";
    let after = "
        cluster cls-1
        node cls-1 ins-1
        machine ins-1 says=silent
        unseen nodes cls-1
    ";
    check_looks(
        &[(0, before), (60, after), (120, after), (180, before)],
        &expect![[r#"
            +0
            +60
            unknown machine ins-1 (nodes_unseen:cls-1, opinion_silent)
            +120
            unknown machine ins-1 (nodes_unseen:cls-1, opinion_silent)
            +180
        "#]],
    );
}

#[test]
fn a_dead_list_of_clusters_makes_every_suspect_unknown() {
    check(
        "
        cluster cls-1
        unseen clusters
        machine ins-left tag=cls-1
        machine ins-old  tag=cls-gone
        ",
        &expect![[r#"
            unknown machine ins-left (clusters_unseen)
            unknown machine ins-old (clusters_unseen)
        "#]],
    );
}

#[test]
fn without_the_list_of_clusters_nobody_is_asked_for_by_id() {
    let town =
        "cluster cls-1\n unseen clusters\n machine ins-1 tag=cls-1\n machine ins-2 tag=cls-1";
    let watch = Watch::default();
    let town = Town::read(town, now());
    let census = watch.census(&[("game", "1000", &town)], now());
    assert_eq!(doubts(&census, &watch.memory, &watch.settings, now()), []);
}

#[test]
fn a_machine_that_was_not_asked_for_by_id_is_unknown_and_not_gone() {
    let town = Town::read("cluster cls-1\n machine ins-1 tag=cls-1", now());
    let mut watch = Watch::default();
    watch.look(&town, now());
    let mut census = watch.census(&[("game", "1000", &town)], now() + minutes(60));
    let sight = census.accounts.get_mut(&AccountId::new("game")).unwrap();
    let mut second = sight
        .estate
        .values_mut()
        .filter_map(|it| it.second.as_mut());
    let second = second.next().unwrap();
    second.machines = Some(testkit::seen(Vec::new()));
    second.opinions = Some(testkit::seen(BTreeMap::new()));
    let found = assess(&census, &watch.memory, &watch.settings, census.taken);
    let why: Vec<&str> = found
        .iter()
        .map(|it| it.evidence[facts::WHY].as_str())
        .collect();
    assert_eq!(why, ["machine_unseen, opinion_unseen"]);
}

#[test]
fn a_dead_list_of_machines_freezes_what_was_known_and_says_nothing_new() {
    let whole = "
        cluster cls-1
        machine ins-left tag=cls-1
    ";
    let blind = "
        cluster cls-1
        unseen machines
        machine ins-left tag=cls-1
        machine ins-new  tag=cls-1
    ";
    check_looks(
        &[(0, whole), (60, whole), (120, blind), (180, whole)],
        &expect![[r#"
            +0
            suspect machine ins-left
            +60
            orphan machine ins-left
            +120
            orphan machine ins-left frozen
            +180
            orphan machine ins-left
        "#]],
    );
}

#[test]
fn a_look_that_was_not_complete_breaks_the_row_of_a_suspect() {
    let whole = "
        cluster cls-1
        machine ins-left tag=cls-1
    ";
    let partial = "
        cluster cls-1
        unseen nodes cls-1
        machine ins-left tag=cls-1
    ";
    let blind = "
        cluster cls-1
        unseen machines
        machine ins-left tag=cls-1
    ";
    check_looks(
        &[
            (0, whole),
            (60, partial),
            (120, whole),
            (180, blind),
            (240, whole),
            (300, whole),
        ],
        &expect![[r#"
            +0
            suspect machine ins-left
            +60
            unknown machine ins-left (nodes_unseen:cls-1)
            +120
            suspect machine ins-left
            +180
            suspect machine ins-left frozen
            +240
            suspect machine ins-left
            +300
            orphan machine ins-left
        "#]],
    );
}

#[test]
fn a_proven_orphan_is_unknown_while_a_source_is_dead_and_as_grave_as_it_was() {
    let whole = Town::read("cluster cls-1\n machine ins-left tag=cls-1", now());
    let mut partial = whole.clone();
    partial.faults.insert(Fault::Nodes("cls-1".into()));
    let mut watch = Watch::default();
    let mut said = Vec::new();
    for (hour, town) in [&whole, &whole, &partial, &whole].into_iter().enumerate() {
        let then = now() + minutes(60 * i64::try_from(hour).unwrap());
        watch.look(town, then);
        let known = &watch.memory.findings[0];
        said.push((watch.verdict("ins-left").to_owned(), known.finding.severity));
    }
    let expected = [
        ("suspect", Severity::Notice),
        ("orphan", Severity::Warning),
        ("unknown", Severity::Warning),
        ("orphan", Severity::Warning),
    ];
    assert_eq!(
        said,
        expected.map(|(word, severity)| (word.to_owned(), severity))
    );
}

#[test]
fn a_word_of_the_users_own_proves_nothing() {
    let hints = ["node", "k8s"].map(|it| Hint::Word(it.into())).to_vec();
    check_with(
        OrphanSettings {
            hints,
            ..OrphanSettings::default()
        },
        "
        cluster cls-1
        machine ins-redis  label=cluster:prod
        machine ins-js     label=app:nodejs
        machine ins-test   label=env:k8s-test
        machine ins-tagged label=node-exporter:on tag=cls-1
        machine ins-plain
        ",
        &expect![[r#"
            orphan machine ins-tagged
            hint machine ins-js
            hint machine ins-test
        "#]],
    );
}

#[test]
fn a_cloud_made_name_is_a_strong_tie_unless_that_is_turned_off() {
    let town = "
        cluster cls-1
        machine ins-named name-of=cls-1
    ";
    check(
        town,
        &expect![[r#"
            orphan machine ins-named
        "#]],
    );
    check_with(
        OrphanSettings {
            cloud_names: false,
            ..OrphanSettings::default()
        },
        town,
        &expect![[r#"
            hint machine ins-named
        "#]],
    );
}

#[test]
fn a_machine_without_tag_or_cloud_made_name_is_found_by_our_own_history() {
    check_looks(
        &[
            (
                0,
                "cluster cls-1\n node cls-1 ins-renamed\n machine ins-renamed name=db",
            ),
            (60, "cluster cls-1\n machine ins-renamed name=db"),
            (120, "cluster cls-1\n machine ins-renamed name=db"),
        ],
        &expect![[r#"
            +0
            +60
            suspect machine ins-renamed
            +120
            orphan machine ins-renamed
        "#]],
    );
}

#[test]
fn a_machine_that_joins_is_no_suspect_before_the_grace() {
    check_looks(
        &[
            (
                0,
                "cluster cls-1\n machine ins-new tag=cls-1 age=0 state=pending",
            ),
            (10, "cluster cls-1\n machine ins-new tag=cls-1 age=0"),
            (29, "cluster cls-1\n machine ins-new tag=cls-1 age=0"),
            (30, "cluster cls-1\n machine ins-new tag=cls-1 age=0"),
            (
                40,
                "cluster cls-1\n node cls-1 ins-new\n machine ins-new tag=cls-1 age=0",
            ),
        ],
        &expect![[r#"
            +0
            +10
            +29
            +30
            suspect machine ins-new
            +40
        "#]],
    );
}

#[test]
fn a_machine_of_unknown_age_needs_the_two_looks_all_the_same() {
    check(
        "
        cluster cls-1
        machine ins-ageless tag=cls-1 ageless
        machine ins-future  tag=cls-1 age=-1500
        ",
        &expect![[r#"
            orphan machine ins-ageless
            unknown machine ins-future (from_the_future)
        "#]],
    );
}

#[test]
fn only_a_machine_that_stays_is_judged_and_off_is_like_on() {
    check(
        "
        cluster cls-1
        machine ins-running  tag=cls-1 state=running
        machine ins-stopped  tag=cls-1 state=stopped
        machine ins-rescued  tag=cls-1 state=changing
        machine ins-pending  tag=cls-1 state=pending
        machine ins-leaving  tag=cls-1 state=leaving
        machine ins-recycled tag=cls-1 state=recycled
        machine ins-odd      tag=cls-1 state=HIBERNATING
        ",
        &expect![[r#"
            orphan machine ins-rescued
            orphan machine ins-running
            orphan machine ins-stopped
            unknown machine ins-odd (state_unknown:HIBERNATING)
        "#]],
    );
}

#[test]
fn the_second_source_has_the_last_word() {
    check(
        "
        cluster cls-1
        machine ins-free    tag=cls-1 says=free
        machine ins-in      tag=cls-1 says=cluster:cls-2
        machine ins-group   tag=cls-1 says=group:asg-1 state=stopped
        machine ins-absent  tag=cls-1 says=absent
        machine ins-silent  tag=cls-1 says=silent
        machine ins-went    tag=cls-1 vanished
        ",
        &expect![[r#"
            orphan machine ins-free
            unknown machine ins-silent (opinion_silent)
        "#]],
    );
    check(
        "
        cluster cls-1
        unseen opinions
        machine ins-1 tag=cls-1
        ",
        &expect![[r#"
            unknown machine ins-1 (opinion_unseen)
        "#]],
    );
    check(
        "
        cluster cls-1
        unseen by-id
        machine ins-1 tag=cls-1
        ",
        &expect![[r#"
            unknown machine ins-1 (machine_unseen)
        "#]],
    );
}

#[test]
fn a_machine_that_stops_existing_between_two_looks_is_gone() {
    let town = "cluster cls-1\n machine ins-1 tag=cls-1";
    check_looks(
        &[
            (0, town),
            (60, town),
            (120, "cluster cls-1"),
            (180, "cluster cls-1"),
        ],
        &expect![[r#"
            +0
            suspect machine ins-1
            +60
            orphan machine ins-1
            +120
            +180
        "#]],
    );
}

#[test]
fn a_machine_that_is_on_its_way_out_by_the_second_look_is_not_told() {
    let mut town = Town::read("cluster cls-1\n machine ins-1 tag=cls-1", now());
    let mut watch = Watch::default();
    watch.look(&town, now());
    assert_eq!(watch.verdict("ins-1"), "suspect");
    let census = watch.census(&[("game", "1000", &town)], now() + minutes(60));
    town.machines[0].state = MachineState::Leaving;
    let doubt = &doubts(&census, &watch.memory, &watch.settings, census.taken)[0];
    let mut census = census.clone();
    let sight = census.accounts.get_mut(&AccountId::new("game")).unwrap();
    let second = town.second(doubt, census.taken);
    sight.estate.values_mut().next().unwrap().second = Some(second);
    let found = assess(&census, &watch.memory, &watch.settings, census.taken);
    assert_eq!(found, []);
}

#[test]
fn an_unsettled_cluster_makes_unknown_what_is_tied_to_it_or_shares_its_network() {
    check(
        "
        cluster cls-moving vpc=vpc-1 unsettled
        cluster cls-well   vpc=vpc-2
        machine ins-tagged    tag=cls-moving vpc=vpc-2
        machine ins-neighbor  tag=cls-well   vpc=vpc-1
        machine ins-elsewhere tag=cls-well   vpc=vpc-2
        ",
        &expect![[r#"
            orphan machine ins-elsewhere
            unknown machine ins-neighbor (cluster_unsettled:cls-moving)
            unknown machine ins-tagged (cluster_unsettled:cls-moving)
        "#]],
    );
}

#[test]
fn a_list_that_never_shows_all_nodes_proves_nothing_unless_the_cluster_is_gone() {
    // A node that its owner made himself, or Karpenter did, is in no list: it is not spoken of.
    check(
        "
        cluster prod vpc=vpc-1 groups
        machine i-own     tag=prod vpc=vpc-1
        machine i-before  tag=old  vpc=vpc-2
        machine i-near    tag=old  vpc=vpc-1
        ",
        &expect![[r#"
            orphan machine i-before
            unknown machine i-near (nodes_partial:prod)
        "#]],
    );
}

#[test]
fn a_cluster_without_machines_has_nothing_to_say() {
    check(
        "
        cluster cls-serverless vpc=vpc-1 serverless
        machine ins-1 tag=cls-gone vpc=vpc-1
        ",
        &expect![[r#"
            orphan machine ins-1
        "#]],
    );
}

#[test]
fn a_cluster_is_gone_only_when_it_was_asked_for_by_id() {
    check(
        "
        cluster cls-1 vpc=vpc-1
        cluster cls-secret vpc=vpc-2 denied
        unseen cluster cls-lost
        machine ins-gone   tag=cls-gone   vpc=vpc-1
        machine ins-lost   tag=cls-lost   vpc=vpc-1
        machine ins-secret tag=cls-secret vpc=vpc-2
        ",
        &expect![[r#"
            orphan machine ins-gone
            unknown machine ins-lost (cluster_unseen:cls-lost)
            unknown machine ins-secret (cluster_forbidden:cls-secret)
        "#]],
    );
}

#[test]
fn a_list_filtered_by_resource_group_proves_nothing_of_whom_it_may_hide() {
    check(
        "
        cluster cls-shown vpc=vpc-1
        cluster cls-hidden vpc=vpc-2 hidden
        node cls-hidden ins-node
        machine ins-node     tag=cls-hidden vpc=vpc-2 says=free
        machine ins-neighbor tag=cls-shown  vpc=vpc-2
        machine ins-grouped  group=asg-1
        machine ins-other    tag=cls-shown  vpc=vpc-1
        ",
        &expect![[r#"
            orphan machine ins-other
            unknown machine ins-grouped (clusters_filtered:cls-hidden)
            unknown machine ins-neighbor (clusters_filtered:cls-hidden)
            unknown machine ins-node (clusters_filtered:cls-hidden)
        "#]],
    );
}

/// Looks twice at two regions of one account.
fn check_regions(here: &str, there: &str, expected: &Expect) {
    let (here, there) = (Town::read(here, now()), Town::read(there, now()));
    let mut watch = Watch::default();
    let regions = [
        ("game@ap-beijing", "1000", &here),
        ("game@ap-shanghai", "1000", &there),
    ];
    watch.look_at(&regions, now());
    watch.look_at(&regions, now() + minutes(60));
    expected.assert_eq(&watch.shown());
}

#[test]
fn a_dead_region_makes_nothing_unknown_in_another() {
    check_regions(
        "cluster cls-1\n machine ins-here tag=cls-1",
        "unseen clusters\n machine ins-there tag=cls-2",
        &expect![[r#"
            orphan machine ins-here
            unknown machine ins-there (clusters_unseen)
        "#]],
    );
}

#[test]
fn a_cluster_that_is_known_by_id_everywhere_is_asked_where_it_is() {
    // What the cloud finds by id here, the list of the other region shows.
    check_regions(
        "
        cluster cls-far hidden
        machine ins-left tag=cls-far
        machine ins-else tag=cls-gone
        ",
        "cluster cls-far\n node cls-far ins-x\n machine ins-x",
        &expect![[r#"
            orphan machine ins-else
            orphan machine ins-left
        "#]],
    );
    check_regions(
        "cluster cls-far hidden\n machine ins-left tag=cls-far",
        "cluster cls-far\n unseen nodes cls-far",
        &expect![[r#"
            unknown machine ins-left (nodes_unseen:cls-far)
        "#]],
    );
}

#[test]
fn an_orphan_that_a_filtered_list_no_longer_shows_is_not_gone() {
    let shown = "cluster cls-1\n machine ins-1 tag=cls-1";
    let hidden = "cluster cls-1\n machine ins-1 tag=cls-1 unlisted";
    let blind = "cluster cls-1\n machine ins-1 tag=cls-1 unlisted\n unseen by-id";
    check_looks(
        &[
            (0, shown),
            (60, shown),
            (120, hidden),
            (180, blind),
            (240, shown),
        ],
        &expect![[r#"
            +0
            suspect machine ins-1
            +60
            orphan machine ins-1
            +120
            unknown machine ins-1 (machines_filtered)
            +180
            unknown machine ins-1 (machine_unseen)
            +240
            orphan machine ins-1
        "#]],
    );
}

#[test]
fn a_machine_that_moves_between_clusters_is_a_member_of_the_new_one() {
    check_looks(
        &[
            (
                0,
                "cluster cls-1\n cluster cls-2\n node cls-1 ins-1\n machine ins-1 tag=cls-1",
            ),
            (
                60,
                "cluster cls-1\n cluster cls-2\n machine ins-1 tag=cls-1",
            ),
            (
                120,
                "cluster cls-1\n cluster cls-2\n node cls-2 ins-1\n machine ins-1 tag=cls-1",
            ),
            (
                180,
                "cluster cls-1\n cluster cls-2\n machine ins-1 tag=cls-1",
            ),
            (
                240,
                "cluster cls-1\n cluster cls-2\n node cls-1 ins-1\n machine ins-1 tag=cls-1",
            ),
        ],
        &expect![[r#"
            +0
            +60
            suspect machine ins-1
            +120
            +180
            suspect machine ins-1
            +240
        "#]],
    );
}

#[test]
fn two_clusters_with_one_name_are_told_apart_by_id() {
    check(
        "
        cluster cls-1 name=prod
        cluster cls-2 name=prod
        unseen nodes cls-2
        machine ins-1 tag=cls-1 vpc=vpc-1
        machine ins-2 tag=cls-2 vpc=vpc-1
        ",
        &expect![[r#"
            orphan machine ins-1
            unknown machine ins-2 (nodes_unseen:cls-2)
        "#]],
    );
}

#[test]
fn ids_are_compared_as_they_are_spelt() {
    check(
        "
        cluster cls-1
        node cls-1 ins-ABC
        machine ins-ABC tag=cls-1
        machine ins-abc tag=cls-1
        ",
        &expect![[r#"
            orphan machine ins-abc
        "#]],
    );
}

#[test]
fn a_node_known_by_its_address_alone_may_be_in_another_network() {
    check(
        "
        cluster cls-1 vpc=vpc-1
        node cls-1 ip=10.0.0.9
        machine ins-here    tag=cls-1 vpc=vpc-1 ip=10.0.0.9
        machine ins-unclear tag=cls-1           ip=10.0.0.9
        machine ins-there   tag=cls-1 vpc=vpc-2 ip=10.0.0.9
        ",
        &expect![[r#"
            unknown machine ins-there (same_address:node-10.0.0.9)
        "#]],
    );
}

#[test]
fn a_cluster_tag_copied_to_a_plain_machine_shows_that_it_is_all_there_is() {
    let town = Town::read("cluster cls-1\n machine ins-copy tag=cls-1", now());
    let mut watch = Watch::default();
    watch.look(&town, now());
    watch.look(&town, now() + minutes(60));
    let evidence = &watch.memory.findings[0].finding.evidence;
    assert_eq!(watch.verdict("ins-copy"), "orphan");
    assert_eq!(evidence[facts::TIES], "tag tke-clusterId=cls-1");
    assert!(!evidence.contains_key(facts::LAST_MEMBER));
}

#[test]
fn what_is_allowed_is_left_alone_until_its_date() {
    let town = "
        cluster cls-1
        machine ins-by-id   tag=cls-1
        machine ins-by-tag  tag=cls-1 label=keep:yes
        machine ins-by-name tag=cls-1 name=bastion-1
    ";
    let allow = |what| Allowance {
        what,
        until: now() + minutes(30),
        reason: "moves out".into(),
    };
    let settings = OrphanSettings {
        allowed: vec![
            allow(Allowed::Id(ResourceId::new("ins-by-id"))),
            allow(Allowed::Tag("keep".into(), Some("yes".into()))),
            allow(Allowed::Name("bastion-*".into())),
        ],
        ..OrphanSettings::default()
    };
    let town = Town::read(town, now());
    let mut watch = Watch::with(settings);
    watch.look(&town, now());
    expect![[""]].assert_eq(&watch.shown());
    watch.look(&town, now() + minutes(30));
    expect![[r#"
        suspect machine ins-by-id
        suspect machine ins-by-name
        suspect machine ins-by-tag
    "#]]
    .assert_eq(&watch.shown());
}

#[test]
fn two_accounts_of_one_identity_are_told_once_and_what_either_sees_counts() {
    let first = Town::read(
        "cluster cls-1\n unseen clusters\n machine ins-1 tag=cls-1",
        now(),
    );
    let second = Town::read(
        "cluster cls-1\n node cls-1 ins-2\n machine ins-1 tag=cls-1\n machine ins-2 tag=cls-1",
        now(),
    );
    let mut watch = Watch::default();
    let accounts = [
        ("a", "1000", &first),
        ("b", "1000", &second),
        ("c", "2000", &second),
    ];
    watch.look_at(&accounts, now());
    watch.look_at(&accounts, now() + minutes(60));
    let open = watch.memory.findings.iter();
    let keys: Vec<String> = open.map(|it| it.finding.key.to_string()).collect();
    assert_eq!(keys, ["orphans:machine:a:ins-1", "orphans:machine:c:ins-1"]);
    expect![[r#"
        orphan machine ins-1
        orphan machine ins-1
    "#]]
    .assert_eq(&watch.shown());
}

#[test]
fn one_identity_is_told_under_one_account_while_the_other_cannot_log_in() {
    let town = Town::read("cluster cls-1\n machine ins-1 tag=cls-1", now());
    let mut locked = town.clone();
    locked.faults.insert(Fault::Identity);
    let mut watch = Watch::default();
    watch.look_at(&[("a", "1000", &town), ("b", "1000", &town)], now());
    let hour = now() + minutes(60);
    watch.look_at(&[("a", "1000", &locked), ("b", "1000", &town)], hour);
    let open = watch.memory.findings.iter();
    let keys: Vec<String> = open.map(|it| it.finding.key.to_string()).collect();
    assert_eq!(keys, ["orphans:machine:a:ins-1"]);
    assert_eq!(watch.verdict("ins-1"), "orphan");
}

#[test]
fn the_clock_may_jump_back_and_nothing_is_proven_by_it() {
    let town = "cluster cls-1\n machine ins-1 tag=cls-1";
    check_looks(
        &[(600, town), (0, town), (20, town), (30, town)],
        &expect![[r#"
            +600
            suspect machine ins-1
            +0
            suspect machine ins-1
            +20
            suspect machine ins-1
            +30
            orphan machine ins-1
        "#]],
    );
}

#[test]
fn where_machines_are_not_looked_at_nothing_is_asked_and_nothing_said() {
    let settings = OrphanSettings {
        kinds: BTreeSet::from([OrphanKind::Address]),
        ..OrphanSettings::default()
    };
    let town = Town::read("cluster cls-1\n machine ins-1 tag=cls-1", now());
    let mut watch = Watch::with(settings);
    let census = watch.look(&town, now());
    assert_eq!(wants(&watch.settings).estate.parts.len(), 1);
    assert_eq!(doubts(&census, &watch.memory, &watch.settings, now()), []);
    expect![[""]].assert_eq(&watch.shown());
}

#[test]
fn machines_that_were_nodes_or_that_findings_are_about_stay_in_sight() {
    let mut watch = Watch::default();
    let town = "
        cluster cls-1
        node cls-1 ins-node
        machine ins-node
        machine ins-left tag=cls-1
    ";
    watch.look(&Town::read(town, now()), now());
    let remembered = remembered(&watch.memory);
    let mut ids = IdSet::default();
    ids.insert(&ResourceId::new("ins-left"));
    ids.insert(&ResourceId::new("ins-node"));
    assert_eq!(remembered[&AccountId::new("game")], ids);
}

#[test]
fn findings_that_are_gone_are_forgotten_by_the_next_suspect() {
    let left = "cluster cls-1\n machine ins-1 tag=cls-1";
    let back = "cluster cls-1\n node cls-1 ins-1\n machine ins-1 tag=cls-1";
    let mut watch = Watch::default();
    let look = |watch: &mut Watch, minute: i64, town: &str| {
        let then: Timestamp = at("2026-11-21T02:00:00Z") + minutes(minute);
        drop(watch.look(&Town::read(town, now()), then));
        watch.memory.findings.first().map(|it| it.state)
    };
    look(&mut watch, 0, left);
    look(&mut watch, 60, left);
    assert_eq!(watch.verdict("ins-1"), "orphan");
    assert_eq!(look(&mut watch, 120, back), Some(FindingState::Gone));
    look(&mut watch, 180, left);
    assert_eq!(watch.verdict("ins-1"), "suspect");
}
