"""Every action of the simulator, as the official Python client calls it."""

import contextlib
import dataclasses
import importlib
import itertools
import json
import warnings

from tencentcloud.common.credential import Credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile

REGION = "ap-guangzhou"


@dataclasses.dataclass(frozen=True)
class Call:
    """One action of one official client."""

    service: str
    version: str
    action: str
    # The smallest good request.
    good: dict = dataclasses.field(default_factory=dict)
    # Fields of the answer that the published definition does not know: the real service sends them too.
    beyond: frozenset = frozenset()
    # The client's name of the service, where it is not the wire's.
    package: str = ""
    # Makes what the action is done to, for a request that is good only once; returns fields of it.
    fresh: object = None
    # Whose key is used where nothing is said; that of the account itself when None.
    user: object = "skywarden"

    @property
    def name(self):
        return f"{self.service}:{self.version}:{self.action}"

    @property
    def module(self):
        package = self.package or self.service
        return f"tencentcloud.{package}.v{self.version.replace('-', '')}", package

    def fit(self, sim):
        """Returns the call with everything in place that it needs."""
        return dataclasses.replace(self, good={**self.good, **self.fresh(sim)}, fresh=None) if self.fresh else self

    def __call__(self, sim, account="game", user=..., credential=None, region=REGION, profile=None, **said):
        return self.raw_and_typed(sim, account, user, credential, region, profile, **said)[1]

    def raw_and_typed(self, sim, account="game", user=..., credential=None, region=REGION, profile=None, **said):
        """Calls the action; returns the answer as it came, and as the client understands it."""
        folder, package = self.module
        models = importlib.import_module(f"{folder}.models")
        clients = importlib.import_module(f"{folder}.{package}_client")
        kind = next(it for name, it in vars(clients).items() if name.endswith("Client") and it.__module__ == clients.__name__)
        user = self.user if user is ... else user
        client = kind(credential or key(sim, account, user), region, profile or profile_of(sim))
        request = getattr(models, f"{self.action}Request")()
        said = {name: value for name, value in {**self.good, **said}.items() if value is not None}
        request._deserialize(said)
        raw = []
        client.call = keeping(client.call, raw)
        with useless_fields() as useless:
            answer = getattr(client, self.action)(request)
        assert useless <= self.beyond, f"{self.name} answers with fields that the client does not know: {useless - self.beyond}"
        return json.loads(raw[0])["Response"], answer


def keeping(call, raw):
    def kept(*args, **kwargs):
        raw.append(call(*args, **kwargs))
        return raw[-1]

    return kept


@contextlib.contextmanager
def useless_fields():
    """Collects the fields that the client passes over because its models have no place for them."""
    found = set()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield found
    for it in caught:
        text = str(it.message)
        if text.endswith(" fileds are useless."):
            found |= set(text.removesuffix(" fileds are useless.").split(","))


def key(sim, account="game", user="skywarden"):
    return Credential(*sim.key(account, user))


def profile_of(sim, method="POST", **rest):
    return ClientProfile(
        httpProfile=HttpProfile(protocol="http", endpoint=sim.endpoint, reqMethod=method, reqTimeout=10),
        disable_region_breaker=True, **rest,
    )


CVM, TKE18, TKE22, STS = ("cvm", "2017-03-12"), ("tke", "2018-05-25"), ("tke", "2022-05-01"), ("sts", "2018-08-13")
ROLE = "qcs::cam::uin/100000000002:roleName/skywarden-reader"
CLUSTER = {"ClusterId": "cls-prod0001"}
CVM_TAGS = {"tagKey", "tagValue"}

DATA_DISK, SYSTEM_DISK, MACHINE = "disk-batch002", "disk-batch001", "ins-batch000"
ZONE = "ap-guangzhou-3"
NUMBERS = itertools.count(1)


def later(sim, seconds=600):
    """Moves the world on, so that what was begun is whole."""
    sim.operate("POST", "/_sim/clock", {"advance_seconds": seconds})


