//! Reads registered domain names (domain 2018-08-08).

use cloud::{Domains, PageSource};
use model::{Domain, Place, ResourceId, Tags};
use serde_json::Map;

use crate::Tencent;
use crate::decode::{self, Loose, Misread, Shape};
use crate::lists::{self, Counts, Listed, OffsetList, Question};
use crate::operations::DESCRIBE_DOMAINS;
use crate::times;

/// The largest page there is.
pub(crate) const PAGE_SIZE: u32 = 100;
const ROW_BYTES: u64 = 512;

impl Domains for Tencent {
    fn domains(&self) -> Box<dyn PageSource<Domain> + '_> {
        let question = Question {
            operation: &DESCRIBE_DOMAINS,
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
        domain_id: Loose<'a>,
        domain_name: Loose<'a>,
        auto_renew: Loose<'a>,
        expiration_date: Loose<'a>,
        buy_status: Loose<'a>,
    }
}

fn decode(body: &str) -> Result<Listed<Domain>, Misread> {
    lists::read(body, &Shape::rows("DomainSet"), domain)
}

fn domain(row: Row<'_>) -> Result<Domain, Misread> {
    let name = row.domain_name.some_text();
    let name = name.ok_or(Misread::Lacks("DomainName in one of its rows"))?;
    Ok(Domain {
        id: ResourceId::new(row.domain_id.some_text().unwrap_or_else(|| name.clone())),
        name,
        expiry: times::end(times::instant_of(&row.expiration_date)),
        // 0 was never set, 1 is on, 2 was turned off.
        auto_renew: row.auto_renew.whole().map(|it| it == 1),
        in_redemption: row.buy_status.text().starts_with("Redemption"),
        tags: Tags::new(),
    })
}

#[cfg(test)]
mod tests {
    use model::Expiry;

    use super::*;

    fn one(fields: &str) -> Domain {
        let body = format!(
            r#"{{"Response":{{"TotalCount":1,"DomainSet":[{{"DomainName":"a.cn",{fields}}}]}}}}"#
        );
        decode(&body).unwrap().items.remove(0)
    }

    #[test]
    fn an_end_is_read_as_a_day_or_as_an_instant_of_beijing() {
        let at = |text: &str| Expiry::At(text.parse().unwrap());
        assert_eq!(
            one(r#""ExpirationDate":"2022-09-11""#).expiry,
            at("2022-09-11T15:59:59Z")
        );
        let instant = one(r#""ExpirationDate":"2022-09-11 08:00:00""#);
        assert_eq!(instant.expiry, at("2022-09-11T00:00:00Z"));
        assert_eq!(one(r#""ExpirationDate":"""#).expiry, Expiry::Unknown);
    }

    #[test]
    fn renewal_and_redemption_are_read() {
        let renewed = |code: &str| one(&format!(r#""AutoRenew":{code}"#)).auto_renew;
        let all = [renewed("0"), renewed("1"), renewed("2"), renewed("null")];
        assert_eq!(all, [Some(false), Some(true), Some(false), None]);
        assert!(one(r#""BuyStatus":"RedemptionPending""#).in_redemption);
        assert!(!one(r#""BuyStatus":"RenewPending""#).in_redemption);
        assert_eq!(one(r#""DomainId":"domain-1""#).id.as_str(), "domain-1");
    }
}
