//! What other sources of the cloud say of machines, asked by id: the cluster service's own view of
//! any machine, and Auto Scaling's.

use std::collections::BTreeMap;

use cloud::{CloudError, ErrorKind};
use model::{Opinion, Place, RegionId, ResourceId};
use serde_json::Map;

use super::PAGE_SIZE;
use crate::Tencent;
use crate::decode::{self, Loose, Misread, Shape};
use crate::lists::{self, Counts, Listed, Question};
use crate::operations::{DESCRIBE_EXISTED, DESCRIBE_SCALED, Operation};
use crate::rpc::Decode;

const ROW_BYTES: u64 = 1024;

/// Returns what both say of each of `machines`; a cluster beats a group, and a machine that neither
/// knows is not there.
pub(super) async fn opinions(
    tencent: &Tencent,
    region: &RegionId,
    machines: &[ResourceId],
) -> Result<BTreeMap<ResourceId, Opinion>, CloudError> {
    let question = |operation: &'static Operation, decode: Decode<Listed<Said>>| Question {
        operation,
        place: Place::Region(region.clone()),
        counts: Counts::Rows,
        arguments: Map::new(),
        page_size: PAGE_SIZE,
        row_bytes: ROW_BYTES,
        decode,
    };
    let existed = lists::by_id(tencent, "InstanceIds", machines, || {
        question(&DESCRIBE_EXISTED, decode_existed)
    });
    let scaled = lists::by_id(tencent, "InstanceIds", machines, || {
        question(&DESCRIBE_SCALED, decode_scaled)
    });
    let (existed, scaled) = futures_util::future::try_join(existed, scaled).await?;
    let mut opinions: BTreeMap<ResourceId, Opinion> = machines
        .iter()
        .map(|it| (it.clone(), Opinion::Absent))
        .collect();
    for said in existed.into_iter().chain(scaled) {
        let Some(opinion) = opinions.get_mut(&said.machine) else {
            // An answer about something that nobody asked for is no answer to this question.
            let site = tencent.call_site(&DESCRIBE_EXISTED, &Place::Region(region.clone()));
            let words = format!("the answer is about {}, too", said.machine);
            return Err(CloudError::new(site, ErrorKind::Undecodable, words));
        };
        if rank(&said.opinion) > rank(opinion) {
            *opinion = said.opinion;
        }
    }
    Ok(opinions)
}

fn rank(opinion: &Opinion) -> u8 {
    match opinion {
        Opinion::Absent | Opinion::Silent => 0,
        Opinion::Free => 1,
        Opinion::InGroup(_) => 2,
        Opinion::InCluster(_) => 3,
    }
}

/// What one source says of one machine.
#[derive(Debug)]
struct Said {
    machine: ResourceId,
    opinion: Opinion,
}

decode::wire! {
    struct Existed<'a> {
        instance_id: Loose<'a>,
        already_in_cluster: Loose<'a>,
        autoscaling_group_id: Loose<'a>,
    }
    struct Scaled<'a> {
        instance_id: Loose<'a>,
        auto_scaling_group_id: Loose<'a>,
    }
}

fn decode_existed(body: &str) -> Result<Listed<Said>, Misread> {
    lists::read(
        body,
        &Shape::rows("ExistedInstanceSet"),
        |row: Existed<'_>| {
            // Without the field, "in no cluster" would be a guess.
            if row.already_in_cluster == Loose::Absent {
                return Err(Misread::Lacks("AlreadyInCluster in one of its rows"));
            }
            let cluster = row.already_in_cluster.some_text();
            let group = row.autoscaling_group_id.some_text();
            Ok(Said {
                machine: machine(&row.instance_id)?,
                opinion: match (cluster, group) {
                    (Some(cluster), _) => Opinion::InCluster(ResourceId::new(cluster)),
                    (None, Some(group)) => Opinion::InGroup(ResourceId::new(group)),
                    (None, None) => Opinion::Free,
                },
            })
        },
    )
}

fn decode_scaled(body: &str) -> Result<Listed<Said>, Misread> {
    lists::read(
        body,
        &Shape::rows("AutoScalingInstanceSet"),
        |row: Scaled<'_>| {
            let group = row.auto_scaling_group_id.into_text();
            Ok(Said {
                machine: machine(&row.instance_id)?,
                opinion: Opinion::InGroup(ResourceId::new(group)),
            })
        },
    )
}

fn machine(field: &Loose<'_>) -> Result<ResourceId, Misread> {
    let id = field.some_text();
    let id = id.ok_or(Misread::Lacks("InstanceId in one of its rows"))?;
    Ok(ResourceId::new(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn existed(fields: &str) -> Result<Opinion, Misread> {
        let body = format!(
            r#"{{"Response":{{"TotalCount":1,"ExistedInstanceSet":[{{"InstanceId":"ins-1",{fields}}}]}}}}"#
        );
        decode_existed(&body).map(|mut it| it.items.remove(0).opinion)
    }

    #[test]
    fn the_cluster_services_view_of_a_machine_is_read() {
        let cluster = r#""AlreadyInCluster":"cls-1","AutoscalingGroupId":"asg-1","Usable":false"#;
        assert_eq!(
            existed(cluster).unwrap(),
            Opinion::InCluster(ResourceId::new("cls-1"))
        );
        let group = r#""AlreadyInCluster":"","AutoscalingGroupId":"asg-1""#;
        assert_eq!(
            existed(group).unwrap(),
            Opinion::InGroup(ResourceId::new("asg-1"))
        );
        let free = r#""AlreadyInCluster":"","AutoscalingGroupId":"","Usable":true"#;
        assert_eq!(existed(free).unwrap(), Opinion::Free);
        for silent in [r#""Usable":true"#, r#""AlreadyInCluster":null"#] {
            assert!(existed(silent).is_err(), "{silent}");
        }
    }
}
