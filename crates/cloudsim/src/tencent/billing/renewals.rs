//! The page of renewals: all that is paid in advance, in every region, whichever service it belongs to.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{TimeZone, offset};
use serde_json::{Value, json};

use crate::tencent::catalog::{Asked, token, token_number};
use crate::tencent::cvm::renew_word;
use crate::tencent::times;
use crate::tencent::words::{Trouble, wrong_value};
use crate::world::account::Account;
use crate::world::terms::{Charge, Term};

/// One thing that has to be renewed, now and then.
struct Due {
    id: String,
    name: String,
    region: String,
    product: &'static str,
    term: Term,
    ends: Timestamp,
}

/// Codes of the services that are connected to the page; the others are not on it.
const PRODUCTS: &[(&str, &str)] = &[
    ("cdb", "p_cdb"),
    ("redis", "p_redis"),
    ("mongodb", "p_mongodb"),
    ("postgres", "p_pgsql"),
    ("sqlserver", "p_sqlserver"),
    ("mariadb", "p_mariadb"),
    ("cynosdb", "p_cynosdb"),
    ("es", "p_elasticsearch"),
    ("ckafka", "p_ckafka"),
    ("lighthouse", "p_lighthouse"),
];

pub(super) fn describe(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let said = asked.arguments;
    let size = said
        .whole("MaxResults")
        .and_then(|it| usize::try_from(it).ok())
        .unwrap_or(1);
    let page = match said.text("NextToken") {
        Some(text) => token_number(text).ok_or_else(|| wrong_value("NextToken"))?,
        None => 1,
    };
    let instant = |name: &str| match said.text(name) {
        Some(text) => read_beijing(text)
            .map(Some)
            .ok_or_else(|| wrong_value(name)),
        None => Ok(None),
    };
    let (from, to) = (instant("ExpireTimeStart")?, instant("ExpireTimeEnd")?);
    let (flags, ids) = (said.texts("RenewFlagList"), said.texts("InstanceIdList"));
    let (mut all, now) = asked
        .world
        .look(asked.caller()?.uid, |account, now| (due(account), now))
        .unwrap_or_else(|| (Vec::new(), asked.world.now()));
    all.retain(|it| {
        let flag = renew_word(&it.term).unwrap_or_default();
        from.is_none_or(|from| it.ends >= from)
            && to.is_none_or(|to| it.ends <= to)
            && flags
                .as_ref()
                .is_none_or(|flags| flags.iter().any(|it| it == flag))
            && ids.as_ref().is_none_or(|ids| ids.contains(&it.id))
    });
    all.sort_by(|one, other| (one.ends, &one.id).cmp(&(other.ends, &other.id)));
    if said.flag("Reverse") {
        all.reverse();
    }
    let skip = usize::try_from(page - 1)
        .unwrap_or(usize::MAX)
        .saturating_mul(size);
    let rest = all.get(skip..).unwrap_or_default();
    let rows: Vec<Value> = rest.iter().take(size).map(|it| row(it, now)).collect();
    let next = (rest.len() > size).then(|| token(page + 1));
    crate::tencent::catalog::json(&json!({"InstanceList": rows, "NextToken": next}))
}

fn row(it: &Due, now: Timestamp) -> Value {
    json!({
        "InstanceId": it.id, "InstanceName": it.name, "ProductCode": it.product,
        "SubProductCode": it.product.replacen("p_", "sp_", 1),
        "ProductName": null, "ProjectName": null,
        "RegionCode": it.region, "Status": if it.ends <= now { "ISOLATED" } else { "NORMAL" },
        "RenewFlag": renew_word(&it.term), "ExpireTime": times::beijing(it.ends),
        "RenewPeriod": 1, "RenewPeriodUnit": "m",
    })
}

fn due(account: &Account) -> Vec<Due> {
    let mut all = Vec::new();
    for (region, holdings) in account.regions.iter() {
        let mut add = |product, id: &str, name: &str, term: &Term| {
            if let (Charge::Prepaid, Some(ends)) = (term.charge, term.ends) {
                all.push(Due {
                    id: id.to_owned(),
                    name: name.to_owned(),
                    region: region.to_owned(),
                    product,
                    term: *term,
                    ends,
                });
            }
        };
        for it in &holdings.machines {
            add("p_cvm", &it.id, &it.name, &it.term);
        }
        for it in &holdings.disks {
            add("p_cbs", &it.id, &it.name, &it.term);
        }
        for it in &holdings.addresses {
            add("p_eip", &it.id, &it.name, &it.term);
        }
        for (service, product) in PRODUCTS {
            for it in holdings.products(service).into_iter().flatten() {
                add(product, &it.id, &it.name, &it.term);
            }
        }
    }
    all
}

/// Reads `yyyy-MM-dd HH:mm:ss` of Beijing's time.
fn read_beijing(text: &str) -> Option<Timestamp> {
    let at = DateTime::strptime("%Y-%m-%d %H:%M:%S", text).ok()?;
    Some(at.to_zoned(TimeZone::fixed(offset(8))).ok()?.timestamp())
}
