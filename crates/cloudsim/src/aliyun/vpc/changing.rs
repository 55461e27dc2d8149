//! Addresses, allocated and given back.

use serde_json::json;

use crate::aliyun::arguments::{Kind, Parameter};
use crate::aliyun::catalog::{self, ActionSpec, Asked, Product};
use crate::aliyun::ecs::changing::{Change, change};
use crate::world::changes::Hindrance;
use crate::world::refusal::Refusal;
use crate::world::terms::Charge;

pub(in crate::aliyun) const ACTIONS: &[ActionSpec] = &[
    ActionSpec {
        product: Product::Vpc,
        ..change(
            "AllocateEipAddress",
            "vpc:AllocateEipAddress",
            &[
                Parameter::text("RegionId").needed(),
                Parameter::text("Bandwidth"),
                Parameter::new(
                    "InternetChargeType",
                    Kind::OneOf(&["PayByTraffic", "PayByBandwidth"]),
                ),
                Parameter::new("InstanceChargeType", Kind::OneOf(&["PostPaid", "PrePaid"])),
                Parameter::text("Name"),
                Parameter::text("Description"),
                Parameter::text("ISP"),
                Parameter::text("ResourceGroupId"),
                Parameter::text("ClientToken"),
            ],
            allocate,
        )
    },
    ActionSpec {
        product: Product::Vpc,
        ..change(
            "ReleaseEipAddress",
            "vpc:ReleaseEipAddress",
            &[Parameter::text("AllocationId").needed()],
            release,
        )
    },
];

fn allocate(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let said = asked.arguments;
    let change = Change::said(asked, "vpc:AllocateEipAddress")?;
    let name = said.owned("Name").unwrap_or_default();
    let bandwidth = said.text("Bandwidth").and_then(|it| it.parse().ok());
    let id = change.make_once(|held, now| {
        let id = held.allocate_address(&name, now);
        held.addresses
            .change(&id, |it| it.bandwidth = bandwidth.unwrap_or(5));
        Ok(id)
    })?;
    let held = asked.world.truth(change.uid, &change.region);
    let ip = held.addresses.get(&id).map(|it| it.ip.clone());
    catalog::json(&json!({
        "RequestId": asked.request_id,
        "AllocationId": id,
        "EipAddress": ip,
        "ResourceGroupId": "",
    }))
}

fn release(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let id = asked.arguments.text("AllocationId").unwrap_or_default();
    let change = Change::of(asked, "vpc:ReleaseEipAddress", id)?;
    let not_found = || {
        let text = "Specified allocation ID is not found";
        Refusal::new(404, "InvalidAllocationId.NotFound", text)
    };
    let held = asked.world.truth(change.uid, &change.region);
    let address = held.addresses.get(id).ok_or_else(not_found)?;
    if address.term.charge == Charge::Prepaid {
        let text = "It's forbidden to release a prepaid EIP";
        return Err(Refusal::new(400, "Forbidden.ChargeTypeIsPrepaid", text));
    }
    change.make(|held, now| {
        let released = held.release_address(id, now);
        released.map_err(|it| match it {
            Hindrance::InUse(_) => Hindrance::WrongState("eip-".to_owned()),
            other => other,
        })
    })?;
    catalog::json(&json!({"RequestId": asked.request_id}))
}
