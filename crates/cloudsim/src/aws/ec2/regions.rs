//! Which regions there are, and whether the account may use them.

use serde_json::{Value, json};

use crate::aws::caller::partition;
use crate::aws::catalog::Asked;
use crate::aws::filters::{Filters, Has};
use crate::aws::regions::{OptIn, regions, suffix};
use crate::world::refusal::Refusal;

pub(super) fn describe_regions(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let caller = asked.caller()?;
    let filters = Filters::read(asked, &["endpoint", "region-name", "opt-in-status"])?;
    let all = regions(asked.world, caller);
    let names = asked.arguments.texts("RegionName");
    if let Some(unknown) = names
        .iter()
        .flatten()
        .find(|name| !all.iter().any(|it| it.0 == **name))
    {
        let text = format!("Invalid region provided: [{unknown}]");
        return Err(Refusal::new(400, "InvalidParameterValue", text));
    }
    let with_closed = asked.arguments.flag("AllRegions") == Some(true);
    let suffix = suffix(partition(caller));
    let wanted = all.into_iter().filter(|(name, opt_in)| {
        names.as_ref().is_none_or(|it| it.contains(name))
            && (with_closed || names.is_some() || *opt_in != OptIn::NotOptedIn)
            && filters.keep(Vec::new, |filter| match filter {
                "endpoint" => Has::one(format!("ec2.{name}.{suffix}")),
                "region-name" => Has::one(*name),
                "opt-in-status" => Has::one(opt_in.word()),
                _ => Has::NoFilter,
            })
    });
    asked.page(wanted, |(name, opt_in)| {
        json!({
            "regionName": name,
            "regionEndpoint": format!("ec2.{name}.{suffix}"),
            "optInStatus": opt_in.word(),
        })
    })
}