def new_disk(sim):
    made, = BY_NAME["cbs:2017-03-12:CreateDisks"](sim, DiskSize=20).DiskIdSet
    later(sim)
    return made


def new_snapshot(sim, disk=DATA_DISK):
    made = BY_NAME["cbs:2017-03-12:CreateSnapshot"](sim, DiskId=disk).SnapshotId
    later(sim)
    return made


def new_group(sim):
    made = BY_NAME["cbs:2017-03-12:CreateSnapshotGroup"](sim).SnapshotGroupId
    later(sim)
    return made


def new_image(sim, **fields):
    said = {"ImageName": f"image-{next(NUMBERS)}", "SnapshotIds": ["snap-batch001"], **fields}
    made = BY_NAME["cvm:2017-03-12:CreateImage"](sim, **said).ImageId
    later(sim)
    return made


def new_machine(sim, **fields):
    made, = BY_NAME["cvm:2017-03-12:RunInstances"](sim, ImageId=new_image(sim), **fields).InstanceIdSet
    later(sim)
    return made


def stopped(sim):
    made = new_machine(sim)
    BY_NAME["cvm:2017-03-12:StopInstances"](sim, InstanceIds=[made])
    later(sim)
    return made


def attached(sim):
    made = new_disk(sim)
    BY_NAME["cbs:2017-03-12:AttachDisks"](sim, DiskIds=[made])
    later(sim)
    return made


def changing(service, version, action, **rest):
    """A call that the account itself makes: its users may only read."""
    return Call(service, version, action, user=None, **rest)


def new_policy(sim, **fields):
    return BY_NAME["monitor:2018-07-24:CreateAlarmPolicy"](sim, **fields).PolicyId


