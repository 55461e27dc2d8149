//! What the cloud itself sets on the machines it makes for a cluster.
//!
//! Source: EKS user guide ("Tagging your Amazon EKS resources"), and what its node groups, Auto Mode
//! and Karpenter put on their instances. `kubernetes.io/cluster/NAME` counts as `owned` only: `shared`
//! stands on what a cluster merely uses.

use model::{ResourceId, Tags, Tie, TieSort};

/// Tags whose value is the cluster's name.
const CLUSTER_TAGS: [&str; 3] = [
    "aws:eks:cluster-name",
    "eks:cluster-name",
    "eks:eks-cluster-name",
];
const OWNED: &str = "kubernetes.io/cluster/";
const NODE_GROUP: &str = "eks:nodegroup-name";
const SCALING_GROUP: &str = "aws:autoscaling:groupName";

/// Returns the ties that a machine's tags are.
pub(super) fn ties(tags: &Tags) -> Vec<Tie> {
    let mut ties = Vec::new();
    let mut add = |sort, cluster: Option<&str>, key: &str, value: &str| {
        ties.push(Tie {
            sort,
            cluster: cluster.map(ResourceId::new),
            evidence: format!("{key}={value}"),
        });
    };
    let named = |key: &'static str| {
        let value = tags.get(key)?;
        (!value.is_empty()).then_some((key, value.as_str()))
    };
    let mut cluster = None;
    for (key, value) in CLUSTER_TAGS.into_iter().filter_map(named) {
        cluster = cluster.or(Some(value));
        add(TieSort::Tag, Some(value), key, value);
    }
    for (key, value) in tags {
        if let Some(name) = key.strip_prefix(OWNED)
            && !name.is_empty()
            && value == "owned"
        {
            cluster = cluster.or(Some(name));
            add(TieSort::Tag, Some(name), key, value);
        }
    }
    let node_group = named(NODE_GROUP);
    if let Some((key, value)) = node_group {
        add(TieSort::Group, cluster, key, value);
    }
    if let Some((key, value)) = named(SCALING_GROUP)
        && (node_group.is_some() || is_made_by_eks(value))
    {
        add(TieSort::Group, cluster, key, value);
    }
    ties
}

/// Scaling groups of managed node groups are called `eks-<group>-<uuid>`.
fn is_made_by_eks(group: &str) -> bool {
    let Some(rest) = group.strip_prefix("eks-") else {
        return false;
    };
    let is_hex = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|it| it.is_ascii_hexdigit())
    };
    let mut parts = rest.rsplit('-');
    [12, 4, 4, 4, 8]
        .into_iter()
        .all(|length| parts.next().is_some_and(|it| is_hex(it, length)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(pairs: &[(&str, &str)]) -> Vec<String> {
        let tags = pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let tied = ties(&tags.collect());
        tied.iter()
            .map(|it| {
                let cluster = it.cluster.as_ref().map_or("-", ResourceId::as_str);
                format!("{} {cluster} {}", it.sort.word(), it.evidence)
            })
            .collect()
    }

    const GROUP: &str = "eks-ng1-db2ea0f6-47bf-4d87-9d5b-2998e9247984";

    #[test]
    fn what_a_node_group_makes_is_tied_by_tags_and_by_its_group() {
        assert_eq!(
            shown(&[
                ("Name", "c1-ng1-Node"),
                ("aws:autoscaling:groupName", GROUP),
                ("aws:eks:cluster-name", "c1"),
                ("eks:cluster-name", "c1"),
                ("eks:nodegroup-name", "ng1"),
                ("kubernetes.io/cluster/c1", "owned"),
            ]),
            [
                "tag c1 aws:eks:cluster-name=c1".to_owned(),
                "tag c1 eks:cluster-name=c1".to_owned(),
                "tag c1 kubernetes.io/cluster/c1=owned".to_owned(),
                "group c1 eks:nodegroup-name=ng1".to_owned(),
                format!("group c1 aws:autoscaling:groupName={GROUP}"),
            ]
        );
    }

    #[test]
    fn words_that_anybody_may_use_and_shared_things_tie_nothing() {
        for pair in [
            ("Name", "eks-node-1"),
            ("kubernetes.io/cluster/c1", "shared"),
            ("kubernetes.io/cluster/", "owned"),
            ("k8s.io/cluster-autoscaler/enabled", "true"),
            ("aws:autoscaling:groupName", "web"),
            ("aws:autoscaling:groupName", "eks-web-production"),
            ("eks:cluster-name", ""),
        ] {
            assert_eq!(shown(&[pair]), Vec::<String>::new(), "{pair:?}");
        }
    }

    #[test]
    fn a_group_that_eks_made_ties_also_when_its_tags_are_gone() {
        let tied = shown(&[("aws:autoscaling:groupName", GROUP)]);
        assert_eq!(tied, [format!("group - aws:autoscaling:groupName={GROUP}")]);
    }
}
