//! Reads the certificate store (ssl 2019-12-05). Its times are in UTC+8.

use cloud::{Certificates, PageSource};
use model::{Certificate, Expiry, Place, ResourceId};
use serde_json::Map;

use crate::Tencent;
use crate::decode::{self, Loose, Misread, Shape};
use crate::lists::{self, Counts, Listed, OffsetList, Question};
use crate::operations::DESCRIBE_CERTIFICATES;
use crate::times;

/// A tenth of the largest page: a certificate with all its names and reasons is large.
pub(crate) const PAGE_SIZE: u32 = 100;
const ROW_BYTES: u64 = 4096;

impl Certificates for Tencent {
    fn certificates(&self) -> Box<dyn PageSource<Certificate> + '_> {
        let question = Question {
            operation: &DESCRIBE_CERTIFICATES,
            place: Place::Global,
            counts: Counts::Rows,
            arguments: Map::new(),
            page_size: PAGE_SIZE,
            row_bytes: ROW_BYTES,
            decode,
        };
        Box::new(OffsetList::new(self, question))
    }
}

decode::wire! {
    struct Row<'a> {
        certificate_id: Loose<'a>,
        alias: Loose<'a>,
        domain: Loose<'a>,
        subject_alt_name: Option<Vec<Loose<'a>>>,
        status: Loose<'a>,
        from: Loose<'a>,
        product_zh_name: Loose<'a>,
        cert_begin_time: Loose<'a>,
        cert_end_time: Loose<'a>,
    }
}

fn decode(body: &str) -> Result<Listed<Certificate>, Misread> {
    lists::read(body, &Shape::rows("Certificates"), certificate)
}

fn certificate(row: Row<'_>) -> Result<Certificate, Misread> {
    let id = row.certificate_id.some_text();
    let id = id.ok_or(Misread::Lacks("CertificateId in one of its rows"))?;
    let expiry = expiry(&row);
    let mut names: Vec<String> = decode::texts(row.subject_alt_name)
        .chain(row.domain.some_text())
        .map(|it| it.to_lowercase())
        .collect();
    names.sort();
    names.dedup();
    let uploaded = row.from.text() == "upload";
    let issuer = match uploaded {
        true => String::new(),
        false => row.product_zh_name.into_text(),
    };
    Ok(Certificate {
        id: ResourceId::new(id),
        name: row
            .alias
            .some_text()
            .unwrap_or_else(|| row.domain.text().into_owned()),
        names,
        starts: times::instant_of(&row.cert_begin_time),
        expiry,
        issuer,
        uploaded,
        deployed: None,
    })
}

/// Orders that are under way, refused, cancelled, revoked or refunded are certificates of nothing,
/// and nothing of theirs ends; all others end when they say.
fn expiry(row: &Row<'_>) -> Expiry {
    const NONE: &[i64] = &[0, 2, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14];
    match row.status.whole() {
        Some(status) if NONE.contains(&status) => Expiry::Never,
        _ => times::end(times::instant_of(&row.cert_end_time)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(fields: &str) -> Certificate {
        let body = format!(
            r#"{{"Response":{{"TotalCount":1,"Certificates":[{{"CertificateId":"c-1",{fields}}}]}}}}"#
        );
        decode(&body).unwrap().items.remove(0)
    }

    #[test]
    fn a_certificate_is_understood_in_the_time_of_beijing() {
        let certificate = one(
            r#""Alias":"web","Domain":"Example.com","SubjectAltName":["www.example.com","example.com"],"Status":1,
            "From":"trustasia","ProductZhName":"TrustAsia","CertBeginTime":"2026-01-01 08:00:00",
            "CertEndTime":"2026-12-31 07:59:59""#,
        );
        assert_eq!(certificate.names, ["example.com", "www.example.com"]);
        assert_eq!(
            certificate.expiry,
            Expiry::At("2026-12-30T23:59:59Z".parse().unwrap())
        );
        assert_eq!(
            (certificate.uploaded, certificate.issuer.as_str()),
            (false, "TrustAsia")
        );
        let uploaded = one(
            r#""From":"upload","Domain":"a.cn","Status":3,"CertEndTime":"2025-12-31 07:59:59""#,
        );
        assert!(uploaded.uploaded && uploaded.name == "a.cn");
        assert!(matches!(uploaded.expiry, Expiry::At(_)));
    }

    #[test]
    fn what_was_never_issued_ends_never_and_what_does_not_say_is_unknown() {
        for status in [0, 2, 7, 10, 14] {
            let pending = one(&format!(r#""Status":{status},"CertEndTime":"""#));
            assert_eq!(pending.expiry, Expiry::Never, "{status}");
        }
        for status in [1, 3, 11, 15, 99] {
            let silent = one(&format!(r#""Status":{status},"CertEndTime":null"#));
            assert_eq!(silent.expiry, Expiry::Unknown, "{status}");
        }
    }
}
