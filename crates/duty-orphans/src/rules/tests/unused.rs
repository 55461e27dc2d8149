//! What nobody uses, and what only looks like it.

use std::collections::BTreeSet;

use duty::Severity;
use expect_test::expect;
use jiff::SignedDuration;
use model::ResourceId;

use super::{check_looks, check_with};
use crate::kind::OrphanKind;
use crate::sample::{Town, Watch, minutes, now};
use crate::settings::{Allowance, Allowed, OrphanSettings};

const DAY: i64 = 24 * 60;

/// Returns settings by which a thing is unused at once.
fn impatient() -> OrphanSettings {
    OrphanSettings {
        waste_age: SignedDuration::ZERO,
        ..OrphanSettings::default()
    }
}

#[test]
fn a_thing_is_unused_after_a_day_of_being_seen_so() {
    let town = "
        disk disk-1
        address eip-1
        balancer lb-1 backends=0
    ";
    check_looks(
        &[(0, town), (DAY - 1, town), (DAY, town)],
        &expect![[r#"
            +0
            recent disk disk-1
            recent address eip-1
            recent load_balancer lb-1
            +1439
            recent disk disk-1
            recent address eip-1
            recent load_balancer lb-1
            +1440
            unused disk disk-1
            unused address eip-1
            unused load_balancer lb-1
        "#]],
    );
}

#[test]
fn a_thing_that_is_used_in_between_starts_anew() {
    check_looks(
        &[
            (0, "disk disk-1"),
            (DAY - 60, "disk disk-1 on=ins-1"),
            (DAY, "disk disk-1"),
        ],
        &expect![[r#"
            +0
            recent disk disk-1
            +1380
            +1440
            recent disk disk-1
        "#]],
    );
}

#[test]
fn where_the_cloud_says_since_when_nobody_waits_for_a_second_look() {
    check_looks(
        &[(
            0,
            "
            disk disk-old detached=3000
            disk disk-new detached=60
            ",
        )],
        &expect![[r#"
            +0
            unused disk disk-old
            recent disk disk-new
        "#]],
    );
}

#[test]
fn what_is_used_or_on_its_way_is_not_waste_and_what_cannot_be_told_is_unknown() {
    check_with(
        impatient(),
        "
        disk disk-on on=ins-1
        disk disk-moving moving
        disk disk-off
        address eip-on at=ins-1
        address eip-off ip=1.2.3.4
        balancer lb-on backends=2
        balancer lb-off backends=0
        balancer lb-dark
        ",
        &expect![[r#"
            unused disk disk-off
            unused address eip-off
            unknown load_balancer lb-dark (backends_unseen)
            unused load_balancer lb-off
        "#]],
    );
}

#[test]
fn a_copy_is_left_over_only_when_its_source_is_gone_by_id() {
    let town = "
        disk disk-there on=ins-1
        disk disk-hidden on=ins-1 unlisted
        machine ins-1
        snapshot snap-fine disk-there
        snapshot snap-hidden disk-hidden
        snapshot snap-left disk-gone
        snapshot snap-held disk-gone held=img-1
        snapshot snap-pending disk-gone pending
        image img-fine ins-1
        image img-left ins-gone
        image img-shared ins-gone shared
    ";
    check_with(
        impatient(),
        town,
        &expect![[r#"
            unused snapshot snap-held
            unused snapshot snap-left
            unused image img-left
            unused image img-shared
        "#]],
    );
    check_with(
        impatient(),
        &format!("{town}\nunseen by-id"),
        &expect![[r#"
            unknown snapshot snap-held (source_unseen)
            unknown snapshot snap-hidden (source_unseen)
            unknown snapshot snap-left (source_unseen)
            unknown image img-left (source_unseen)
            unknown image img-shared (source_unseen)
        "#]],
    );
}

#[test]
fn without_the_list_of_disks_nothing_is_said_of_snapshots_and_what_was_stays() {
    let whole = "snapshot snap-1 disk-gone";
    let blind = "unseen disks\n snapshot snap-1 disk-gone\n snapshot snap-2 disk-gone";
    check_looks(
        &[
            (0, whole),
            (DAY, whole),
            (DAY + 60, blind),
            (DAY + 120, whole),
        ],
        &expect![[r#"
            +0
            recent snapshot snap-1
            +1440
            unused snapshot snap-1
            +1500
            unused snapshot snap-1 frozen
            +1560
            unused snapshot snap-1
        "#]],
    );
}

#[test]
fn a_held_snapshot_and_an_image_are_never_more_than_a_notice() {
    let town = Town::read(
        "
        disk disk-1
        snapshot snap-held disk-gone held=img-1
        snapshot snap-left disk-gone
        image img-1 ins-gone
        ",
        now(),
    );
    let mut watch = Watch::with(OrphanSettings {
        waste_severity: Severity::Warning,
        ..impatient()
    });
    watch.look(&town, now());
    let known = watch.memory.findings.iter();
    let said = known.map(|it| {
        let finding = &it.finding;
        format!("{} {}", finding.severity.word(), finding.key.resource)
    });
    let said: Vec<String> = said.collect();
    assert_eq!(
        said,
        [
            "warning disk-1",
            "notice img-1",
            "notice snap-held",
            "warning snap-left"
        ]
    );
}

#[test]
fn only_the_kinds_that_are_asked_for_are_looked_at() {
    let town = "
        disk disk-1
        address eip-1
        snapshot snap-1 disk-gone
        image img-1 ins-gone
        balancer lb-1 backends=0
    ";
    for kind in OrphanKind::ALL {
        let mut watch = Watch::with(OrphanSettings {
            kinds: BTreeSet::from([kind]),
            ..impatient()
        });
        watch.look(&Town::read(town, now()), now());
        let known = watch.memory.findings.iter();
        let kinds: BTreeSet<&str> = known.map(|it| it.finding.key.kind.as_str()).collect();
        let expected = match kind {
            OrphanKind::Machine => BTreeSet::new(),
            other => BTreeSet::from([other.word()]),
        };
        assert_eq!(kinds, expected);
    }
}

#[test]
fn an_allowed_thing_is_no_waste() {
    let settings = OrphanSettings {
        allowed: vec![Allowance {
            what: Allowed::Id(ResourceId::new("disk-1")),
            until: now() + minutes(600),
            reason: "the archive".into(),
        }],
        ..impatient()
    };
    check_with(settings, "disk disk-1", &expect![[""]]);
}
