//! Reads what ends: reserved machines and databases, and savings plans.
//!
//! Nothing of it renews by itself: at its end the price goes up, and the thing goes on. What has
//! ended stays in the lists for a year and more; it is told of for a month.

mod reserved;

use std::collections::BTreeMap;

use cloud::{PageSource, TermList, Terms};
use jiff::{SignedDuration, Timestamp};
use model::{Expiry, Kind, Place, Prepaid, PrepaidStatus, RegionId, Renewal, ResourceId, Tags};
use serde::Deserialize;

use crate::Aws;
use crate::decode::{Loose, Misread};
use crate::endpoints::Partition;
use crate::lists::Batch;
use crate::operations::{
    DESCRIBE_RESERVED_DB_INSTANCES, DESCRIBE_RESERVED_INSTANCES, DESCRIBE_SAVINGS_PLANS,
};
use crate::times;

pub(crate) const MACHINES: &str = "ec2";
pub(crate) const DATABASES: &str = "rds";
pub(crate) const PLANS: &str = "savingsplans";

const fn regional(kind: &'static str) -> TermList {
    TermList {
        kind,
        regional: true,
    }
}

static WORLD: [TermList; 3] = [
    regional(MACHINES),
    regional(DATABASES),
    TermList {
        kind: PLANS,
        regional: false,
    },
];

/// In China each region has savings plans of its own.
static CHINA: [TermList; 3] = [regional(MACHINES), regional(DATABASES), regional(PLANS)];

/// How long what has ended is told of.
const AFTER_END: SignedDuration = SignedDuration::from_hours(30 * 24);
/// The largest page of savings plans, and the usual one of reservations.
pub(crate) const PAGE_SIZE: u32 = 100;
const ROW_BYTES: usize = 2 << 10;

impl Terms for Aws {
    fn lists(&self) -> &[TermList] {
        match self.line.partition {
            Partition::Aws => &WORLD,
            Partition::China => &CHINA,
        }
    }

    fn ending(&self, list: &TermList, place: &Place) -> Box<dyn PageSource<Prepaid> + '_> {
        match list.kind {
            DATABASES => self.reserved_databases(place),
            PLANS => self.savings_plans(place),
            _ => self.reserved_machines(place),
        }
    }
}

impl Aws {
    fn reserved_machines(&self, place: &Place) -> Box<dyn PageSource<Prepaid> + '_> {
        let place = place.clone();
        let operation = &DESCRIBE_RESERVED_INSTANCES;
        self.list(operation, place.clone(), move |_token| {
            let place = place.clone();
            async move {
                let batch = self
                    .call(operation, reserved::decode_machines)
                    .at(&place)
                    .expecting(PAGE_SIZE as usize, ROW_BYTES)
                    .send()
                    .await?;
                Ok(self.told_of(batch, &place))
            }
        })
    }

    fn reserved_databases(&self, place: &Place) -> Box<dyn PageSource<Prepaid> + '_> {
        let place = place.clone();
        let operation = &DESCRIBE_RESERVED_DB_INSTANCES;
        self.list(operation, place.clone(), move |token| {
            let place = place.clone();
            async move {
                let batch = self
                    .call(operation, reserved::decode_databases)
                    .at(&place)
                    .with("MaxRecords", PAGE_SIZE.to_string())
                    .with_some("Marker", token)
                    .expecting(PAGE_SIZE as usize, ROW_BYTES)
                    .send()
                    .await?;
                Ok(self.told_of(batch, &place))
            }
        })
    }

    fn savings_plans(&self, place: &Place) -> Box<dyn PageSource<Prepaid> + '_> {
        let place = place.clone();
        let operation = &DESCRIBE_SAVINGS_PLANS;
        self.list(operation, place.clone(), move |token| {
            let place = place.clone();
            async move {
                let batch = self
                    .call(operation, decode_plans)
                    .at(&place)
                    .post("/DescribeSavingsPlans")
                    .with_json("maxResults", PAGE_SIZE)
                    .with_some_json("nextToken", token)
                    .expecting(PAGE_SIZE as usize, ROW_BYTES)
                    .send()
                    .await?;
                Ok(self.told_of(batch, &place))
            }
        })
    }

    /// Leaves out what has ended long ago, and says where the rest is.
    fn told_of(&self, batch: Batch<Prepaid>, place: &Place) -> Batch<Prepaid> {
        let now = self.line.now();
        let here = match place {
            Place::Region(region) => Some(region),
            Place::Global => None,
        };
        let rows = batch.rows.into_iter().filter(|it| is_told_of(it, now));
        Batch {
            rows: rows
                .map(|row| Prepaid {
                    region: row.region.or_else(|| here.cloned()),
                    ..row
                })
                .collect(),
            next: batch.next,
        }
    }
}

fn is_told_of(row: &Prepaid, now: Timestamp) -> bool {
    match row.expiry {
        Expiry::At(end) => end.saturating_add(AFTER_END).is_ok_and(|it| it > now),
        // Whatever ended without a readable end is told of: rather once too often than never.
        Expiry::Unknown | Expiry::Never => true,
    }
}

