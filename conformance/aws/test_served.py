"""What the official client reads out of the simulator, for every action."""

import datetime
import json

import pytest
from calls import BALANCER, CALLS, CN, GROUP, STANDING, cases, client


@pytest.mark.parametrize("call", cases("served", CALLS))
def test_a_good_call_is_answered(sim, call):
    call = call.on(sim)
    sim.operate("DELETE", "/_sim/stats")
    answer = call(client(sim, call.service))
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert answer["ResponseMetadata"]["RequestId"]
    assert sim.outcomes() == ["OK"]


@pytest.mark.parametrize("call", cases("paged", [it for it in CALLS if it.token]))
def test_pages_cover_the_list_once(sim, call):
    """Walks with the smallest pages by the client's own names, and compares with the list in one piece."""
    # Pages of one are many calls in a second: this is about pages, not about how often one may ask.
    sim.operate("POST", "/_sim/quota", {"per_second": 1000})
    call = call.on(sim)
    aws = client(sim, call.service)
    least = {"ec2": 5, "rds": 20}.get(call.service, 1)
    if call.action in ("DescribeImages", "DescribeLaunchTemplates", "DescribeLaunchTemplateVersions"):
        least = 1
    asked, answered = call.token
    small = {call.size[0]: least} if call.size else {}
    if call.size:
        whole = ids(call(aws))
    else:
        # Nobody can choose the size of these pages: the whole list is what the client itself walks over.
        least = 100
        whole = [row for page in aws.get_paginator(call.method).paginate(**call.good) for row in ids(page)]
        assert len(whole) > 2 * least
    walked, token, pages = [], None, 0
    assert whole
    while True:
        answer = call(aws, **small, **{asked: token})
        walked += ids(answer)
        pages += 1
        token = answer.get(answered)
        if not token:
            break
        assert pages < 50
    assert walked == whole
    assert pages == -(-len(whole) // least)


# Lists that stand beside others in their answer.
LISTS = ["MetricAlarms"]


def ids(answer):
    """Returns the rows of an answer, machines out of their reservations."""
    if "MetricDataResults" in answer:
        return [(it["Id"], *point) for it in answer["MetricDataResults"] for point in zip(it["Timestamps"], it["Values"])]
    rows = next(answer[name] for name in [*LISTS, *answer] if isinstance(answer.get(name), list))
    return [machine["InstanceId"] for it in rows for machine in it["Instances"]] if rows and isinstance(rows[0], dict) and "ReservationId" in rows[0] else rows


@pytest.mark.action("DescribeRegions", "served")
def test_regions_that_are_not_switched_on_are_shown_only_when_all_are_asked_for(sim):
    ec2 = client(sim, "ec2")
    shown = {it["RegionName"]: it["OptInStatus"] for it in ec2.describe_regions()["Regions"]}
    assert shown["us-east-1"] == "opt-in-not-required" and shown["ap-east-1"] == "opted-in"
    assert "me-south-1" not in shown and "cn-north-1" not in shown
    everything = {it["RegionName"]: it["OptInStatus"] for it in ec2.describe_regions(AllRegions=True)["Regions"]}
    assert everything["me-south-1"] == "not-opted-in" and len(everything) > len(shown)
    usable = [{"Name": "opt-in-status", "Values": ["opt-in-not-required", "opted-in"]}]
    assert {it["RegionName"] for it in ec2.describe_regions(AllRegions=True, Filters=usable)["Regions"]} == set(shown)
    china = client(sim, "ec2", "beijing", CN).describe_regions()["Regions"]
    assert [(it["RegionName"], it["Endpoint"]) for it in china] == [
        ("cn-north-1", "ec2.cn-north-1.amazonaws.com.cn"),
        ("cn-northwest-1", "ec2.cn-northwest-1.amazonaws.com.cn"),
    ]


@pytest.mark.action("DescribeInstances", "served")
def test_machines_stand_in_reservations_and_say_what_ties_them(sim):
    ec2 = client(sim, "ec2")
    reservations = ec2.describe_instances()["Reservations"]
    machines = {it["InstanceId"]: it for one in reservations for it in one["Instances"]}
    group = next(it for it in reservations if len(it["Instances"]) > 1)
    assert [it["InstanceId"] for it in group["Instances"]] == [f"i-0node{number:012}" for number in (1, 2, 3)]
    node = machines["i-0node000000000001"]
    tags = {it["Key"]: it["Value"] for it in node["Tags"]}
    assert tags["eks:cluster-name"] == "shop" and tags["aws:autoscaling:groupName"] == "eks-web-0a1b2c3d"
    assert node["State"] == {"Code": 16, "Name": "running"} and node["VpcId"] == "vpc-main"
    web = machines["i-0web0000000000001"]
    assert web["PublicIpAddress"] == "203.0.113.11" and web["PrivateIpAddress"] == "10.0.1.1"
    assert web["BlockDeviceMappings"][0]["Ebs"]["VolumeId"] == "vol-0web000000000001"
    assert machines["i-0spot00000000001"]["InstanceLifecycle"] == "spot"
    gone = machines["i-0dead00000000001"]
    assert gone["State"]["Name"] == "terminated" and "VpcId" not in gone and "PrivateIpAddress" not in gone
    assert isinstance(web["LaunchTime"], datetime.datetime)


@pytest.mark.action("DescribeInstances", "filtered")
def test_filters_narrow_and_take_wildcards(sim):
    ec2 = client(sim, "ec2")

    def found(**filters):
        said = [{"Name": name.replace("__", ":").replace("_", "-"), "Values": values} for name, values in filters.items()]
        answer = ec2.describe_instances(Filters=said)
        return sorted(it["InstanceId"] for one in answer["Reservations"] for it in one["Instances"])

    assert found(tag__env=["测试"]) == ["i-0web0000000000004"]
    assert found(tag__env=["prod", "测试"], instance_state_name=["running"]) == [f"i-0web{number:013}" for number in (1, 2, 3, 4)]
    assert found(tag_key=["kubernetes.io/cluster/*"]) == ["i-0node000000000001", "i-0node000000000002", "i-0node000000000003", "i-0orphan000000001", "i-0self00000000001"]
    assert found(instance_state_name=["stopped", "terminated"]) == ["i-0dead00000000001", "i-0stop00000000001"]
    assert found(instance_lifecycle=["spot"]) == ["i-0spot00000000001"]
    assert found(ip_address=["203.0.113.11"]) == ["i-0web0000000000001"]
    by_id = ec2.describe_instances(InstanceIds=["i-0web0000000000002"])["Reservations"]
    assert len(by_id) == 1


@pytest.mark.action("DescribeInstances", "paged")
def test_pages_are_cut_by_machines_so_that_a_reservation_goes_on_over_the_page(sim):
    ec2 = client(sim, "ec2")
    first = ec2.describe_instances(MaxResults=5, Filters=[{"Name": "tag-key", "Values": ["kubernetes.io/cluster/*", "env"]}])
    assert sum(len(it["Instances"]) for it in first["Reservations"]) == 5
    paginator = ec2.get_paginator("describe_instances")
    pages = list(paginator.paginate(PaginationConfig={"PageSize": 5}))
    assert len(pages) == 3 and all(sum(len(it["Instances"]) for it in page["Reservations"]) <= 5 for page in pages)


@pytest.mark.action("DescribeInstanceStatus", "served")
def test_what_is_planned_for_a_machine_is_in_its_status(sim):
    ec2 = client(sim, "ec2")
    statuses = {it["InstanceId"]: it for it in ec2.describe_instance_status()["InstanceStatuses"]}
    [event] = statuses["i-0web0000000000002"]["Events"]
    assert event["Code"] == "instance-retirement" and event["InstanceEventId"].startswith("instance-event-")
    assert event["NotBefore"] > datetime.datetime.now(datetime.timezone.utc)
    assert "i-0stop00000000001" not in statuses
    everything = ec2.describe_instance_status(IncludeAllInstances=True)["InstanceStatuses"]
    assert "i-0stop00000000001" in {it["InstanceId"] for it in everything}
    only = ec2.describe_instance_status(Filters=[{"Name": "event.code", "Values": ["instance-retirement"]}])["InstanceStatuses"]
    assert [it["InstanceId"] for it in only] == ["i-0web0000000000002"]


@pytest.mark.action("DescribeVolumes", "served")
@pytest.mark.action("DescribeAddresses", "served")
def test_what_is_at_nothing_says_so(sim):
    ec2 = client(sim, "ec2")
    loose = ec2.describe_volumes(Filters=[{"Name": "status", "Values": ["available"]}])["Volumes"]
    assert [(it["VolumeId"], it["Attachments"], it["Size"]) for it in loose] == [("vol-0loose000000001", [], 500)]
    attached = ec2.describe_volumes(Filters=[{"Name": "attachment.instance-id", "Values": ["i-0web0000000000001"]}])["Volumes"]
    assert attached[0]["State"] == "in-use" and attached[0]["Attachments"][0]["DeleteOnTermination"] is True
    addresses = {it["AllocationId"]: it for it in ec2.describe_addresses()["Addresses"]}
    assert "AssociationId" not in addresses["eipalloc-0loose001"]
    assert addresses["eipalloc-0web00001"]["InstanceId"] == "i-0web0000000000001"
    gateway = addresses["eipalloc-0nat00001"]
    assert gateway["NetworkInterfaceOwnerId"] == "amazon-aws" and "InstanceId" not in gateway


@pytest.mark.action("DescribeSnapshots", "served")
@pytest.mark.action("DescribeImages", "served")
def test_without_an_owner_everybodys_are_listed_and_disabled_images_only_when_asked_for(sim):
    ec2 = client(sim, "ec2")
    own = ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]
    assert len(own) == 13 and {it["OwnerId"] for it in own} == {"111122223333"}
    assert len(ec2.describe_snapshots()["Snapshots"]) > len(own)
    assert {it["State"] for it in own} == {"completed"} and own[0]["Progress"] == "100%"
    images = [it["ImageId"] for it in ec2.describe_images(Owners=["self"])["Images"]]
    assert images == ["ami-0week000000000001"]
    with_disabled = ec2.describe_images(Owners=["self"], IncludeDisabled=True)["Images"]
    assert [(it["ImageId"], it["State"]) for it in with_disabled] == [("ami-0week000000000001", "available"), ("ami-0old0000000000001", "disabled")]
    assert with_disabled[1]["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"] == "snap-0day000000000012"
    assert len(ec2.describe_images()["Images"]) > len(images)


