"""The requests of the official client, for the very things that our adapter asks for.

    python requests_of_botocore.py    writes them anew to the adapter's fixtures

Those called `recorded-…` are of an earlier recording and stay as they are.
"""

import datetime
import json
import pathlib
import urllib.parse

import botocore.session
from botocore.config import Config

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "crates/cloud-aws/tests/fixtures/requests"

MACHINE = "i-00f222263809ac6db"
ROOT, DATA, OTHER = "vol-1f1262fc9c2662e8b", "vol-3a7cdfc4556e51125", "vol-0e6a5b7c8d9f01234"
SNAPSHOT, DATA_SNAPSHOT = "snap-0f62d49785922b1cf", "snap-4bc45633ccb5718aa"
IMAGE, BASE = "ami-d30b2ed071837fbfc", "ami-03cf127a"
SET = f"{MACHINE}/20261121T040000Z"
STEP = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
TOPIC = "arn:aws:sns:us-east-1:123456789012:ec2-NetworkOut-Alarm"
KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ALARM = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:out"


def tags(**pairs):
    named = {"set": "skywarden:set", "step": "skywarden:step", "disk": "skywarden:disk"}
    return [{"Key": named.get(key, key), "Value": value} for key, value in sorted_pairs(named, pairs)]


def sorted_pairs(named, pairs):
    return sorted(pairs.items(), key=lambda pair: named.get(pair[0], pair[0]))


def new(sort, **pairs):
    return [{"ResourceType": sort, "Tags": tags(**pairs)}]


def only(name, *values):
    return [{"Name": name, "Values": list(values)}]