/// Returns what a word of a reservation means for the bill; `None` for what was given back or never
/// bought.
fn status(word: &str) -> Option<PrepaidStatus> {
    Some(match word.trim() {
        "active" => PrepaidStatus::Normal,
        "payment-pending" | "queued" => PrepaidStatus::Creating,
        "retired" => PrepaidStatus::Expired,
        "queued-deleted" | "returned" | "payment-failed" => return None,
        other => PrepaidStatus::Other(other.to_owned()),
    })
}

fn prepaid(kind: &'static str, id: String, product_type: String) -> Prepaid {
    Prepaid {
        kind: Kind::new(kind),
        product_type: product_type.into(),
        id: ResourceId::new(id),
        name: None,
        region: None,
        tags: Tags::new(),
        created: None,
        expiry: Expiry::Unknown,
        renewal: Renewal::Manual,
        status: PrepaidStatus::Normal,
        release: None,
        renewal_price: None,
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Answer<'a> {
    #[serde(borrow)]
    savings_plans: Option<Vec<Plan<'a>>>,
    #[serde(borrow)]
    next_token: Loose<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Plan<'a> {
    #[serde(borrow)]
    savings_plan_id: Loose<'a>,
    #[serde(borrow)]
    savings_plan_type: Loose<'a>,
    #[serde(borrow)]
    description: Loose<'a>,
    #[serde(borrow)]
    start: Loose<'a>,
    #[serde(borrow)]
    end: Loose<'a>,
    #[serde(borrow)]
    state: Loose<'a>,
    #[serde(borrow)]
    region: Loose<'a>,
    tags: Option<BTreeMap<String, String>>,
}

fn decode_plans(body: &[u8]) -> Result<Batch<Prepaid>, Misread> {
    let answer: Answer<'_> = serde_json::from_slice(body)?;
    let rows = answer.savings_plans.ok_or(Misread::Lacks("savingsPlans"))?;
    let mut plans = Vec::new();
    for row in rows {
        let id = row.savings_plan_id.some_text();
        let id = id.ok_or(Misread::Lacks("savingsPlanId in one of its rows"))?;
        let Some(status) = status(&row.state.text()) else {
            continue;
        };
        plans.push(Prepaid {
            name: row.description.some_text(),
            region: row.region.some_text().map(RegionId::new),
            tags: row.tags.unwrap_or_default().into_iter().collect(),
            created: times::instant_of(&row.start),
            expiry: times::expiry(times::instant_of(&row.end)),
            status,
            ..prepaid(PLANS, id, row.savings_plan_type.into_text())
        });
    }
    Ok(Batch::new(plans, &answer.next_token.text()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn savings_plans_end_and_what_was_given_back_is_left_out() {
        let body = r#"{"savingsPlans":[
            {"savingsPlanId":"sp-1","savingsPlanType":"Compute","state":"active","start":"2025-12-01T00:00:00.000Z",
             "end":"2026-12-01T00:00:00.000Z","tags":{"env":"生产"},"description":"1 year No Upfront Compute Savings Plan"},
            {"savingsPlanId":"sp-2","savingsPlanType":"EC2Instance","state":"returned","region":"us-east-1"},
            {"savingsPlanId":"sp-3","savingsPlanType":"EC2Instance","state":"retired","region":"us-east-1","end":"soon"}],
            "nextToken":"n"}"#;
        let batch = decode_plans(body.as_bytes()).unwrap();
        assert_eq!(batch.next.as_deref(), Some("n"));
        let ids: Vec<_> = batch.rows.iter().map(|it| it.id.as_str()).collect();
        assert_eq!(ids, ["sp-1", "sp-3"]);
        let first = &batch.rows[0];
        assert_eq!(
            first.expiry,
            Expiry::At("2026-12-01T00:00:00Z".parse().unwrap())
        );
        assert_eq!(
            (first.tags["env"].as_str(), &first.renewal),
            ("生产", &Renewal::Manual)
        );
        assert_eq!(batch.rows[1].expiry, Expiry::Unknown);
        assert_eq!(batch.rows[1].status, PrepaidStatus::Expired);
        assert!(decode_plans(b"{}").is_err());
    }

    #[test]
    fn what_has_ended_is_told_of_for_a_month() {
        let now: Timestamp = "2026-11-21T00:00:00Z".parse().unwrap();
        let ending = |text: &str| Prepaid {
            expiry: Expiry::At(text.parse().unwrap()),
            ..prepaid(MACHINES, "a".into(), String::new())
        };
        assert!(is_told_of(&ending("2026-10-23T00:00:00Z"), now));
        assert!(!is_told_of(&ending("2026-10-21T00:00:00Z"), now));
        assert!(is_told_of(
            &prepaid(MACHINES, "a".into(), String::new()),
            now
        ));
    }
}
