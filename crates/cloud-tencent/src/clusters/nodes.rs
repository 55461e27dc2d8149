//! The nodes of ordinary clusters.
//!
//! The version of 2022 lists all sorts of them at once and says in `Errors` what it could not get
//! hold of; that of 2018 lists workers only unless it is asked for all roles, and calls native nodes
//! by names that are no machine's. Where the newer is not known the older is asked instead; for the
//! masters of a cluster that runs its own it is asked as well.

use model::{ClusterNode, NodeMachine, NodeSort, Place, RegionId, ResourceId};
use serde_json::{Map, json};

use super::PAGE_SIZE;
use crate::Tencent;
use crate::decode::{self, Loose, Misread, Shape};
use crate::lists::{self, Counts, Listed, OffsetList, Question};
use crate::operations::{DESCRIBE_NODES, DESCRIBE_NODES_2022, Operation};
use crate::rpc::Decode;
use crate::staged::{Need, Stage, StagedList};

/// A node with its settings, and the script that its user gave it.
const NODE_BYTES: u64 = 8192;

/// Whose machines the masters of a cluster are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Masters {
    /// The cloud's: no list has them.
    OfTheCloud,
    /// The account's, or nobody knows.
    OfTheAccount,
}

/// Returns the list of the nodes of a cluster.
pub(super) fn list<'a>(
    tencent: &'a Tencent,
    region: &RegionId,
    cluster: &ResourceId,
    masters: Masters,
) -> StagedList<'a, ClusterNode> {
    let stage = |operation: &'static Operation, decode: Decode<Listed<ClusterNode>>, need| {
        let mut arguments = Map::new();
        arguments.insert("ClusterId".to_owned(), json!(cluster.as_str()));
        if operation.version == DESCRIBE_NODES.version {
            arguments.insert("InstanceRole".to_owned(), json!("ALL"));
        }
        let question = Question {
            operation,
            place: Place::Region(region.clone()),
            counts: Counts::Rows,
            arguments,
            page_size: PAGE_SIZE,
            row_bytes: NODE_BYTES,
            decode,
        };
        Stage {
            list: OffsetList::new(tencent, question),
            page_size: PAGE_SIZE.into(),
            need,
        }
    };
    let older = match masters {
        Masters::OfTheCloud => Need::Instead,
        Masters::OfTheAccount => Need::Always,
    };
    StagedList::new(vec![
        stage(&DESCRIBE_NODES_2022, decode_2022, Need::WhereKnown),
        stage(&DESCRIBE_NODES, decode_2018, older),
    ])
}

decode::wire! {
    struct Node<'a> {
        instance_id: Loose<'a>,
        instance_role: Loose<'a>,
        #[serde(rename = "LanIP")]
        lan_ip: Loose<'a>,
        node_pool_id: Loose<'a>,
        /// Of the version of 2022, as is the next.
        node_type: Loose<'a>,
        native: Option<Native<'a>>,
    }
    struct Native<'a> {
        machine_name: Loose<'a>,
        instance_id: Loose<'a>,
        lan_ip: Loose<'a>,
    }
}

const SHAPE: Shape = Shape::rows("InstanceSet");

fn decode_2022(body: &str) -> Result<Listed<ClusterNode>, Misread> {
    lists::read(body, &SHAPE, node)
}

fn decode_2018(body: &str) -> Result<Listed<ClusterNode>, Misread> {
    lists::read(body, &SHAPE, node)
}

fn node(row: Node<'_>) -> Result<ClusterNode, Misread> {
    let native = row.native.unwrap_or_default();
    let name = row
        .instance_id
        .some_text()
        .or_else(|| native.machine_name.some_text());
    let name = name.ok_or(Misread::Lacks("InstanceId in one of its rows"))?;
    let role = row.instance_role.text();
    let sort = match row.node_type.text().as_ref() {
        _ if role.contains("MASTER") || role.contains("ETCD") => NodeSort::Master,
        "Native" => NodeSort::Native,
        "Super" => NodeSort::Virtual,
        "External" => NodeSort::External,
        _ => sort_by_name(&name),
    };
    let machine = match sort {
        NodeSort::Virtual => NodeMachine::None,
        _ if is_machine(&name) => NodeMachine::Is(ResourceId::new(name.as_str())),
        NodeSort::Native => of_native(&native.instance_id),
        // Whatever it is, an address may tell.
        _ => NodeMachine::ByAddress,
    };
    let ip = |field: &Loose<'_>| field.text().parse().ok();
    Ok(ClusterNode {
        machine,
        sort,
        private_ip: ip(&row.lan_ip).or_else(|| ip(&native.lan_ip)),
        pool: row.node_pool_id.some_text().map(ResourceId::new),
        name,
    })
}

