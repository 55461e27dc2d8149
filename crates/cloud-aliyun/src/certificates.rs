//! Reads the certificate store (cas 2020-04-07), expired certificates too.
//!
//! Asked without a status, the service leaves expired certificates out; asked for expired ones, it
//! gives only those. The two lists are read side by side as one: page 2 of it is page 2 of both.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use cloud::{CallSite, Certificates, CloudError, Next, Page, PageAt, PageSource};
use model::{Certificate, Place, ResourceId};
use serde::Deserialize;

use crate::Aliyun;
use crate::decode::{Loose, Misread};
use crate::endpoints::{KnownSite, Service, Site};
use crate::numbering::{Numbering, Told};
use crate::operations::LIST_CERTIFICATES;
use crate::times;

/// The service's own default: that it gives larger pages is documented nowhere, and one that is
/// refused would hide every certificate.
pub(crate) const PAGE_SIZE: u32 = 50;
/// An order with all names of its certificate.
const ROW_BYTES: usize = 2048;

impl Certificates for Aliyun {
    fn certificates(&self) -> Box<dyn PageSource<Certificate> + '_> {
        Box::new(CertificateList {
            aliyun: self,
            site: KnownSite::default(),
            valid: Half::new(""),
            expired: Half::new("EXPIRED"),
        })
    }
}

struct CertificateList<'a> {
    aliyun: &'a Aliyun,
    site: KnownSite,
    valid: Half,
    expired: Half,
}

/// One of the two lists.
struct Half {
    status: &'static str,
    numbering: Numbering,
    extent: Mutex<Extent>,
}

/// What is known of a list's size.
#[derive(Debug, Clone, Copy)]
struct Extent {
    pages: u32,
    total: Option<u64>,
}

type Rows = (Vec<Certificate>, Told);

impl Half {
    fn new(status: &'static str) -> Self {
        let extent = Mutex::new(Extent {
            pages: 1,
            total: None,
        });
        Self {
            status,
            numbering: Numbering::new(PAGE_SIZE),
            extent,
        }
    }

    fn extent(&self) -> Extent {
        *self.extent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the rows of a page, after learning from it how long the list is.
    fn take(&self, number: u32, (rows, told): Rows) -> Vec<Certificate> {
        let pages = match self.numbering.next(number, told) {
            Next::Through(pages) => pages,
            Next::End | Next::Token(_) => 1,
        };
        let mut extent = self.extent.lock().unwrap_or_else(PoisonError::into_inner);
        *extent = match number {
            1 => Extent {
                pages,
                total: told.total,
            },
            _ => Extent {
                pages: extent.pages.max(pages),
                total: told.total.or(extent.total),
            },
        };
        rows
    }
}

impl CertificateList<'_> {
    async fn ask(&self, half: &Half, number: u32, site: Option<Site>) -> Result<Rows, CloudError> {
        let mut call = self.aliyun.call(&LIST_CERTIFICATES, decode).at_site(site);
        call = call.with("OrderType", "CERT");
        if !half.status.is_empty() {
            call = call.with("Status", half.status);
        }
        call = call.with("CurrentPage", number.to_string());
        call.with("ShowSize", PAGE_SIZE.to_string())
            .expecting(PAGE_SIZE as usize, ROW_BYTES)
            .send()
            .await
    }

    /// Asks for a page of a list, unless the list is known to end before.
    async fn rest(&self, half: &Half, number: u32) -> Result<Vec<Certificate>, CloudError> {
        if number > half.extent().pages {
            return Ok(Vec::new());
        }
        Ok(half.take(number, self.ask(half, number, self.site.get()).await?))
    }

    async fn first(&self) -> Result<Vec<Certificate>, CloudError> {
        let ask = |site| async move {
            let both = (
                self.ask(&self.valid, 1, site),
                self.ask(&self.expired, 1, site),
            );
            futures_util::future::try_join(both.0, both.1).await
        };
        let is_empty = |(valid, expired): &(Rows, Rows)| valid.0.is_empty() && expired.0.is_empty();
        let both = self
            .aliyun
            .begin_at_right_site(Service::Cas, &self.site, ask, is_empty)
            .await?;
        let mut items = self.valid.take(1, both.0);
        items.extend(self.expired.take(1, both.1));
        Ok(items)
    }
}

