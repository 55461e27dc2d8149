//! What a finding tells of the thing, so that its reader can decide.

use expect_test::expect;
use model::{Charge, Expiry};

use crate::sample::{Town, Watch, at, minutes, now};

/// Returns every fact of the only finding.
fn facts_of(watch: &Watch) -> String {
    let [known] = watch.memory.findings.as_slice() else {
        panic!("{} findings", watch.memory.findings.len())
    };
    let evidence = known.finding.evidence.iter();
    evidence
        .map(|(name, value)| format!("{name}: {value}\n"))
        .collect()
}

#[test]
fn an_orphan_says_what_ties_it_who_was_asked_and_what_it_is() {
    let before = "
        cluster cls-1 vpc=vpc-1 name=prod
        cluster cls-2 vpc=vpc-1
        cluster cls-3 vpc=vpc-9
        node cls-1 ins-1
        machine ins-1 tag=cls-1 vpc=vpc-1
    ";
    let mut after = Town::read(
        "
        cluster cls-2 vpc=vpc-1
        cluster cls-1 vpc=vpc-1 name=prod
        cluster cls-3 vpc=vpc-9
        machine ins-1 name-of=cls-1 tag=cls-1 group=asg-7 vpc=vpc-1 ip=10.0.0.4 public=1.2.3.4
        ",
        now(),
    );
    let machine = &mut after.machines[0];
    machine.charge = Charge::Prepaid;
    machine.expiry = Expiry::At(at("2026-12-31T16:00:00Z"));
    let mut watch = Watch::default();
    watch.look(&Town::read(before, now()), now());
    watch.look(&after, now() + minutes(60));
    expect![[r#"
        charge: prepaid
        cloud: tencent
        cluster: cls-1
        cluster_name: prod
        clusters_asked: cls-1,cls-2
        confirmed_after: 2026-11-21T03:30:00Z
        created: 2026-11-19T02:00:00Z
        expires: 2026-12-31T16:00:00Z
        identity: 1000
        last_member: 2026-11-21T02:00:00Z
        network: vpc-1
        pool: asg-7
        private_ips: 10.0.0.4
        public_ips: 1.2.3.4
        region: ap-beijing
        second_opinion: free
        since: 2026-11-21T03:00:00Z
        state: running
        ties: tag tke-clusterId=cls-1; name tke_cls-1_worker; group asg-7; history cls-1
        type: S5.LARGE8
        verdict: suspect
        zone: ap-beijing-3
    "#]]
    .assert_eq(&facts_of(&watch));
    watch.look(&after, now() + minutes(120));
    let shown = facts_of(&watch);
    assert!(shown.contains("verdict: orphan\n"), "{shown}");
    assert!(
        shown.contains("confirmed: 2026-11-21T04:00:00Z\n"),
        "{shown}"
    );
    assert!(shown.contains("since: 2026-11-21T03:00:00Z\n"), "{shown}");
    assert!(!shown.contains("confirmed_after"), "{shown}");
}

#[test]
fn the_scopes_are_the_lists_whose_sight_tells_that_it_is_gone() {
    let mut watch = Watch::default();
    watch.look(
        &Town::read("cluster cls-1\n machine ins-1 tag=cls-1", now()),
        now(),
    );
    let scopes = &watch.memory.findings[0].finding.scopes;
    let scopes: Vec<String> = scopes.iter().map(ToString::to_string).collect();
    assert_eq!(
        scopes,
        [
            "game/global/identity",
            "game/ap-beijing/cluster",
            "game/ap-beijing/instance"
        ]
    );
}

#[test]
fn a_cluster_that_is_gone_is_said_to_be_gone() {
    let mut watch = Watch::default();
    watch.look(
        &Town::read("cluster cls-1\n machine ins-1 tag=cls-old", now()),
        now(),
    );
    let shown = facts_of(&watch);
    assert!(
        shown.contains("cluster: cls-old\ncluster_state: gone\n"),
        "{shown}"
    );
}
