"""Every action of the simulator, as the official client calls it."""

import base64
import collections.abc
import dataclasses
import datetime
import functools
import itertools
import json
import pathlib
import re
import tempfile
import time

import boto3
import botocore.loaders
import botocore.session
import pytest
from botocore.config import Config

US, CN = "us-east-1", "cn-north-1"
ROLE = "arn:aws:iam::111122223333:role/skywarden-reader"
POD = "arn:aws:iam::111122223333:role/skywarden-pod"
EXTERNAL_ID = "skywarden-external-id"
ISSUER = "https://oidc.eks.us-east-1.amazonaws.com/id/SIMULATED"


def web_token(issuer=ISSUER, lives=600):
    parts = [{"alg": "RS256"}, {"iss": issuer, "sub": "system:serviceaccount:ops:skywarden", "aud": ["sts.amazonaws.com"], "exp": int(time.time()) + lives}]
    encoded = [base64.urlsafe_b64encode(json.dumps(it).encode()).rstrip(b"=").decode() for it in parts]
    return ".".join([*encoded, "c2lnbmF0dXJl"])


def client(sim, service, account="data", region=US, user=..., **fields):
    """Returns the official client of whoever uses the simulator, or of `user`."""
    key, secret = sim.key(account, sim.user if user is ... else user)
    config = fields.pop("config", Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=10))
    keys = {"aws_access_key_id": key, "aws_secret_access_key": secret, **fields}
    maker = forms_session() if service == IN_FORMS else boto3
    return maker.client(service, region_name=region, endpoint_url=sim.url, config=config, **keys)


# CloudWatch in forms: what clients spoke before it took JSON, and the thin ones still do.
IN_FORMS = "cloudwatchforms"


@functools.cache
def forms_session():
    """Returns the official client with a copy of its own description of CloudWatch that knows forms only."""
    stock = botocore.loaders.create_loader()
    root = pathlib.Path(tempfile.mkdtemp())
    folder = root / IN_FORMS / "2010-08-01"
    folder.mkdir(parents=True)
    described = stock.load_service_model("cloudwatch", "service-2")
    described["metadata"] = {**described["metadata"], "protocol": "query", "protocols": ["query"]}
    described["metadata"].pop("awsQueryCompatible", None)
    (folder / "service-2.json").write_text(json.dumps(described))
    (folder / "endpoint-rule-set-1.json").write_text(json.dumps(stock.load_service_model("cloudwatch", "endpoint-rule-set-1")))
    session = botocore.session.Session()
    session.register_component("data_loader", botocore.loaders.create_loader(str(root)))
    return boto3.Session(botocore_session=session)


@dataclasses.dataclass(frozen=True)
class Call:
    """One action of the official client."""

    service: str
    action: str
    # The smallest good request.
    good: dict = dataclasses.field(default_factory=dict)
    # The client's name of the page size, the first size that is too large, and the names of the token, asked and answered.
    size: tuple = ()
    token: tuple = ()
    # The wire's name of what is needed, by the client's; and the code it is refused with when it is missing.
    needs: dict = dataclasses.field(default_factory=dict)
    # The client's names of what is called something else on the wire.
    spelled: dict = dataclasses.field(default_factory=dict)
    # Where a call uses up what it is about: makes it anew, and returns the request that is about it.
    fresh: collections.abc.Callable | None = None
    # Whether it changes anything.
    changes: bool = False

    @property
    def method(self):
        name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", self.action)
        return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()

    @property
    def id(self):
        return f"{self.service}:{self.action}"

    def on(self, sim):
        """Returns the call with all it needs in place."""
        return self if self.fresh is None else dataclasses.replace(self, good=self.fresh(sim), fresh=None)

    def on_this(self, request):
        """Returns the call about something that is there already."""
        return dataclasses.replace(self, good=request, fresh=None)

    def __call__(self, client, **fields):
        assert self.fresh is None, f"{self.id} needs something to be about: call it .on(sim)"
        request = {name: value for name, value in {**self.good, **fields}.items() if value is not None}
        return getattr(client, self.method)(**request)


@dataclasses.dataclass(frozen=True)
class Codes:
    """How a service says no: code and status."""

    unknown_key: tuple
    wrong_signature: tuple
    denied: tuple
    throttled: tuple
    expired: tuple
    invalid: str
    bad_token: str


def _query(invalid="ValidationError", bad_token="ValidationError"):
    return Codes(("InvalidClientTokenId", 403), ("SignatureDoesNotMatch", 403), ("AccessDenied", 403), ("Throttling", 400), ("ExpiredToken", 403), invalid, bad_token)


