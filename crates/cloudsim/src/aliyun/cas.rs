//! The certificate service.

use jiff::civil::Date;
use serde::Serialize;

use super::arguments::{Kind, Parameter};
use super::catalog::{ActionSpec, Asked, Listing, Product, RPC, Style, json};
use crate::world::certificates::{Certificate, CertificateFilter};
use crate::world::paging::{PageAsked, Paged};
use crate::world::refusal::Refusal;
use crate::world::serves;

const LIST_ORDERS: &str = "yundun-cert:ListUserCertificateOrder";
const LIST_CERTS: &str = "yundun-cert:ListCert";
const PAGE: (&str, &str) = ("CurrentPage", "ShowSize");

pub(super) const ACTIONS: &[ActionSpec] = &[
    ActionSpec {
        product: Product::Cas,
        name: "ListUserCertificateOrder",
        right: LIST_ORDERS,
        style: Style::Signed,
        path: RPC,
        parameters: &[
            Parameter::new(
                "OrderType",
                Kind::OneOf(&["CPACK", "BUY", "UPLOAD", "CERT"]),
            ),
            Parameter::new(
                "Status",
                Kind::OneOf(&[
                    "PAYED",
                    "CHECKING",
                    "CHECKED_FAIL",
                    "ISSUED",
                    "WILLEXPIRED",
                    "EXPIRED",
                    "NOTACTIVATED",
                    "REVOKED",
                ]),
            ),
            Parameter::text("Keyword"),
            Parameter::text("ResourceGroupId"),
            Parameter::new("CurrentPage", Kind::Whole(1, i64::MAX)),
            Parameter::new("ShowSize", Kind::Whole(1, 100)),
        ],
        listing: Some(Listing {
            rows: "/CertificateOrderList",
            total: "/TotalCount",
            page: Some(PAGE),
        }),
        serve: list_user_certificate_order,
    },
    ActionSpec {
        product: Product::Cas,
        name: "ListCert",
        right: LIST_CERTS,
        style: Style::Signed,
        path: RPC,
        parameters: &[
            Parameter::new("WarehouseId", Kind::Whole(1, i64::MAX)),
            Parameter::new("CertType", Kind::OneOf(&["CA", "CERT"])),
            Parameter::new("SourceType", Kind::OneOf(&["upload", "aliyun"])),
            Parameter::new("Status", Kind::OneOf(&["ISSUE", "REVOKE"])),
            Parameter::text("KeyWord"),
            Parameter::text("Identifiers"),
            Parameter::new("CurrentPage", Kind::Whole(1, i64::MAX)),
            Parameter::new("ShowSize", Kind::Whole(1, 100)),
        ],
        listing: Some(Listing {
            rows: "/CertList",
            total: "/TotalCount",
            page: Some(PAGE),
        }),
        serve: list_cert,
    },
];

/// Certificates are kept by host: the other site's host knows none of this account.
fn certificates(
    asked: &Asked<'_>,
    right: &str,
    filter: &CertificateFilter,
) -> Result<Paged<Certificate>, Refusal> {
    let caller = asked.caller()?;
    let page: PageAsked = asked.arguments.page(PAGE, 50);
    let found = asked.world.certificates_page(caller, right, filter, page)?;
    Ok(if serves(asked.site, caller.site) {
        found
    } else {
        page.cut(std::iter::empty())
    })
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct OrderAnswer<'a> {
    certificate_order_list: Vec<Order<'a>>,
    current_page: usize,
    request_id: &'a str,
    show_size: usize,
    total_count: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Order<'a> {
    certificate_id: u64,
    name: &'a str,
    common_name: &'a str,
    sans: String,
    issuer: &'a str,
    start_date: Date,
    end_date: Date,
    expired: bool,
    upload: bool,
    status: &'static str,
    fingerprint: String,
    serial_no: String,
    sha2: String,
    instance_id: String,
    org_name: &'static str,
    city: &'static str,
    province: &'static str,
    country: &'static str,
    resource_group_id: &'static str,
}

