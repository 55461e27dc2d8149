//! Reads elastic addresses (vpc 2017-03-12).

use cloud::{Addresses, PageSource};
use model::{Address, AddressState, Charge, Place, RegionId, ResourceId};
use serde_json::Map;

use crate::Tencent;
use crate::decode::{self, Loose, Misread, Shape, Tag};
use crate::lists::{self, Counts, Listed, OffsetList, Question};
use crate::operations::DESCRIBE_ADDRESSES;
use crate::rpc::Decode;
use crate::times;

/// The largest page there is.
pub(crate) const PAGE_SIZE: u32 = 100;
const ROW_BYTES: u64 = 1536;

impl Addresses for Tencent {
    fn addresses(&self, region: &RegionId) -> Box<dyn PageSource<Address> + '_> {
        Box::new(OffsetList::new(self, question(region, decode)))
    }
}

/// Returns the list of addresses of a region, with rows understood by `decode`.
pub(crate) fn question<T>(region: &RegionId, decode: Decode<Listed<T>>) -> Question<T> {
    Question {
        operation: &DESCRIBE_ADDRESSES,
        place: Place::Region(region.clone()),
        counts: Counts::Rows,
        arguments: Map::new(),
        page_size: PAGE_SIZE,
        row_bytes: ROW_BYTES,
        decode,
    }
}

decode::wire! {
    pub(crate) struct Row<'a> {
        address_id: Loose<'a>,
        address_name: Loose<'a>,
        address_ip: Loose<'a>,
        address_status: Loose<'a>,
        instance_id: Loose<'a>,
        network_interface_id: Loose<'a>,
        pub(crate) is_arrears: Loose<'a>,
        internet_charge_type: Loose<'a>,
        deadline_date: Loose<'a>,
        pub(crate) renew_flag: Loose<'a>,
        created_time: Loose<'a>,
        tag_set: Option<Vec<Tag<'a>>>,
    }
}

/// Where the rows of addresses are.
pub(crate) const SHAPE: Shape = Shape::rows("AddressSet");

fn decode(body: &str) -> Result<Listed<Address>, Misread> {
    lists::read(body, &SHAPE, address)
}

pub(crate) fn address(row: Row<'_>) -> Result<Address, Misread> {
    let id = row.address_id.some_text();
    let id = id.ok_or(Misread::Lacks("AddressId in one of its rows"))?;
    let holder = row.instance_id.some_text();
    let holder = holder.or_else(|| row.network_interface_id.some_text());
    let word = row.address_status.text();
    let state = match (word.as_ref(), holder) {
        ("BIND" | "BIND_ENI", holder) => {
            AddressState::Bound(ResourceId::new(holder.unwrap_or_default()))
        }
        ("UNBIND", None) => AddressState::Unbound,
        // Unbound and at something: one of the two is on its way.
        (word, _) => AddressState::Changing(word.to_owned()),
    };
    let charge = charge(&row.internet_charge_type);
    Ok(Address {
        id: ResourceId::new(id),
        ip: row.address_ip.text().parse().ok(),
        name: row.address_name.into_text(),
        state,
        expiry: times::expiry(&charge, &row.deadline_date),
        charge,
        created: times::instant_of(&row.created_time),
        tags: decode::tags(row.tag_set),
    })
}

/// Accounts of the old sort pay for bandwidth at the machine, and their addresses tell nothing: they
/// have no end of their own.
fn charge(field: &Loose<'_>) -> Charge {
    match field.text().as_ref() {
        "BANDWIDTH_PREPAID_BY_MONTH" => Charge::Prepaid,
        _ => Charge::OnDemand,
    }
}

#[cfg(test)]
mod tests {
    use model::Expiry;

    use super::*;

    fn one(fields: &str) -> Address {
        let body = format!(
            r#"{{"Response":{{"TotalCount":1,"AddressSet":[{{"AddressId":"eip-1",{fields}}}]}}}}"#
        );
        decode(&body).unwrap().items.remove(0)
    }

    #[test]
    fn only_what_is_at_nothing_is_unbound() {
        let state = |fields: &str| one(fields).state;
        let nothing = r#""AddressStatus":"UNBIND","InstanceId":null,"NetworkInterfaceId":null,"PrivateAddressIp":null"#;
        assert_eq!(state(nothing), AddressState::Unbound);
        let bound = AddressState::Bound(ResourceId::new("ins-1"));
        assert_eq!(
            state(r#""AddressStatus":"BIND","InstanceId":"ins-1""#),
            bound
        );
        let eni = AddressState::Bound(ResourceId::new("eni-1"));
        assert_eq!(
            state(r#""AddressStatus":"BIND_ENI","NetworkInterfaceId":"eni-1""#),
            eni
        );
        for unsure in [
            r#""AddressStatus":"UNBINDING""#,
            r#""AddressStatus":"UNBIND","InstanceId":"ins-1""#,
            r#""AddressName":"x""#,
        ] {
            assert!(
                matches!(state(unsure), AddressState::Changing(_)),
                "{unsure}"
            );
        }
    }

    #[test]
    fn an_address_ends_only_when_its_bandwidth_is_paid_in_advance() {
        let ends = |fields: &str| one(fields).expiry;
        let day =
            r#""InternetChargeType":"BANDWIDTH_PREPAID_BY_MONTH","DeadlineDate":"2026-12-06""#;
        assert_eq!(
            ends(day),
            Expiry::At("2026-12-06T15:59:59Z".parse().unwrap())
        );
        let instant = r#""InternetChargeType":"BANDWIDTH_PREPAID_BY_MONTH","DeadlineDate":"2026-12-06T08:00:00Z""#;
        assert_eq!(
            ends(instant),
            Expiry::At("2026-12-06T08:00:00Z".parse().unwrap())
        );
        let used = r#""InternetChargeType":"TRAFFIC_POSTPAID_BY_HOUR","DeadlineDate":null"#;
        assert_eq!(ends(used), Expiry::Never);
        assert_eq!(ends(r#""InternetChargeType":null"#), Expiry::Never);
        assert_eq!(
            one(r#""AddressIp":"1.2.3.4""#).ip,
            Some("1.2.3.4".parse().unwrap())
        );
    }
}