def _json(invalid, throttled="ThrottlingException", bad_token=None):
    return Codes(("UnrecognizedClientException", 400), ("InvalidSignatureException", 400), ("AccessDeniedException", 400), (throttled, 400), ("ExpiredTokenException", 400), invalid, bad_token or invalid)


def _rest(invalid, throttled):
    return Codes(("UnrecognizedClientException", 403), ("InvalidSignatureException", 403), ("AccessDeniedException", 403), throttled, ("ExpiredTokenException", 403), invalid, invalid)


CODES = {
    "acm": _json("ValidationException"),
    "autoscaling": _query(bad_token="InvalidNextToken"),
    "backup": _rest("InvalidParameterValueException", ("ThrottlingException", 400)),
    "cloudwatch": _json("ValidationError", bad_token="InvalidNextToken"),
    IN_FORMS: _query(bad_token="InvalidNextToken"),
    "dlm": _rest("InvalidRequestException", ("ThrottlingException", 400)),
    "ec2": Codes(("AuthFailure", 401), ("AuthFailure", 401), ("UnauthorizedOperation", 403), ("RequestLimitExceeded", 503), ("RequestExpired", 400), "InvalidParameterValue", "InvalidParameterValue"),
    "eks": _rest("InvalidParameterException", ("TooManyRequestsException", 429)),
    "elb": _query(),
    "elbv2": _query(),
    "iam": _query(),
    "kms": _json("ValidationException"),
    "organizations": _json("InvalidInputException", "TooManyRequestsException"),
    "resourcegroupstaggingapi": _json("InvalidParameterException", "ThrottledException", "PaginationTokenExpiredException"),
    "rds": _query("InvalidParameterValue", "InvalidParameterValue"),
    "route53domains": _json("InvalidInput"),
    "savingsplans": _rest("ValidationException", ("ThrottlingException", 400)),
    "sns": dataclasses.replace(_query("InvalidParameter", "InvalidParameter"), denied=("AuthorizationError", 403)),
    "sts": _query(),
}

EC2_PAGES = {"size": ("MaxResults", 1001), "token": ("NextToken", "NextToken")}
TEMPLATE_PAGES = {"size": ("MaxResults", 201), "token": ("NextToken", "NextToken")}
BACKUP_PAGES = {"size": ("MaxResults", 1001), "token": ("NextToken", "NextToken")}
EKS_PAGES = {"size": ("maxResults", 101), "token": ("nextToken", "nextToken")}
IAM_PAGES = {"size": ("MaxItems", 1001), "token": ("Marker", "Marker")}
ELB_PAGES = {"size": ("PageSize", 401), "token": ("Marker", "NextMarker")}
BALANCER = "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/app/shop-front/50dc6c495c0c9188"
GROUP = "arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/shop-front-targets/50dc6c495c0c9188"
PLAN = "5a0a0e00-0000-4000-8000-000000000001"
CERTIFICATE = "arn:aws:acm:us-east-1:111122223333:certificate/00000000-0000-4000-8000-00000000000b"

# What a call is about that uses it up, or that may be done only once.
NUMBERS = itertools.count(1)
# The account `lab`.
OTHER = "444455556666"
WEB, DISK, SNAPSHOT = "i-0web0000000000001", "vol-0web000000000002", "snap-0day000000000003"
TOPIC = "arn:aws:sns:us-east-1:111122223333:ec2-NetworkOut-Alarm"


# Whoever does more than there is room for waits, as the real clients do.
PATIENT = Config(retries={"total_max_attempts": 8, "mode": "standard"})


def later(sim, seconds=3600):
    """Lets the world grow older: snapshots become whole, and the next one of a disk may be begun."""
    sim.operate("POST", "/_sim/clock", {"advance_seconds": seconds})


def new_snapshot(sim):
    later(sim)
    return client(sim, "ec2").create_snapshot(VolumeId=DISK)["SnapshotId"]


def new_name():
    return f"conformance-{next(NUMBERS)}"


def new_device():
    """Returns a place on a machine that no other call takes."""
    number = next(NUMBERS)
    return f"/dev/xvd{chr(ord('b') + number // 26 % 25)}{chr(ord('a') + number % 26)}"


def new_image(sim):
    request = {"RootDeviceName": "/dev/xvda", "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": SNAPSHOT}}]}
    return client(sim, "ec2").register_image(Name=new_name(), **request)["ImageId"]


