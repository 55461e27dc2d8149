//! SSL certificates. The service belongs to no region, and cuts a limit that is too large instead of refusing it.

use serde_json::{Value, json};

use super::arguments::{Kind, Parameter, Part};
use super::catalog::{ActionSpec, Asked, Listing, Paging, Reach, Style};
use super::times;
use super::words::Trouble;
use crate::world::certificates::{Certificate, Keeper};
use crate::world::cloud::Cloud;

/// The most rows of a page.
const MOST: usize = 1000;

pub(super) const ACTIONS: &[ActionSpec] = &[ActionSpec {
    service: "ssl",
    version: "2019-12-05",
    name: "DescribeCertificates",
    style: Style::Signed,
    reach: Reach::Everywhere,
    parameters: &[
        Parameter::offset(),
        Parameter::limit(i64::MAX),
        Parameter::text("SearchKey"),
        Parameter::new("ExpirationSort", Kind::OneOf(&["ASC", "DESC"])),
        Parameter::new("CertificateStatus", Kind::Wholes(20)),
        Parameter::new("FilterExpiring", Kind::Whole(0, 1)),
        Parameter::new("CertIds", Kind::Texts(100)),
    ],
    listing: Some(Listing {
        rows: "/Certificates",
        total: "/TotalCount",
        paging: Paging::OffsetLimit(10),
    }),
    serve: describe_certificates,
}];

fn describe_certificates(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let said = asked.arguments;
    let owner = asked.caller()?.uid;
    let (mut all, now) = asked
        .world
        .look(owner, |account, now| (account.certificates.clone(), now))
        .unwrap_or_else(|| (Vec::new(), asked.world.now()));
    let (states, ids) = (said.wholes("CertificateStatus"), said.texts("CertIds"));
    all.retain(|it| {
        let word =
            |word: &str| it.name.contains(word) || it.names.iter().any(|it| it.contains(word));
        it.keeper == Keeper::Service
            && said.text("SearchKey").is_none_or(word)
            && states
                .as_ref()
                .is_none_or(|it_is| it_is.contains(&status(it, now)))
            && ids
                .as_ref()
                .is_none_or(|ids| ids.contains(&it.id.to_string()))
            && (said.whole("FilterExpiring") != Some(1) || it.status(now) == "WILLEXPIRED")
    });
    match said.text("ExpirationSort") {
        Some("ASC") => all.sort_by_key(|it| it.ends),
        Some(_) => all.sort_by_key(|it| std::cmp::Reverse(it.ends)),
        None => {}
    }
    let Part { offset, limit } = said.part(10);
    let part = Part {
        offset,
        limit: limit.min(MOST),
    };
    let (rows, total) = part.cut(all.iter());
    let rows: Vec<Value> = rows.into_iter().map(|it| row(it, owner.0, now)).collect();
    super::catalog::json(&json!({"TotalCount": total, "Certificates": rows}))
}

/// Returns 1 for an issued certificate and 3 for one that has ended.
fn status(certificate: &Certificate, now: jiff::Timestamp) -> i64 {
    match certificate.status(now) {
        "EXPIRED" => 3,
        _ => 1,
    }
}

fn row(it: &Certificate, owner: u64, now: jiff::Timestamp) -> Value {
    let status = status(it, now);
    json!({
        "CertificateId": it.id.to_string(), "Alias": it.name, "OwnerUin": Cloud::Tencent.number(crate::world::account::Uid(owner)),
        "Domain": it.names.first(), "SubjectAltName": it.names, "CertSANs": it.names,
        "From": if it.uploaded { "upload" } else { "trustasia" }, "CertificateType": "SVR", "ProductZhName": it.issuer,
        "Status": status, "StatusName": if status == 1 { "证书已颁发" } else { "证书已过期" }, "StatusMsg": null,
        "CertBeginTime": times::beijing(it.starts), "CertEndTime": times::beijing(it.ends), "InsertTime": times::beijing(it.starts),
        "ValidityPeriod": "3", "AutoRenewFlag": u8::from(it.auto_renew), "IsExpiring": it.status(now) == "WILLEXPIRED",
        "Deployable": true, "RenewAble": !it.uploaded, "Tags": [], "BoundResource": [], "ProjectId": "0",
    })
}
