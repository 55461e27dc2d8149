//! Resource Groups Tagging: what carries which tags, of all services. Alarms are all it knows here.

use serde_json::{Value, json};

use super::arguments::{Kind, Parameter};
use super::catalog::{ActionSpec, Asked, Listing, Paging, Style};
use super::service::Service;
use crate::world::machines::Tags;
use crate::world::refusal::Refusal;

pub(super) const ACTIONS: &[ActionSpec] = &[ActionSpec {
    service: Service::Tagging,
    name: "GetResources",
    style: Style::Granted,
    path: None,
    parameters: &[
        Parameter::new("TagFilters", Kind::Any),
        Parameter::texts("ResourceTypeFilters"),
        Parameter::new("ResourcesPerPage", Kind::Whole(1, 100)),
        Parameter::text("PaginationToken"),
    ],
    listing: Some(Listing {
        rows: &["ResourceTagMappingList"],
        paging: Some(Paging {
            size: "ResourcesPerPage",
            token: "PaginationToken",
            next: "PaginationToken",
            default: Some(50),
            says_truncated: false,
        }),
    }),
    serve: get_resources,
}];

/// What is wanted of a tag.
struct Wanted<'a> {
    key: &'a str,
    /// Any value when empty.
    values: Vec<&'a str>,
}

impl Wanted<'_> {
    fn has(&self, tags: &Tags) -> bool {
        let is_it = |value: &str| self.values.is_empty() || self.values.contains(&value);
        tags.iter().any(|it| it.0 == self.key && is_it(&it.1))
    }
}

fn get_resources(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let caller = asked.caller()?;
    let wanted = wanted(asked)?;
    let sorts = asked.arguments.texts("ResourceTypeFilters");
    let asks_for_alarms = sorts.is_none_or(|sorts| {
        let mut sorts = sorts.into_iter();
        sorts.any(|it| it == "cloudwatch" || it == "cloudwatch:alarm")
    });
    let holdings = asked.world.holdings(caller.uid, asked.region);
    // Things that never had a tag are not known here.
    let tagged = holdings.alarms.iter().filter(|it| {
        asks_for_alarms && !it.tags.is_empty() && wanted.iter().all(|tag| tag.has(&it.tags))
    });
    let (partition, region) = (asked.partition(), asked.region);
    let owner = caller.cloud.number(caller.uid);
    asked.page(tagged, |it| {
        let tags = it.tags.iter();
        let tags = tags.map(|(key, value)| json!({"Key": key, "Value": value}));
        let (partition, name) = (partition.as_str(), &it.id);
        json!({
            "ResourceARN": format!("arn:{partition}:cloudwatch:{region}:{owner}:alarm:{name}"),
            "Tags": tags.collect::<Vec<_>>(),
        })
    })
}

fn wanted<'a>(asked: &'a Asked<'_>) -> Result<Vec<Wanted<'a>>, Refusal> {
    let invalid = || {
        let text = "TagFilters must be a list of objects with a Key, and Values where they matter.";
        Refusal::new(400, "InvalidParameterException", text)
    };
    let Some(said) = asked.arguments.value("TagFilters") else {
        return Ok(Vec::new());
    };
    let said = said.as_array().ok_or_else(invalid)?;
    said.iter()
        .map(|it| {
            let key = it["Key"].as_str().ok_or_else(invalid)?;
            let values = it["Values"].as_array().into_iter().flatten();
            let values = values.filter_map(Value::as_str).collect();
            Ok(Wanted { key, values })
        })
        .collect()
}
