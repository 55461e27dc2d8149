//! Reads certificates: those of every region (ACM), and those kept with the users (IAM), which is
//! where the content network of the China regions takes its own from.
//!
//! They are one list in numbered pages: page 1 is what IAM keeps, and every further one is a region's
//! store, read whole.

use async_trait::async_trait;
use cloud::{CallSite, Certificates, CloudError, Inventory as _, Next, Page, PageAt, PageSource};
use model::{Certificate, Place, RegionId, ResourceId};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::OnceCell;

use crate::Aws;
use crate::decode::{Loose, Misread};
use crate::endpoints::Partition;
use crate::lists::Batch;
use crate::operations::{LIST_CERTIFICATES, LIST_SERVER_CERTIFICATES};
use crate::query::{Set, read_result, says_true, some};
use crate::times;

/// The largest page there is.
pub(crate) const PAGE_SIZE: u32 = 1_000;
/// A certificate with a hundred names at most, and a few as a rule.
const ROW_BYTES: usize = 1 << 10;
/// How many regions are read at once.
const PARALLEL: usize = 8;
/// Asked without, the service leaves out all but RSA keys of 1024 and 2048 bits.
const KEY_TYPES: [&str; 7] = [
    "RSA_1024",
    "RSA_2048",
    "RSA_3072",
    "RSA_4096",
    "EC_prime256v1",
    "EC_secp384r1",
    "EC_secp521r1",
];

impl Certificates for Aws {
    fn certificates(&self) -> Box<dyn PageSource<Certificate> + '_> {
        Box::new(CertificateList {
            aws: self,
            regions: OnceCell::new(),
        })
    }
}

struct CertificateList<'a> {
    aws: &'a Aws,
    regions: OnceCell<Vec<RegionId>>,
}

#[async_trait]
impl PageSource<Certificate> for CertificateList<'_> {
    fn site(&self) -> CallSite {
        self.aws.call_site(&LIST_CERTIFICATES, &Place::Global)
    }

    async fn page(&self, at: &PageAt) -> Result<Page<Certificate>, CloudError> {
        let number = match at {
            PageAt::Number(number) => *number as usize,
            PageAt::First | PageAt::Token(_) => 1,
        };
        let regions = self
            .regions
            .get_or_try_init(|| self.aws.certificate_regions())
            .await?;
        let items = match number.checked_sub(2).and_then(|at| regions.get(at)) {
            Some(region) => self.aws.certificates_in(region).await?,
            None => self.aws.server_certificates().await?,
        };
        let pages = u32::try_from(regions.len() + 1).unwrap_or(u32::MAX);
        Ok(Page {
            items,
            next: if pages == 1 {
                Next::End
            } else {
                Next::Through(pages)
            },
            total: None,
        })
    }

    fn parallel(&self) -> usize {
        PARALLEL
    }
}

impl Aws {
    /// Certificates of the content network are in one region whatever regions an account uses.
    async fn certificate_regions(&self) -> Result<Vec<RegionId>, CloudError> {
        if self.regions.is_empty() {
            let regions = self.regions().await?;
            return Ok(regions.into_iter().map(|it| it.id).collect());
        }
        let mut regions = self.regions.to_vec();
        let of_content_network = Partition::Aws.home();
        if self.line.partition == Partition::Aws && !regions.contains(&of_content_network) {
            regions.push(of_content_network);
        }
        Ok(regions)
    }