def new_volume(sim, state="available"):
    ec2 = client(sim, "ec2")
    volume = ec2.create_volume(AvailabilityZone="us-east-1b", Size=8)["VolumeId"]
    later(sim)
    if state == "in-use":
        ec2.attach_volume(VolumeId=volume, InstanceId=WEB, Device=new_device())
        later(sim)
    return volume


def new_machine(sim):
    later(sim)
    machine = client(sim, "ec2", config=PATIENT).run_instances(ImageId="ami-0week000000000001", InstanceType="t3.small", MinCount=1, MaxCount=1)
    later(sim)
    return machine["Instances"][0]["InstanceId"]


def new_alarm(sim):
    fields = {"Namespace": "AWS/EC2", "MetricName": "NetworkOut", "Statistic": "Sum", "Period": 300, "Threshold": 2e7}
    name = new_name()
    client(sim, "cloudwatch", config=PATIENT).put_metric_alarm(AlarmName=name, EvaluationPeriods=1, ComparisonOperator="GreaterThanOrEqualToThreshold", **fields)
    return name


def some_alarms(sim, at_least=3):
    there = len(client(sim, "cloudwatch").describe_alarms()["MetricAlarms"])
    for _ in range(there, at_least):
        new_alarm(sim)
    return {}


def tagged_alarms(sim, at_least=3):
    watch = client(sim, "cloudwatch", config=PATIENT)
    for number in range(at_least):
        name = f"tagged-{number}"
        watch.put_metric_alarm(
            AlarmName=name, Namespace="AWS/EC2", MetricName="NetworkOut", Statistic="Sum", Period=300, Threshold=2e7, EvaluationPeriods=1,
            ComparisonOperator="GreaterThanOrEqualToThreshold", Tags=[{"Key": "run", "Value": name}],
        )
    return {"ResourceTypeFilters": ["cloudwatch:alarm"]}


def many_topics(sim):
    """Sees to it that the topics do not fit onto one page, whose size nobody can choose."""
    sns = client(sim, "sns", config=PATIENT)
    there = sum(len(it["Topics"]) for it in sns.get_paginator("list_topics").paginate())
    for number in range(there, 205):
        sns.create_topic(Name=f"topic-{number}")
    return {}


def much_heard_topic(sim):
    sns = client(sim, "sns", config=PATIENT)
    topic = sns.create_topic(Name="much-heard")["TopicArn"]
    there = sum(len(it["Subscriptions"]) for it in sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic))
    for number in range(there, 205):
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=f"ops-{number}@example.com")
    return {"TopicArn": topic}


def many_subscriptions(sim):
    much_heard_topic(sim)
    return {}


KEY, SPARE_KEY = "0f0e0d0c-0000-4000-8000-00000000000a", "0f0e0d0c-0000-4000-8000-00000000000b"


def key_state(sim, key=SPARE_KEY):
    return client(sim, "kms").describe_key(KeyId=key)["KeyMetadata"]["KeyState"]


def staying_key(sim):
    """Sees to it that nobody has announced the end of the key."""
    if key_state(sim) == "PendingDeletion":
        client(sim, "kms").cancel_key_deletion(KeyId=SPARE_KEY)
    return {"KeyId": SPARE_KEY}


def leaving_key(sim):
    client(sim, "kms").schedule_key_deletion(**staying_key(sim))
    return {"KeyId": SPARE_KEY}


def traffic(machine=WEB, **fields):
    metric = {"Namespace": "AWS/EC2", "MetricName": "NetworkOut", "Dimensions": [{"Name": "InstanceId", "Value": machine}]}
    return {"Id": "out", "MetricStat": {"Metric": metric, "Period": 300, "Stat": "Sum"}, **fields}


def last_hour(sim):
    now = datetime.datetime.fromisoformat(sim.operate("GET", "/_sim/clock")["world"])
    return {"MetricDataQueries": [traffic()], "StartTime": now - datetime.timedelta(hours=1), "EndTime": now}