#[async_trait]
impl PageSource<Certificate> for CertificateList<'_> {
    fn site(&self) -> CallSite {
        self.aliyun.call_site(&LIST_CERTIFICATES, &Place::Global)
    }

    async fn page(&self, at: &PageAt) -> Result<Page<Certificate>, CloudError> {
        let number = Numbering::number(at);
        let items = if number == 1 {
            self.first().await?
        } else {
            let both = (
                self.rest(&self.valid, number),
                self.rest(&self.expired, number),
            );
            let (mut valid, expired) = futures_util::future::try_join(both.0, both.1).await?;
            valid.extend(expired);
            valid
        };
        let (valid, expired) = (self.valid.extent(), self.expired.extent());
        let next = match valid.pages.max(expired.pages) {
            0 | 1 => Next::End,
            pages => Next::Through(pages),
        };
        // One that expires between the two questions is in both lists and counted twice: the pager
        // finds one too few and looks again.
        let total = valid
            .total
            .zip(expired.total)
            .map(|(valid, expired)| valid + expired);
        Ok(Page { items, next, total })
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Answer<'a> {
    #[serde(borrow)]
    certificate_order_list: Option<Vec<Row<'a>>>,
    #[serde(borrow)]
    total_count: Loose<'a>,
    #[serde(borrow)]
    show_size: Loose<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Row<'a> {
    #[serde(borrow)]
    certificate_id: Loose<'a>,
    #[serde(borrow)]
    instance_id: Loose<'a>,
    #[serde(borrow)]
    name: Loose<'a>,
    #[serde(borrow)]
    common_name: Loose<'a>,
    #[serde(borrow)]
    sans: Loose<'a>,
    #[serde(borrow)]
    domain: Loose<'a>,
    #[serde(borrow)]
    cert_start_time: Loose<'a>,
    #[serde(borrow)]
    cert_end_time: Loose<'a>,
    #[serde(borrow)]
    start_date: Loose<'a>,
    #[serde(borrow)]
    end_date: Loose<'a>,
    #[serde(borrow)]
    issuer: Loose<'a>,
    #[serde(borrow)]
    upload: Loose<'a>,
    #[serde(borrow)]
    source_type: Loose<'a>,
}

fn decode(body: &str) -> Result<Rows, Misread> {
    let answer: Answer<'_> = serde_json::from_str(body)?;
    let total = answer.total_count.count();
    let rows = match (answer.certificate_order_list, total) {
        (Some(rows), _) => rows,
        (None, Some(_)) => Vec::new(),
        (None, None) => return Err(Misread::Lacks("CertificateOrderList")),
    };
    let told = Told {
        rows: rows.len(),
        total,
        page_size: answer.show_size.count(),
    };
    let items = rows
        .into_iter()
        .map(certificate)
        .collect::<Result<_, _>>()?;
    Ok((items, told))
}

fn certificate(row: Row<'_>) -> Result<Certificate, Misread> {
    let id = row
        .certificate_id
        .some_text()
        .or_else(|| row.instance_id.some_text());
    let id = id.ok_or(Misread::Lacks("CertificateId in one of its rows"))?;
    // To the millisecond where it is said, else to the day.
    let starts = times::instant_of(&row.cert_start_time)
        .or_else(|| times::start_of_day(&row.start_date.text()));
    let ends =
        times::instant_of(&row.cert_end_time).or_else(|| times::end_of_day(&row.end_date.text()));
    let uploaded = row
        .upload
        .flag()
        .unwrap_or_else(|| row.source_type.text() == "upload");
    Ok(Certificate {
        id: ResourceId::new(id),
        names: names(&row),
        starts,
        expiry: times::expiry(ends),
        uploaded,
        // The list does not say what uses it.
        deployed: None,
        name: row.name.into_text(),
        issuer: row.issuer.into_text(),
    })
}

