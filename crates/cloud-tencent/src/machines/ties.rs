//! What the cloud itself says ties a machine to a cluster: the tag it sets, and the names it makes.
//!
//! Real nodes may have no tag at all, and people rename machines, so neither is ever needed; but
//! what has one of them was made for a cluster. That a machine stands in a scaling group is asked
//! for by id, of the few that matter, with the second opinion.

use model::{ResourceId, Tags, Tie, TieSort};

/// The tag that the cluster service sets on what it makes.
const TAG: &str = "tke-clusterId";

/// Returns the strong ties of a machine with this name and these tags.
pub(super) fn ties(name: &str, tags: &Tags) -> Vec<Tie> {
    let mut ties = Vec::new();
    if let Some(cluster) = tags.get(TAG) {
        ties.push(Tie {
            sort: TieSort::Tag,
            cluster: is_cluster(cluster).then(|| ResourceId::new(cluster)),
            evidence: format!("{TAG}={cluster}"),
        });
    }
    if let Some(cluster) = cluster_of_name(name) {
        ties.push(Tie {
            sort: TieSort::Name,
            cluster: Some(ResourceId::new(cluster)),
            evidence: name.to_owned(),
        });
    } else if is_of_pool(name) {
        ties.push(Tie {
            sort: TieSort::Name,
            cluster: None,
            evidence: name.to_owned(),
        });
    }
    ties
}

/// `tke_cls-4bqctahq_worker`, `tkeedge_cls-4bqctahq_worker`, `tke_cls-4bqctahq_master_etcd1`.
fn cluster_of_name(name: &str) -> Option<&str> {
    let rest = name
        .strip_prefix("tke_")
        .or_else(|| name.strip_prefix("tkeedge_"))?;
    let (cluster, role) = rest.split_once('_')?;
    let role = role.trim_end_matches(|it: char| it.is_ascii_digit());
    (is_cluster(cluster) && matches!(role, "worker" | "master_etcd")).then_some(cluster)
}

/// `as-tke-np-4h43fuxj`, made by the scaling group of a node pool.
fn is_of_pool(name: &str) -> bool {
    name.strip_prefix("as-tke-np-").is_some_and(is_id)
}

fn is_cluster(text: &str) -> bool {
    text.strip_prefix("cls-").is_some_and(is_id)
}

fn is_id(text: &str) -> bool {
    let plain = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit();
    !text.is_empty() && text.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(name: &str, tags: &[(&str, &str)]) -> Vec<String> {
        let tags = tags
            .iter()
            .map(|(key, value)| ((*key).into(), (*value).into()));
        let ties = ties(name, &tags.collect());
        let shown = ties.iter().map(|it| {
            let cluster = it.cluster.as_ref().map_or("-", ResourceId::as_str);
            format!("{} {cluster} {}", it.sort.word(), it.evidence)
        });
        shown.collect()
    }

    #[test]
    fn what_the_cloud_names_and_tags_is_tied() {
        for (name, cluster) in [
            ("tke_cls-4bqctahq_worker", "cls-4bqctahq"),
            ("tke_cls-4bqctahq_worker12", "cls-4bqctahq"),
            ("tke_cls-4bqctahq_master_etcd1", "cls-4bqctahq"),
            ("tkeedge_cls-j0hy001q_worker", "cls-j0hy001q"),
        ] {
            assert_eq!(
                shown(name, &[]),
                [format!("name {cluster} {name}")],
                "{name}"
            );
        }
        assert_eq!(
            shown("as-tke-np-4h43fuxj", &[]),
            ["name - as-tke-np-4h43fuxj"]
        );
        assert_eq!(
            shown("web", &[("tke-clusterId", "cls-1"), ("env", "prod")]),
            ["tag cls-1 tke-clusterId=cls-1"]
        );
        assert_eq!(
            shown("web", &[("tke-clusterId", "?")]),
            ["tag - tke-clusterId=?"]
        );
    }

    #[test]
    fn words_of_the_users_own_tie_nothing() {
        for name in [
            "k8s-master-1",
            "my-tke_cls-4bqctahq_worker",
            "tke_cls-4bqctahq_worker-copy",
            "tke_cls-4BQCTAHQ_worker",
            "tke_cls-4bqctahq_database",
            "tke_cls-_worker",
            "as-tke-np-",
            "as-tke-np-4h43fuxj-old",
            "as-web",
            "未命名",
            "",
        ] {
            assert!(shown(name, &[]).is_empty(), "{name}");
        }
        assert!(shown("redis", &[("cluster", "prod"), ("node-exporter", "on")]).is_empty());
        assert!(shown("x", &[("TKE-CLUSTERID", "cls-1")]).is_empty());
    }
}