@pytest.mark.action("DescribeReservedInstances", "served")
@pytest.mark.action("DescribeReservedDBInstances", "served")
@pytest.mark.action("DescribeSavingsPlans", "served")
def test_what_was_promised_says_when_it_ends(sim):
    reserved = client(sim, "ec2").describe_reserved_instances()["ReservedInstances"]
    assert [it["State"] for it in reserved] == ["active", "retired"]
    assert (reserved[0]["End"] - reserved[0]["Start"]).days == 365 and reserved[0]["Duration"] == 365 * 86_400
    [database] = client(sim, "rds").describe_reserved_db_instances()["ReservedDBInstances"]
    assert database["Duration"] == 365 * 86_400 and database["State"] == "active" and "End" not in database
    [plan] = client(sim, "savingsplans").describe_savings_plans()["savingsPlans"]
    assert plan["state"] == "active" and plan["commitment"] == "2.50000000" and plan["end"].endswith("Z")


@pytest.mark.action("ListCertificates", "served")
@pytest.mark.action("DescribeCertificate", "served")
@pytest.mark.action("ListServerCertificates", "served")
def test_certificates_of_other_key_types_are_left_out_unless_asked_for(sim):
    acm = client(sim, "acm")
    listed = acm.list_certificates()["CertificateSummaryList"]
    assert [it["DomainName"] for it in listed] == ["shop.example.com"]
    every = ["RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1"]
    everything = acm.list_certificates(Includes={"keyTypes": every})["CertificateSummaryList"]
    assert [(it["DomainName"], it["KeyAlgorithm"], it["Status"]) for it in everything] == [
        ("shop.example.com", "RSA_2048", "ISSUED"),
        ("ec.example.com", "EC_prime256v1", "ISSUED"),
        ("old.example.com", "RSA_4096", "EXPIRED"),
    ]
    detail = acm.describe_certificate(CertificateArn=everything[0]["CertificateArn"])["Certificate"]
    assert detail["SubjectAlternativeNames"] == ["shop.example.com", "*.shop.example.com"]
    assert detail["NotAfter"] == everything[0]["NotAfter"]
    [kept] = client(sim, "iam", "beijing", CN).list_server_certificates()["ServerCertificateMetadataList"]
    assert kept["ServerCertificateName"] == "cert-31" and kept["Arn"].startswith("arn:aws-cn:iam::999988887777:")