/// Two certificates are for the same names if these are equal: lower case, sorted, each once.
fn names(row: &Row<'_>) -> Vec<String> {
    let split = |list: &Loose<'_>| -> Vec<String> {
        let list = list.text().to_lowercase();
        let names = list
            .split([',', ' ', ';'])
            .map(str::trim)
            .filter(|it| !it.is_empty());
        names.map(str::to_owned).collect()
    };
    let mut names = split(&row.common_name);
    names.extend(split(&row.sans));
    if names.is_empty() {
        names = split(&row.domain);
    }
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use model::Expiry;

    use super::*;

    fn row(fields: &str) -> Certificate {
        let body = format!(
            r#"{{"TotalCount":1,"ShowSize":50,"CertificateOrderList":[{{"CertificateId":896521,{fields}}}]}}"#
        );
        let (mut items, told) = decode(&body).unwrap();
        assert_eq!((told.total, told.page_size), (Some(1), Some(50)));
        items.remove(0)
    }

    #[test]
    fn names_are_lower_case_sorted_and_said_once() {
        let names = |fields: &str| row(fields).names;
        assert_eq!(
            names(r#""CommonName":"B.example.com","Sans":"a.example.com,b.example.com, *.C.cn""#),
            ["*.c.cn", "a.example.com", "b.example.com"]
        );
        assert_eq!(names(r#""Domain":"d.cn""#), ["d.cn"]);
        assert_eq!(
            names(r#""CommonName":"","Sans":null"#),
            Vec::<String>::new()
        );
    }

    #[test]
    fn the_end_is_the_millisecond_or_the_end_of_the_day() {
        let at = |text: &str| Expiry::At(text.parse().unwrap());
        for (fields, expected) in [
            (
                r#""CertEndTime":1665819958000,"EndDate":"2022-11-17""#,
                at("2022-10-15T07:45:58Z"),
            ),
            (
                r#""CertEndTime":0,"EndDate":"2022-11-17""#,
                at("2022-11-17T15:59:59Z"),
            ),
            (
                r#""CertEndTime":"1665819958000""#,
                at("2022-10-15T07:45:58Z"),
            ),
            (r#""EndDate":"2022-11-17""#, at("2022-11-17T15:59:59Z")),
            (r#""EndDate":"2099-12-31""#, Expiry::Never),
            (r#""EndDate":"""#, Expiry::Unknown),
            (r#""Name":"x""#, Expiry::Unknown),
        ] {
            assert_eq!(row(fields).expiry, expected, "{fields}");
        }
        let starts = row(r#""StartDate":"2021-11-16""#).starts;
        assert_eq!(starts.unwrap().to_string(), "2021-11-15T16:00:00Z");
    }

    #[test]
    fn uploaded_ones_are_told_from_bought_ones_and_deployment_is_not_made_up() {
        assert!(row(r#""Upload":true"#).uploaded);
        assert!(!row(r#""Upload":"false","SourceType":"upload""#).uploaded);
        assert!(row(r#""SourceType":"upload""#).uploaded);
        assert!(!row(r#""SourceType":"buy""#).uploaded);
        assert_eq!(row(r#""Upload":true"#).deployed, None);
    }

    #[test]
    fn without_an_id_of_any_kind_the_page_is_unreadable() {
        let decode = |row: &str| {
            decode(&format!(
                "{{\"TotalCount\":1,\"CertificateOrderList\":[{row}]}}"
            ))
        };
        let (items, _) = decode(r#"{"InstanceId":"cas-1"}"#).unwrap();
        assert_eq!(items[0].id.as_str(), "cas-1");
        assert!(matches!(decode(r#"{"Name":"x"}"#), Err(Misread::Lacks(_))));
        assert!(matches!(
            super::decode("{}"),
            Err(Misread::Lacks("CertificateOrderList"))
        ));
    }
}
