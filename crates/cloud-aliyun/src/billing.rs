//! Reads the bill: everything that is paid in advance, and the money (BssOpenApi 2017-12-14).
//!
//! The list is asked for whole, without filters: a filter that the service understands otherwise
//! than we do would hide rows, and rows that are paid by use cost one call for 300 of them.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use cloud::{Billing, CallSite, CloudError, Page, PageAt, PageSource};
use model::{
    Balance, Currency, Expiry, Kind, Money, Place, Prepaid, PrepaidStatus, RegionId, Renewal,
    ResourceId, Tags,
};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

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

fn open<'a, D: Deserialize<'a>>(body: &'a str) -> Result<D, Misread> {
    let envelope: Envelope<'a, D> = serde_json::from_str(body)?;
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

/// A row as the cloud spells it.
#[derive(Default)]
struct Row<'a> {
    instance_id: Loose<'a>,
    product_code: Loose<'a>,
    product_type: Loose<'a>,
    region: Loose<'a>,
    create_time: Loose<'a>,
    end_time: Loose<'a>,
    expected_release_time: Loose<'a>,
    release_time: Loose<'a>,
    renew_status: Loose<'a>,
    renewal_duration: Loose<'a>,
    renewal_duration_unit: Loose<'a>,
    status: Loose<'a>,
    subscription_type: Loose<'a>,
}

#[derive(Deserialize)]
#[serde(field_identifier)]
enum Field {
    #[serde(rename = "InstanceID", alias = "InstanceId")]
    InstanceId,
    ProductCode,
    ProductType,
    Region,
    CreateTime,
    EndTime,
    ExpectedReleaseTime,
    ReleaseTime,
    RenewStatus,
    RenewalDuration,
    RenewalDurationUnit,
    Status,
    SubscriptionType,
    #[serde(other)]
    Other,
}

/// Reads a row where it is to stand. This is the longest list there is, and handing its rows from
/// function to function took a seventh of the time of reading it (measured).
struct InPlace<'r, 'a>(&'r mut Row<'a>);

impl<'de> DeserializeSeed<'de> for InPlace<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        *self.0 = Row::default();
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for InPlace<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let row = self.0;
        while let Some(field) = fields.next_key()? {
            let place = match field {
                Field::InstanceId => &mut row.instance_id,
                Field::ProductCode => &mut row.product_code,
                Field::ProductType => &mut row.product_type,
                Field::Region => &mut row.region,
                Field::CreateTime => &mut row.create_time,
                Field::EndTime => &mut row.end_time,
                Field::ExpectedReleaseTime => &mut row.expected_release_time,
                Field::ReleaseTime => &mut row.release_time,
                Field::RenewStatus => &mut row.renew_status,
                Field::RenewalDuration => &mut row.renewal_duration,
                Field::RenewalDurationUnit => &mut row.renewal_duration_unit,
                Field::Status => &mut row.status,
                Field::SubscriptionType => &mut row.subscription_type,
                Field::Other => {
                    fields.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            *place = fields.next_value()?;
        }
        Ok(())
    }
}

fn decode_prepaid(body: &str) -> Result<(Vec<Prepaid>, Told), Misread> {
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
        let mut items: Vec<Prepaid> = Vec::with_capacity(PAGE_SIZE as usize);
        let mut misread = None;
        let (mut row, mut words) = (Row::default(), Words::default());
        while rows.next_element_seed(InPlace(&mut row))?.is_some() {
            match prepaid(&row, &mut words) {
                Ok(item) => items.push(item),
                Err(why) => misread = misread.or(Some(why)),
            }
        }
        Ok(Rows(misread.map_or(Ok(items), Err)))
    }
}

/// What the rows of a page say again and again, each word kept once: hundreds of rows are of a few
/// products and regions.
#[derive(Default)]
struct Words {
    kinds: Vec<Kind>,
    product_types: Vec<Arc<str>>,
    regions: Vec<RegionId>,
}

/// Returns the word that is spelt `text`, the same one as before where it came before.
fn word<T: Clone>(
    known: &mut Vec<T>,
    text: &str,
    spelling: fn(&T) -> &str,
    new: fn(&str) -> T,
) -> T {
    if let Some(same) = known.iter().find(|it| spelling(it) == text) {
        return same.clone();
    }
    let word = new(text);
    known.push(word.clone());
    word
}

/// A row without an id cannot be told from another, nor found again tomorrow: leaving it out would
/// hide it, and a made-up id would call it new and the real one gone. The page is not understood.
fn prepaid(row: &Row<'_>, words: &mut Words) -> Result<Prepaid, Misread> {
    if row.instance_id.is_empty() {
        return Err(Misread::Lacks("InstanceID in one of its rows"));
    }
    let region = row.region.text();
    let regions = &mut words.regions;
    let region = (!region.is_empty())
        .then(|| word(regions, &region, RegionId::as_str, |it| RegionId::new(it)));
    let release = times::instant_of(&row.expected_release_time)
        .or_else(|| times::instant_of(&row.release_time))
        .filter(|it| matches!(times::expiry(Some(*it)), Expiry::At(_)));
    Ok(Prepaid {
        expiry: expiry(row),
        renewal: renewal(row),
        release,
        created: times::instant_of(&row.create_time),
        status: status(&row.status),
        region,
        kind: word(
            &mut words.kinds,
            &row.product_code.text(),
            Kind::as_str,
            |it| Kind::new(it),
        ),
        product_type: word(
            &mut words.product_types,
            &row.product_type.text(),
            |it| it,
            |it| Arc::from(it),
        ),
        id: ResourceId::new(row.instance_id.text()),
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

fn decode_balance(body: &str) -> Result<Balance, Misread> {
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