@pytest.mark.action("ListClusters", "served")
@pytest.mark.action("DescribeNodegroup", "served")
@pytest.mark.action("DescribeAutoScalingGroups", "served")
@pytest.mark.action("DescribeAutoScalingInstances", "served")
def test_a_node_group_leads_to_its_machines(sim):
    eks, scaling = client(sim, "eks"), client(sim, "autoscaling")
    assert eks.list_clusters()["clusters"] == ["shop", "leaving"]
    assert eks.list_clusters(include=["all"])["clusters"] == ["shop", "leaving", "on-premises"]
    assert eks.describe_cluster(name="leaving")["cluster"]["status"] == "DELETING"
    [name] = eks.list_nodegroups(clusterName="shop")["nodegroups"]
    [group] = eks.describe_nodegroup(clusterName="shop", nodegroupName=name)["nodegroup"]["resources"]["autoScalingGroups"]
    [found] = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group["name"]])["AutoScalingGroups"]
    nodes = [f"i-0node{number:012}" for number in (1, 2, 3)]
    assert [it["InstanceId"] for it in found["Instances"]] == nodes
    assert {it["LifecycleState"] for it in found["Instances"]} == {"InService"}
    inside = scaling.describe_auto_scaling_instances(InstanceIds=[*nodes, "i-0self00000000001"])["AutoScalingInstances"]
    assert [(it["InstanceId"], it["AutoScalingGroupName"]) for it in inside] == [(it, group["name"]) for it in nodes]


