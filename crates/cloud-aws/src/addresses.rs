//! Reads elastic addresses (EC2): one answer, no pages.

use cloud::{Addresses, PageSource};
use model::{Address, AddressState, Charge, Expiry, Place, RegionId, ResourceId};
use serde::Deserialize;

use crate::Aws;
use crate::decode::Misread;
use crate::lists::Batch;
use crate::operations::DESCRIBE_ADDRESSES;
use crate::query::{Set, Tag, read, some, tags};

/// An account has five as a rule, and some hundreds at most.
const ROWS: usize = 300;
const ROW_BYTES: usize = 1 << 10;

impl Addresses for Aws {
    fn addresses(&self, region: &RegionId) -> Box<dyn PageSource<Address> + '_> {
        let place = Place::Region(region.clone());
        self.list(&DESCRIBE_ADDRESSES, place.clone(), move |_token| {
            self.call(&DESCRIBE_ADDRESSES, decode)
                .at(&place)
                .expecting(ROWS, ROW_BYTES)
                .send()
        })
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Answer {
    addresses_set: Option<Set<Row>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Row {
    public_ip: String,
    allocation_id: String,
    association_id: String,
    instance_id: String,
    network_interface_id: String,
    /// Which service of the cloud keeps it for something of the account.
    service_managed: String,
    tag_set: Set<Tag>,
}

fn decode(body: &[u8]) -> Result<Batch<Address>, Misread> {
    let answer: Answer = read(body, "DescribeAddressesResponse")?;
    let rows = answer.addresses_set.ok_or(Misread::Lacks("addressesSet"))?;
    let addresses = rows.into_iter().map(address).collect::<Result<_, _>>()?;
    Ok(Batch::new(addresses, ""))
}

fn address(row: Row) -> Result<Address, Misread> {
    // Those of before there were virtual networks have no id but themselves.
    let id = some(&row.allocation_id).or_else(|| some(&row.public_ip));
    let id = id.ok_or(Misread::Lacks("allocationId in one of its rows"))?;
    let user = [
        &row.instance_id,
        &row.network_interface_id,
        &row.association_id,
        &row.service_managed,
    ]
    .into_iter()
    .find_map(|it| some(it));
    let tags = tags(row.tag_set);
    Ok(Address {
        id: ResourceId::new(id),
        ip: row.public_ip.trim().parse().ok(),
        name: tags.get("Name").cloned().unwrap_or_default(),
        state: user.map_or(AddressState::Unbound, |it| {
            AddressState::Bound(ResourceId::new(it))
        }),
        charge: Charge::OnDemand,
        // The cloud does not say.
        created: None,
        expiry: Expiry::Never,
        tags,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_free_only_when_nothing_at_all_has_it() {
        let body = b"<DescribeAddressesResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><addressesSet>
            <item><publicIp>203.0.113.1</publicIp><allocationId>eipalloc-1</allocationId><domain>vpc</domain></item>
            <item><publicIp>203.0.113.2</publicIp><allocationId>eipalloc-2</allocationId><associationId>eipassoc-2</associationId><instanceId>i-1</instanceId></item>
            <item><publicIp>203.0.113.3</publicIp><allocationId>eipalloc-3</allocationId><networkInterfaceId>eni-1</networkInterfaceId></item>
            <item><publicIp>203.0.113.4</publicIp><allocationId>eipalloc-4</allocationId><serviceManaged>nlb</serviceManaged></item>
            <item><publicIp>203.0.113.5</publicIp><domain>standard</domain><instanceId/></item>
            </addressesSet></DescribeAddressesResponse>";
        let shown: Vec<_> = decode(body)
            .unwrap()
            .rows
            .into_iter()
            .map(|it| {
                let state = match it.state {
                    AddressState::Bound(user) => user.to_string(),
                    AddressState::Unbound => "free".to_owned(),
                    AddressState::Changing(word) => word,
                };
                format!("{} {} {state}", it.id, it.ip.unwrap())
            })
            .collect();
        assert_eq!(
            shown,
            [
                "eipalloc-1 203.0.113.1 free",
                "eipalloc-2 203.0.113.2 i-1",
                "eipalloc-3 203.0.113.3 eni-1",
                "eipalloc-4 203.0.113.4 nlb",
                "203.0.113.5 203.0.113.5 free",
            ]
        );
        assert!(decode(b"<DescribeAddressesResponse/>").is_err());
    }
}
