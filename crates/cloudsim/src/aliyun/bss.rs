//! The billing service: what is paid in advance, and what is left to pay with.

use jiff::Timestamp;
use serde::Serialize;

use super::arguments::{Kind, Parameter, missing};
use super::catalog::{ActionSpec, Asked, Listing, Product, RPC, Style, json};
use crate::world::balance::with_commas;
use crate::world::paging::PageAsked;
use crate::world::prepaid::PrepaidFilter;
use crate::world::refusal::Refusal;
use crate::world::{require_billing, serves};

/// Beyond this the real service is said to cut or refuse; this one refuses.
const LARGEST_PAGE: i64 = 300;

pub(super) const ACTIONS: &[ActionSpec] = &[
    ActionSpec {
        product: Product::Bss,
        name: "QueryAvailableInstances",
        right: "bss:DescribeInstances",
        style: Style::Signed,
        path: RPC,
        parameters: &[
            Parameter::text("ProductCode"),
            Parameter::text("ProductType"),
            Parameter::new(
                "SubscriptionType",
                Kind::OneOf(&["Subscription", "PayAsYouGo"]),
            ),
            Parameter::text("Region"),
            Parameter::text("InstanceIDs"),
            Parameter::new(
                "RenewStatus",
                Kind::OneOf(&["AutoRenewal", "ManualRenewal", "NotRenewal"]),
            ),
            Parameter::new("EndTimeStart", Kind::Instant),
            Parameter::new("EndTimeEnd", Kind::Instant),
            Parameter::new("CreateTimeStart", Kind::Instant),
            Parameter::new("CreateTimeEnd", Kind::Instant),
            Parameter::new("PageNum", Kind::Whole(1, i64::MAX)),
            Parameter::new("PageSize", Kind::Whole(1, LARGEST_PAGE)),
        ],
        listing: Some(Listing {
            rows: "/Data/InstanceList",
            total: "/Data/TotalCount",
            page: Some(("PageNum", "PageSize")),
        }),
        serve: query_available_instances,
    },
    ActionSpec {
        product: Product::Bss,
        name: "QueryAccountBalance",
        right: "bss:DescribeAcccount",
        style: Style::Signed,
        path: RPC,
        parameters: &[],
        listing: None,
        serve: query_account_balance,
    },
];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a, T> {
    code: &'static str,
    message: &'static str,
    request_id: &'a str,
    success: bool,
    data: T,
}

impl<'a, T> Answer<'a, T> {
    fn new(asked: &Asked<'a>, code: &'static str, data: T) -> Self {
        Self {
            code,
            message: "Successful!",
            request_id: asked.request_id,
            success: true,
            data,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct InstancePage<'a> {
    instance_list: Vec<Row<'a>>,
    page_num: usize,
    page_size: usize,
    total_count: usize,
}

/// Keys that a row does not have are left out, as in recordings.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row<'a> {
    owner_id: u64,
    seller_id: u32,
    seller: &'static str,
    product_code: &'a str,
    product_type: &'a str,
    subscription_type: &'static str,
    #[serde(rename = "InstanceID")]
    instance_id: &'a str,
    region: &'a str,
    create_time: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected_release_time: Option<Timestamp>,
    status: &'a str,
    sub_status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    renew_status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    renewal_duration: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    renewal_duration_unit: Option<&'static str>,
}

fn query_available_instances(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let caller = asked.caller()?;
    refuse_other_site(asked)?;
    let said = asked.arguments;
    if said.text("Region").is_some() && said.text("ProductCode").is_none() {
        return Err(missing(Product::Bss, "ProductCode"));
    }
    let filter = PrepaidFilter {
        product: said.owned("ProductCode"),
        product_type: said.owned("ProductType"),
        subscription: said.owned("SubscriptionType"),
        region: said.owned("Region"),
        ids: said.commas("InstanceIDs"),
        renewal: said.owned("RenewStatus"),
        ends_from: said.instant("EndTimeStart"),
        ends_to: said.instant("EndTimeEnd"),
        created_from: said.instant("CreateTimeStart"),
        created_to: said.instant("CreateTimeEnd"),
    };
    if filter.ids.as_ref().is_some_and(|it| it.len() > 100) {
        return Err(Refusal::invalid("InstanceIDs"));
    }
    let page = said.page(("PageNum", "PageSize"), 20);
    if filter != PrepaidFilter::default() {
        return with_data(asked, &instance_page(asked, &filter, page)?);
    }
    require_billing(caller, "bss:DescribeInstances")?;
    let version = asked.world.version();
    let page = asked.pages.page(version, caller.uid, page, || {
        instance_page(asked, &filter, page)
    });
    with_data(asked, &page?)
}

/// Answers with `data`, which is JSON already.
fn with_data(asked: &Asked<'_>, data: &[u8]) -> Result<Vec<u8>, Refusal> {
    // The data comes last, so that of the answer without data only the end is another one.
    let mut answer = json(&Answer::new(asked, "Success", ()))?;
    answer.truncate(answer.len() - "null}".len());
    answer.reserve_exact(data.len() + 1);
    answer.extend_from_slice(data);
    answer.push(b'}');
    Ok(answer)
}

/// Returns one page of rows as JSON.
fn instance_page(
    asked: &Asked<'_>,
    filter: &PrepaidFilter,
    page: PageAsked,
) -> Result<Vec<u8>, Refusal> {
    let caller = asked.caller()?;
    let page = asked.world.prepaid_page(caller, filter, page)?;
    let now = asked.world.now();
    let rows = page.items.iter().map(|it| {
        let renews = it.ends.is_some();
        Row {
            owner_id: it.owner.unwrap_or(caller.uid).0,
            seller_id: 26_842,
            seller: "26842",
            product_code: &it.product,
            product_type: &it.product_type,
            subscription_type: it.subscription(),
            instance_id: &it.id,
            region: &it.region,
            create_time: it.created,
            end_time: it.ends,
            expected_release_time: it
                .ends
                .filter(|ends| *ends <= now)
                .map(|ends| it.released(ends)),
            status: it.status(now),
            sub_status: "Normal",
            renew_status: renews.then(|| it.renewal.as_str()),
            renewal_duration: renews.then_some(it.renewal_months),
            renewal_duration_unit: renews.then_some("M"),
        }
    });
    let data = InstancePage {
        instance_list: rows.collect(),
        page_num: page.asked.number,
        page_size: page.asked.size,
        total_count: page.total,
    };
    json(&data)
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Amounts {
    available_amount: String,
    available_cash_amount: String,
    credit_amount: String,
    mybank_credit_amount: &'static str,
    quota_limit: &'static str,
    currency: &'static str,
}

fn query_account_balance(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let caller = asked.caller()?;
    refuse_other_site(asked)?;
    let money = asked.world.money(caller)?;
    let data = Amounts {
        available_amount: with_commas(money.available),
        available_cash_amount: with_commas(money.cash),
        credit_amount: with_commas(money.credit),
        mybank_credit_amount: "0.00",
        // Seen with a line break at its end.
        quota_limit: "0.00\n",
        currency: money.currency,
    };
    json(&Answer::new(asked, "200", data))
}

/// Refuses an account of the other commercial site: it has to ask the other host.
fn refuse_other_site(asked: &Asked<'_>) -> Result<(), Refusal> {
    if serves(asked.site, asked.caller()?.site) {
        return Ok(());
    }
    Err(Refusal::new(
        400,
        "NotApplicable",
        "This API is not applicable for caller.",
    ))
}