/// The older version does not say what sort a node is; its name does.
fn sort_by_name(name: &str) -> NodeSort {
    if is_machine(name) {
        NodeSort::Worker
    } else if name.starts_with("np-") {
        NodeSort::Native
    } else if name.starts_with("eklet-") {
        NodeSort::Virtual
    } else {
        NodeSort::External
    }
}

/// A native node is a machine of the account, or one of the container service's own; where the
/// answer does not say which, its address may.
fn of_native(id: &Loose<'_>) -> NodeMachine {
    match id.text().as_ref() {
        id if is_machine(id) => NodeMachine::Is(ResourceId::new(id)),
        "" => NodeMachine::ByAddress,
        _ => NodeMachine::None,
    }
}

fn is_machine(id: &str) -> bool {
    id.starts_with("ins-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nodes(rows: &str) -> Vec<ClusterNode> {
        let body =
            format!(r#"{{"Response":{{"TotalCount":9,"InstanceSet":[{rows}],"Errors":[]}}}}"#);
        decode_2022(&body).unwrap().items
    }

    fn shown(rows: &str) -> Vec<String> {
        let shown = nodes(rows).into_iter().map(|it| {
            let ip = it.private_ip.map_or("-".to_owned(), |it| it.to_string());
            let pool = it.pool.map_or("-".to_owned(), |it| it.to_string());
            format!("{} {:?} {:?} {ip} {pool}", it.name, it.sort, it.machine)
        });
        shown.collect()
    }

    #[test]
    fn all_kinds_of_nodes_of_the_newer_version_are_mapped_to_machines() {
        let rows = r#"
            {"InstanceId":"ins-aaaaaa","InstanceRole":"WORKER","NodeType":"Regular","LanIP":"10.0.0.2",
             "NodePoolId":"np-1","Regular":{"AutoscalingGroupId":"asg-1","InstanceAdvancedSettings":{"UserScript":"CANARY"}}},
            {"InstanceId":"np-1-abc","InstanceRole":"WORKER","NodeType":"Native","LanIP":"10.0.0.3",
             "Native":{"MachineName":"np-1-abc","MachineType":"NativeCVM","InstanceId":"ins-native"}},
            {"InstanceId":"np-1-def","NodeType":"Native","Native":{"InstanceId":"eks-1","LanIp":"10.0.0.4"}},
            {"InstanceId":"np-1-ghi","NodeType":"Native","LanIP":"10.0.0.x","Native":{"InstanceId":null}},
            {"InstanceId":"eklet-subnet-1","NodeType":"Super","Super":{"Name":""}},
            {"InstanceId":"node-10.0.6.1","NodeType":"External","LanIP":"10.0.6.1","External":{"Name":"x"}},
            {"InstanceId":"ins-master","InstanceRole":"MASTER_ETCD","NodeType":"Regular"}"#;
        expect_test::expect![[r#"
            ins-aaaaaa Worker Is(ResourceId("ins-aaaaaa")) 10.0.0.2 np-1
            np-1-abc Native Is(ResourceId("ins-native")) 10.0.0.3 -
            np-1-def Native None 10.0.0.4 -
            np-1-ghi Native ByAddress - -
            eklet-subnet-1 Virtual None - -
            node-10.0.6.1 External ByAddress 10.0.6.1 -
            ins-master Master Is(ResourceId("ins-master")) - -"#]]
        .assert_eq(&shown(rows).join("\n"));
    }

    #[test]
    fn names_tell_what_the_older_version_does_not() {
        let rows = r#"{"InstanceId":"ins-1","InstanceRole":"WORKER"},{"InstanceId":"np-1-2","LanIP":"10.0.0.5"},
            {"InstanceId":"eklet-1"},{"InstanceId":"ins-2","InstanceRole":"ETCD"}"#;
        expect_test::expect![[r#"
            ins-1 Worker Is(ResourceId("ins-1")) - -
            np-1-2 Native ByAddress 10.0.0.5 -
            eklet-1 Virtual None - -
            ins-2 Master Is(ResourceId("ins-2")) - -"#]]
        .assert_eq(&shown(rows).join("\n"));
    }

    #[test]
    fn a_new_kind_of_node_is_still_a_machine_by_its_id() {
        let rows = r#"{"InstanceId":"ins-9","NodeType":"Quantum"},{"InstanceId":"q-9","NodeType":"Quantum"}"#;
        let machines: Vec<_> = nodes(rows).into_iter().map(|it| it.machine).collect();
        assert_eq!(
            machines,
            [
                NodeMachine::Is(ResourceId::new("ins-9")),
                NodeMachine::ByAddress
            ]
        );
    }

    #[test]
    fn a_list_with_failures_of_its_own_is_no_list() {
        let body = r#"{"Response":{"TotalCount":1,"InstanceSet":[{"InstanceId":"ins-1"}],
            "Errors":["get external nodes failed"],"RequestId":"r"}}"#;
        assert!(matches!(decode_2022(body), Err(Misread::Partial { .. })));
    }
}