    async fn certificates_in(&self, region: &RegionId) -> Result<Vec<Certificate>, CloudError> {
        let place = Place::Region(region.clone());
        let asked = self
            .all(&LIST_CERTIFICATES, &place, |token| {
                self.call(&LIST_CERTIFICATES, decode)
                    .at(&place)
                    .with_json("MaxItems", PAGE_SIZE)
                    .with_json("Includes", json!({ "keyTypes": KEY_TYPES }))
                    .with_some_json("NextToken", token)
                    .expecting(PAGE_SIZE as usize, ROW_BYTES)
                    .send()
            })
            .await;
        match asked {
            Ok(found) => Ok(found.into_iter().flatten().collect()),
            Err(error) if self.is_of_closed_region(&place, &error).await => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    async fn server_certificates(&self) -> Result<Vec<Certificate>, CloudError> {
        let operation = &LIST_SERVER_CERTIFICATES;
        self.all(operation, &Place::Global, |token| {
            self.call(operation, decode_server_certificates)
                .with("MaxItems", PAGE_SIZE.to_string())
                .with_some("Marker", token)
                .expecting(PAGE_SIZE as usize, ROW_BYTES)
                .send()
        })
        .await
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Answer<'a> {
    #[serde(borrow)]
    certificate_summary_list: Option<Vec<Row<'a>>>,
    #[serde(borrow)]
    next_token: Loose<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Row<'a> {
    #[serde(borrow)]
    certificate_arn: Loose<'a>,
    #[serde(borrow)]
    domain_name: Loose<'a>,
    subject_alternative_name_summaries: Option<Vec<String>>,
    #[serde(borrow)]
    status: Loose<'a>,
    #[serde(borrow, rename = "Type")]
    sort: Loose<'a>,
    #[serde(borrow)]
    in_use: Loose<'a>,
    #[serde(borrow)]
    not_before: Loose<'a>,
    #[serde(borrow)]
    not_after: Loose<'a>,
}

/// `None` stands for a certificate that was never issued, or does not count any more.
fn decode(body: &[u8]) -> Result<Batch<Option<Certificate>>, Misread> {
    let answer: Answer<'_> = serde_json::from_slice(body)?;
    let rows = answer
        .certificate_summary_list
        .ok_or(Misread::Lacks("CertificateSummaryList"))?;
    let certificates = rows
        .into_iter()
        .map(certificate)
        .collect::<Result<_, _>>()?;
    Ok(Batch::new(certificates, &answer.next_token.text()))
}

fn certificate(row: Row<'_>) -> Result<Option<Certificate>, Misread> {
    let arn = row.certificate_arn.some_text();
    let arn = arn.ok_or(Misread::Lacks("CertificateArn in one of its rows"))?;
    const NO_CERTIFICATE: [&str; 4] = [
        "PENDING_VALIDATION",
        "VALIDATION_TIMED_OUT",
        "FAILED",
        "REVOKED",
    ];
    if NO_CERTIFICATE.contains(&row.status.text().as_ref()) {
        return Ok(None);
    }
    let name = row.domain_name.into_text();
    let others = row.subject_alternative_name_summaries.unwrap_or_default();
    let mut names: Vec<String> = std::iter::once(name.as_str())
        .chain(others.iter().map(String::as_str))
        .filter_map(some)
        .map(str::to_lowercase)
        .collect();
    names.sort();
    names.dedup();
    Ok(Some(Certificate {
        id: ResourceId::new(arn),
        name,
        names,
        starts: times::instant_of(&row.not_before),
        expiry: times::expiry(times::instant_of(&row.not_after)),
        issuer: match row.sort.text().as_ref() {
            "AMAZON_ISSUED" => "Amazon".to_owned(),
            // The list does not say.
            _ => String::new(),
        },
        uploaded: row.sort.text() == "IMPORTED",
        deployed: row.in_use.flag(),
    }))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct ServerCertificates {
    server_certificate_metadata_list: Option<Set<ServerCertificate>>,
    is_truncated: String,
    marker: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct ServerCertificate {
    server_certificate_name: String,
    arn: String,
    expiration: String,
}

fn decode_server_certificates(body: &[u8]) -> Result<Batch<Certificate>, Misread> {
    let answer: ServerCertificates = read_result(body, "ListServerCertificatesResponse")?;
    let rows = answer
        .server_certificate_metadata_list
        .ok_or(Misread::Lacks("ServerCertificateMetadataList"))?;
    let certificates = rows.into_iter().map(|row| {
        let arn = some(&row.arn).ok_or(Misread::Lacks("Arn in one of its rows"))?;
        Ok(Certificate {
            id: ResourceId::new(arn),
            name: row.server_certificate_name,
            // The list says neither whom it is for nor who uses it.
            names: Vec::new(),
            starts: None,
            expiry: times::expiry(times::instant(&row.expiration)),
            issuer: String::new(),
            uploaded: true,
            deployed: None,
        })
    });
    let certificates = certificates.collect::<Result<_, Misread>>()?;
    let next = match says_true(&answer.is_truncated) {
        true => answer.marker.as_str(),
        false => "",
    };
    Ok(Batch::new(certificates, next))
}

#[cfg(test)]
mod tests {
    use model::Expiry;

    use super::*;

    fn row(fields: &str) -> Option<Certificate> {
        let body = format!(
            r#"{{"CertificateSummaryList":[{{"CertificateArn":"arn:aws:acm:us-east-1:1:certificate/1",{fields}}}]}}"#
        );
        decode(body.as_bytes()).unwrap().rows.remove(0)
    }

    #[test]
    fn a_certificate_is_read_whole() {
        let read = row(
            r#""DomainName":"B.example.com","SubjectAlternativeNameSummaries":["b.example.com","a.example.com"],
               "Status":"ISSUED","Type":"AMAZON_ISSUED","KeyAlgorithm":"EC_prime256v1","InUse":true,
               "NotBefore":1795247132,"NotAfter":1826783132.0"#,
        )
        .unwrap();
        assert_eq!(read.names, ["a.example.com", "b.example.com"]);
        assert_eq!(
            read.expiry,
            Expiry::At("2027-11-21T07:45:32Z".parse().unwrap())
        );
        assert_eq!(
            (read.issuer.as_str(), read.uploaded, read.deployed),
            ("Amazon", false, Some(true))
        );
        let imported = row(r#""Type":"IMPORTED","Status":"EXPIRED""#).unwrap();
        assert_eq!(
            (imported.uploaded, imported.deployed, imported.expiry),
            (true, None, Expiry::Unknown)
        );
    }

    #[test]
    fn what_was_never_issued_is_no_certificate_and_a_new_word_hides_none() {
        for word in [
            "PENDING_VALIDATION",
            "VALIDATION_TIMED_OUT",
            "FAILED",
            "REVOKED",
        ] {
            assert_eq!(row(&format!(r#""Status":"{word}""#)), None, "{word}");
        }
        for word in ["ISSUED", "EXPIRED", "INACTIVE", "NEW_WORD"] {
            assert!(row(&format!(r#""Status":"{word}""#)).is_some(), "{word}");
        }
        assert!(decode(b"{}").is_err());
        assert!(decode(br#"{"CertificateSummaryList":[{}]}"#).is_err());
    }

    #[test]
    fn certificates_kept_with_the_users_are_followed_while_there_are_more() {
        let body = |more: &str| {
            format!("<ListServerCertificatesResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><ListServerCertificatesResult><ServerCertificateMetadataList>
            <member><Path>/cloudfront/</Path><ServerCertificateName>cdn</ServerCertificateName><Arn>arn:aws-cn:iam::1:server-certificate/cloudfront/cdn</Arn>
            <ServerCertificateId>ASCA</ServerCertificateId><Expiration>2026-12-01T00:00:00Z</Expiration></member></ServerCertificateMetadataList>
            <IsTruncated>{more}</IsTruncated><Marker>m</Marker></ListServerCertificatesResult></ListServerCertificatesResponse>")
        };
        let read = decode_server_certificates(body("true").as_bytes()).unwrap();
        assert_eq!(read.next.as_deref(), Some("m"));
        assert_eq!(
            (read.rows[0].name.as_str(), read.rows[0].uploaded),
            ("cdn", true)
        );
        let last = decode_server_certificates(body("false").as_bytes()).unwrap();
        assert_eq!(last.next, None, "a marker beside `false` leads nowhere");
    }
}
