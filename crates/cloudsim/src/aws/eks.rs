//! Kubernetes: clusters, node groups, Fargate profiles. It lists no nodes: those are machines of scaling groups, or
//! nobody's.

use serde_json::{Map, Value, json};

use super::arguments::{Kind, Parameter};
use super::catalog::{ActionSpec, Asked, Listing, Paging, Serve, Style};
use super::regions::suffix;
use super::service::Service;
use crate::world::clusters::{Cluster, ClusterSort, ClusterState, Pool, PoolSort};
use crate::world::holdings::Holdings;
use crate::world::machines::Tags;
use crate::world::refusal::Refusal;

const PAGED: Paging = Paging {
    size: "maxResults",
    token: "nextToken",
    next: "nextToken",
    default: Some(100),
    says_truncated: false,
};
const SIZE: Parameter = Parameter::new("maxResults", Kind::Whole(1, 100));
const TOKEN: Parameter = Parameter::text("nextToken");
const CLUSTER: Parameter = Parameter::text("name").needed();

const fn action(
    name: &'static str,
    path: &'static str,
    parameters: &'static [Parameter],
    rows: &'static [&'static str],
    serve: Serve,
) -> ActionSpec {
    let listing = match rows {
        [] => None,
        _ => Some(Listing {
            rows,
            paging: Some(PAGED),
        }),
    };
    ActionSpec {
        service: Service::Eks,
        name,
        style: Style::Granted,
        path: Some(("GET", path)),
        parameters,
        listing,
        serve,
    }
}

pub(super) const ACTIONS: &[ActionSpec] = &[
    action(
        "DescribeCluster",
        "/clusters/{name}",
        &[CLUSTER],
        &[],
        describe_cluster,
    ),
    action(
        "DescribeFargateProfile",
        "/clusters/{name}/fargate-profiles/{fargateProfileName}",
        &[CLUSTER, Parameter::text("fargateProfileName").needed()],
        &[],
        describe_fargate_profile,
    ),
    action(
        "DescribeNodegroup",
        "/clusters/{name}/node-groups/{nodegroupName}",
        &[CLUSTER, Parameter::text("nodegroupName").needed()],
        &[],
        describe_nodegroup,
    ),
    action(
        "ListClusters",
        "/clusters",
        &[SIZE, TOKEN, Parameter::texts("include")],
        &["clusters"],
        list_clusters,
    ),
    action(
        "ListFargateProfiles",
        "/clusters/{name}/fargate-profiles",
        &[CLUSTER, SIZE, TOKEN],
        &["fargateProfileNames"],
        list_fargate_profiles,
    ),
    action(
        "ListNodegroups",
        "/clusters/{name}/node-groups",
        &[CLUSTER, SIZE, TOKEN],
        &["nodegroups"],
        list_nodegroups,
    ),
];

fn not_found(noun: &str, name: &str) -> Refusal {
    let text = format!("No {noun} found for name: {name}.");
    Refusal::new(404, "ResourceNotFoundException", text)
}

/// Returns the cluster that the path names, with all that is in the region.
fn cluster(asked: &Asked<'_>) -> Result<(std::sync::Arc<Holdings>, Cluster), Refusal> {
    let caller = asked.caller()?;
    let holdings = asked.world.holdings(caller.uid, asked.region);
    let name = asked.arguments.text("name").unwrap_or_default();
    let found = holdings
        .clusters
        .get(name)
        .filter(|it| asked.shows(it.created));
    let cluster = Cluster::clone(found.ok_or_else(|| not_found("cluster", name))?);
    Ok((holdings, cluster))
}

fn list_clusters(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let caller = asked.caller()?;
    let holdings = asked.world.holdings(caller.uid, asked.region);
    // Clusters that run elsewhere and are only registered are left out unless all are asked for.
    let with_all = asked
        .arguments
        .texts("include")
        .is_some_and(|it| it.contains(&"all"));
    let wanted = holdings
        .clusters
        .iter()
        .filter(|it| asked.shows(it.created) && (with_all || it.sort != ClusterSort::Registered));
    asked.page(wanted, |it| json!(it.id))
}

fn status(cluster: &Cluster) -> &str {
    match &cluster.state {
        ClusterState::Creating => "CREATING",
        ClusterState::Running => "ACTIVE",
        ClusterState::Updating => "UPDATING",
        ClusterState::Deleting => "DELETING",
        ClusterState::Abnormal | ClusterState::Isolated => "FAILED",
        ClusterState::Odd(word) => word,
    }
}

/// Returns the version as EKS says it: without the patch.
fn minor(version: &str) -> String {
    version.splitn(3, '.').take(2).collect::<Vec<_>>().join(".")
}

