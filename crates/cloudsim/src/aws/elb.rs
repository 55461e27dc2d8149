//! Load balancers: the classic ones, which hold their machines themselves, and the newer ones, which hold target
//! groups.
//!
//! Every newer balancer has one listener and one target group, named after it, with what stands behind it.

mod classic;
mod newer;

use std::sync::Arc;

use serde_json::{Value, json};

use super::arguments::{Kind, Parameter};
use super::catalog::{ActionSpec, Asked, Listing, Paging, Serve, Style};
use super::regions::suffix;
use super::service::Service;
use super::words::Trouble;
use crate::world::holdings::Holdings;
use crate::world::machines::Tags;
use crate::world::network::Balancer;
use crate::world::refusal::Refusal;

const PAGED: Paging = Paging {
    size: "PageSize",
    token: "Marker",
    next: "NextMarker",
    default: Some(400),
    says_truncated: false,
};
const SIZE: Parameter = Parameter::new("PageSize", Kind::Whole(1, 400));
const MARKER: Parameter = Parameter::text("Marker");

const fn action(
    service: Service,
    name: &'static str,
    parameters: &'static [Parameter],
    listing: Listing,
    serve: Serve,
) -> ActionSpec {
    ActionSpec {
        service,
        name,
        style: Style::Granted,
        path: None,
        parameters,
        listing: Some(listing),
        serve,
    }
}

pub(super) const ACTIONS: &[ActionSpec] = &[
    action(
        Service::Elb,
        "DescribeLoadBalancers",
        &[Parameter::texts("LoadBalancerNames"), SIZE, MARKER],
        Listing {
            rows: &["LoadBalancerDescriptions"],
            paging: Some(PAGED),
        },
        classic::describe_load_balancers,
    ),
    action(
        Service::Elbv2,
        "DescribeLoadBalancers",
        &[
            Parameter::texts("LoadBalancerArns"),
            Parameter::texts("Names"),
            SIZE,
            MARKER,
        ],
        Listing {
            rows: &["LoadBalancers"],
            paging: Some(PAGED),
        },
        newer::describe_load_balancers,
    ),
    action(
        Service::Elbv2,
        "DescribeTargetGroups",
        &[
            Parameter::text("LoadBalancerArn"),
            Parameter::texts("TargetGroupArns"),
            Parameter::texts("Names"),
            SIZE,
            MARKER,
        ],
        Listing {
            rows: &["TargetGroups"],
            paging: Some(PAGED),
        },
        newer::describe_target_groups,
    ),
    action(
        Service::Elbv2,
        "DescribeTargetHealth",
        &[
            Parameter::text("TargetGroupArn").needed(),
            Parameter::new("Targets", Kind::Any),
            Parameter::new("Include", Kind::Any),
        ],
        Listing {
            rows: &["TargetHealthDescriptions"],
            paging: None,
        },
        newer::describe_target_health,
    ),
    action(
        Service::Elb,
        "DescribeTags",
        &[Parameter::texts("LoadBalancerNames").needed()],
        Listing {
            rows: &["TagDescriptions"],
            paging: None,
        },
        classic::describe_tags,
    ),
    action(
        Service::Elbv2,
        "DescribeListeners",
        &[
            Parameter::text("LoadBalancerArn"),
            Parameter::texts("ListenerArns"),
            SIZE,
            MARKER,
        ],
        Listing {
            rows: &["Listeners"],
            paging: Some(PAGED),
        },
        newer::describe_listeners,
    ),
    action(
        Service::Elbv2,
        "DescribeTags",
        &[Parameter::texts("ResourceArns").needed()],
        Listing {
            rows: &["TagDescriptions"],
            paging: None,
        },
        newer::describe_tags,
    ),
];

/// So many balancers tell their tags in one call.
const MOST_TAGGED: usize = 20;

/// Returns the things named by `parameter` whose tags are asked for; refuses too many.
fn tagged<'a>(asked: &'a Asked<'_>, parameter: &'static str) -> Result<Vec<&'a str>, Refusal> {
    let named = asked.arguments.texts(parameter).unwrap_or_default();
    if named.len() > MOST_TAGGED {
        let why = format!("Member must have length less than or equal to {MOST_TAGGED}");
        return Err(asked.refuse(Trouble::Invalid(parameter, why)));
    }
    Ok(named)
}

fn tag_list(tags: &Tags) -> Value {
    let rows = tags.iter();
    rows.map(|(key, value)| json!({"Key": key, "Value": value}))
        .collect()
}

fn not_found(code: &str, what: &str) -> Refusal {
    Refusal::new(400, code, format!("{what} not found"))
}

fn holdings(asked: &Asked<'_>) -> Result<Arc<Holdings>, Refusal> {
    Ok(asked.world.holdings(asked.caller()?.uid, asked.region))
}

fn scheme(balancer: &Balancer) -> &'static str {
    if balancer.public {
        "internet-facing"
    } else {
        "internal"
    }
}

fn host(balancer: &Balancer, asked: &Asked<'_>) -> String {
    let (region, suffix) = (asked.region, suffix(asked.partition()));
    let inside = if balancer.public { "" } else { "internal-" };
    format!("{inside}{}-1234567890.{region}.elb.{suffix}", balancer.name)
}
