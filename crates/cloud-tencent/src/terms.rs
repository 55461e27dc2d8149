//! Reads what ends, product by product: the bill has no one list of it without a right that can
//! renew.
//!
//! Every product writes its charge, its end and its renewal in its own way, some of them opposite to
//! others; [`products`] has them. Machines, disks and addresses are understood as their own lists
//! are.

mod native;
mod products;
mod table;

use async_trait::async_trait;
use cloud::{CallSite, CloudError, Page, PageAt, PageSource, TermList, Terms};
use model::{
    Address, Charge, Disk, Kind, Machine, Place, Prepaid, PrepaidStatus, RegionId, Renewal,
};
use serde_json::Map;

use self::products::PRODUCTS;
use crate::decode::Misread;
use crate::lists::{self, Counts, Listed, OffsetList, Question};
use crate::operations::{
    DESCRIBE_ADDRESSES, DESCRIBE_DISKS, DESCRIBE_INSTANCES, DESCRIBE_NODES_2022, Operation,
};
use crate::rpc::Decode;
use crate::{Tencent, addresses, clusters, disks, machines, words};

/// Kinds that have lists of their own.
const MACHINES: &str = "cvm";
const DISKS: &str = "cbs";
const ADDRESSES: &str = "eip";
/// Native nodes of clusters, which are asked for cluster by cluster.
pub(crate) const NODES: &str = native::KIND;

const fn regional(kind: &'static str) -> TermList {
    TermList {
        kind,
        regional: true,
    }
}

/// All lists: the four, and the products of the table in its order.
static LISTS: [TermList; 4 + PRODUCTS.len()] = {
    let mut lists = [regional(MACHINES); 4 + PRODUCTS.len()];
    lists[1] = regional(DISKS);
    lists[2] = regional(ADDRESSES);
    lists[3] = regional(native::KIND);
    let mut at = 0;
    while at < PRODUCTS.len() {
        lists[4 + at] = regional(PRODUCTS[at].kind);
        at += 1;
    }
    lists
};

impl Terms for Tencent {
    fn lists(&self) -> &[TermList] {
        &LISTS
    }

    fn ending(&self, list: &TermList, place: &Place) -> Box<dyn PageSource<Prepaid> + '_> {
        let Place::Region(region) = place else {
            return Box::new(NoSuchList::new(self, list, place));
        };
        let question = match list.kind {
            MACHINES => machines::question(region, decode_machines),
            DISKS => disks::question(region, decode_disks),
            ADDRESSES => addresses::question(region, decode_addresses),
            native::KIND => return Box::new(native::NativeNodes::new(self, region)),
            kind => match PRODUCTS.iter().find(|it| it.kind == kind) {
                Some(product) => product.question(region),
                None => return Box::new(NoSuchList::new(self, list, place)),
            },
        };
        Box::new(Ending {
            list: OffsetList::new(self, question),
            region: region.clone(),
        })
    }
}

/// What the policy and the estimate know of one list.
pub(crate) struct Listing {
    pub(crate) kind: &'static str,
    pub(crate) operation: &'static Operation,
    pub(crate) page_size: u32,
}

/// One product of the table.
pub(crate) struct Product {
    pub(crate) kind: &'static str,
    pub(crate) operation: &'static Operation,
    pub(crate) page_size: u32,
    counts: Counts,
    decode: Decode<Listed<Prepaid>>,
}

impl Product {
    fn question(&self, region: &RegionId) -> Question<Prepaid> {
        Question {
            operation: self.operation,
            place: Place::Region(region.clone()),
            counts: self.counts,
            arguments: Map::new(),
            page_size: self.page_size,
            row_bytes: products::ROW_BYTES,
            decode: self.decode,
        }
    }
}

/// Returns all lists.
pub(crate) fn listings() -> impl Iterator<Item = Listing> {
    let own = [
        (MACHINES, &DESCRIBE_INSTANCES, machines::PAGE_SIZE),
        (DISKS, &DESCRIBE_DISKS, disks::PAGE_SIZE),
        (ADDRESSES, &DESCRIBE_ADDRESSES, addresses::PAGE_SIZE),
        (NODES, &DESCRIBE_NODES_2022, clusters::PAGE_SIZE),
    ];
    let table = PRODUCTS
        .iter()
        .map(|it| (it.kind, it.operation, it.page_size));
    own.into_iter()
        .chain(table)
        .map(|(kind, operation, page_size)| Listing {
            kind,
            operation,
            page_size,
        })
}

/// A list whose rows are told where they are.
struct Ending<'a> {
    list: OffsetList<'a, Prepaid>,
    region: RegionId,
}

