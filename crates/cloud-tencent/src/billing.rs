//! Reads the money, and the list of the renewal page (billing 2018-07-09).
//!
//! Amounts are in fen, a hundredth. What is available is cash, income and presents without what is
//! frozen or owed; credit counts only for who says so.
//!
//! The renewal page's list covers only the products that are connected to it, and its right can
//! renew, too: it is read on request, beside the products' own lists.

use async_trait::async_trait;
use cloud::{Billing, CallSite, CloudError, Next, Page, PageAt, PageSource};
use model::{
    Balance, Charge, Currency, Kind, Money, Place, Prepaid, PrepaidStatus, RegionId, Renewal,
    ResourceId, Tags,
};
use rust_decimal::Decimal;

use crate::decode::{self, Loose, Misread, Shape};
use crate::operations::{DESCRIBE_ACCOUNT_BALANCE, DESCRIBE_RENEWALS};
use crate::{Counted, RenewalPage, Site, Tencent, times, words};

/// The largest page there is.
pub(crate) const PAGE_SIZE: u32 = 100;
const ROW_BYTES: u64 = 768;

#[async_trait]
impl Billing for Tencent {
    fn prepaid(&self) -> Option<Box<dyn PageSource<Prepaid> + '_>> {
        match self.bill.renewal_page {
            RenewalPage::LeftAlone => None,
            RenewalPage::Read => Some(Box::new(RenewalList(self))),
        }
    }

    async fn balance(&self) -> Result<Balance, CloudError> {
        let told = self
            .call(&DESCRIBE_ACCOUNT_BALANCE, decode_balance)
            .send()
            .await?;
        let currency = match self.line.site {
            Site::Domestic => "CNY",
            Site::International => "USD",
        };
        Ok(told.counted(self.bill.counted, &Currency::new(currency)))
    }
}

decode::wire! {
    struct BalanceAnswer<'a> {
        real_balance: Loose<'a>,
        balance: Loose<'a>,
        cash_account_balance: Loose<'a>,
        real_credit_balance: Loose<'a>,
    }
    struct Row<'a> {
        instance_id: Loose<'a>,
        product_code: Loose<'a>,
        sub_product_code: Loose<'a>,
        region_code: Loose<'a>,
        status: Loose<'a>,
        renew_flag: Loose<'a>,
        expire_time: Loose<'a>,
        instance_name: Loose<'a>,
        renew_period: Loose<'a>,
        renew_period_unit: Loose<'a>,
    }
}

/// What the account has, in hundredths.
struct Told {
    real: Decimal,
    cash: Option<Decimal>,
    with_credit: Option<Decimal>,
}

impl Told {
    fn counted(&self, counted: Counted, currency: &Currency) -> Balance {
        let money = |amount: Decimal| {
            let amount = (amount / Decimal::ONE_HUNDRED).normalize();
            Money::new(amount, currency.clone())
        };
        let with_credit = self
            .with_credit
            .filter(|_| counted == Counted::MoneyAndCredit);
        Balance {
            available: money(with_credit.unwrap_or(self.real)),
            cash: self.cash.map(money),
            credit: with_credit.map(|it| money(it - self.real)),
        }
    }
}

fn decode_balance(body: &str) -> Result<Told, Misread> {
    let answer: BalanceAnswer<'_> = decode::object(body)?;
    // `Balance` is the older name of the same.
    let real = fen(&answer.real_balance).or_else(|| fen(&answer.balance));
    Ok(Told {
        real: real.ok_or(Misread::Lacks("RealBalance"))?,
        cash: fen(&answer.cash_account_balance),
        with_credit: fen(&answer.real_credit_balance),
    })
}

fn fen(field: &Loose<'_>) -> Option<Decimal> {
    field.text().parse().ok()
}

struct RenewalList<'a>(&'a Tencent);

#[async_trait]
impl PageSource<Prepaid> for RenewalList<'_> {
    fn site(&self) -> CallSite {
        self.0.call_site(&DESCRIBE_RENEWALS, &Place::Global)
    }

    async fn page(&self, at: &PageAt) -> Result<Page<Prepaid>, CloudError> {
        let mut call = self
            .0
            .call(&DESCRIBE_RENEWALS, decode_renewals)
            .with("MaxResults", PAGE_SIZE)
            .expecting(PAGE_SIZE.into(), ROW_BYTES);
        if let PageAt::Token(token) = at {
            call = call.with("NextToken", token.as_str());
        }
        let (items, token) = call.send().await?;
        Ok(Page {
            items,
            next: token.map_or(Next::End, Next::Token),
            total: None,
        })
    }
}

fn decode_renewals(body: &str) -> Result<(Vec<Prepaid>, Option<String>), Misread> {
    const SHAPE: Shape = Shape {
        total: "",
        ..Shape::rows("InstanceList")
    };
    // A list of nothing is `null` here; an answer without the field at all is none of this service.
    let page = decode::list::<Row<'_>>(body, &SHAPE)?;
    let items = page
        .rows
        .into_iter()
        .map(prepaid)
        .collect::<Result<_, _>>()?;
    Ok((items, page.token))
}

