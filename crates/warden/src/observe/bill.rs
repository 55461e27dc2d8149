//! Reads the bill: the longest list of an account, folded, and what the products know of the rows
//! that were kept.

use std::collections::BTreeMap;

use cloud::{Harvest, PageSource, Provider, Seen, Sighting, Wants, pager};
use futures_util::future::join_all;
use jiff::Timestamp;
use model::{Kind, Prepaid, RegionId, Scope};

use super::{Looks, Pauses};

/// What is known of what is paid in advance.
#[derive(Default)]
pub(super) struct Bill {
    /// What was harvested; `None` where there is no bill or nobody wants it.
    pub(super) prepaid: Option<Sighting<Harvest<Prepaid>>>,
    /// Products of which only the bill is read, with how many rows.
    pub(super) uncovered: BTreeMap<Kind, u64>,
    /// What the looks at the products that were asked gave.
    pub(super) details: BTreeMap<Scope, Sighting<u64>>,
}

/// Reads the bill, where there is one and it is wanted.
pub(super) async fn bill(
    provider: &dyn Provider,
    wants: &Wants,
    looks: &Looks,
    pauses: &Pauses,
) -> Bill {
    let wanted = provider.billing().zip(wants.prepaid_ending_before);
    let list = wanted.and_then(|(it, before)| Some((it.prepaid()?, before)));
    let Some((list, before)) = list else {
        pauses.over();
        return Bill::default();
    };
    let sighting = harvest(&pauses.after_each_page(&*list), before).await;
    pauses.over();
    let total = sighting.seen().map_or(1, |it| it.get().total());
    let scope = Scope::global(provider.account(), Kind::PREPAID);
    match looks.doubt(&scope, sighting, total) {
        Sighting::Seen(harvest) => detailed(provider, harvest).await,
        unseen => Bill {
            prepaid: Some(unseen),
            ..Bill::default()
        },
    }
}

/// Folds a list of what ends down to the rows that matter.
pub(super) async fn harvest(
    list: &dyn PageSource<Prepaid>,
    before: Timestamp,
) -> Sighting<Harvest<Prepaid>> {
    pager::fold(list, Harvest::default, move |harvest, row| {
        harvest.take(row, before);
    })
    .await
}

/// Adds names, tags and the products' own word on renewal to the rows that were kept, asked by id
/// so that no call fetches what nobody reads.
async fn detailed(provider: &dyn Provider, harvest: Seen<Harvest<Prepaid>>) -> Bill {
    let covers = provider.inventory().map_or(&[][..], |it| it.covers());
    let uncovered = harvest
        .get()
        .counted
        .iter()
        .filter(|(kind, _)| !covers.contains(&kind.as_str()))
        .map(|(kind, many)| (kind.clone(), *many))
        .collect();
    let Some(inventory) = provider.inventory() else {
        return Bill {
            prepaid: Some(Sighting::Seen(harvest)),
            uncovered,
            details: BTreeMap::new(),
        };
    };
    let mut wanted: BTreeMap<(Kind, RegionId), Vec<_>> = BTreeMap::new();
    for row in &harvest.get().kept {
        if let Some(region) = &row.region
            && covers.contains(&row.kind.as_str())
        {
            wanted
                .entry((row.kind.clone(), region.clone()))
                .or_default()
                .push(row.id.clone());
        }
    }
    let looks = wanted.into_iter().map(|((kind, region), ids)| async move {
        let details = pager::single(inventory.details(&kind, &region, &ids).await);
        (kind, region, details)
    });
    let (mut known, mut details) = (Vec::new(), BTreeMap::new());
    for (kind, region, answer) in join_all(looks).await {
        let scope = Scope::regional(provider.account(), &region, kind.as_str());
        let counted = match answer {
            Sighting::Seen(details) => Sighting::Seen(details.map(|all| {
                let many = all.len() as u64;
                known.push((kind, all));
                many
            })),
            Sighting::Unseen(unseen) => Sighting::Unseen(unseen),
        };
        details.insert(scope, counted);
    }
    let harvest = harvest.map(|mut harvest| {
        for (kind, details) in &known {
            harvest.adorn(kind, details);
        }
        harvest
    });
    Bill {
        prepaid: Some(Sighting::Seen(harvest)),
        uncovered,
        details,
    }
}
