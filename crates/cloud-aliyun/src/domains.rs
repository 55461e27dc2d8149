//! Reads registered domain names (Domain 2018-01-29).

use async_trait::async_trait;
use cloud::{CallSite, CloudError, Domains, Page, PageAt, PageSource};
use model::{Domain, Place, ResourceId};
use serde::Deserialize;

use crate::Aliyun;
use crate::decode::{Loose, Misread};
use crate::endpoints::{KnownSite, Service, Site};
use crate::numbering::{Numbering, Told};
use crate::operations::QUERY_DOMAIN_LIST;
use crate::times;

/// The largest page that is known to be given.
pub(crate) const PAGE_SIZE: u32 = 100;
/// A domain with its registration.
const ROW_BYTES: usize = 1024;

impl Domains for Aliyun {
    fn domains(&self) -> Box<dyn PageSource<Domain> + '_> {
        let (site, numbering) = (KnownSite::default(), Numbering::new(PAGE_SIZE));
        Box::new(DomainList {
            aliyun: self,
            site,
            numbering,
        })
    }
}

struct DomainList<'a> {
    aliyun: &'a Aliyun,
    site: KnownSite,
    numbering: Numbering,
}

type Rows = (Vec<Domain>, Told);

impl DomainList<'_> {
    async fn ask(&self, number: u32, site: Option<Site>) -> Result<Rows, CloudError> {
        let call = self.aliyun.call(&QUERY_DOMAIN_LIST, decode).at_site(site);
        let call = call.with("PageNum", number.to_string());
        call.with("PageSize", PAGE_SIZE.to_string())
            .expecting(PAGE_SIZE as usize, ROW_BYTES)
            .send()
            .await
    }
}

#[async_trait]
impl PageSource<Domain> for DomainList<'_> {
    fn site(&self) -> CallSite {
        self.aliyun.call_site(&QUERY_DOMAIN_LIST, &Place::Global)
    }

    async fn page(&self, at: &PageAt) -> Result<Page<Domain>, CloudError> {
        let number = Numbering::number(at);
        let (items, told) = if number == 1 {
            let ask = |site| self.ask(1, site);
            let is_empty = |rows: &Rows| rows.0.is_empty();
            let begin = self
                .aliyun
                .begin_at_right_site(Service::Domain, &self.site, ask, is_empty);
            begin.await?
        } else {
            self.ask(number, self.site.get()).await?
        };
        Ok(Page {
            items,
            next: self.numbering.next(number, told),
            total: told.total,
        })
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Answer<'a> {
    #[serde(borrow)]
    data: Option<Data<'a>>,
    #[serde(borrow)]
    total_item_num: Loose<'a>,
    #[serde(borrow)]
    page_size: Loose<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Data<'a> {
    #[serde(borrow)]
    domain: Option<Vec<Row<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Row<'a> {
    #[serde(borrow)]
    instance_id: Loose<'a>,
    #[serde(borrow)]
    domain_name: Loose<'a>,
    #[serde(borrow)]
    domain_status: Loose<'a>,
    #[serde(borrow)]
    auto_renew_enabled: Loose<'a>,
    #[serde(borrow)]
    expiration_date_long: Loose<'a>,
    #[serde(borrow)]
    expiration_date: Loose<'a>,
    #[serde(borrow)]
    tag: Option<Tags<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Tags<'a> {
    #[serde(borrow)]
    tag: Option<Vec<Tag<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Tag<'a> {
    #[serde(borrow)]
    key: Loose<'a>,
    #[serde(borrow)]
    value: Loose<'a>,
}

fn decode(body: &str) -> Result<Rows, Misread> {
    let answer: Answer<'_> = serde_json::from_str(body)?;
    let total = answer.total_item_num.count();
    let rows = match (answer.data.and_then(|it| it.domain), total) {
        (Some(rows), _) => rows,
        (None, Some(_)) => Vec::new(),
        (None, None) => return Err(Misread::Lacks("Data.Domain")),
    };
    let told = Told {
        rows: rows.len(),
        total,
        page_size: answer.page_size.count(),
    };
    let items = rows.into_iter().map(domain).collect::<Result<_, _>>()?;
    Ok((items, told))
}

