//! SNS: the topics that alarms tell, and who listens to them.
//!
//! Nothing is ever told here: an invitation stays unanswered until somebody inside the world answers it.

use serde_json::{Value, json};

use super::arguments::{Kind, Parameter};
use super::catalog::{ActionSpec, Asked, Listing, Paging, Serve, Style};
use super::cloudwatch::pairs;
use super::service::Service;
use crate::world::alarms::{Listener, Target};
use crate::world::refusal::Refusal;

/// Pages of a hundred, whoever asks.
const PAGED: Option<Paging> = Some(Paging {
    size: "",
    token: "NextToken",
    next: "NextToken",
    default: Some(100),
    says_truncated: false,
});

const fn action(
    name: &'static str,
    parameters: &'static [Parameter],
    rows: &'static [&'static str],
    serve: Serve,
) -> ActionSpec {
    let listing = if rows.is_empty() {
        None
    } else {
        Some(Listing {
            rows,
            paging: PAGED,
        })
    };
    ActionSpec {
        service: Service::Sns,
        name,
        style: Style::Granted,
        path: None,
        parameters,
        listing,
        serve,
    }
}

pub(super) const ACTIONS: &[ActionSpec] = &[
    action(
        "CreateTopic",
        &[
            Parameter::text("Name").needed(),
            Parameter::new("Attributes", Kind::Any),
            Parameter::new("Tags", Kind::Any),
        ],
        &[],
        create_topic,
    ),
    action(
        "ListSubscriptions",
        &[Parameter::text("NextToken")],
        &["Subscriptions"],
        list_subscriptions,
    ),
    action(
        "ListSubscriptionsByTopic",
        &[
            Parameter::text("TopicArn").needed(),
            Parameter::text("NextToken"),
        ],
        &["Subscriptions"],
        list_subscriptions_by_topic,
    ),
    action(
        "ListTopics",
        &[Parameter::text("NextToken")],
        &["Topics"],
        list_topics,
    ),
    action(
        "Subscribe",
        &[
            Parameter::text("TopicArn").needed(),
            Parameter::text("Protocol").needed(),
            Parameter::text("Endpoint"),
            Parameter::new("Attributes", Kind::Any),
            Parameter::flag("ReturnSubscriptionArn"),
        ],
        &[],
        subscribe,
    ),
];

fn invalid(text: impl Into<String>) -> Refusal {
    Refusal::new(400, "InvalidParameter", text.into())
}

fn no_topic() -> Refusal {
    Refusal::new(404, "NotFound", "Topic does not exist")
}

fn create_topic(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let name = asked.arguments.text("Name").unwrap_or_default();
    let is_name = (1..=256).contains(&name.len())
        && name
            .bytes()
            .all(|it| it.is_ascii_alphanumeric() || b"-_".contains(&it));
    if !is_name {
        return Err(invalid("Invalid parameter: Topic Name"));
    }
    let arn = asked.arn(name);
    let caller = asked.caller()?;
    // Who makes a topic that is there is given the one that is there.
    let target = Target {
        tags: pairs(asked.arguments.value("Tags"), ("Key", "Value"), "Tags")?,
        ..Target::new(arn.as_str(), name)
    };
    asked.world.change(caller.uid, asked.region, |it, now| {
        it.put_target(target, now);
    });
    Ok(json!({"TopicArn": arn}))
}

fn list_topics(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let holdings = asked.world.holdings(asked.caller()?.uid, asked.region);
    asked.page(holdings.targets.iter(), |it| json!({"TopicArn": it.id}))
}

fn list_subscriptions(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let caller = asked.caller()?;
    let holdings = asked.world.holdings(caller.uid, asked.region);
    let all = holdings.targets.iter().flat_map(|topic| {
        let listeners = topic.listeners.iter().enumerate();
        listeners.map(move |(at, it)| (topic.id.as_str(), at, it))
    });
    let owner = caller.cloud.number(caller.uid);
    asked.page(all, |it| shown(&owner, it))
}

fn list_subscriptions_by_topic(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let caller = asked.caller()?;
    let arn = asked.arguments.text("TopicArn").unwrap_or_default();
    let holdings = asked.world.holdings(caller.uid, asked.region);
    let topic = holdings.targets.get(arn).ok_or_else(no_topic)?;
    let owner = caller.cloud.number(caller.uid);
    let listeners = topic.listeners.iter().enumerate();
    asked.page(listeners.map(|(at, it)| (arn, at, it)), |it| {
        shown(&owner, it)
    })
}

fn shown(owner: &str, (topic, at, it): (&str, usize, &Listener)) -> Value {
    json!({
        "SubscriptionArn": subscription(topic, at, it),
        "Owner": owner,
        "Protocol": it.protocol,
        "Endpoint": it.endpoint,
        "TopicArn": topic,
    })
}

/// Returns the ARN of the subscription at place `at`; those that are not confirmed have none.
fn subscription(topic: &str, at: usize, listener: &Listener) -> String {
    match listener.confirmed {
        true => format!("{topic}:00000000-0000-4000-8000-{at:012x}"),
        false => "PendingConfirmation".to_owned(),
    }
}

fn subscribe(asked: &Asked<'_>) -> Result<Value, Refusal> {
    const KNOWN: &[&str] = &[
        "application",
        "email",
        "email-json",
        "firehose",
        "http",
        "https",
        "lambda",
        "sms",
        "sqs",
    ];
    let said = |name| asked.arguments.text(name).unwrap_or_default();
    let (arn, protocol, endpoint) = (said("TopicArn"), said("Protocol"), said("Endpoint"));
    if !KNOWN.contains(&protocol) {
        return Err(invalid(format!(
            "Invalid parameter: Does not support this protocol string: {protocol}"
        )));
    }
    let fits = match protocol {
        "email" | "email-json" => endpoint.contains('@'),
        "http" | "https" => endpoint.starts_with(&format!("{protocol}://")),
        _ => !endpoint.is_empty(),
    };
    if !fits {
        return Err(invalid(format!("Invalid parameter: Endpoint {endpoint}")));
    }
    // People and web servers have to say yes first; the cloud's own services need not.
    let confirmed = !["email", "email-json", "http", "https"].contains(&protocol);
    let uid = asked.caller()?.uid;
    let place = asked.world.change(uid, asked.region, |it, _| {
        it.targets.change(arn, |topic| {
            let is_it = |it: &Listener| it.protocol == protocol && it.endpoint == endpoint;
            let at = topic.listeners.iter().position(is_it);
            let at = at.unwrap_or_else(|| {
                topic.listeners.push(Listener {
                    protocol: protocol.to_owned(),
                    endpoint: endpoint.to_owned(),
                    confirmed,
                });
                topic.listeners.len() - 1
            });
            (at, topic.listeners[at].clone())
        })
    });
    let (at, listener) = place.flatten().ok_or_else(no_topic)?;
    let told = match listener.confirmed {
        true => subscription(arn, at, &listener),
        false if asked.arguments.flag("ReturnSubscriptionArn") == Some(true) => {
            format!("{arn}:00000000-0000-4000-8000-{at:012x}")
        }
        false => "pending confirmation".to_owned(),
    };
    Ok(json!({"SubscriptionArn": told}))
}