fn list_user_certificate_order(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let said = asked.arguments;
    let kind = said.text("OrderType").unwrap_or("CPACK");
    // Orders (CPACK, BUY) are purchases: the accounts of this world bought their certificates elsewhere.
    let (uploaded, only_orders) = match kind {
        "UPLOAD" => (Some(true), false),
        "CERT" => (None, false),
        _ => (None, true),
    };
    let status = said.owned("Status");
    if !only_orders
        && status
            .as_deref()
            .is_some_and(|it| !["ISSUED", "WILLEXPIRED", "EXPIRED"].contains(&it))
    {
        return Err(Refusal::invalid("Status"));
    }
    let filter = CertificateFilter {
        status,
        keyword: said.owned("Keyword"),
        uploaded,
        with_expired: false,
    };
    let mut page = certificates(asked, LIST_ORDERS, &filter)?;
    if only_orders {
        page = page.asked.cut(std::iter::empty());
    }
    let now = asked.world.now();
    let orders = page.items.iter().map(|it| {
        let status = it.status(now);
        Order {
            certificate_id: it.id,
            name: &it.name,
            common_name: it.names.first().map_or("", String::as_str),
            sans: it.names.join(","),
            issuer: &it.issuer,
            start_date: it.start_date(),
            end_date: it.end_date(),
            expired: status == "EXPIRED",
            upload: it.uploaded,
            status,
            fingerprint: format!("{:040X}", u128::from(it.id) * 0x9E37_79B9_7F4A_7C15),
            serial_no: serial_number(it),
            sha2: format!("{:064X}", u128::from(it.id) * 0xBF58_476D_1CE4_E5B9),
            instance_id: format!("cas-{}", it.id),
            org_name: "Alibaba Cloud",
            city: "Hangzhou",
            province: "Zhejiang",
            country: "CN",
            resource_group_id: "",
        }
    });
    json(&OrderAnswer {
        certificate_order_list: orders.collect(),
        current_page: page.asked.number,
        request_id: asked.request_id,
        show_size: page.asked.size,
        total_count: page.total,
    })
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CertAnswer<'a> {
    cert_list: Vec<Cert<'a>>,
    current_page: usize,
    request_id: &'a str,
    show_size: usize,
    total_count: usize,
}

/// `AfterDate` is the end and `BeforeDate` the beginning, as in "not after" and "not before".
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Cert<'a> {
    after_date: i64,
    before_date: i64,
    algorithm: &'static str,
    cert_type: &'static str,
    common_name: &'a str,
    exist_private_key: bool,
    identifier: String,
    issuer: &'a str,
    sans: String,
    serial_no: String,
    sign_algorithm: &'static str,
    source_type: &'static str,
    status: &'static str,
    wh_id: u32,
    wh_instance_id: &'static str,
}

fn list_cert(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let said = asked.arguments;
    let filter = CertificateFilter {
        status: None,
        keyword: said.owned("KeyWord"),
        uploaded: said.text("SourceType").map(|it| it == "upload"),
        with_expired: true,
    };
    let mut page = certificates(asked, LIST_CERTS, &filter)?;
    if said.text("CertType") == Some("CA") || said.text("Status") == Some("REVOKE") {
        page = page.asked.cut(std::iter::empty());
    }
    let certs = page.items.iter().map(|it| Cert {
        after_date: it.ends.as_millisecond(),
        before_date: it.starts.as_millisecond(),
        algorithm: "RSA",
        cert_type: "CERT",
        common_name: it.names.first().map_or("", String::as_str),
        exist_private_key: true,
        identifier: format!("{}-cn-hangzhou", it.id),
        issuer: &it.issuer,
        sans: it.names.join(","),
        serial_no: serial_number(it),
        sign_algorithm: "SHA256WITHRSA",
        source_type: if it.uploaded { "upload" } else { "aliyun" },
        status: "ISSUE",
        wh_id: 2,
        wh_instance_id: "cas_warehouse-cn-simulated",
    });
    json(&CertAnswer {
        cert_list: certs.collect(),
        current_page: page.asked.number,
        request_id: asked.request_id,
        show_size: page.asked.size,
        total_count: page.total,
    })
}

fn serial_number(certificate: &Certificate) -> String {
    format!(
        "{:032x}",
        u128::from(certificate.id) * 0x94D0_49BB_1331_11EB
    )
}