@pytest.mark.action("DescribeTargetGroups", "served")
@pytest.mark.action("DescribeTargetHealth", "served")
def test_a_balancer_without_backends_is_seen(sim):
    newer, classic = client(sim, "elbv2"), client(sim, "elb")
    backends = {}
    for balancer in newer.describe_load_balancers()["LoadBalancers"]:
        [group] = newer.describe_target_groups(LoadBalancerArn=balancer["LoadBalancerArn"])["TargetGroups"]
        health = newer.describe_target_health(TargetGroupArn=group["TargetGroupArn"])["TargetHealthDescriptions"]
        backends[balancer["LoadBalancerName"]] = [(it["Target"]["Id"], it["TargetHealth"]["State"]) for it in health]
    assert backends == {"shop-front": [("i-0web0000000000001", "healthy"), ("i-0stop00000000001", "unused")], "empty-nlb": []}
    old = {it["LoadBalancerName"]: it["Instances"] for it in classic.describe_load_balancers()["LoadBalancerDescriptions"]}
    assert old == {"classic-1": [{"InstanceId": "i-0web0000000000003"}], "classic-empty": []}


@pytest.mark.action("DescribeListeners", "served")
@pytest.mark.action("DescribeTags", "served")
def test_a_listener_leads_to_its_group_and_tags_are_asked_for_apart(sim):
    newer, classic = client(sim, "elbv2"), client(sim, "elb")
    [listener] = newer.describe_listeners(LoadBalancerArn=BALANCER)["Listeners"]
    assert listener["DefaultActions"][0]["TargetGroupArn"] == GROUP
    again = newer.describe_listeners(ListenerArns=[listener["ListenerArn"]])["Listeners"]
    assert again == [listener]
    tags = {it["ResourceArn"]: it["Tags"] for it in newer.describe_tags(ResourceArns=[BALANCER, GROUP])["TagDescriptions"]}
    assert tags == {BALANCER: [{"Key": "team", "Value": "web"}], GROUP: []}
    assert classic.describe_tags(LoadBalancerNames=["classic-1"])["TagDescriptions"] == [{"LoadBalancerName": "classic-1", "Tags": []}]