def alarm_calls(service):
    """Returns the calls of CloudWatch in one of its two ways of speaking."""
    pages, code = {"size": ("MaxRecords", 101), "token": ("NextToken", "NextToken")}, "ValidationError"
    put = {
        "AlarmName": "conformance", "Namespace": "AWS/EC2", "MetricName": "NetworkOut", "Statistic": "Sum", "Period": 300,
        "EvaluationPeriods": 1, "Threshold": 2e7, "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    }
    arn = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:"
    return [
        Call(service, "DeleteAlarms", fresh=lambda sim: {"AlarmNames": [new_alarm(sim)]}, needs={"AlarmNames": code}, changes=True),
        Call(service, "DescribeAlarms", fresh=some_alarms, **pages),
        Call(
            service, "GetMetricData", fresh=last_hour, size=("MaxDatapoints", 100_801), token=("NextToken", "NextToken"),
            needs={"MetricDataQueries": code, "StartTime": code, "EndTime": code},
        ),
        Call(service, "ListTagsForResource", fresh=lambda sim: {"ResourceARN": arn + new_alarm(sim)}, needs={"ResourceARN": code}),
        Call(service, "PutMetricAlarm", good=put, needs={"AlarmName": code, "EvaluationPeriods": code, "ComparisonOperator": code}, changes=True),
        Call(
            service, "TagResource", fresh=lambda sim: {"ResourceARN": arn + new_alarm(sim), "Tags": [{"Key": "a", "Value": "b"}]},
            needs={"ResourceARN": code, "Tags": code}, changes=True,
        ),
    ]


def ec2_change(action, needs=(), **fields):
    spelled = {"InstanceId": "InstanceIds", "ResourceId": "Resources", "Tag": "Tags"} if "Instances" in action or "Tags" in action else {}
    return Call("ec2", action, needs={it: "MissingParameter" for it in needs}, spelled=spelled, changes=True, **fields)


EC2_CHANGES = [
    ec2_change("AllocateAddress"),
    ec2_change("AttachVolume", ("Device", "InstanceId", "VolumeId"), fresh=lambda sim: {"Device": new_device(), "InstanceId": WEB, "VolumeId": new_volume(sim)}),
    ec2_change("CopySnapshot", ("SourceSnapshotId",), good={"SourceRegion": US, "SourceSnapshotId": SNAPSHOT}),
    ec2_change("CreateImage", ("InstanceId", "Name"), fresh=lambda sim: later(sim) or {"InstanceId": "i-0web0000000000003", "Name": new_name()}),
    ec2_change("CreateSnapshot", ("VolumeId",), fresh=lambda sim: later(sim) or {"VolumeId": DISK}),
    ec2_change("CreateSnapshots", ("InstanceSpecification",), fresh=lambda sim: later(sim) or {"InstanceSpecification": {"InstanceId": WEB}}),
    ec2_change("CreateTags", ("ResourceId", "Tag"), good={"Resources": [SNAPSHOT], "Tags": [{"Key": "k", "Value": "v v/+="}]}),
    ec2_change("CreateVolume", ("AvailabilityZone",), good={"AvailabilityZone": "us-east-1a", "Size": 1}),
    ec2_change(
        "ModifySnapshotAttribute",
        ("SnapshotId",),
        fresh=lambda sim: {
            "SnapshotId": new_snapshot(sim),
            "Attribute": "createVolumePermission",
            "CreateVolumePermission": {"Add": [{"UserId": OTHER}]},
        },
    ),
    ec2_change("DeleteSnapshot", ("SnapshotId",), fresh=lambda sim: {"SnapshotId": new_snapshot(sim)}),
    ec2_change("DeleteTags", ("ResourceId",), good={"Resources": [SNAPSHOT], "Tags": [{"Key": "k"}]}),
    ec2_change("DeleteVolume", ("VolumeId",), fresh=lambda sim: {"VolumeId": new_volume(sim)}),
    ec2_change("DeregisterImage", ("ImageId",), fresh=lambda sim: {"ImageId": new_image(sim)}),
    ec2_change("DetachVolume", ("VolumeId",), fresh=lambda sim: {"VolumeId": new_volume(sim, "in-use")}),
    ec2_change("ModifySnapshotTier", ("SnapshotId",), fresh=lambda sim: {"SnapshotId": new_snapshot(sim), "StorageTier": later(sim) or "archive"}),
    ec2_change("RegisterImage", ("Name",), fresh=lambda sim: {"Name": new_name(), "RootDeviceName": "/dev/xvda", "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": SNAPSHOT}}]}),
    ec2_change("ReleaseAddress", ("AllocationId",), fresh=lambda sim: {"AllocationId": client(sim, "ec2").allocate_address()["AllocationId"]}),
    ec2_change("RunInstances", ("MinCount", "MaxCount"), good={"ImageId": "ami-0week000000000001", "InstanceType": "t3.small", "MinCount": 1, "MaxCount": 1}),
    ec2_change("StopInstances", ("InstanceId",), good={"InstanceIds": ["i-0stop00000000001"]}),
    ec2_change("TerminateInstances", ("InstanceId",), fresh=lambda sim: {"InstanceIds": [new_machine(sim)]}),
]

