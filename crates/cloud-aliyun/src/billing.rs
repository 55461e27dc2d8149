//! Reads the bill: everything that is paid in advance, and the money (BssOpenApi 2017-12-14).
//!
//! The list is asked for whole, without filters: a filter that the service understands otherwise
//! than we do would hide rows, and rows that are paid by use cost one call for 300 of them.

use std::borrow::Cow;
use std::fmt;

use async_trait::async_trait;
use cloud::{Billing, CallSite, CloudError, Page, PageAt, PageSource};
use model::{
    Balance, Currency, Expiry, Kind, Money, Place, Prepaid, PrepaidStatus, RegionId, Renewal,
    ResourceId, Tags,
};
use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};

use crate::Aliyun;
use crate::decode::{Loose, Misread};
use crate::numbering::{Numbering, Told};
use crate::operations::{QUERY_ACCOUNT_BALANCE, QUERY_AVAILABLE_INSTANCES};
use crate::times;

/// The largest page there is.
pub(crate) const PAGE_SIZE: u32 = 300;
/// A row as it is recorded, and half as much again.
const ROW_BYTES: usize = 640;

#[async_trait]
impl Billing for Aliyun {
    fn prepaid(&self) -> Option<Box<dyn PageSource<Prepaid> + '_>> {
        Some(Box::new(PrepaidList {
            aliyun: self,
            numbering: Numbering::new(PAGE_SIZE),
        }))
    }

    async fn balance(&self) -> Result<Balance, CloudError> {
        self.call(&QUERY_ACCOUNT_BALANCE, decode_balance)
            .send()
            .await
    }
}

struct PrepaidList<'a> {
    aliyun: &'a Aliyun,
    numbering: Numbering,
}

#[async_trait]
impl PageSource<Prepaid> for PrepaidList<'_> {
    fn site(&self) -> CallSite {
        self.aliyun
            .call_site(&QUERY_AVAILABLE_INSTANCES, &Place::Global)
    }

    async fn page(&self, at: &PageAt) -> Result<Page<Prepaid>, CloudError> {
        let number = Numbering::number(at);
        let call = self.aliyun.call(&QUERY_AVAILABLE_INSTANCES, decode_prepaid);
        let call = call
            .with("PageNum", number.to_string())
            .with("PageSize", PAGE_SIZE.to_string())
            .expecting(PAGE_SIZE as usize, ROW_BYTES);
        let (items, told) = call.send().await?;
        Ok(Page {
            items,
            next: self.numbering.next(number, told),
            total: told.total,
        })
    }
}

/// The envelope of every answer of this service, which fails with status 200.
#[derive(Deserialize)]
#[serde(
    default,
    rename_all = "PascalCase",
    bound(deserialize = "'de: 'a, D: Deserialize<'de>")
)]
struct Envelope<'a, D> {
    #[serde(borrow)]
    success: Loose<'a>,
    data: Option<D>,
}

// Not derived: that would ask for `D: Default`.
impl<D> Default for Envelope<'_, D> {
    fn default() -> Self {
        Self {
            success: Loose::Absent,
            data: None,
        }
    }
}

fn open<'a, D: Deserialize<'a>>(body: &'a [u8]) -> Result<D, Misread> {
    // Checked as a whole, which is much faster than text by text; what fails is told by the reader.
    let envelope: Envelope<'a, D> = match std::str::from_utf8(body) {
        Ok(text) => serde_json::from_str(text)?,
        Err(_) => serde_json::from_slice(body)?,
    };
    if envelope.success.flag() == Some(false) {
        return Err(Misread::Failed);
    }
    envelope.data.ok_or(Misread::Lacks("Data"))
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct InstancePage<'a> {
    instance_list: Option<Rows>,
    #[serde(borrow)]
    total_count: Loose<'a>,
    #[serde(borrow)]
    page_size: Loose<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Row<'a> {
    #[serde(borrow, rename = "InstanceID", alias = "InstanceId")]
    instance_id: Loose<'a>,
    #[serde(borrow)]
    product_code: Loose<'a>,
    #[serde(borrow)]
    product_type: Loose<'a>,
    #[serde(borrow)]
    region: Loose<'a>,
    #[serde(borrow)]
    create_time: Loose<'a>,
    #[serde(borrow)]
    end_time: Loose<'a>,
    #[serde(borrow)]
    expected_release_time: Loose<'a>,
    #[serde(borrow)]
    release_time: Loose<'a>,
    #[serde(borrow)]
    renew_status: Loose<'a>,
    #[serde(borrow)]
    renewal_duration: Loose<'a>,
    #[serde(borrow)]
    renewal_duration_unit: Loose<'a>,
    #[serde(borrow)]
    status: Loose<'a>,
    #[serde(borrow)]
    subscription_type: Loose<'a>,
}

