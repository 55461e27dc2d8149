"""Every action of the simulator, as the official client calls it."""

import dataclasses
import importlib
import itertools
from collections.abc import Callable

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
    # What has to be there before the call, made anew each time: it returns names of the client, and takes a simulator.
    fresh: Callable | None = None
    # Who calls: a user, or the account itself, who may change everything.
    user: str | None = "skywarden"

    def ready(self, sim):
        """Returns the call with what it needs made anew, if it needs anything."""
        return self if self.fresh is None else dataclasses.replace(self, good={**self.good, **self.fresh(sim)}, wire={})

    def said(self):
        """Returns the smallest good request in names of the wire."""
        request = None if self.wire else self.request()
        return self.wire if request is None else dict(flat(request.to_map()))

    def request(self, **fields):
        models = importlib.import_module(f"alibabacloud_{self.package}.models")
        kind = getattr(models, f"{self.action}Request", None)
        return None if kind is None else kind(**{**self.good, **fields})

    def __call__(self, client, **fields):
        request = self.request(**fields)
        call = getattr(client, self.method)
        return call(*self.inside, *([] if request is None else [request])).body


def flat(said, prefix=""):
    """Yields names and values of the wire: `Tag.1.Key`."""
    for name, value in said.items() if isinstance(said, dict) else enumerate(said, 1):
        if isinstance(value, (dict, list)):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", str(value).lower() if isinstance(value, bool) else str(value)


BSS = "bssopenapi20171214", "2017-12-14"
CAS = "cas20200407", "2020-04-07"
CMS = "cms20190101", "2019-01-01"
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


# What stands in the shop's Shanghai beside its clusters.
UNUSED, LOST, IMAGE, MACHINE, HOLDING = (
    "d-uf6demounused1", "s-uf6demolost0001", "m-uf6demoold00001", "i-uf6demoorphan01", "s-uf6demoimage001",
)
TEMPLATE = "lt-uf6demoshop001"
NUMBER = itertools.count(1)


def later(sim, seconds=60):
    """Moves the world on, so that what was begun is whole."""
    sim.operate("POST", "/_sim/clock", {"advance_seconds": seconds})


def disk(sim, **fields):
    """Makes a disk."""
    made = call(sim, "CreateDisk", client_token=None, size=200, **fields).disk_id
    later(sim)
    return made


def attached(sim):
    """Makes a disk and puts it on a machine."""
    made = disk(sim)
    call(sim, "AttachDisk", disk_id=made, instance_id=MACHINE)
    later(sim)
    return made


def machine(sim, **fields):
    """Starts a machine."""
    made, = call(sim, "RunInstances", client_token=None, **fields).instance_id_sets.instance_id_set
    later(sim)
    return made


def stopped(sim):
    """Starts a machine and stops it."""
    made = machine(sim)
    call(sim, "StopInstance", instance_id=made)
    later(sim)
    return made


def group(sim):
    """Makes a group of snapshots of a new disk."""
    made = disk(sim, disk_category="cloud_essd")
    return call(sim, "CreateSnapshotGroup", client_token=None, disk_id=[made]).snapshot_group_id


def _change(action, method, needs=(), fresh=None, region=True, product=ECS, **good):
    """Returns the call of an action that changes something, and needs what it says."""
    code = "MissingParameter" if product is ECS else "Missing{}"
    names = {it: code.format("".join(word.title() for word in it.split("_"))) for it in needs}
    if region:
        good, names = {"region_id": "cn-shanghai", **good}, {"region_id": code.format("RegionId"), **names}
    return Call(product[0], action, method, product[1], good=good, needs=names, fresh=fresh, user=None)


