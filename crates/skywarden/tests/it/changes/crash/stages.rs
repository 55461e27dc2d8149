//! The worlds in which the program is killed, each with its history.

use jiff::SignedDuration;

use super::play::{Restart, Stage};
use crate::changes::{REGION, abroad, aliyun, orphans, scene};
use crate::scene::Scene;

const APPLY: &[&str] = &["apply", "backups", "--yes", "-o", "json"];
const DAY: SignedDuration = SignedDuration::from_hours(24);

fn data() -> Vec<(&'static str, String)> {
    vec![("data", format!("regions = [\"{REGION}\"]"))]
}

fn shop() -> Vec<(&'static str, String)> {
    vec![("shop", format!("regions = [\"{}\"]", aliyun::REGION))]
}

#[track_caller]
fn done(scene: &Scene, line: &[&str]) {
    let said = scene.run(line);
    assert_eq!(said.code, 0, "{said}");
}

/// Two machines with whole sets of two days, on the third of which sets and images are due, and the
/// sets of the first go.
pub(in crate::changes) fn backups() -> Stage {
    const TABLES: &str =
        "[backups]\nmode = \"apply\"\nkeep = { last = 2, at_least = 2 }\nimage = \"weekly\"";
    let past = scene(2, &TABLES.replace("weekly", "off"));
    for _ in 0..2 {
        done(&past, APPLY);
        past.go_by(DAY);
    }
    Stage::new(past, data(), TABLES, APPLY, Restart::Again)
}

/// A machine with a whole set here and in another account, on the next day of which one is due here and
/// there.
pub(in crate::changes) fn abroad() -> Stage {
    let past = abroad::scene(abroad::TABLES);
    done(&past, APPLY);
    past.go_by(DAY);
    let regions = || format!("regions = [\"{REGION}\"]");
    let keys = vec![("data", regions()), ("vault", regions())];
    Stage::new(past, keys, abroad::TABLES, APPLY, Restart::Again)
}

/// A machine with a whole set, to be brought back beside itself.
pub(in crate::changes) fn beside() -> Stage {
    const TABLES: &str = "[backups]\nmode = \"apply\"\nimage = \"off\"";
    const LINE: &[&str] = &[
        "backups",
        "restore",
        "web-1",
        "--machine",
        "--yes",
        "-o",
        "json",
    ];
    let past = scene(1, TABLES);
    done(&past, APPLY);
    Stage::new(past, data(), TABLES, LINE, Restart::Resume)
}

/// Two machines without an alarm, and nobody to tell yet.
pub(in crate::changes) fn alarms() -> Stage {
    const TABLES: &str = "[alarms]\nmode = \"apply\"";
    const LINE: &[&str] = &["apply", "alarms", "--yes", "--create-topic", "-o", "json"];
    let past = scene(2, TABLES);
    done(&past, &["plan", "alarms"]);
    Stage::new(past, data(), TABLES, LINE, Restart::Again)
}

/// A machine that has left its cluster, and is to be stopped and marked.
pub(in crate::changes) fn orphan_stops() -> Stage {
    let past = orphans::scene(orphans::TABLES);
    Stage::new(
        past,
        shop(),
        orphans::TABLES,
        orphans::APPLY,
        Restart::Again,
    )
}

/// The same machine days after it was stopped, when it is to go.
pub(in crate::changes) fn orphan_goes() -> Stage {
    let past = orphans::stopped(orphans::TABLES);
    Stage::new(
        past,
        shop(),
        orphans::TABLES,
        orphans::APPLY,
        Restart::Again,
    )
}

/// A machine of Alibaba Cloud with whole sets of two days, of which the first goes on the third.
pub(in crate::changes) fn aliyun() -> Stage {
    const TABLES: &str =
        "[backups]\nmode = \"apply\"\nkeep = { last = 2, at_least = 2 }\nimage = \"off\"";
    let past = aliyun::scene(1, TABLES);
    for _ in 0..2 {
        done(&past, APPLY);
        past.go_by(DAY);
    }
    Stage::new(past, shop(), TABLES, APPLY, Restart::Again)
}
