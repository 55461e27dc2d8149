//! How the cloud writes its rules: numbers as texts, flags as texts, and JSON inside of texts.

use model::{Alarm, AlarmMetric, ResourceId, Tags, Watches};
use serde::Deserialize;

use super::REGION_LABEL;
use crate::decode::{Loose, Misread};
use crate::lists::{Listed, id};
use crate::numbering::Told;

/// The metrics of what leaves by public addresses, by their namespaces.
const OUTBOUND: [(&str, &str); 3] = [
    ("acs_ecs_dashboard", "VPC_PublicIP_InternetOutRate"),
    ("acs_ecs_dashboard", "InternetOutRate"),
    ("acs_vpc_eip", "net_tx.rate"),
];
/// How a rule says that it watches everything of its kind.
const EVERYTHING: &str = "_ALL";

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Answer<'a> {
    #[serde(borrow)]
    alarms: Option<Rules<'a>>,
    #[serde(borrow)]
    total: Loose<'a>,
    #[serde(borrow)]
    success: Loose<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Rules<'a> {
    #[serde(borrow)]
    alarm: Option<Vec<Row<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Row<'a> {
    #[serde(borrow)]
    rule_id: Loose<'a>,
    #[serde(borrow)]
    rule_name: Loose<'a>,
    #[serde(borrow)]
    namespace: Loose<'a>,
    #[serde(borrow)]
    metric_name: Loose<'a>,
    #[serde(borrow)]
    resources: Loose<'a>,
    #[serde(borrow)]
    dimensions: Loose<'a>,
    #[serde(borrow)]
    group_id: Loose<'a>,
    #[serde(borrow)]
    enable_state: Loose<'a>,
    #[serde(borrow)]
    alert_state: Loose<'a>,
    #[serde(borrow)]
    contact_groups: Loose<'a>,
    #[serde(borrow)]
    labels: Option<Labels<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Labels<'a> {
    #[serde(borrow)]
    labels: Option<Vec<Label<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Label<'a> {
    #[serde(borrow)]
    key: Loose<'a>,
    #[serde(borrow)]
    value: Loose<'a>,
}

pub(super) fn decode_rules(body: &str) -> Result<Listed<Alarm>, Misread> {
    let answer: Answer<'_> = serde_json::from_str(body)?;
    if answer.success.flag() == Some(false) {
        return Err(Misread::Failed);
    }
    let total = answer.total.count();
    let rows = match answer.alarms {
        Some(rules) => rules.alarm.unwrap_or_default(),
        // Where there is no rule, there is no list of them either.
        None if total == Some(0) => Vec::new(),
        None => return Err(Misread::Lacks("Alarms")),
    };
    let told = Told {
        rows: rows.len(),
        total,
        page_size: None,
    };
    let items = rows
        .into_iter()
        .map(alarm)
        .collect::<Result<_, Misread>>()?;
    Ok(Listed {
        items,
        told,
        next: String::new(),
    })
}

fn alarm(row: Row<'_>) -> Result<Alarm, Misread> {
    let id = id(&row.rule_id, "RuleId in one of its rows")?;
    let (namespace, metric) = (row.namespace.text(), row.metric_name.text());
    let outbound = OUTBOUND.contains(&(&*namespace, &*metric));
    let tags: Tags = row
        .labels
        .and_then(|it| it.labels)
        .into_iter()
        .flatten()
        .map(|it| (it.key.into_text(), it.value.into_text()))
        .collect();
    Ok(Alarm {
        id,
        metric: if outbound {
            AlarmMetric::Outbound
        } else {
            AlarmMetric::Other(format!("{namespace}/{metric}"))
        },
        watches: watches(
            &row.group_id.text(),
            &row.resources.text(),
            &row.dimensions.text(),
        ),
        // A rule is on unless it says that it is off.
        enabled: row.enable_state.flag() != Some(false),
        firing: match row.alert_state.text().as_ref() {
            "ALARM" | "ALERT" => Some(true),
            "OK" => Some(false),
            _ => None,
        },
        notifies: row
            .contact_groups
            .text()
            .split(',')
            .map(str::trim)
            .filter(|it| !it.is_empty())
            .map(str::to_owned)
            .collect(),
        name: row.rule_name.into_text(),
        // The list is of the whole account, and only our own rules say where they are.
        anywhere: !tags.contains_key(REGION_LABEL),
        tags,
    })
}

/// Returns what a rule watches. Its resources are JSON inside of a text, escaped once or twice, and
/// not always closed: the ids are taken out as they stand.
fn watches(group: &str, resources: &str, dimensions: &str) -> Watches {
    let spelt = [resources, dimensions].map(|it| it.replace('\\', ""));
    let mut ids: Vec<ResourceId> = spelt
        .iter()
        .flat_map(|it| values(it, "instanceId"))
        .map(ResourceId::new)
        .collect();
    ids.sort();
    ids.dedup();
    let all = |text: &String| values(text, "resource").any(|it| it == EVERYTHING);
    if !matches!(group, "" | "0" | "null") {
        Watches::Group(group.to_owned())
    } else if spelt.iter().any(all) {
        Watches::All
    } else {
        Watches::These(ids)
    }
}

