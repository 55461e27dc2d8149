//! Sightings for the tests of pure rules, minted where all are minted: by the pager.

use std::collections::BTreeMap;

use cloud::{Harvest, Sighting, Unseen, Why};
use model::{Prepaid, Renewal};

/// Returns the sighting of something that was seen whole.
pub fn seen<T>(value: T) -> Sighting<T> {
    cloud::pager::single(Ok(value))
}

/// Returns a look that failed for `why`.
#[must_use]
pub fn unseen<T>(why: Why) -> Sighting<T> {
    let detail = format!("the test says {}", why.word());
    Sighting::Unseen(Unseen::new(why, detail))
}

/// Returns a bill of these rows that was seen whole; every row is kept and counted.
#[must_use]
pub fn harvest(rows: Vec<Prepaid>) -> Sighting<Harvest<Prepaid>> {
    let (mut counted, mut renewing) = (BTreeMap::new(), BTreeMap::new());
    for row in &rows {
        *counted.entry(row.kind.clone()).or_default() += 1;
        if matches!(row.renewal, Renewal::Auto { .. }) {
            *renewing.entry(row.kind.clone()).or_default() += 1;
        }
    }
    seen(Harvest {
        kept: rows,
        counted,
        renewing,
    })
}