fn map(tags: &Tags) -> Value {
    let pairs = tags.iter().map(|(key, value)| (key.clone(), json!(value)));
    Value::Object(pairs.collect::<Map<_, _>>())
}

fn seconds(at: jiff::Timestamp) -> Value {
    json!(at.as_second() as f64)
}

fn describe_cluster(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let (_, cluster) = cluster(asked)?;
    let status = status(&cluster);
    let mut row = json!({
        "name": cluster.id,
        "arn": asked.arn(&format!("cluster/{}", cluster.id)),
        "createdAt": seconds(cluster.created),
        "version": minor(&cluster.version),
        "roleArn": asked.caller()?.cloud.role_arn(asked.caller()?.uid, "eks-cluster"),
        "resourcesVpcConfig": {
            "subnetIds": ["subnet-main"],
            "securityGroupIds": [],
            "vpcId": cluster.vpc,
            "endpointPublicAccess": true,
            "endpointPrivateAccess": false,
            "publicAccessCidrs": ["0.0.0.0/0"],
        },
        "status": status,
        "certificateAuthority": {},
        "platformVersion": "eks.1",
        "tags": map(&cluster.tags),
        "health": {"issues": []},
        "deletionProtection": cluster.protected,
    });
    // It has no address before it is made.
    if status != "CREATING" {
        row["endpoint"] = json!(format!(
            "https://{}.gr7.{}.eks.{}",
            cluster.id.to_uppercase(),
            asked.region,
            suffix(asked.partition()),
        ));
    }
    Ok(json!({"cluster": row}))
}

/// Returns the names of the pools of a cluster that are of `sort`.
fn pool_names(asked: &Asked<'_>, sort: PoolSort) -> Result<Value, Refusal> {
    let (holdings, cluster) = cluster(asked)?;
    let pools = holdings
        .pools_of(&cluster.id)
        .filter(|it| it.sort == sort && asked.shows(it.created));
    asked.page(pools, |it| json!(it.name))
}

fn list_nodegroups(asked: &Asked<'_>) -> Result<Value, Refusal> {
    pool_names(asked, PoolSort::Regular)
}

fn list_fargate_profiles(asked: &Asked<'_>) -> Result<Value, Refusal> {
    pool_names(asked, PoolSort::Virtual)
}

/// Returns the cluster and the pool of `sort` that the path names with `label`.
fn pool(
    asked: &Asked<'_>,
    sort: PoolSort,
    (label, noun): (&str, &str),
) -> Result<(Cluster, Pool), Refusal> {
    let (holdings, cluster) = cluster(asked)?;
    let name = asked.arguments.text(label).unwrap_or_default();
    let found = holdings
        .pools_of(&cluster.id)
        .find(|it| it.name == name && it.sort == sort);
    let pool = Pool::clone(found.ok_or_else(|| not_found(noun, name))?);
    Ok((cluster, pool))
}

fn pool_status(cluster: &Cluster) -> &'static str {
    if cluster.state == ClusterState::Deleting {
        "DELETING"
    } else {
        "ACTIVE"
    }
}

fn describe_nodegroup(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let (cluster, pool) = pool(asked, PoolSort::Regular, ("nodegroupName", "node group"))?;
    let groups: Vec<Value> = pool.group.iter().map(|it| json!({"name": it})).collect();
    Ok(json!({"nodegroup": {
        "nodegroupName": pool.name,
        "nodegroupArn": asked.arn(&format!("nodegroup/{}/{}/{}", cluster.id, pool.name, pool.id)),
        "clusterName": cluster.id,
        "version": minor(&cluster.version),
        "createdAt": seconds(pool.created),
        "modifiedAt": seconds(pool.created),
        "status": pool_status(&cluster),
        "capacityType": "ON_DEMAND",
        "scalingConfig": {"minSize": 0, "maxSize": pool.wanted.max(1), "desiredSize": pool.wanted},
        "instanceTypes": ["m6i.large"],
        "subnets": ["subnet-main"],
        "amiType": "AL2023_x86_64_STANDARD",
        "labels": map(&pool.labels),
        "resources": {"autoScalingGroups": groups},
        "health": {"issues": []},
        "tags": map(&pool.tags),
    }}))
}

fn describe_fargate_profile(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let (cluster, pool) = pool(
        asked,
        PoolSort::Virtual,
        ("fargateProfileName", "fargate profile"),
    )?;
    Ok(json!({"fargateProfile": {
        "fargateProfileName": pool.name,
        "fargateProfileArn": asked.arn(&format!("fargateprofile/{}/{}/{}", cluster.id, pool.name, pool.id)),
        "clusterName": cluster.id,
        "createdAt": seconds(pool.created),
        "subnets": ["subnet-main"],
        "selectors": [{"namespace": "default"}],
        "status": pool_status(&cluster),
        "tags": map(&pool.tags),
    }}))
}