@pytest.mark.action("GetAccountSummary", "served")
def test_a_key_of_the_account_itself_is_counted(sim):
    summary = client(sim, "iam").get_account_summary()["SummaryMap"]
    assert summary["AccountAccessKeysPresent"] == 1 and summary["Users"] == 3 and summary["ServerCertificates"] == 1


@pytest.mark.action("ListAccounts", "served")
def test_an_organization_lists_its_manager_too(sim):
    boss = client(sim, "organizations")
    assert [(it["Id"], it["Status"]) for it in boss.list_accounts()["Accounts"]] == [("111122223333", "ACTIVE"), ("444455556666", "ACTIVE")]
    assert client(sim, "organizations", "lab").describe_organization()["Organization"]["MasterAccountId"] == "111122223333"


@pytest.mark.action("ListAccessKeys", "served")
@pytest.mark.action("GetAccessKeyLastUsed", "served")
def test_keys_say_when_they_were_made_and_used(sim):
    iam = client(sim, "iam")
    users = [it["UserName"] for it in iam.list_users()["Users"]]
    assert users == ["skywarden", "nobody", "keeper"]
    last_used = {}
    for user in users:
        for key in iam.list_access_keys(UserName=user)["AccessKeyMetadata"]:
            assert key["Status"] == "Active" and key["CreateDate"] < datetime.datetime.now(datetime.timezone.utc)
            last_used[user] = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])["AccessKeyLastUsed"]
    assert last_used["skywarden"]["LastUsedDate"] and last_used["nobody"]["ServiceName"] == "N/A"


@pytest.mark.action("ListDomains", "served")
def test_domains_say_when_they_end_and_whether_they_renew_themselves(sim):
    domains = client(sim, "route53domains").list_domains()["Domains"]
    assert [(it["DomainName"], it["AutoRenew"]) for it in domains] == [("example.com", False), ("example.net", True)]
    assert all(isinstance(it["Expiry"], datetime.datetime) for it in domains)


# What China has in other regions, or the account there not at all.
ELSEWHERE = {"organizations", "route53domains", "savingsplans"}


@pytest.mark.parametrize("call", cases("served", [it for it in STANDING if it.service not in ELSEWHERE and it.action != "DescribeCertificate"]))
def test_china_answers_in_its_own_partition(sim, call):
    """The same calls with a key of the other partition, in one of its regions."""
    call = call.on(sim)
    good = json.dumps(call.good)
    for here, there in [
        ("arn:aws:", "arn:aws-cn:"), (":us-east-1:111122223333:", ":cn-north-1:999988887777:"),
        ("::111122223333:", "::999988887777:"), ("AKIASIMDATA", "AKIASIMBEIJING"),
    ]:
        good = good.replace(here, there)
    good = json.loads(good)
    answer = call(client(sim, call.service, "beijing", CN), **good)
    assert "arn:aws:" not in str(answer)