fn domain(row: Row<'_>) -> Result<Domain, Misread> {
    let name = row.domain_name.some_text();
    let name = name.ok_or(Misread::Lacks("DomainName in one of its rows"))?;
    // The number is the safe field: the text comes in two forms, and in Beijing's time.
    let ends = times::instant_of(&row.expiration_date_long)
        .or_else(|| times::instant_of(&row.expiration_date));
    let tags = row
        .tag
        .and_then(|it| it.tag)
        .into_iter()
        .flatten()
        .map(|it| (it.key.into_text(), it.value.into_text()))
        .collect();
    Ok(Domain {
        id: ResourceId::new(row.instance_id.some_text().unwrap_or_else(|| name.clone())),
        name,
        expiry: times::expiry(ends),
        auto_renew: row.auto_renew_enabled.flag(),
        // 1 is to be renewed soon, 2 to be redeemed, 3 in order.
        in_redemption: row.domain_status.text() == "2",
        tags,
    })
}

#[cfg(test)]
mod tests {
    use model::Expiry;

    use super::*;

    fn row(fields: &str) -> Domain {
        let body = format!(
            r#"{{"TotalItemNum":1,"PageSize":5,"Data":{{"Domain":[{{"DomainName":"a.cn",{fields}}}]}}}}"#
        );
        decode(&body).unwrap().0.remove(0)
    }

    #[test]
    fn the_documented_answer_is_understood() {
        let body = r#"{"Data":{"Domain":[{"ExpirationDate":"Nov 02,2019 04:00:45",
            "InstanceId":"ST2015110212003800001928","RegistrationDate":"Nov 02,2017 04:00:45",
            "DomainName":"fds234sdf.net","DomainType":"gTLD"}]},"TotalItemNum":1,"PageSize":5,
            "CurrentPageNum":0,"RequestId":"77F90DA6","PrePage":false,"TotalPageNum":1,"NextPage":false}"#;
        let (items, told) = decode(body).unwrap();
        assert_eq!((told.total, told.page_size), (Some(1), Some(5)));
        assert_eq!(items[0].id.as_str(), "ST2015110212003800001928");
        assert_eq!(
            items[0].expiry,
            Expiry::At("2019-11-01T20:00:45Z".parse().unwrap())
        );
        assert_eq!((items[0].auto_renew, items[0].in_redemption), (None, false));
    }

    #[test]
    fn the_number_beats_the_text_and_neither_is_unknown() {
        let at = |text: &str| Expiry::At(text.parse().unwrap());
        for (fields, expected) in [
            (
                r#""ExpirationDateLong":1572638445000,"ExpirationDate":"2030-01-01 00:00:00""#,
                at("2019-11-01T20:00:45Z"),
            ),
            (
                r#""ExpirationDateLong":"1572638445000""#,
                at("2019-11-01T20:00:45Z"),
            ),
            (
                r#""ExpirationDate":"2019-11-02 04:00:45""#,
                at("2019-11-01T20:00:45Z"),
            ),
            (r#""ExpirationDateLong":0"#, Expiry::Unknown),
            (r#""InstanceId":"S1""#, Expiry::Unknown),
        ] {
            assert_eq!(row(fields).expiry, expected, "{fields}");
        }
    }

    #[test]
    fn redemption_renewal_and_tags_are_read() {
        assert!(row(r#""DomainStatus":"2""#).in_redemption);
        assert!(row(r#""DomainStatus":2"#).in_redemption);
        assert!(!row(r#""DomainStatus":"1""#).in_redemption);
        assert_eq!(row(r#""AutoRenewEnabled":"true""#).auto_renew, Some(true));
        let tagged = row(r#""Tag":{"Tag":[{"Key":"owner","Value":"it's 🙂"},{"Key":"env"}]}"#);
        assert_eq!(tagged.tags["owner"], "it's 🙂");
        assert_eq!(tagged.tags["env"], "");
        assert_eq!(row(r#""DomainType":"x""#).id.as_str(), "a.cn");
    }

    #[test]
    fn a_row_without_a_name_makes_the_page_unreadable() {
        let nameless = r#"{"TotalItemNum":1,"Data":{"Domain":[{"InstanceId":"S1"}]}}"#;
        assert!(matches!(decode(nameless), Err(Misread::Lacks(_))));
        assert!(matches!(
            decode("{\"Data\":{}}"),
            Err(Misread::Lacks("Data.Domain"))
        ));
    }
}