fn prepaid(row: Row<'_>) -> Result<Prepaid, Misread> {
    let id = row.instance_id.some_text();
    let id = id.ok_or(Misread::Lacks("InstanceId in one of its rows"))?;
    let code = row.product_code.text();
    let status = match row.status.text().as_ref() {
        "NORMAL" => PrepaidStatus::Normal,
        "ISOLATED" => PrepaidStatus::Expired,
        other => PrepaidStatus::Other(other.to_owned()),
    };
    let renewal = match words::renewal(&row.renew_flag) {
        Renewal::Auto { .. } => Renewal::Auto {
            months: months(&row),
        },
        other => other,
    };
    Ok(Prepaid {
        // Billing writes `p_cvm` for what every other service calls `cvm`.
        kind: Kind::new(code.strip_prefix("p_").unwrap_or(&code)),
        product_type: row.sub_product_code.into_text().into(),
        id: ResourceId::new(id),
        name: row.instance_name.some_text(),
        region: row.region_code.some_text().map(RegionId::new),
        tags: Tags::new(),
        created: None,
        // Everything on the page is paid in advance.
        expiry: times::expiry(&Charge::Prepaid, &row.expire_time),
        renewal,
        status,
        release: None,
        renewal_price: None,
    })
}

fn months(row: &Row<'_>) -> Option<u32> {
    let period = u32::try_from(row.renew_period.count()?).ok()?;
    match row.renew_period_unit.text().as_ref() {
        "m" => Some(period),
        "y" => period.checked_mul(12),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use model::Expiry;

    use super::*;

    fn shown(answer: &str, counted: Counted) -> [Option<String>; 3] {
        let body = format!(r#"{{"Response":{{{answer},"RequestId":"r"}}}}"#);
        let told = decode_balance(&body).unwrap();
        let balance = told.counted(counted, &Currency::new("CNY"));
        [Some(balance.available), balance.cash, balance.credit]
            .map(|it| it.map(|it| it.to_string()))
    }

    #[test]
    fn fen_become_money_and_credit_counts_only_for_who_says_so() {
        let answer = r#""Balance":1234567,"RealBalance":1234567.0,"CashAccountBalance":1000000,
            "RealCreditBalance":10001234567,"CreditAmount":10000000000"#;
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            shown(answer, Counted::Money),
            [some("12,345.67 ¥"), some("10,000.00 ¥"), None]
        );
        assert_eq!(
            shown(answer, Counted::MoneyAndCredit),
            [
                some("100,012,345.67 ¥"),
                some("10,000.00 ¥"),
                some("100,000,000.00 ¥")
            ]
        );
        let owing = r#""RealBalance":-1234.5"#;
        assert_eq!(
            shown(owing, Counted::Money),
            [some("-12.345 ¥"), None, None]
        );
        assert_eq!(shown(r#""Balance":"7""#, Counted::Money)[0], some("0.07 ¥"));
    }

    #[test]
    fn an_answer_without_a_balance_is_not_a_balance_of_nothing() {
        let body = r#"{"Response":{"Uin":1,"RequestId":"r"}}"#;
        assert!(matches!(
            decode_balance(body),
            Err(Misread::Lacks("RealBalance"))
        ));
    }

    #[test]
    fn the_documented_renewal_is_understood() {
        let body = r#"{"Response":{"InstanceList":[{"ExpireTime":"2026-12-06 23:59:59",
            "InstanceId":"ins-1","InstanceName":"web","ProductCode":"p_cvm","SubProductCode":"sp_cvm_s5",
            "RegionCode":"ap-guangzhou","RenewFlag":"NOTIFY_AND_AUTO_RENEW","RenewPeriod":1,
            "RenewPeriodUnit":"y","Status":"NORMAL"},
            {"InstanceId":"x","Status":"ISOLATED","RenewFlag":"DISABLE_NOTIFY_AND_MANUAL_RENEW"}],
            "NextToken":"t","RequestId":"r"}}"#;
        let (items, token) = decode_renewals(body).unwrap();
        assert_eq!(token.as_deref(), Some("t"));
        assert_eq!(items[0].kind.as_str(), "cvm");
        assert_eq!(
            items[0].expiry,
            Expiry::At("2026-12-06T15:59:59Z".parse().unwrap())
        );
        assert_eq!(items[0].renewal, Renewal::Auto { months: Some(12) });
        assert_eq!(items[1].status, PrepaidStatus::Expired);
        assert_eq!(
            (items[1].renewal.clone(), items[1].expiry),
            (Renewal::Never, Expiry::Unknown)
        );
    }

    #[test]
    fn a_list_of_nothing_may_be_null_but_not_missing() {
        let none = decode_renewals(r#"{"Response":{"InstanceList":null,"NextToken":null}}"#);
        assert!(none.unwrap().0.is_empty());
        assert!(decode_renewals(r#"{"Response":{"RequestId":"r"}}"#).is_err());
    }
}
