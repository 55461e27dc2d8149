//! Certificates of the certificate service. Unless other key types are asked for, the list has RSA up to 2048 bits
//! only, and does not say that it left others out.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::arguments::{Kind, Parameter};
use super::catalog::{ActionSpec, Asked, Listing, Paging, Style};
use super::service::Service;
use super::words::Trouble;
use crate::world::certificates::{Certificate, Keeper};
use crate::world::network::Balancer;
use crate::world::refusal::Refusal;

pub(super) const ACTIONS: &[ActionSpec] = &[
    ActionSpec {
        service: Service::Acm,
        name: "DescribeCertificate",
        style: Style::Granted,
        path: None,
        parameters: &[Parameter::text("CertificateArn").needed()],
        listing: None,
        serve: describe_certificate,
    },
    ActionSpec {
        service: Service::Acm,
        name: "ListCertificates",
        style: Style::Granted,
        path: None,
        parameters: &[
            Parameter::texts("CertificateStatuses"),
            Parameter::new("Includes", Kind::Any),
            Parameter::text("NextToken"),
            Parameter::new("MaxItems", Kind::Whole(1, 1000)),
            Parameter::new("SortBy", Kind::OneOf(&["CREATED_AT"])),
            Parameter::new("SortOrder", Kind::OneOf(&["ASCENDING", "DESCENDING"])),
        ],
        listing: Some(Listing {
            rows: &["CertificateSummaryList"],
            paging: Some(Paging {
                size: "MaxItems",
                token: "NextToken",
                next: "NextToken",
                default: Some(1000),
                says_truncated: false,
            }),
        }),
        serve: list_certificates,
    },
];

/// What the list has when no key types are asked for.
const DEFAULT_KEYS: &[&str] = &["RSA_1024", "RSA_2048"];
const KEYS: &[&str] = &[
    "RSA_1024",
    "RSA_2048",
    "RSA_3072",
    "RSA_4096",
    "EC_prime256v1",
    "EC_secp384r1",
    "EC_secp521r1",
];
/// So many names are in the list; the rest is told by `DescribeCertificate`.
const NAMES_LISTED: usize = 100;

/// Returns the certificates of the region that is asked; those that belong to none are everywhere.
fn certificates(asked: &Asked<'_>) -> Result<Vec<Certificate>, Refusal> {
    let caller = asked.caller()?;
    let of_region = |it: &&Certificate| {
        it.keeper == Keeper::Service && (it.region == asked.region || it.region.is_empty())
    };
    let found = asked.world.look(caller.uid, |account, _| {
        account
            .certificates
            .iter()
            .filter(of_region)
            .cloned()
            .collect()
    });
    Ok(found.unwrap_or_default())
}

fn arn(asked: &Asked<'_>, certificate: &Certificate) -> String {
    asked.arn(&format!(
        "certificate/00000000-0000-4000-8000-{:012x}",
        certificate.id
    ))
}

fn status(certificate: &Certificate, now: Timestamp) -> &'static str {
    if certificate.ends <= now {
        "EXPIRED"
    } else {
        "ISSUED"
    }
}

fn seconds(at: Timestamp) -> Value {
    json!(at.as_second() as f64)
}

fn kind(certificate: &Certificate) -> (&'static str, &'static str) {
    let kind = if certificate.uploaded {
        "IMPORTED"
    } else {
        "AMAZON_ISSUED"
    };
    let renewal = if certificate.auto_renew && !certificate.uploaded {
        "ELIGIBLE"
    } else {
        "INELIGIBLE"
    };
    (kind, renewal)
}