def changes():
    """Returns the calls that change something."""
    models = importlib.import_module(f"alibabacloud_{ECS[0]}.models")
    tag = models.TagResourcesRequestTag(key="by", value="conformance")
    return [
        _change("CreateSnapshot", "create_snapshot", ["disk_id"], region=False, disk_id=UNUSED, client_token="one"),
        _change("CreateSnapshotGroup", "create_snapshot_group", fresh=lambda sim: {"disk_id": [disk(sim, disk_category="cloud_essd")]}),
        _change("DescribeSnapshotGroups", "describe_snapshot_groups"),
        _change("DeleteSnapshot", "delete_snapshot", ["snapshot_id"], region=False, snapshot_id="s-none"),
        _change(
            "DeleteSnapshotGroup", "delete_snapshot_group", ["snapshot_group_id"], snapshot_group_id="ssg-none",
            fresh=lambda sim: {"snapshot_group_id": group(sim)},
        ),
        _change(
            "CopySnapshot", "copy_snapshot", ["snapshot_id", "destination_region_id"],
            snapshot_id=LOST, destination_region_id="cn-beijing", client_token="one",
        ),
        _change("CreateDisk", "create_disk", zone_id="cn-shanghai-b", snapshot_id=LOST, client_token="one"),
        _change(
            "AttachDisk", "attach_disk", ["disk_id", "instance_id"], region=False, disk_id="d-none", instance_id=MACHINE,
            fresh=lambda sim: {"disk_id": disk(sim)},
        ),
        _change(
            "DetachDisk", "detach_disk", ["disk_id", "instance_id"], region=False, disk_id="d-none", instance_id=MACHINE,
            fresh=lambda sim: {"disk_id": attached(sim)},
        ),
        _change("DeleteDisk", "delete_disk", ["disk_id"], region=False, disk_id="d-none", fresh=lambda sim: {"disk_id": disk(sim)}),
        _change(
            "CreateImage", "create_image", snapshot_id=HOLDING,
            fresh=lambda sim: {"image_name": f"conformance-{next(NUMBER)}"},
        ),
        _change("DeleteImage", "delete_image", ["image_id"], image_id="m-none"),
        _change(
            "TagResources", "tag_resources", ["resource_type", "resource_id", "tag"],
            resource_type="snapshot", resource_id=[LOST], tag=[tag],
        ),
        _change(
            "UntagResources", "untag_resources", ["resource_type", "resource_id"],
            resource_type="snapshot", resource_id=[LOST], tag_key=["by"],
        ),
        _change("ListTagResources", "list_tag_resources", ["resource_type"], resource_type="snapshot", resource_id=[LOST]),
        _change(
            "RunInstances", "run_instances", ["image_id", "instance_type"], image_id=IMAGE, instance_type="ecs.c7.large",
            v_switch_id="vsw-bp1simulated", zone_id="cn-shanghai-b", security_group_id="sg-bp1simulated", client_token="one",
        ),
        _change(
            "StartInstance", "start_instance", ["instance_id"], region=False, instance_id="i-none",
            fresh=lambda sim: {"instance_id": stopped(sim)},
        ),
        _change(
            "StopInstance", "stop_instance", ["instance_id"], region=False, instance_id="i-none",
            fresh=lambda sim: {"instance_id": machine(sim)},
        ),
        _change(
            "DeleteInstance", "delete_instance", ["instance_id"], region=False, instance_id="i-none",
            fresh=lambda sim: {"instance_id": stopped(sim)},
        ),
        dataclasses.replace(
            _standing(ECS, "DescribeInstanceRamRole", "describe_instance_ram_role", 101, "MissingParameter"),
            good={"region_id": "cn-shanghai", "instance_ids": f'["{MACHINE}"]'}, wire={},
        ),
        _standing(ECS, "DescribeAutoSnapshotPolicyEx", "describe_auto_snapshot_policy_ex", 101, "MissingParameter"),
        _standing(ECS, "DescribeLaunchTemplates", "describe_launch_templates", 51, "MissingParameter"),
        dataclasses.replace(
            _standing(ECS, "DescribeLaunchTemplateVersions", "describe_launch_template_versions", 51, "MissingParameter"),
            good={"region_id": "cn-shanghai", "launch_template_id": TEMPLATE, "detail_flag": True}, wire={},
        ),
        _standing(ESS, "DescribeScalingConfigurations", "describe_scaling_configurations", 51),
        _change("AllocateEipAddress", "allocate_eip_address", product=VPC, client_token="one"),
        _change(
            "ReleaseEipAddress", "release_eip_address", ["allocation_id"], region=False, product=VPC, allocation_id="eip-none",
            fresh=lambda sim: {"allocation_id": call(sim, "AllocateEipAddress", client_token=None).allocation_id},
        ),
    ]


def rule(**fields):
    """Returns what a rule of outbound traffic says."""
    models = importlib.import_module(f"alibabacloud_{CMS[0]}.models")
    warn = models.PutResourceMetricRuleRequestEscalationsWarn(
        comparison_operator="GreaterThanOrEqualToThreshold", statistics="Average", threshold="533333", times=1,
    )
    return {
        "rule_id": "conformance", "rule_name": "conformance", "namespace": "acs_ecs_dashboard",
        "metric_name": "VPC_PublicIP_InternetOutRate", "contact_groups": "ops", "period": "300",
        "resources": f'[{{"instanceId":"{MACHINE}"}}]', "no_data_policy": "OK",
        "escalations": models.PutResourceMetricRuleRequestEscalations(warn=warn), **fields,
    }


def put_rule(sim, number):
    """Puts a rule, and returns its id."""
    call(sim, "PutResourceMetricRule", rule_id=f"rule-{number}")
    return f"rule-{number}"


def monitoring():
    """Returns the calls of the monitoring service."""
    models = importlib.import_module(f"alibabacloud_{CMS[0]}.models")
    monitored = lambda *said, **good: _change(*said, region=False, product=CMS, **good)  # noqa: E731
    paged = lambda it, page="page_number": dataclasses.replace(it, page=page, size=("page_size", 101))  # noqa: E731
    mail = models.PutContactRequestChannels(mail="li.na@example.com")
    metric = {"namespace": "acs_vpc_eip", "metric_name": "net_tx.rate"}
    return [
        monitored(
            "PutResourceMetricRule", "put_resource_metric_rule",
            ["rule_id", "rule_name", "namespace", "metric_name", "contact_groups", "resources"], **rule(),
        ),
        paged(monitored("DescribeMetricRuleList", "describe_metric_rule_list"), "page"),
        monitored(
            "DeleteMetricRules", "delete_metric_rules", ["id"],
            lambda sim: {"id": [put_rule(sim, next(NUMBER))]}, id=["rule-none"],
        ),
        paged(monitored("DescribeContactGroupList", "describe_contact_group_list")),
        paged(monitored("DescribeContactList", "describe_contact_list")),
        monitored("PutContactGroup", "put_contact_group", ["contact_group_name"], contact_group_name="empty"),
        monitored("PutContact", "put_contact", ["contact_name", "describe"], contact_name="li.na", describe="by a test", channels=mail),
        monitored("DescribeMetricList", "describe_metric_list", ["namespace", "metric_name"], **metric),
        monitored("DescribeMetricLast", "describe_metric_last", ["namespace", "metric_name"], **metric),
    ]


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

CALLS += changes() + monitoring()
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
    return it(client(sim, it.package, user=it.user), **fields)