CBS, TAG, MONITOR = ("cbs", "2017-03-12"), ("tag", "2018-08-13"), ("monitor", "2018-07-24")
MODULE = {"Module": "monitor"}
RULE = {
    "MetricName": "WanOuttraffic", "Period": 300, "Operator": "ge", "Value": "0.533333", "ContinuePeriod": 1,
    "NoticeFrequency": 3600, "IsPowerNotice": 0,
}
NAMED = f"qcs::cvm:{REGION}:uin/100000000001:volume/{DATA_DISK}"
CHANGES = [
    changing(*CBS, "CreateSnapshot", good={"DiskId": DATA_DISK}),
    changing(*CBS, "DeleteSnapshots", good={"SnapshotIds": ["snap-x"]}, fresh=lambda sim: {"SnapshotIds": [new_snapshot(sim)]}),
    changing(*CBS, "CopySnapshotCrossRegions", good={"DestinationRegions": ["ap-beijing"], "SnapshotId": "snap-x"},
             fresh=lambda sim: {"SnapshotId": new_snapshot(sim)}),
    changing(*CBS, "CreateSnapshotGroup", good={"DiskIds": [SYSTEM_DISK, DATA_DISK]}),
    changing(*CBS, "DescribeSnapshotGroups"),
    changing(*CBS, "DeleteSnapshotGroup", fresh=lambda sim: {"SnapshotGroupId": new_group(sim)}),
    changing(*CBS, "CreateDisks", good={
        "Placement": {"Zone": ZONE}, "DiskChargeType": "POSTPAID_BY_HOUR", "DiskType": "CLOUD_PREMIUM", "SnapshotId": "snap-batch002",
    }),
    changing(*CBS, "AttachDisks", good={"InstanceId": MACHINE, "DiskIds": ["disk-x"]}, fresh=lambda sim: {"DiskIds": [new_disk(sim)]}),
    changing(*CBS, "DetachDisks", good={"DiskIds": ["disk-x"]}, fresh=lambda sim: {"DiskIds": [attached(sim)]}),
    changing(*CBS, "TerminateDisks", good={"DiskIds": ["disk-x"]}, fresh=lambda sim: {"DiskIds": [new_disk(sim)]}),
    changing(*CBS, "DescribeAutoSnapshotPolicies"),
    changing(*CVM, "CreateImage", good={"ImageName": "image", "SnapshotIds": ["snap-batch001"]},
             fresh=lambda sim: {"ImageName": f"image-{next(NUMBERS)}"}),
    changing(*CVM, "DeleteImages", good={"ImageIds": ["img-x"]}, fresh=lambda sim: {"ImageIds": [new_image(sim)]}),
    changing(*CVM, "DescribeImageSharePermission", good={"ImageId": "img-own00001"}),
    changing(*CVM, "RunInstances", good={
        "Placement": {"Zone": ZONE}, "ImageId": "img-own00001", "InstanceType": "S5.LARGE8", "InstanceChargeType": "POSTPAID_BY_HOUR",
    }),
    changing(*CVM, "StartInstances", good={"InstanceIds": ["ins-x"]}, fresh=lambda sim: {"InstanceIds": [stopped(sim)]}),
    changing(*CVM, "StopInstances", good={"InstanceIds": ["ins-x"]}, fresh=lambda sim: {"InstanceIds": [new_machine(sim)]}),
    changing(*CVM, "TerminateInstances", good={"InstanceIds": ["ins-x"]}, fresh=lambda sim: {"InstanceIds": [new_machine(sim)]}),
    changing(*CVM, "DescribeLaunchTemplates"),
    changing(*CVM, "DescribeLaunchTemplateVersions", good={"LaunchTemplateId": "lt-workers01"}),
    changing("as", "2018-04-19", "DescribeLaunchConfigurations", package="autoscaling"),
    changing("vpc", "2017-03-12", "ReleaseAddresses", good={"AddressIds": ["eip-unused01"]}),
    changing(*MONITOR, "CreateAlarmPolicy", good={
        **MODULE, "PolicyName": "out", "MonitorType": "MT_QCE", "Namespace": "cvm_device", "ProjectId": 0, "NoticeIds": ["notice-ops00001"],
        "Condition": {"IsUnionRule": 0, "Rules": [RULE]},
    }),
    changing(*MONITOR, "DescribeAlarmPolicies", good=MODULE),
    changing(*MONITOR, "DeleteAlarmPolicy", good={**MODULE, "PolicyIds": ["policy-x"]}, fresh=lambda sim: {"PolicyIds": [new_policy(sim)]}),
    changing(*MONITOR, "BindingPolicyObject", good={**MODULE, "PolicyId": "policy-x", "Dimensions": [{
        "Region": "gz", "Dimensions": json.dumps({"unInstanceId": MACHINE}),
    }]}, fresh=lambda sim: {"PolicyId": new_policy(sim)}),
    changing(*MONITOR, "UnBindingPolicyObject", good={**MODULE, "GroupId": 0, "PolicyId": "policy-lobby001", "UniqueId": ["x"]}),
    changing(*MONITOR, "DescribeBindingPolicyObjectList", good={**MODULE, "GroupId": 0, "PolicyId": "policy-lobby001"}),
    changing(*MONITOR, "DescribeAlarmNotices", good={**MODULE, "PageNumber": 1, "PageSize": 20, "Order": "ASC"}),
    changing(*MONITOR, "GetMonitorData", good={
        "Namespace": "QCE/CVM", "MetricName": "WanOuttraffic", "Instances": [{"Dimensions": [{"Name": "InstanceId", "Value": "ins-lobby002"}]}],
    }),
    changing(*TAG, "TagResources", good={"ResourceList": [NAMED], "Tags": [{"TagKey": "by", "TagValue": "hand"}]}),
    changing(*TAG, "UnTagResources", good={"ResourceList": [NAMED], "TagKeys": ["by"]}),
]

