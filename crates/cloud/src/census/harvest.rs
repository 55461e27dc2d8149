//! How the bill is folded: every row counted, the few that matter kept.

use std::collections::BTreeMap;

use jiff::Timestamp;
use model::{Expiry, Kind, Prepaid, PrepaidStatus, Renewal, ResourceId};

use crate::ports::Detail;

/// A long list folded down to what a duty needs, with counts of all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Harvest<T> {
    /// The rows that matter.
    pub kept: Vec<T>,
    /// How many rows there were in all, by product code.
    pub counted: BTreeMap<Kind, u64>,
    /// How many of them renew by themselves, by product code.
    pub renewing: BTreeMap<Kind, u64>,
}

impl<T> Default for Harvest<T> {
    /// Returns a harvest of nothing; rows need no default of their own.
    fn default() -> Self {
        Self {
            kept: Vec::new(),
            counted: BTreeMap::new(),
            renewing: BTreeMap::new(),
        }
    }
}

impl<T> Harvest<T> {
    /// Returns how many rows there were in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counted.values().sum()
    }
}

impl Harvest<Prepaid> {
    /// Counts one row of the bill, and keeps it if it ends before `ending_before`, has ended by
    /// the cloud's own word, or if its end is unknown.
    pub fn take(&mut self, row: Prepaid, ending_before: Timestamp) {
        bump(&mut self.counted, &row.kind);
        if is_auto(&row.renewal) {
            bump(&mut self.renewing, &row.kind);
        }
        let matters = match row.expiry {
            Expiry::At(end) => end < ending_before,
            Expiry::Unknown => true,
            Expiry::Never => false,
        };
        if matters || row.status == PrepaidStatus::Expired {
            self.kept.push(row);
        }
    }

    /// Adds what the reader of one product knows to the kept rows of that product: names, tags,
    /// and its word on renewal, which beats the bill's where it is a word we know.
    pub fn adorn(&mut self, kind: &Kind, details: &[Detail]) {
        let known: BTreeMap<&ResourceId, &Detail> = details.iter().map(|it| (&it.id, it)).collect();
        for row in self.kept.iter_mut().filter(|it| it.kind == *kind) {
            let Some(detail) = known.get(&row.id) else {
                continue;
            };
            if !detail.name.is_empty() {
                row.name = Some(detail.name.clone());
            }
            row.tags.clone_from(&detail.tags);
            let Some(renewal) = &detail.renewal else {
                continue;
            };
            if matches!(renewal, Renewal::Unknown(_)) {
                continue;
            }
            let renewing = self.renewing.entry(row.kind.clone()).or_default();
            match (is_auto(&row.renewal), is_auto(renewal)) {
                (false, true) => *renewing += 1,
                (true, false) => *renewing = renewing.saturating_sub(1),
                _ => {}
            }
            row.renewal = renewal.clone();
        }
        self.renewing.retain(|_, many| *many > 0);
    }
}

fn is_auto(renewal: &Renewal) -> bool {
    matches!(renewal, Renewal::Auto { .. })
}

fn bump(counts: &mut BTreeMap<Kind, u64>, kind: &Kind) {
    match counts.get_mut(kind) {
        Some(many) => *many += 1,
        None => drop(counts.insert(kind.clone(), 1)),
    }
}

#[cfg(test)]
mod tests {
    use model::Tags;

    use super::*;

    fn row(id: &str, expiry: Expiry, renewal: Renewal) -> Prepaid {
        Prepaid {
            kind: Kind::new("ecs"),
            product_type: "".into(),
            id: ResourceId::new(id),
            name: None,
            region: None,
            tags: Tags::new(),
            created: None,
            expiry,
            renewal,
            status: PrepaidStatus::Normal,
            release: None,
            renewal_price: None,
        }
    }

    fn at(second: i64) -> Expiry {
        Expiry::At(Timestamp::from_second(second).unwrap())
    }

    const AUTO: Renewal = Renewal::Auto { months: None };

    #[test]
    fn all_are_counted_and_those_that_matter_are_kept() {
        let mut harvest = Harvest::default();
        let before = Timestamp::from_second(100).unwrap();
        let expired = Prepaid {
            status: PrepaidStatus::Expired,
            ..row("expired", at(900), Renewal::Manual)
        };
        for row in [
            row("soon", at(99), Renewal::Manual),
            row("late", at(100), AUTO),
            row("never", Expiry::Never, Renewal::Manual),
            row("unknown", Expiry::Unknown, Renewal::Manual),
            expired,
        ] {
            harvest.take(row, before);
        }
        let kept: Vec<&str> = harvest.kept.iter().map(|it| it.id.as_str()).collect();
        assert_eq!(kept, ["soon", "unknown", "expired"]);
        assert_eq!(
            (harvest.total(), harvest.renewing[&Kind::new("ecs")]),
            (5, 1)
        );
    }

    #[test]
    fn the_products_own_word_on_renewal_beats_the_bills_if_it_is_a_word() {
        let mut harvest = Harvest::default();
        let before = Timestamp::from_second(100).unwrap();
        for id in ["a", "b"] {
            harvest.take(row(id, at(1), Renewal::Manual), before);
        }
        let detail = |id: &str, renewal| Detail {
            id: ResourceId::new(id),
            name: format!("name of {id}"),
            tags: Tags::new(),
            renewal: Some(renewal),
        };
        let details = [detail("a", AUTO), detail("b", Renewal::Unknown("?".into()))];
        harvest.adorn(&Kind::new("ecs"), &details);
        assert_eq!(harvest.kept[0].renewal, AUTO);
        assert_eq!(harvest.kept[1].renewal, Renewal::Manual);
        assert_eq!(harvest.kept[1].name.as_deref(), Some("name of b"));
        assert_eq!(harvest.renewing[&Kind::new("ecs")], 1);
    }
}
