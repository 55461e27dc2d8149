//! What the duties that change something need, and how it is found missing.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use cloud::{Access as _, ErrorKind, Requirement};
use cloud_aliyun::Aliyun;
use model::Kind;
use net::{HeaderMap, HttpRequest, HttpResponse, NetError, StatusCode, Transport};

use crate::script::account;

/// Whether an ability is one to change something, or to see what has to be seen before.
pub(crate) fn scripted(kind: &str) -> bool {
    [
        Kind::IMAGE_USE,
        Kind::PROTECTION,
        Kind::ALARM,
        Kind::ALARM_TARGET,
        Kind::TRAFFIC,
        Kind::BACKUPS_WRITE,
        Kind::ALARMS_WRITE,
        Kind::ORPHANS_WRITE,
    ]
    .contains(&kind)
}

/// Nothing tells before whether these may be: they would make something, or need something real.
pub(crate) const UNTRIED: [&str; 4] = [
    "ram:PassRole",
    "cms:PutResourceMetricRule",
    "cms:PutContactGroup",
    "cms:PutContact",
];

/// A gatekeeper that lets all pass but one action, and finds nothing.
#[derive(Debug, Default)]
struct Gate {
    denied: Option<String>,
    asked: Mutex<Vec<String>>,
}

#[async_trait]
impl Transport for Gate {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, NetError> {
        let action = request.headers["x-acs-action"].to_str().unwrap().to_owned();
        let (status, body) = if self.denied.as_ref() == Some(&action) {
            (403, r#"{"Code":"Forbidden.RAM","Message":"No."}"#)
        } else if action.starts_with("Describe") || action.starts_with("Delete") {
            (
                200,
                r#"{"Success":true,"Regions":{"Region":[{"RegionId":"cn-beijing"}]},
                "Images":{"Image":[{"ImageId":"m-1"}]},"TotalCount":1}"#,
            )
        } else {
            (404, r#"{"Code":"InvalidThing.NotFound","Message":"None."}"#)
        };
        self.asked.lock().unwrap().push(action);
        Ok(HttpResponse {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: body.into(),
        })
    }
}

fn gate(denied: Option<&str>) -> (Arc<Gate>, Aliyun) {
    let gate = Arc::new(Gate {
        denied: denied.map(str::to_owned),
        ..Gate::default()
    });
    (gate.clone(), account(gate))
}

fn requirements() -> Vec<Requirement> {
    let (_gate, aliyun) = gate(None);
    let all = aliyun.requirements().iter();
    all.filter(|it| scripted(it.kind)).cloned().collect()
}

#[tokio::test]
async fn every_check_finds_its_own_missing_right() {
    for requirement in requirements() {
        let (_gate, aliyun) = gate(None);
        aliyun.check(&requirement).await.unwrap();
        for permission in requirement.permissions {
            if UNTRIED.contains(permission) {
                continue;
            }
            let (_, action) = permission.split_once(':').unwrap();
            let (_gate, aliyun) = gate(Some(action));
            let error = aliyun.check(&requirement).await.unwrap_err();
            let named = Some((*permission).to_owned());
            assert_eq!(error.kind, ErrorKind::Denied { permission: named });
        }
    }
}

#[tokio::test]
async fn a_check_makes_nothing() {
    for requirement in requirements() {
        let (gate, aliyun) = gate(None);
        aliyun.check(&requirement).await.unwrap();
        let asked = gate.asked.lock().unwrap().clone();
        for untried in UNTRIED {
            let (_, action) = untried.split_once(':').unwrap();
            assert!(!asked.iter().any(|it| it == action), "{action}");
        }
    }
}

#[tokio::test]
async fn a_duty_that_changes_something_is_granted_that_and_no_more() {
    let (_gate, aliyun) = gate(None);
    let policy = |kind: &str| {
        let all = aliyun.requirements().iter();
        let wanted: Vec<&Requirement> = all.filter(|it| it.kind == kind).collect();
        let policy: serde_json::Value = serde_json::from_str(&aliyun.policy(&wanted)).unwrap();
        let actions = policy["Statement"][0]["Action"].as_array().unwrap().clone();
        let actions: Vec<String> = actions
            .iter()
            .map(|it| it.as_str().unwrap().to_owned())
            .collect();
        actions.join("\n")
    };
    expect_test::expect![[r#"
        ecs:AttachDisk
        ecs:CopySnapshot
        ecs:CreateDisk
        ecs:CreateImage
        ecs:CreateSnapshot
        ecs:CreateSnapshotGroup
        ecs:DeleteDisk
        ecs:DeleteImage
        ecs:DeleteSnapshot
        ecs:DescribeInstanceRamRole
        ecs:DescribeSnapshotGroups
        ecs:DetachDisk
        ecs:RunInstances
        ecs:TagResources
        ram:PassRole"#]]
    .assert_eq(&policy(Kind::BACKUPS_WRITE));
    expect_test::expect![[r#"
        cms:DeleteMetricRules
        cms:PutContact
        cms:PutContactGroup
        cms:PutResourceMetricRule"#]]
    .assert_eq(&policy(Kind::ALARMS_WRITE));
    expect_test::expect![[r#"
        ecs:DeleteDisk
        ecs:DeleteImage
        ecs:DeleteInstance
        ecs:DeleteSnapshot
        ecs:StopInstance
        ecs:TagResources
        vpc:ReleaseEipAddress"#]]
    .assert_eq(&policy(Kind::ORPHANS_WRITE));
}