#[async_trait]
impl PageSource<Prepaid> for Ending<'_> {
    fn site(&self) -> CallSite {
        self.list.site()
    }

    async fn page(&self, at: &PageAt) -> Result<Page<Prepaid>, CloudError> {
        let mut page = self.list.page(at).await?;
        for row in &mut page.items {
            row.region = Some(self.region.clone());
        }
        Ok(page)
    }
}

/// A list that there is not.
struct NoSuchList<'a> {
    tencent: &'a Tencent,
    place: Place,
    words: String,
}

impl<'a> NoSuchList<'a> {
    fn new(tencent: &'a Tencent, list: &TermList, place: &Place) -> Self {
        let words = format!("there is no list of {} for {place}", list.kind);
        Self {
            tencent,
            place: place.clone(),
            words,
        }
    }
}

#[async_trait]
impl PageSource<Prepaid> for NoSuchList<'_> {
    fn site(&self) -> CallSite {
        self.tencent.call_site(&DESCRIBE_INSTANCES, &self.place)
    }

    async fn page(&self, _at: &PageAt) -> Result<Page<Prepaid>, CloudError> {
        let kind = cloud::ErrorKind::Invalid;
        Err(CloudError::new(self.site(), kind, self.words.clone()))
    }
}

fn decode_machines(body: &str) -> Result<Listed<Prepaid>, Misread> {
    lists::read(body, &machines::SHAPE, |row: machines::Row<'_>| {
        let isolated = machines::is_isolated(&row);
        let machine = machines::machine(row)?;
        let recycled = machine.state == model::MachineState::Recycled;
        Ok(of_machine(machine, isolated || recycled))
    })
}

fn of_machine(machine: Machine, isolated: bool) -> Prepaid {
    let Machine {
        id,
        name,
        machine_type,
        charge,
        created,
        expiry,
        renewal,
        tags,
        ..
    } = machine;
    Prepaid {
        kind: Kind::new(MACHINES),
        product_type: machine_type.into(),
        id,
        name: Some(name),
        region: None,
        tags,
        created,
        expiry,
        renewal: renewal.unwrap_or(Renewal::Manual),
        status: status(&charge, isolated),
        release: None,
        renewal_price: None,
    }
}

fn decode_disks(body: &str) -> Result<Listed<Prepaid>, Misread> {
    lists::read(body, &disks::SHAPE, |row: disks::Row<'_>| {
        let isolated = row.disk_state.text() == "TORECYCLE";
        let renewal = words::renewal(&row.renew_flag);
        let Disk {
            id,
            name,
            category,
            charge,
            created,
            expiry,
            tags,
            ..
        } = disks::disk(row)?;
        Ok(Prepaid {
            kind: Kind::new(DISKS),
            product_type: category.into(),
            id,
            name: Some(name),
            region: None,
            tags,
            created,
            expiry,
            renewal: prepaid_only(&charge, renewal),
            status: status(&charge, isolated),
            release: None,
            renewal_price: None,
        })
    })
}

fn decode_addresses(body: &str) -> Result<Listed<Prepaid>, Misread> {
    lists::read(body, &addresses::SHAPE, |row: addresses::Row<'_>| {
        let isolated = row.is_arrears.flag() == Some(true);
        let renewal = words::renewal(&row.renew_flag);
        let Address {
            id,
            name,
            charge,
            created,
            expiry,
            tags,
            ..
        } = addresses::address(row)?;
        Ok(Prepaid {
            kind: Kind::new(ADDRESSES),
            product_type: "".into(),
            id,
            name: Some(name),
            region: None,
            tags,
            created,
            expiry,
            renewal: prepaid_only(&charge, renewal),
            status: status(&charge, isolated),
            release: None,
            renewal_price: None,
        })
    })
}

/// Only what is paid in advance is ended by being shut away: what is paid by use was given back, or
/// the account owes money, and the balance tells that.
fn status(charge: &Charge, isolated: bool) -> PrepaidStatus {
    match (charge, isolated) {
        (_, false) => PrepaidStatus::Normal,
        (Charge::Prepaid, true) => PrepaidStatus::Expired,
        (_, true) => PrepaidStatus::Other("isolated".to_owned()),
    }
}

/// What is paid by use is not renewed, and says nothing of it.
fn prepaid_only(charge: &Charge, renewal: Renewal) -> Renewal {
    match charge {
        Charge::Prepaid => renewal,
        _ => Renewal::Manual,
    }
}

#[cfg(test)]
mod tests;
