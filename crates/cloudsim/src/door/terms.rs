//! What ends, service by service, at clouds whose bill has no one list of it.

use cloud::{PageSource, TermList, Terms};
use model::{Expiry, Kind, Place, Prepaid, PrepaidStatus, RegionId, Renewal, ResourceId};

use super::nouns::renewal;
use super::regions::{Found, Look, RegionList};
use super::rows::expiry;
use super::visitor::Visitor;
use crate::world::cloud::Cloud;
use crate::world::holdings::Holdings;
use crate::world::products::{Product, ProductState};

const fn list(kind: &'static str, regional: bool) -> TermList {
    TermList { kind, regional }
}

static TENCENT: [TermList; 6] = [
    list("cdb", true),
    list("redis", true),
    list("mongodb", true),
    list("postgres", true),
    list("clb", true),
    list("lighthouse", true),
];
static AWS: [TermList; 3] = [
    list("ec2-reserved", true),
    list("rds-reserved", true),
    list("savings-plan", false),
];

/// The action that stands for all of these lists: the bill's own, which none of these clouds has.
pub(super) const ENDING: &str = "QueryAvailableInstances";

fn products(look: &Look<'_>) -> Found<Product> {
    let held = look.held();
    let rows = held.products(look.about).map(|it| it.page(look.page));
    Ok(rows.unwrap_or_else(|| look.page.cut(std::iter::empty())))
}

fn shown(it: &Product, _held: &Holdings) -> Prepaid {
    Prepaid {
        kind: Kind::new(&it.service),
        product_type: it.kind.as_str().into(),
        id: ResourceId::new(&it.id),
        name: (!it.name.is_empty()).then(|| it.name.clone()),
        region: None,
        tags: it.tags.iter().cloned().collect(),
        created: Some(it.created),
        expiry: it.term.ends.map_or(Expiry::Never, expiry),
        renewal: it
            .term
            .renewal
            .map_or(Renewal::Unknown(String::new()), renewal),
        status: match &it.state {
            ProductState::Active => PrepaidStatus::Normal,
            ProductState::Isolated | ProductState::Retired => PrepaidStatus::Expired,
            ProductState::Odd(word) => PrepaidStatus::Other(word.clone()),
        },
        release: it
            .turn
            .as_ref()
            .filter(|it| it.into.is_none())
            .map(|it| it.at),
        renewal_price: None,
    }
}

impl Terms for Visitor {
    fn lists(&self) -> &[TermList] {
        match self.at() {
            Cloud::Aliyun => &[],
            Cloud::Tencent => &TENCENT,
            Cloud::Aws(_) => &AWS,
        }
    }

    fn ending(&self, list: &TermList, place: &Place) -> Box<dyn PageSource<Prepaid> + '_> {
        let region = match place {
            Place::Region(region) => region.clone(),
            Place::Global => RegionId::new(""),
        };
        Box::new(RegionList {
            about: list.kind.to_owned(),
            ..RegionList::new(self, ENDING, &region, products, shown)
        })
    }
}
