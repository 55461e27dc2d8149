"""Every action of the simulator, as the official client calls it."""

import dataclasses
import importlib

from alibabacloud_tea_openapi.utils_models import Config


@dataclasses.dataclass(frozen=True)
class Call:
    """One action of one official client."""

    package: str
    action: str
    method: str
    version: str
    # The smallest good request: names of the client, and names of the wire.
    good: dict = dataclasses.field(default_factory=dict)
    wire: dict = dataclasses.field(default_factory=dict)
    # The client's name of the page number, and of the page size with the first size that is too large.
    page: str = ""
    size: tuple = ()
    # The names without which the call is refused, and the code it is refused with.
    needs: dict = dataclasses.field(default_factory=dict)
    # What the call says in its path, for products that are told apart by paths, and the path itself.
    inside: tuple = ()
    path: str = ""

    def request(self, **fields):
        models = importlib.import_module(f"alibabacloud_{self.package}.models")
        kind = getattr(models, f"{self.action}Request", None)
        return None if kind is None else kind(**{**self.good, **fields})

    def __call__(self, client, **fields):
        request = self.request(**fields)
        call = getattr(client, self.method)
        return call(*self.inside, *([] if request is None else [request])).body


BSS = "bssopenapi20171214", "2017-12-14"
CAS = "cas20200407", "2020-04-07"
CS = "cs20151215", "2015-12-15"
DOMAIN = "domain20180129", "2018-01-29"
ECS = "ecs20140526", "2014-05-26"
ESS = "ess20220222", "2022-02-22"
RAM = "ram20150501", "2015-05-01"
SLB = "slb20140515", "2014-05-15"
VPC = "vpc20160428", "2016-04-28"
DIRECTORY = "resourcemanager20200331", "2020-03-31"
STS = "sts20150401", "2015-04-01"

# Where the shop's clusters stand.
SHANGHAI = {"region_id": "cn-shanghai"}, {"RegionId": "cn-shanghai"}
CLUSTER = "c5f1e2d3c4b5a69788796a5b4c3d2e1f0"
INDEPENDENT = "c0a1b2c3d4e5f60718293a4b5c6d7e8f9"

ROLE = "acs:ram::1690700000000002:role/skywarden-reader"


def _call(product, action, method, **rest):
    return Call(product[0], action, method, product[1], **rest)


def _standing(product, action, method, size, needs="MissingRegionId", **rest):
    good, wire = SHANGHAI
    return _call(
        product, action, method, good=good, wire=wire, page="page_number", size=("page_size", size),
        needs={"region_id": needs}, **rest,
    )


