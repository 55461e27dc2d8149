//! Nodes of clusters at the edge: texts, and nothing says what stands in them. Here they are JSON.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::tencent::catalog::Asked;
use crate::tencent::times;
use crate::tencent::words::{Trouble, not_found};
use crate::world::clusters::{ClusterSort, Node};
use crate::world::holdings::Holdings;

/// Shows every node, all in one text.
pub(super) fn describe_nodes(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let holdings = asked.holdings()?;
    let (rows, total) = asked.arguments.part(20).cut(nodes(asked, &holdings)?);
    let rows: Vec<Value> = rows.into_iter().map(|it| row(it)).collect();
    let text = Value::from(rows).to_string();
    crate::tencent::catalog::json(&json!({"TotalCount": total, "InstanceInfoSet": text}))
}

/// Shows the nodes that are machines of the account, each in a text of its own.
pub(super) fn describe_machines(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let holdings = asked.holdings()?;
    let machines = nodes(asked, &holdings)?.filter(|it| it.machine.is_some());
    let texts: Vec<String> = machines.map(|it| row(it).to_string()).collect();
    let answer = json!({"TotalCount": texts.len(), "InstanceInfoSet": texts});
    crate::tencent::catalog::json(&answer)
}

fn nodes<'a>(
    asked: &Asked<'_>,
    holdings: &'a Holdings,
) -> Result<impl Iterator<Item = &'a Arc<Node>>, Trouble> {
    let id = asked.arguments.text("ClusterID").unwrap_or_default();
    holdings
        .clusters
        .get(id)
        .filter(|it| it.sort == ClusterSort::Edge)
        .ok_or_else(|| not_found("ResourceNotFound.ClusterNotFound", id))?;
    Ok(holdings.nodes(id).into_iter().flatten())
}

fn row(node: &Node) -> Value {
    json!({
        "InstanceId": node.machine.as_ref().unwrap_or(&node.name), "NodeName": node.name,
        "LanIP": node.ip, "CreatedTime": times::utc(node.since),
    })
}