CALLS = CHANGES + [
    Call(*CVM, "DescribeRegions"),
    Call(*CVM, "DescribeInstances", beyond=frozenset({
        *CVM_TAGS, "OperatorUin", "PlatformProjectId",
        # One row serves system and data disks.
        "ThroughputPerformance", "DeleteWithInstance", "SnapshotId",
    })),
    Call(*CVM, "DescribeImages", beyond=frozenset({*CVM_TAGS, "isSupportCloudinit"})),
    Call("region", "2022-06-27", "DescribeRegions", good={"Product": "cvm"}),
    Call(*STS, "GetCallerIdentity"),
    Call(*STS, "AssumeRole", good={"RoleArn": ROLE, "RoleSessionName": "conformance"}),
    Call(*STS, "AssumeRoleWithWebIdentity", good={
        "RoleArn": ROLE, "RoleSessionName": "conformance",
        "ProviderId": "tke-cls-prod0001", "WebIdentityToken": "head.body.signature",
    }),
    Call(*TKE22, "DescribeClusters"),
    Call(*TKE22, "DescribeClusterInstances", good=CLUSTER),
    Call(*TKE22, "DescribeNodePools", good=CLUSTER),
    Call(*TKE18, "DescribeClusters"),
    Call(*TKE18, "DescribeClusterInstances", good=CLUSTER),
    Call(*TKE18, "DescribeClusterNodePools", good=CLUSTER),
    Call(*TKE18, "DescribeExistedInstances"),
    Call(*TKE18, "DescribeTKEEdgeClusters"),
    Call(*TKE18, "DescribeEKSClusters"),
    Call(*TKE18, "DescribeEdgeClusterInstances", good={"ClusterID": "cls-edge0001", "Offset": 0, "Limit": 20}),
    Call(*TKE18, "DescribeEdgeCVMInstances", good={"ClusterID": "cls-edge0001"}),
    Call("cbs", "2017-03-12", "DescribeDisks", beyond=frozenset({"LatestOperation", "LatestOperationState"})),
    Call("cbs", "2017-03-12", "DescribeSnapshots"),
    Call("vpc", "2017-03-12", "DescribeAddresses", beyond=frozenset({"PayMode", "NetworkGroup"})),
    Call("vpc", "2017-03-12", "DescribeBandwidthPackages"),
    Call("vpc", "2017-03-12", "DescribeVpnGateways"),
    Call("as", "2018-04-19", "DescribeAutoScalingInstances", package="autoscaling"),
    Call("clb", "2018-03-17", "DescribeLoadBalancers"),
    Call("clb", "2018-03-17", "DescribeTargets", good={"LoadBalancerId": "lb-front001"}),
    Call("billing", "2018-07-09", "DescribeAccountBalance"),
    Call("billing", "2018-07-09", "DescribeRenewInstances", good={"MaxResults": 10}),
    Call("cdb", "2017-03-20", "DescribeDBInstances", beyond=frozenset({"IsolateTime", "OfflineTime", "HourFeeStatus", "ResourceId"})),
    Call("redis", "2018-04-12", "DescribeInstances"),
    Call("mongodb", "2019-07-25", "DescribeDBInstances"),
    Call("postgres", "2017-03-12", "DescribeDBInstances"),
    Call("sqlserver", "2018-03-28", "DescribeDBInstances"),
    Call("mariadb", "2017-03-12", "DescribeDBInstances"),
    Call("dcdb", "2018-04-11", "DescribeDCDBInstances"),
    Call("cynosdb", "2019-01-07", "DescribeClusters"),
    Call("es", "2018-04-16", "DescribeInstances"),
    Call("ckafka", "2019-08-19", "DescribeInstancesDetail"),
    Call("lighthouse", "2020-03-24", "DescribeInstances"),
    Call("ssl", "2019-12-05", "DescribeCertificates"),
    Call("domain", "2018-08-08", "DescribeDomainNameList"),
    Call("organization", "2021-03-31", "DescribeOrganizationMembers", good={"Offset": 0, "Limit": 10}),
    Call("cam", "2019-01-16", "ListUsers"),
    Call("cam", "2019-01-16", "ListAccessKeys"),
    Call("cam", "2019-01-16", "GetSecurityLastUsed", good={"SecretIdList": ["AKIDdemoGame000000000000000000000001"]}),
]

BY_NAME = {it.name: it for it in CALLS}
