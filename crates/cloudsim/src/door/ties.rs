//! What ties a machine to a cluster by the cloud's own word: tags and names that only the cloud makes.
//!
//! Invariant: a machine's membership in the world is never used: what is shown is what a caller could read.

use model::{ResourceId, Tie, TieSort};

use crate::world::machines::Machine;

/// Tags whose value is a cluster.
const CLUSTER_TAGS: [&str; 4] = [
    "ack.aliyun.com",
    "tke-clusterId",
    "aws:eks:cluster-name",
    "eks:cluster-name",
];
/// Tags whose value is a node pool.
const POOL_TAGS: [&str; 2] = ["ack.alibabacloud.com/nodepool-id", "eks:nodegroup-name"];
/// A tag that has the cluster in its key, where its value is `owned`.
const OWNED: &str = "kubernetes.io/cluster/";

/// Returns the ties of `machine`.
pub(super) fn ties(machine: &Machine) -> Vec<Tie> {
    let tie = |sort, cluster: Option<&str>, evidence: String| Tie {
        sort,
        cluster: cluster.map(ResourceId::new),
        evidence,
    };
    let mut ties = Vec::new();
    for (key, value) in &machine.tags {
        let evidence = format!("{key}={value}");
        if CLUSTER_TAGS.contains(&key.as_str()) {
            ties.push(tie(TieSort::Tag, Some(value), evidence));
        } else if let Some(cluster) = key.strip_prefix(OWNED).filter(|_| value == "owned") {
            ties.push(tie(TieSort::Tag, Some(cluster), evidence));
        } else if POOL_TAGS.contains(&key.as_str()) {
            let cluster = CLUSTER_TAGS.iter().find_map(|it| machine.tag_value(it));
            ties.push(tie(TieSort::Group, cluster, evidence));
        }
    }
    let name = machine.name.as_str();
    let of_tke = name.strip_prefix("tke_").and_then(|it| it.split_once('_'));
    let of_ack = name.split_once("-k8s-for-cs-");
    let named = of_tke.map(|it| it.0).or(of_ack.map(|it| it.1));
    if named.is_some() || name.starts_with("as-tke-np-") {
        ties.push(tie(TieSort::Name, named, name.to_owned()));
    }
    ties
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn tags_and_names_of_the_cloud_tie_and_words_of_people_do_not() {
        let tied = |name: &str, tag: (&str, &str)| {
            let machine = Machine::new("i-1", name, Timestamp::UNIX_EPOCH).tag(tag.0, tag.1);
            let found = ties(&machine).into_iter();
            found
                .map(|it| {
                    format!(
                        "{} {}",
                        it.sort.word(),
                        it.cluster.map_or("-".into(), |it| it.to_string())
                    )
                })
                .collect::<Vec<_>>()
                .join(", ")
        };
        for (name, tag, expected) in [
            ("web", ("ack.aliyun.com", "c1"), "tag c1"),
            ("web", ("kubernetes.io/cluster/prod", "owned"), "tag prod"),
            ("web", ("kubernetes.io/cluster/prod", "shared"), ""),
            ("web", ("eks:nodegroup-name", "workers"), "group -"),
            ("tke_cls-4bqctahq_worker", ("a", "b"), "name cls-4bqctahq"),
            ("as-tke-np-4h43fuxj", ("a", "b"), "name -"),
            ("worker-k8s-for-cs-c5c", ("a", "b"), "name c5c"),
            ("k8s-test", ("cluster", "prod"), ""),
        ] {
            assert_eq!(tied(name, tag), expected, "{name} {tag:?}");
        }
    }
}