CALLS = [
    Call("acm", "DescribeCertificate", good={"CertificateArn": CERTIFICATE}, needs={"CertificateArn": "ValidationException"}),
    Call("acm", "ListCertificates", size=("MaxItems", 1001), token=("NextToken", "NextToken")),
    Call("autoscaling", "DescribeAutoScalingGroups", size=("MaxRecords", 101), token=("NextToken", "NextToken")),
    Call("autoscaling", "DescribeAutoScalingInstances", size=("MaxRecords", 51), token=("NextToken", "NextToken")),
    Call("autoscaling", "DescribeLaunchConfigurations", size=("MaxRecords", 101), token=("NextToken", "NextToken")),
    Call("backup", "GetBackupSelection", good={"BackupPlanId": PLAN, "SelectionId": f"{PLAN}-selection"}),
    Call("backup", "ListBackupPlans", **BACKUP_PAGES),
    Call("backup", "ListBackupSelections", good={"BackupPlanId": PLAN}, **BACKUP_PAGES),
    Call("backup", "ListProtectedResources", **BACKUP_PAGES),
    Call("ec2", "DescribeAddresses"),
    Call("ec2", "DescribeFastSnapshotRestores", **EC2_PAGES),
    Call("ec2", "DescribeImageAttribute", good={"ImageId": "ami-0week000000000001", "Attribute": "launchPermission"}, needs={"ImageId": "MissingParameter", "Attribute": "MissingParameter"}),
    Call("ec2", "DescribeImages", good={"Owners": ["self"], "IncludeDisabled": True}, **EC2_PAGES),
    Call("ec2", "DescribeInstanceAttribute", good={"InstanceId": WEB, "Attribute": "disableApiTermination"}, needs={"InstanceId": "MissingParameter", "Attribute": "MissingParameter"}),
    Call("ec2", "DescribeInstanceStatus", **EC2_PAGES),
    Call("ec2", "DescribeInstances", **EC2_PAGES),
    Call("ec2", "ListImagesInRecycleBin", **EC2_PAGES),
    Call("ec2", "ListSnapshotsInRecycleBin", **EC2_PAGES),
    Call("ec2", "DescribeSnapshotAttribute", good={"SnapshotId": SNAPSHOT, "Attribute": "createVolumePermission"}, needs={"SnapshotId": "MissingParameter", "Attribute": "MissingParameter"}),
    Call("ec2", "DescribeLaunchTemplateVersions", good={"LaunchTemplateId": "lt-0web00000000001"}, **TEMPLATE_PAGES),
    Call("ec2", "DescribeLaunchTemplates", **TEMPLATE_PAGES),
    Call("ec2", "DescribeRegions"),
    Call("ec2", "DescribeReservedInstances"),
    Call("ec2", "DescribeSnapshots", good={"OwnerIds": ["self"]}, **EC2_PAGES),
    Call("ec2", "DescribeVolumes", **EC2_PAGES),
    Call("eks", "DescribeCluster", good={"name": "shop"}),
    Call("eks", "DescribeFargateProfile", good={"clusterName": "shop", "fargateProfileName": "serverless-0a1b"}),
    Call("eks", "DescribeNodegroup", good={"clusterName": "shop", "nodegroupName": "web-0a1b2c3d"}),
    Call("eks", "ListClusters", good={"include": ["all"]}, **EKS_PAGES),
    Call("eks", "ListFargateProfiles", good={"clusterName": "shop"}, **EKS_PAGES),
    Call("eks", "ListNodegroups", good={"clusterName": "shop"}, **EKS_PAGES),
    *alarm_calls("cloudwatch"),
    Call("dlm", "GetLifecyclePolicies"),
    Call("dlm", "GetLifecyclePolicy", good={"PolicyId": "policy-0daily0000001"}),
    *alarm_calls(IN_FORMS),
    *EC2_CHANGES,
    Call("elb", "DescribeLoadBalancers", **ELB_PAGES),
    Call("elb", "DescribeTags", good={"LoadBalancerNames": ["classic-1"]}, needs={"LoadBalancerNames": "ValidationError"}),
    Call("elbv2", "DescribeListeners", good={"LoadBalancerArn": BALANCER}, **ELB_PAGES),
    Call("elbv2", "DescribeLoadBalancers", **ELB_PAGES),
    Call("elbv2", "DescribeTags", good={"ResourceArns": [BALANCER]}, needs={"ResourceArns": "ValidationError"}),
    Call("elbv2", "DescribeTargetGroups", **ELB_PAGES),
    Call("elbv2", "DescribeTargetHealth", good={"TargetGroupArn": GROUP}, needs={"TargetGroupArn": "ValidationError"}),
    Call("iam", "GetAccessKeyLastUsed", good={"AccessKeyId": "AKIASIMDATASKYWARDEN"}, needs={"AccessKeyId": "ValidationError"}),
    Call("iam", "GetAccountSummary"),
    Call("iam", "ListAccessKeys", good={"UserName": "skywarden"}, **IAM_PAGES),
    Call("iam", "ListServerCertificates", **IAM_PAGES),
    Call("iam", "ListUsers", **IAM_PAGES),
    Call("kms", "CancelKeyDeletion", fresh=leaving_key, needs={"KeyId": "ValidationException"}, changes=True),
    Call("kms", "DescribeKey", good={"KeyId": KEY}, needs={"KeyId": "ValidationException"}),
    Call("kms", "DisableKey", fresh=staying_key, needs={"KeyId": "ValidationException"}, changes=True),
    Call("kms", "EnableKey", fresh=staying_key, needs={"KeyId": "ValidationException"}, changes=True),
    Call("kms", "ScheduleKeyDeletion", fresh=staying_key, needs={"KeyId": "ValidationException"}, changes=True),
    Call("organizations", "DescribeOrganization"),
    Call("organizations", "ListAccounts", size=("MaxResults", 21), token=("NextToken", "NextToken")),
    Call("rds", "DescribeReservedDBInstances", size=("MaxRecords", 101), token=("Marker", "Marker")),
    Call("resourcegroupstaggingapi", "GetResources", fresh=tagged_alarms, size=("ResourcesPerPage", 101), token=("PaginationToken", "PaginationToken")),
    Call("route53domains", "ListDomains", size=("MaxItems", 101), token=("Marker", "NextPageMarker")),
    Call("savingsplans", "DescribeSavingsPlans", size=("maxResults", 1001), token=("nextToken", "nextToken")),
    Call("sns", "CreateTopic", good={"Name": "conformance"}, needs={"Name": "InvalidParameter"}, changes=True),
    Call("sns", "ListSubscriptions", fresh=many_subscriptions, token=("NextToken", "NextToken")),
    Call("sns", "ListSubscriptionsByTopic", fresh=much_heard_topic, token=("NextToken", "NextToken"), needs={"TopicArn": "InvalidParameter"}),
    Call("sns", "ListTopics", fresh=many_topics, token=("NextToken", "NextToken")),
    Call(
        "sns", "Subscribe", fresh=lambda sim: {"TopicArn": client(sim, "sns").create_topic(Name="heard")["TopicArn"], "Protocol": "email", "Endpoint": "ops@example.com"},
        needs={"TopicArn": "InvalidParameter", "Protocol": "InvalidParameter"}, changes=True,
    ),
    Call(
        "sts", "AssumeRole",
        good={"RoleArn": ROLE, "RoleSessionName": "conformance", "ExternalId": EXTERNAL_ID},
        needs={"RoleArn": "ValidationError", "RoleSessionName": "ValidationError"},
    ),
    Call(
        "sts", "AssumeRoleWithWebIdentity",
        good={"RoleArn": POD, "RoleSessionName": "conformance", "WebIdentityToken": web_token()},
        needs={"RoleArn": "ValidationError", "RoleSessionName": "ValidationError", "WebIdentityToken": "ValidationError"},
    ),
    Call("sts", "GetCallerIdentity"),
]

BY_ID = {it.id: it for it in CALLS}
SIGNED = [it for it in CALLS if it.action != "AssumeRoleWithWebIdentity"]


# Calls that find everything they are about in the sample.
STANDING = [it for it in SIGNED if it.fresh is None and not it.changes]


def cases(case, calls):
    return [pytest.param(it, id=it.id, marks=pytest.mark.action(it.id, case)) for it in calls]


def refusal(call, client, **fields):
    """Returns code, status and text of the refusal that the call meets."""
    with pytest.raises(client.exceptions.ClientError) as refused:
        call(client, **fields)
    answer = refused.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"].get("Message", "")