fn decode_prepaid(body: &[u8]) -> Result<(Vec<Prepaid>, Told), Misread> {
    let page: InstancePage<'_> = open(body)?;
    let total = page.total_count.count();
    let rows = match (page.instance_list, total) {
        (Some(Rows(rows)), _) => rows?,
        // A list that is left out is empty only if the total is there to contradict.
        (None, Some(_)) => Vec::new(),
        (None, None) => return Err(Misread::Lacks("InstanceList")),
    };
    let told = Told {
        rows: rows.len(),
        total,
        page_size: page.page_size.count(),
    };
    Ok((rows, told))
}

/// The rows of a page, each made a value of ours as it is read: a page of rows as the cloud spells
/// them takes as much again as the page itself.
struct Rows(Result<Vec<Prepaid>, Misread>);

impl<'de> Deserialize<'de> for Rows {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(RowsVisitor)
    }
}

struct RowsVisitor;

impl<'de> Visitor<'de> for RowsVisitor {
    type Value = Rows;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<Rows, A::Error> {
        let mut read = Ok(Vec::with_capacity(PAGE_SIZE as usize));
        while let Some(row) = rows.next_element::<Row<'de>>()? {
            read = match (read, prepaid(row)) {
                (Ok(mut items), Ok(item)) => {
                    items.push(item);
                    Ok(items)
                }
                (Err(why), _) | (Ok(_), Err(why)) => Err(why),
            };
        }
        Ok(Rows(read))
    }
}

/// A row without an id cannot be told from another, nor found again tomorrow: leaving it out would
/// hide it, and a made-up id would call it new and the real one gone. The page is not understood.
fn prepaid(row: Row<'_>) -> Result<Prepaid, Misread> {
    if row.instance_id.is_empty() {
        return Err(Misread::Lacks("InstanceID in one of its rows"));
    }
    let expiry = expiry(&row);
    let renewal = renewal(&row);
    let release = times::instant_of(&row.expected_release_time)
        .or_else(|| times::instant_of(&row.release_time))
        .filter(|it| matches!(times::expiry(Some(*it)), Expiry::At(_)));
    Ok(Prepaid {
        expiry,
        renewal,
        release,
        created: times::instant_of(&row.create_time),
        status: status(&row.status),
        region: row.region.some_text().map(RegionId::new),
        kind: Kind::new(row.product_code.into_text()),
        product_type: row.product_type.into_text(),
        id: ResourceId::new(row.instance_id.into_text()),
        name: None,
        tags: Tags::new(),
        // The list has no prices, and the calls that have them take one resource each.
        renewal_price: None,
    })
}

/// Rows that are paid by use, such as object storage, have no end at all; a subscription without
/// one is a subscription whose end we were not told.
fn expiry(row: &Row<'_>) -> Expiry {
    if row.end_time.is_empty() && row.subscription_type.text() == "PayAsYouGo" {
        return Expiry::Never;
    }
    times::expiry(times::instant_of(&row.end_time))
}

fn renewal(row: &Row<'_>) -> Renewal {
    match row.renew_status.text() {
        Cow::Borrowed("AutoRenewal") => Renewal::Auto {
            months: months(row),
        },
        Cow::Borrowed("ManualRenewal") => Renewal::Manual,
        Cow::Borrowed("NotRenewal") => Renewal::Never,
        other => Renewal::Unknown(other.into_owned()),
    }
}

fn months(row: &Row<'_>) -> Option<u32> {
    let duration = row
        .renewal_duration
        .count()
        .and_then(|it| u32::try_from(it).ok())?;
    crate::decode::months(duration, &row.renewal_duration_unit.text())
}

fn status(word: &Loose<'_>) -> PrepaidStatus {
    match word.text() {
        Cow::Borrowed("Creating") => PrepaidStatus::Creating,
        // Waiting for its end, not past it: it works.
        Cow::Borrowed("Normal" | "WaitForExpire") => PrepaidStatus::Normal,
        Cow::Borrowed("Expired") => PrepaidStatus::Expired,
        other => PrepaidStatus::Other(other.into_owned()),
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Amounts<'a> {
    #[serde(borrow)]
    available_amount: Loose<'a>,
    #[serde(borrow)]
    available_cash_amount: Loose<'a>,
    #[serde(borrow)]
    credit_amount: Loose<'a>,
    #[serde(borrow)]
    currency: Loose<'a>,
}

fn decode_balance(body: &[u8]) -> Result<Balance, Misread> {
    let amounts: Amounts<'_> = open(body)?;
    // A threshold belongs to a currency: without one, the amount says nothing.
    let currency = amounts
        .currency
        .some_text()
        .ok_or(Misread::Lacks("Currency"))?;
    let currency = Currency::new(&currency);
    let money = |field: &Loose<'_>| Money::parse(&field.text(), currency.clone()).ok();
    Ok(Balance {
        available: money(&amounts.available_amount)
            .ok_or(Misread::Lacks("readable AvailableAmount"))?,
        cash: money(&amounts.available_cash_amount),
        credit: money(&amounts.credit_amount),
    })
}

#[cfg(test)]
mod tests;
