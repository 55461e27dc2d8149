//! Reads registered domain names (Route 53 Domains), which has one region.

use cloud::{Domains, PageSource};
use model::{Domain, Place, ResourceId, Tags};
use serde::Deserialize;

use crate::Aws;
use crate::decode::{Loose, Misread};
use crate::lists::Batch;
use crate::operations::LIST_DOMAINS;
use crate::times;

/// The largest page there is.
pub(crate) const PAGE_SIZE: u32 = 100;
const ROW_BYTES: usize = 512;

impl Domains for Aws {
    fn domains(&self) -> Box<dyn PageSource<Domain> + '_> {
        self.list(&LIST_DOMAINS, Place::Global, move |token| {
            self.call(&LIST_DOMAINS, decode)
                .with_json("MaxItems", PAGE_SIZE)
                .with_some_json("Marker", token)
                .expecting(PAGE_SIZE as usize, ROW_BYTES)
                .send()
        })
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Answer<'a> {
    #[serde(borrow)]
    domains: Option<Vec<Row<'a>>>,
    #[serde(borrow)]
    next_page_marker: Loose<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Row<'a> {
    #[serde(borrow)]
    domain_name: Loose<'a>,
    #[serde(borrow)]
    auto_renew: Loose<'a>,
    #[serde(borrow)]
    expiry: Loose<'a>,
}

fn decode(body: &[u8]) -> Result<Batch<Domain>, Misread> {
    let answer: Answer<'_> = serde_json::from_slice(body)?;
    let rows = answer.domains.ok_or(Misread::Lacks("Domains"))?;
    let domains = rows.into_iter().map(|row| {
        let name = row.domain_name.some_text();
        let name = name.ok_or(Misread::Lacks("DomainName in one of its rows"))?;
        Ok(Domain {
            id: ResourceId::new(name.clone()),
            name,
            expiry: times::expiry(times::instant_of(&row.expiry)),
            auto_renew: row.auto_renew.flag(),
            // The list does not say.
            in_redemption: false,
            tags: Tags::new(),
        })
    });
    let domains = domains.collect::<Result<_, Misread>>()?;
    Ok(Batch::new(domains, &answer.next_page_marker.text()))
}

#[cfg(test)]
mod tests {
    use model::Expiry;

    use super::*;

    #[test]
    fn names_come_in_pages_and_an_end_that_is_not_said_is_unknown() {
        let body = br#"{"Domains":[{"DomainName":"example.com","AutoRenew":true,"TransferLock":true,"Expiry":1826783132.123},
            {"DomainName":"example.org","AutoRenew":false}],"NextPageMarker":"m"}"#;
        let batch = decode(body).unwrap();
        assert_eq!(batch.next.as_deref(), Some("m"));
        let shown: Vec<_> = batch
            .rows
            .iter()
            .map(|it| (it.name.as_str(), it.auto_renew))
            .collect();
        assert_eq!(
            shown,
            [("example.com", Some(true)), ("example.org", Some(false))]
        );
        assert!(matches!(batch.rows[0].expiry, Expiry::At(_)));
        assert_eq!(batch.rows[1].expiry, Expiry::Unknown);
        let last = decode(br#"{"Domains":[],"NextPageMarker":null}"#).unwrap();
        assert_eq!(last.next, None);
        assert!(decode(b"{}").is_err() && decode(br#"{"Domains":[{}]}"#).is_err());
    }
}