fn list_certificates(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let said = asked.arguments;
    let now = asked.world.now();
    let statuses = said.texts("CertificateStatuses");
    let keys = said
        .value("Includes")
        .and_then(|it| it.get("keyTypes"))
        .and_then(Value::as_array)
        .map(|it| it.iter().filter_map(Value::as_str).collect::<Vec<_>>());
    if let Some(unknown) = keys.iter().flatten().find(|it| !KEYS.contains(it)) {
        let why = format!("Member must satisfy enum value set: {KEYS:?}, but is {unknown}");
        return Err(asked.refuse(Trouble::Invalid("Includes.keyTypes", why)));
    }
    let keys = keys
        .filter(|it| !it.is_empty())
        .unwrap_or_else(|| DEFAULT_KEYS.to_vec());
    let mut wanted: Vec<Certificate> = certificates(asked)?
        .into_iter()
        .filter(|it| keys.contains(&it.key_type))
        .filter(|it| {
            statuses
                .as_ref()
                .is_none_or(|asked| asked.contains(&status(it, now)))
        })
        .filter(|it| asked.shows(it.starts))
        .collect();
    if said.text("SortBy").is_some() {
        wanted.sort_by_key(|it| it.starts);
        if said.text("SortOrder") == Some("DESCENDING") {
            wanted.reverse();
        }
    }
    let balancers = asked.world.holdings(asked.caller()?.uid, asked.region);
    asked.page(wanted.iter(), |it| {
        let (kind, renewal) = kind(it);
        json!({
            "CertificateArn": arn(asked, it),
            "DomainName": it.names.first(),
            "SubjectAlternativeNameSummaries": it.names.iter().take(NAMES_LISTED).collect::<Vec<_>>(),
            "HasAdditionalSubjectAlternativeNames": it.names.len() > NAMES_LISTED,
            "Status": status(it, now),
            "Type": kind,
            "KeyAlgorithm": it.key_type,
            "KeyUsages": ["DIGITAL_SIGNATURE", "KEY_ENCIPHERMENT"],
            "ExtendedKeyUsages": ["TLS_WEB_SERVER_AUTHENTICATION"],
            "InUse": !in_use_by(asked, it, balancers.balancers.iter()).is_empty(),
            "RenewalEligibility": renewal,
            "NotBefore": seconds(it.starts),
            "NotAfter": seconds(it.ends),
            "CreatedAt": seconds(it.starts),
        })
    })
}

/// Returns the balancers whose tag `certificate` names the certificate.
fn in_use_by<'a>(
    asked: &Asked<'_>,
    certificate: &Certificate,
    balancers: impl Iterator<Item = &'a Arc<Balancer>>,
) -> Vec<String> {
    let at = balancers.filter(|it| {
        it.tags
            .iter()
            .any(|(key, value)| key == "certificate" && *value == certificate.name)
    });
    at.map(|it| {
        asked
            .arn(&format!("loadbalancer/app/{}/{}", it.name, it.id))
            .replacen(":acm:", ":elasticloadbalancing:", 1)
    })
    .collect()
}

fn describe_certificate(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let wanted = asked.arguments.text("CertificateArn").unwrap_or_default();
    if !wanted.starts_with("arn:") {
        let text = format!("{wanted} is not a valid ARN");
        return Err(Refusal::new(400, "InvalidArnException", text));
    }
    let found = certificates(asked)?
        .into_iter()
        .find(|it| arn(asked, it) == wanted);
    let Some(it) = found else {
        let text = format!("Could not find certificate {wanted}.");
        return Err(Refusal::new(400, "ResourceNotFoundException", text));
    };
    let balancers = asked.world.holdings(asked.caller()?.uid, asked.region);
    let (kind, renewal) = kind(&it);
    let mut row = json!({
        "CertificateArn": wanted,
        "DomainName": it.names.first(),
        "SubjectAlternativeNames": it.names,
        "Serial": format!("{:032x}", it.id),
        "Subject": format!("CN={}", it.names.first().map(String::as_str).unwrap_or_default()),
        "Issuer": it.issuer,
        "CreatedAt": seconds(it.starts),
        "Status": status(&it, asked.world.now()),
        "NotBefore": seconds(it.starts),
        "NotAfter": seconds(it.ends),
        "KeyAlgorithm": it.key_type,
        "InUseBy": in_use_by(asked, &it, balancers.balancers.iter()),
        "Type": kind,
        "RenewalEligibility": renewal,
    });
    row[if it.uploaded {
        "ImportedAt"
    } else {
        "IssuedAt"
    }] = seconds(it.starts);
    Ok(json!({"Certificate": row}))
}