def at(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


COPY_TAGS = {"AutoSnapshot": "true", "Name": "生产 web", "set": SET}

CASES = {
    "CreateSnapshots": (
        "ec2",
        {
            "Description": f"skywarden {SET}",
            "InstanceSpecification": {"InstanceId": MACHINE, "ExcludeDataVolumeIds": [OTHER]},
            "TagSpecifications": new("snapshot", **COPY_TAGS),
        },
    ),
    "CreateSnapshots-without-root": (
        "ec2",
        {
            "Description": f"skywarden {SET}",
            "InstanceSpecification": {"InstanceId": MACHINE, "ExcludeBootVolume": True},
            "TagSpecifications": new("snapshot", **COPY_TAGS),
        },
    ),
    "CreateTags-root": (
        "ec2",
        {"Resources": [SNAPSHOT], "Tags": tags(RootDeviceSnapshot="true")},
    ),
    "CreateSnapshot": (
        "ec2",
        {
            "Description": f"skywarden {SET}",
            "VolumeId": ROOT,
            "TagSpecifications": new("snapshot", **COPY_TAGS, RootDeviceSnapshot="true"),
        },
    ),
    "DescribeSnapshots-of-set": (
        "ec2",
        {"OwnerIds": ["self"], "Filters": only("tag:skywarden:set", SET), "MaxResults": 1000},
    ),
    "DescribeSnapshots-by-id": (
        "ec2",
        {
            "OwnerIds": ["self"],
            "Filters": only("snapshot-id", SNAPSHOT, DATA_SNAPSHOT),
            "MaxResults": 1000,
        },
    ),
    "CopySnapshot": (
        "ec2",
        {
            "SourceRegion": "eu-west-1",
            "SourceSnapshotId": SNAPSHOT,
            "Encrypted": True,
            "KmsKeyId": "alias/backups",
            "TagSpecifications": new("snapshot", set=SET, disk=ROOT),
        },
    ),
    "CreateVolume": (
        "ec2",
        {
            "AvailabilityZone": "us-east-1a",
            "SnapshotId": SNAPSHOT,
            "VolumeType": "gp3",
            "ClientToken": STEP,
            "TagSpecifications": new("volume", Name="proof", step=STEP),
        },
    ),
    "AttachVolume": ("ec2", {"VolumeId": DATA, "InstanceId": MACHINE, "Device": "/dev/sdf"}),
    "DetachVolume": ("ec2", {"VolumeId": DATA, "InstanceId": MACHINE}),
    "DeleteVolume": ("ec2", {"VolumeId": DATA}),
    "DescribeVolumes-of-step": (
        "ec2",
        {"Filters": only("tag:skywarden:step", STEP), "MaxResults": 500},
    ),
    "RegisterImage": (
        "ec2",
        {
            "Name": "web-2026-W47",
            "Description": f"skywarden: {MACHINE}",
            "Architecture": "arm64",
            "BootMode": "uefi",
            "EnaSupport": True,
            "ImdsSupport": "v2.0",
            "TpmSupport": "v2.0",
            "SriovNetSupport": "simple",
            "VirtualizationType": "hvm",
            "RootDeviceName": "/dev/xvda",
            "BlockDeviceMappings": [
                {
                    "DeviceName": "/dev/xvda",
                    "Ebs": {
                        "SnapshotId": SNAPSHOT,
                        "VolumeType": "gp3",
                        "Iops": 3000,
                        "Throughput": 125,
                        "DeleteOnTermination": True,
                    },
                },
                {
                    "DeviceName": "/dev/sdf",
                    "Ebs": {
                        "SnapshotId": DATA_SNAPSHOT,
                        "VolumeType": "st1",
                        "DeleteOnTermination": False,
                    },
                },
                {"DeviceName": "/dev/sdb", "VirtualName": "ephemeral0"},
            ],
            "TagSpecifications": new("image", AutoAMI="true", Name="web-2026-W47", set=SET),
        },
    ),
    "CreateImage": (
        "ec2",
        {
            "InstanceId": MACHINE,
            "Name": "web-2026-W47",
            "NoReboot": True,
            "BlockDeviceMappings": [{"DeviceName": "/dev/sdf", "NoDevice": ""}],
            "TagSpecifications": new("image", AutoAMI="true", Name="web-2026-W47", set=SET)
            + new("snapshot", AutoAMI="true", Name="web-2026-W47", set=SET),
        },
    ),
    "DeregisterImage": ("ec2", {"ImageId": IMAGE}),
    "DescribeImageAttribute": ("ec2", {"ImageId": IMAGE, "Attribute": "launchPermission"}),
    "DescribeSnapshotAttribute": ("ec2", {"SnapshotId": SNAPSHOT, "Attribute": "createVolumePermission"}),
    "ModifySnapshotAttribute": (
        "ec2",
        {
            "SnapshotId": SNAPSHOT,
            "Attribute": "createVolumePermission",
            "CreateVolumePermission": {"Add": [{"UserId": "111122223333"}]},
        },
    ),
    "ModifySnapshotAttribute-end": (
        "ec2",
        {
            "SnapshotId": SNAPSHOT,
            "Attribute": "createVolumePermission",
            "CreateVolumePermission": {"Remove": [{"UserId": "111122223333"}]},
        },
    ),
    "CopySnapshot-lent": (
        "ec2",
        {
            "SourceRegion": "us-east-1",
            "SourceSnapshotId": SNAPSHOT,
            "Encrypted": True,
            "TagSpecifications": new("snapshot", set=SET, disk=ROOT),
        },
    ),
    "DescribeImages-of-set": (
        "ec2",
        {
            "Owners": ["self"],
            "IncludeDisabled": True,
            "IncludeDeprecated": True,
            "Filters": only("tag:skywarden:set", SET),
            "MaxResults": 1000,
        },
    ),
    "DescribeImages-source": (
        "ec2",
        {"IncludeDisabled": True, "IncludeDeprecated": True, "Filters": only("image-id", BASE)},
    ),
    "DescribeLaunchTemplateVersions-ends": (
        "ec2",
        {"Versions": ["$Latest", "$Default"], "ResolveAlias": True, "MaxResults": 200},
    ),
    "DescribeLaunchTemplateVersions-of-one": (
        "ec2",
        {"LaunchTemplateId": "lt-0abc", "ResolveAlias": True, "MaxResults": 200},
    ),
    "DescribeAutoScalingGroups": ("autoscaling", {"MaxRecords": 100}),
    "DescribeLaunchConfigurations": ("autoscaling", {"MaxRecords": 100}),
    "RunInstances": (
        "ec2",
        {
            "ImageId": IMAGE,
            "MinCount": 1,
            "MaxCount": 1,
            "InstanceType": "m7g.large",
            "KeyName": "ops",
            "IamInstanceProfile": {"Arn": "arn:aws:iam::123456789012:instance-profile/web"},
            "NetworkInterfaces": [
                {
                    "DeviceIndex": 0,
                    "AssociatePublicIpAddress": False,
                    "SubnetId": "subnet-1",
                    "Groups": ["sg-1", "sg-2"],
                }
            ],
            "EbsOptimized": True,
            "Placement": {"Tenancy": "dedicated"},
            "MetadataOptions": {
                "HttpTokens": "required",
                "HttpEndpoint": "enabled",
                "HttpPutResponseHopLimit": 2,
            },
            "ClientToken": STEP,
            "TagSpecifications": new("instance", Name="web-restored", step=STEP)
            + new("volume", Name="web-restored", step=STEP),
        },
    ),
    "StopInstances": ("ec2", {"InstanceIds": [MACHINE]}),
    "TerminateInstances": ("ec2", {"InstanceIds": [MACHINE]}),
    "ReleaseAddress": ("ec2", {"AllocationId": "eipalloc-0123"}),
    "PutMetricAlarm": (
        "cloudwatch",
        {
            "AlarmName": "out",
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "EvaluationPeriods": 4,
            "MetricName": "NetworkOut",
            "Namespace": "AWS/EC2",
            "Period": 300,
            "Statistic": "Sum",
            "Threshold": 20000000.0,
            "AlarmActions": [TOPIC],
            "Dimensions": [{"Name": "InstanceId", "Value": MACHINE}],
            "TreatMissingData": "notBreaching",
            "Tags": tags(step=STEP),
        },
    ),
    "DescribeAlarms-named": (
        "cloudwatch",
        {"AlarmNames": ["out"], "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]},
    ),
    "DescribeKey": ("kms", {"KeyId": KEY}),
    "ListTagsForResource": ("cloudwatch", {"ResourceARN": ALARM}),
    "DeleteAlarms": ("cloudwatch", {"AlarmNames": ["out"]}),
    "GetMetricData": (
        "cloudwatch",
        {
            "MetricDataQueries": [
                {
                    "Id": f"m{number}",
                    "MetricStat": {
                        "Metric": {
                            "Namespace": "AWS/EC2",
                            "MetricName": "NetworkOut",
                            "Dimensions": [{"Name": "InstanceId", "Value": machine}],
                        },
                        "Period": 300,
                        "Stat": "Sum",
                    },
                    "ReturnData": True,
                }
                for number, machine in enumerate([MACHINE, "i-0b"])
            ],
            "StartTime": at("2026-11-14T02:00:00Z"),
            "EndTime": at("2026-11-21T02:00:00Z"),
            "ScanBy": "TimestampAscending",
            "MaxDatapoints": 100800,
        },
    ),
    "GetResources": (
        "resourcegroupstaggingapi",
        {
            "TagFilters": [{"Key": "skywarden:step"}],
            "ResourceTypeFilters": ["cloudwatch:alarm"],
            "ResourcesPerPage": 100,
        },
    ),
    "ListSubscriptions": ("sns", {}),
    "GetLifecyclePolicies": ("dlm", {}),
    "GetLifecyclePolicy": ("dlm", {"PolicyId": "policy-0abc"}),
    "ListBackupPlans": ("backup", {"MaxResults": 1000}),
    "ListBackupSelections": ("backup", {"BackupPlanId": "plan-1", "MaxResults": 1000}),
    "GetBackupSelection": ("backup", {"BackupPlanId": "plan-1", "SelectionId": "s-1"}),
    "ListProtectedResources": ("backup", {"MaxResults": 1000}),
}

# What hangs on the moment is left out: our adapter's own test of presigned addresses covers it.
OF_THE_MOMENT = {"PresignedUrl"}


class Sent(Exception):
    """Stops a request on its way out."""


def request_of(service, operation, arguments):
    """Returns what the official client would send."""
    session = botocore.session.get_session()
    client = session.create_client(
        service,
        region_name="us-east-1",
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="any",
        config=Config(retries={"total_max_attempts": 1}),
    )
    sent = {}

    def stop(request, **_):
        sent["request"] = request
        raise Sent

    client.meta.events.register(f"before-send.{service}.{operation}", stop)
    call = getattr(client, botocore.xform_name(operation))
    try:
        call(**arguments)
    except Sent:
        pass
    request = sent["request"]
    url = urllib.parse.urlsplit(request.url)
    body = request.body or b""
    body = body.decode("utf-8") if isinstance(body, bytes) else body
    text = lambda value: value.decode("utf-8") if isinstance(value, bytes) else value
    kept = ("content-type", "x-amz-target")
    headers = {name.lower(): text(value) for name, value in request.headers.items() if name.lower() in kept}
    if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        pairs = urllib.parse.parse_qsl(body, keep_blank_values=True)
        body = urllib.parse.urlencode([pair for pair in pairs if pair[0] not in OF_THE_MOMENT])
    path = url.path + (f"?{url.query}" if url.query else "")
    return {
        "service": service,
        "operation": operation,
        "request": {"method": request.method, "path": path, "headers": headers, "body": body},
    }


def made():
    """Returns all requests by the names of their fixtures."""
    return {
        name: request_of(service, name.split("-")[0], arguments)
        for name, (service, arguments) in CASES.items()
    }


if __name__ == "__main__":
    for name, request in made().items():
        text = json.dumps(request, indent=1, ensure_ascii=False) + "\n"
        (FIXTURES / f"{name}.json").write_text(text, encoding="utf-8")