/// Returns the texts that stand behind `"key":` in a text.
fn values<'t>(text: &'t str, key: &str) -> impl Iterator<Item = &'t str> {
    let key = format!("\"{key}\"");
    let places: Vec<usize> = text.match_indices(&key).map(|it| it.0).collect();
    places.into_iter().filter_map(move |at| {
        let rest = text[at + key.len()..].trim_start().strip_prefix(':')?;
        let rest = rest.trim_start().strip_prefix('"')?;
        rest.split('"').next().filter(|it| !it.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(row: &str) -> Alarm {
        let body = format!(
            r#"{{"Success":"true","Code":"200","Total":"1","Alarms":{{"Alarm":[{row}]}}}}"#
        );
        decode_rules(&body).unwrap().items.remove(0)
    }

    #[test]
    fn a_rule_is_read_however_it_is_written() {
        let alarm = one(
            r#"{"RuleId":"r-1","RuleName":"out","Namespace":"acs_ecs_dashboard",
            "MetricName":"VPC_PublicIP_InternetOutRate","EnableState":"true","AlertState":"ALARM",
            "ContactGroups":"ops, night","Dimensions":"[{}]","Period":"300","SilenceTime":86400,
            "Resources":"[{\\\"instanceId\\\":\\\"i-2\\\"},{\\\"instanceId\\\":\\\"i-1\\\"}",
            "Labels":{"Labels":[{"Key":"skywarden:step","Value":"t"}]}}"#,
        );
        expect_test::expect![[r#"
            Alarm {
                id: ResourceId(
                    "r-1",
                ),
                name: "out",
                metric: Outbound,
                watches: These(
                    [
                        ResourceId(
                            "i-1",
                        ),
                        ResourceId(
                            "i-2",
                        ),
                    ],
                ),
                enabled: true,
                firing: Some(
                    true,
                ),
                notifies: [
                    "ops",
                    "night",
                ],
                tags: {
                    "skywarden:step": "t",
                },
                anywhere: true,
            }
        "#]]
        .assert_debug_eq(&alarm);
    }

    #[test]
    fn what_a_rule_watches_is_told_apart() {
        let these =
            |ids: &[&str]| Watches::These(ids.iter().map(|it| ResourceId::new(*it)).collect());
        for (group, resources, dimensions, expected) in [
            ("", r#"[{"instanceId":"i-1"}]"#, "", these(&["i-1"])),
            (
                "0",
                r#"[{"instanceId": "eip-1"}]"#,
                "[{}]",
                these(&["eip-1"]),
            ),
            ("", "", r#"[{"instanceId":"i-3"}]"#, these(&["i-3"])),
            ("", r#"[{"resource":"_ALL"}]"#, "", Watches::All),
            ("", r#"[{\"resource\":\"_ALL\"}]"#, "", Watches::All),
            (
                "123456",
                r#"[{"resource":"_ALL"}]"#,
                "",
                Watches::Group("123456".into()),
            ),
            ("", "[]", "[{}]", these(&[])),
            ("", r#"[{"userId":"100"}]"#, "", these(&[])),
        ] {
            assert_eq!(
                watches(group, resources, dimensions),
                expected,
                "{resources}"
            );
        }
    }

    #[test]
    fn traffic_is_known_by_its_metric_and_not_by_its_name() {
        let metric = |namespace: &str, metric: &str| {
            one(&format!(
                r#"{{"RuleId":"r","RuleName":"VPC_PublicIP_InternetOutRate","Namespace":"{namespace}","MetricName":"{metric}"}}"#
            ))
            .metric
        };
        for (namespace, name) in OUTBOUND {
            assert_eq!(metric(namespace, name), AlarmMetric::Outbound);
        }
        assert_eq!(
            metric("acs_ecs_dashboard", "IntranetOutRate"),
            AlarmMetric::Other("acs_ecs_dashboard/IntranetOutRate".into())
        );
    }

    #[test]
    fn a_rule_that_says_nothing_of_itself_is_on_and_does_not_fire() {
        let alarm = one(r#"{"RuleId":"r"}"#);
        assert!(alarm.enabled && alarm.firing.is_none() && alarm.notifies.is_empty());
        assert!(!one(r#"{"RuleId":"r","EnableState":false}"#).enabled);
    }

    #[test]
    fn no_rules_are_no_failure_and_a_failure_is_not_no_rules() {
        let none = decode_rules(r#"{"Success":true,"Total":"0"}"#).unwrap();
        assert!(none.items.is_empty());
        assert!(matches!(
            decode_rules(r#"{"Success":false,"Code":"ResourceNotFound"}"#),
            Err(Misread::Failed)
        ));
        assert!(matches!(
            decode_rules(r#"{"Success":true,"Total":"3"}"#),
            Err(Misread::Lacks("Alarms"))
        ));
    }
}
