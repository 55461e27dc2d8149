//! Reads the bill: the longest list of an account, folded, and what the products know of the rows
//! that were kept.

use std::collections::BTreeMap;

use async_trait::async_trait;
use cloud::{
    CallSite, CloudError, Harvest, Page, PageAt, PageSource, Provider, Seen, Sighting, Wants, pager,
};
use futures_util::future::join_all;
use jiff::Timestamp;
use model::{Kind, Prepaid, RegionId, Scope};
use tokio::sync::Semaphore;

use super::Looks;

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

/// The pauses between the pages of the bill.
///
/// It is the longest list, its pages are a pace apart, and a run ends with the bill that began last.
/// So no first page of a bill waits behind the other lists of a hundred accounts: of those, one
/// begins with each page that has come, and all when the bill is over or there is none.
pub(super) struct Pauses(Semaphore);

impl Pauses {
    /// Returns the pauses of a bill that has not begun.
    pub(super) fn new() -> Self {
        Self(Semaphore::new(0))
    }

    /// Waits for the next pause that nobody has taken, and takes it.
    pub(super) async fn next(&self) {
        // An error says that the bill is over.
        if let Ok(pause) = self.0.acquire().await {
            pause.forget();
        }
    }

    /// Waits for a pause, and leaves it to the others.
    pub(super) async fn first(&self) {
        drop(self.0.acquire().await);
    }
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
        pauses.0.close();
        return Bill::default();
    };
    let list = Paused {
        list: &*list,
        pauses,
    };
    let sighting = harvest(&list, before).await;
    pauses.0.close();
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

/// A list with a pause after each page that has come.
struct Paused<'a> {
    list: &'a dyn PageSource<Prepaid>,
    pauses: &'a Pauses,
}

#[async_trait]
impl PageSource<Prepaid> for Paused<'_> {
    fn site(&self) -> CallSite {
        self.list.site()
    }

    async fn page(&self, at: &PageAt) -> Result<Page<Prepaid>, CloudError> {
        let page = self.list.page(at).await;
        self.pauses.0.add_permits(1);
        page
    }

    fn parallel(&self) -> usize {
        self.list.parallel()
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
