use jiff::SignedDuration;

use super::*;

fn one(inside: &str) -> Alarm {
    let body = format!(
        "{{\"CompositeAlarms\":[],\"MetricAlarms\":[{{\"AlarmName\":\"a\",\"AlarmArn\":\"arn:a\",{inside}}}]}}"
    );
    let row = decode(body.as_bytes()).unwrap().rows.remove(0);
    row.tagged(&BTreeMap::from([(
        "arn:a".to_owned(),
        Tags::from([("k".to_owned(), "v".to_owned())]),
    )]))
}

fn of(namespace: &str, metric: &str, operator: &str, dimensions: &str) -> AlarmMetric {
    one(&format!(
        "\"Namespace\":\"{namespace}\",\"MetricName\":\"{metric}\",\"ComparisonOperator\":\"{operator}\",\"Dimensions\":[{dimensions}]"
    ))
    .metric
}

const MACHINE: &str = r#"{"Name":"InstanceId","Value":"i-1"}"#;
const AT_LEAST: &str = "GreaterThanOrEqualToThreshold";

#[test]
fn an_alarm_is_known_by_what_it_measures_and_not_by_its_name() {
    let outbound = AlarmMetric::Outbound;
    assert_eq!(of("AWS/EC2", "NetworkOut", AT_LEAST, MACHINE), outbound);
    let more = "GreaterThanThreshold";
    assert_eq!(of("AWS/EC2", "NetworkOut", more, MACHINE), outbound);
    let group = r#"{"Name":"AutoScalingGroupName","Value":"web"}"#;
    for (namespace, metric, operator, dimensions) in [
        ("AWS/EC2", "NetworkIn", AT_LEAST, MACHINE),
        ("CWAgent", "NetworkOut", AT_LEAST, MACHINE),
        ("AWS/EC2", "NetworkOut", "LessThanThreshold", MACHINE),
        (
            "AWS/EC2",
            "NetworkOut",
            "GreaterThanUpperThreshold",
            MACHINE,
        ),
        (
            "AWS/EC2",
            "NetworkOut",
            "LessThanLowerOrGreaterThanUpperThreshold",
            MACHINE,
        ),
        ("AWS/EC2", "NetworkOut", AT_LEAST, group),
        ("AWS/EC2", "NetworkOut", AT_LEAST, ""),
    ] {
        let measured = of(namespace, metric, operator, dimensions);
        let other = AlarmMetric::Other(format!("{namespace}/{metric}"));
        assert_eq!(measured, other, "{operator} {dimensions}");
    }
    let math = one(
        r#""Metrics":[{"Id":"m1","MetricStat":{"Metric":{"Namespace":"AWS/EC2","MetricName":"NetworkOut"}}}]"#,
    );
    assert_eq!(math.metric, AlarmMetric::Other("expression".to_owned()));
}

#[test]
fn an_alarm_is_read_whole() {
    let alarm = one(&format!(
        "\"ActionsEnabled\":false,\"AlarmActions\":[\"arn:topic\"],\"StateValue\":\"ALARM\",\"Namespace\":\"AWS/EC2\",\"MetricName\":\"NetworkOut\",\"ComparisonOperator\":\"{AT_LEAST}\",\"Dimensions\":[{MACHINE}],\"New\":{{}}"
    ));
    assert_eq!(alarm.watches, Watches::These(vec![ResourceId::new("i-1")]));
    assert_eq!((alarm.enabled, alarm.firing), (false, Some(true)));
    assert_eq!(alarm.notifies, ["arn:topic"]);
    assert_eq!(alarm.tags["k"], "v");
    let firing = |word: &str| one(&format!("\"StateValue\":\"{word}\"")).firing;
    assert_eq!(firing("OK"), Some(false));
    assert_eq!(firing("INSUFFICIENT_DATA"), None);
    let group = one(r#""Dimensions":[{"Name":"AutoScalingGroupName","Value":"web"}]"#);
    let named = Watches::Group("AutoScalingGroupName=web".to_owned());
    assert_eq!(group.watches, named);
}

#[test]
fn a_composite_alarm_takes_a_name_and_measures_nothing() {
    let body = br#"{"CompositeAlarms":[{"AlarmName":"all","AlarmArn":"arn:all","AlarmRule":"ALARM(a)"}],"NextToken":"t"}"#;
    let batch = decode(body).unwrap();
    assert_eq!(batch.next.as_deref(), Some("t"));
    assert_eq!(batch.rows[0].alarm.id.as_str(), "all");
    assert_eq!(
        batch.rows[0].alarm.metric,
        AlarmMetric::Other("expression".to_owned())
    );
}

#[test]
fn an_answer_that_is_something_else_is_none() {
    assert!(decode(b"{}").is_err());
    assert!(decode(br#"{"MetricAlarms":[{}]}"#).is_err());
    assert!(decode_resources(b"{}").is_err());
    assert!(decode_tags(b"{}").is_err());
    for (body, is_nothing) in [("{}", true), ("", true), ("<html/>", false), ("[]", false)] {
        assert_eq!(
            decode_nothing(body.as_bytes()).is_ok(),
            is_nothing,
            "{body}"
        );
    }
}

#[test]
fn only_periods_that_the_cloud_can_measure_are_asked_for() {
    let of = |seconds: i64, periods: u32| {
        period(&TrafficRule {
            bytes: 1,
            period: SignedDuration::from_secs(seconds),
            periods,
        })
    };
    assert_eq!(of(300, 4), Some(300));
    assert_eq!(of(60, 1), Some(60));
    assert_eq!(of(3_600, 24), Some(3_600));
    for (seconds, periods) in [(90, 1), (0, 1), (-60, 1), (300, 0), (3_600, 25), (30, 2)] {
        assert_eq!(of(seconds, periods), None, "{seconds} {periods}");
    }
}
