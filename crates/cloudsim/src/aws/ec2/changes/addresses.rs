//! Addresses: kept, and given back.

use serde_json::{Value, json};

use super::super::hindered::refusal;
use super::super::spoken::{self, tags_for};
use super::{held, seen};
use crate::aws::catalog::Asked;
use crate::world::changes::Hindrance;
use crate::world::network::Address;
use crate::world::refusal::Refusal;

/// The most addresses of an account in a region, unless it asks for more.
const MOST: usize = 5;
/// How many of them the simulation lets an account have: what estates plant counts too.
const MOST_HERE: usize = 1000 * MOST;

pub(super) fn allocate_address(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let tags = tags_for(asked, "elastic-ip", &["elastic-ip"])?;
    let id = spoken::new_id(asked, "eipalloc-");
    let (ip, _) = held(asked, |it, now| {
        let count = it.addresses.len();
        if count >= MOST_HERE {
            return Err(Hindrance::UsedUp {
                what: "addresses",
                most: MOST_HERE,
            });
        }
        let is_free = |ip: &String| it.addresses.iter().all(|it| it.ip != *ip);
        let all = (0..=255_u8)
            .flat_map(|high| (1..255_u8).map(move |low| format!("198.18.{high}.{low}")));
        let ip = all.skip(count).find(is_free).unwrap_or_default();
        it.add_address(Address {
            tags,
            ..Address::new(id.as_str(), ip.as_str(), now)
        });
        Ok(ip)
    })
    .map_err(|why| refusal(&id, why))?;
    Ok(json!({
        "allocationId": id,
        "publicIp": ip,
        "domain": "vpc",
        "publicIpv4Pool": "amazon",
        "networkBorderGroup": asked.region,
    }))
}

pub(super) fn release_address(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let id = spoken::id(
        asked,
        "AllocationId",
        ("eipalloc-", "InvalidAllocationID.NotFound"),
    )?;
    seen(asked, id)?;
    held(asked, |it, now| it.release_address(id, now)).map_err(|why| refusal(id, why))?;
    Ok(json!({"return": true}))
}