CALLS = [
    _call(BSS, "QueryAvailableInstances", "query_available_instances", page="page_num", size=("page_size", 301)),
    _call(BSS, "QueryAccountBalance", "query_account_balance"),
    _call(CAS, "ListUserCertificateOrder", "list_user_certificate_order", page="current_page", size=("show_size", 101)),
    _call(CAS, "ListCert", "list_cert", page="current_page", size=("show_size", 101)),
    _call(
        DOMAIN, "QueryDomainList", "query_domain_list",
        good={"page_num": 1, "page_size": 20}, wire={"PageNum": "1", "PageSize": "20"},
        page="page_num", size=("page_size", 101),
        needs={"page_num": "MissingPageNum", "page_size": "MissingPageSize"},
    ),
    _call(ECS, "DescribeRegions", "describe_regions"),
    _call(
        ECS, "DescribeInstances", "describe_instances",
        good={"region_id": "cn-hangzhou"}, wire={"RegionId": "cn-hangzhou"},
        page="page_number", size=("page_size", 101), needs={"region_id": "MissingParameter"},
    ),
    _call(
        ECS, "DescribeInstanceAutoRenewAttribute", "describe_instance_auto_renew_attribute",
        good={"region_id": "cn-hangzhou", "renewal_status": "Normal"},
        wire={"RegionId": "cn-hangzhou", "RenewalStatus": "Normal"},
        page="page_number", size=("page_size", 101), needs={"region_id": "MissingParameter"},
    ),
    _standing(ECS, "DescribeDisks", "describe_disks", 101, "MissingParameter"),
    _standing(ECS, "DescribeSnapshots", "describe_snapshots", 101, "MissingParameter"),
    _standing(ECS, "DescribeImages", "describe_images", 101, "MissingParameter"),
    _standing(ECS, "DescribeInstancesFullStatus", "describe_instances_full_status", 101, "MissingParameter"),
    _standing(ECS, "DescribeInstanceHistoryEvents", "describe_instance_history_events", 101, "MissingParameter"),
    _standing(VPC, "DescribeEipAddresses", "describe_eip_addresses", 101),
    _standing(SLB, "DescribeLoadBalancers", "describe_load_balancers", 101),
    _call(
        SLB, "DescribeLoadBalancerAttribute", "describe_load_balancer_attribute",
        good={"region_id": "cn-shanghai", "load_balancer_id": "lb-uf6demofront"},
        wire={"RegionId": "cn-shanghai", "LoadBalancerId": "lb-uf6demofront"},
        needs={"region_id": "MissingRegionId", "load_balancer_id": "MissingLoadBalancerId"},
    ),
    _standing(ESS, "DescribeScalingInstances", "describe_scaling_instances", 51),
    _call(RAM, "ListUsers", "list_users"),
    _call(RAM, "ListAccessKeys", "list_access_keys", good={"user_name": "skywarden"}, wire={"UserName": "skywarden"}),
    _call(CS, "DescribeClustersV1", "describe_clusters_v1", path="/api/v1/clusters", page="page_number", size=("page_size", 101)),
    _call(CS, "DescribeClusterDetail", "describe_cluster_detail", inside=(CLUSTER,), path=f"/clusters/{CLUSTER}"),
    _call(
        CS, "DescribeClusterNodes", "describe_cluster_nodes", inside=(CLUSTER,), path=f"/clusters/{CLUSTER}/nodes",
        page="page_number", size=("page_size", 101),
    ),
    _call(CS, "DescribeClusterNodePools", "describe_cluster_node_pools", inside=(CLUSTER,), path=f"/clusters/{CLUSTER}/nodepools"),
    _call(DIRECTORY, "GetResourceDirectory", "get_resource_directory"),
    _call(DIRECTORY, "ListAccounts", "list_accounts", page="page_number", size=("page_size", 101)),
    _call(STS, "GetCallerIdentity", "get_caller_identity"),
    _call(
        STS, "AssumeRole", "assume_role",
        good={"role_arn": ROLE, "role_session_name": "conformance"},
        wire={"RoleArn": ROLE, "RoleSessionName": "conformance"},
        needs={"role_arn": "MissingRoleArn", "role_session_name": "MissingRoleSessionName"},
    ),
    _call(
        STS, "AssumeRoleWithOIDC", "assume_role_with_oidc",
        good={
            "role_arn": ROLE, "role_session_name": "conformance", "oidctoken": "head.body.signature",
            "oidcprovider_arn": "acs:ram::1690700000000002:oidc-provider/ack",
        },
        wire={
            "RoleArn": ROLE, "RoleSessionName": "conformance", "OIDCToken": "head.body.signature",
            "OIDCProviderArn": "acs:ram::1690700000000002:oidc-provider/ack",
        },
        needs={
            "role_arn": "MissingRoleArn", "role_session_name": "MissingRoleSessionName",
            "oidctoken": "MissingOIDCToken", "oidcprovider_arn": "MissingOIDCProviderArn",
        },
    ),
]

BY_ACTION = {it.action: it for it in CALLS}


def client(sim, package, account="shop", user="skywarden", endpoint=None, **config):
    """Returns the official client of `package`, signing with the key of a user of the demo estate."""
    key, secret = sim.key(account, user)
    config = {"access_key_id": key, "access_key_secret": secret, **config}
    module = importlib.import_module(f"alibabacloud_{package}.client")
    return module.Client(
        Config(endpoint=endpoint or sim.endpoint, protocol="http", region_id="cn-hangzhou", **config)
    )


def call(sim, action, **fields):
    """Calls `action` as the shop's user."""
    it = BY_ACTION[action]
    return it(client(sim, it.package), **fields)
