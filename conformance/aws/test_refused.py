"""What the official client makes of refusals: wrong signature, wrong page, missing parameter, for every action."""

import pytest
from botocore.config import Config
from calls import BALANCER, BY_ID, CALLS, CN, CODES, IN_FORMS, SIGNED, US, cases, client, refusal

UNCHECKED = Config(retries={"total_max_attempts": 1}, parameter_validation=False)


@pytest.mark.parametrize("call", cases("wrong_signature", SIGNED))
def test_a_wrong_secret_is_a_wrong_signature(sim, call):
    call = call.on(sim)
    codes = CODES[call.service]
    assert refusal(call, client(sim, call.service, aws_secret_access_key="wrong"))[:2] == codes.wrong_signature
    key, _ = sim.key("data")
    assert refusal(call, client(sim, call.service, aws_access_key_id=key + "X"))[:2] == codes.unknown_key
    assert refusal(call, client(sim, call.service, aws_session_token="made-up"))[:2] == codes.unknown_key


@pytest.mark.parametrize("call", cases("wrong_partition", SIGNED))
def test_a_key_of_the_other_partition_is_unknown(sim, call):
    call = call.on(sim)
    # What is served from one region only says so before it says that it does not know the key.
    codes = CODES[call.service]
    assert refusal(call, client(sim, call.service, "beijing", US))[:2] in (codes.unknown_key, codes.wrong_signature)
    assert refusal(call, client(sim, call.service, "data", CN))[:2] in (codes.unknown_key, codes.wrong_signature)


@pytest.mark.parametrize("call", cases("denied", [it for it in SIGNED if it.service != "sts"]))
def test_who_has_no_right_is_told_which(sim, call):
    call = call.on(sim)
    code, status, text = refusal(call, client(sim, call.service, user="nobody"))
    assert (code, status) == CODES[call.service].denied
    service = {"elb": "elasticloadbalancing", "elbv2": "elasticloadbalancing", IN_FORMS: "cloudwatch", "resourcegroupstaggingapi": "tag"}.get(call.service, call.service)
    assert f"not authorized to perform: {service}:{call.action}" in text and "user/nobody" in text


@pytest.mark.parametrize("call", cases("wrong_page", [it for it in CALLS if it.token]))
def test_pages_have_bounds_and_tokens_are_their_lists_own(sim, call):
    call = call.on(sim)
    codes, aws = CODES[call.service], client(sim, call.service, config=UNCHECKED)
    size, too_large = call.size or (None, None)
    for wrong in (0, -1, too_large) if size else ():
        assert refusal(call, aws, **{size: wrong})[:2] == (codes.invalid, 400), wrong
    assert refusal(call, aws, **{call.token[0]: "made-up"})[:2] == (codes.bad_token, 400)
    # A token of another list is as good as none.
    other = BY_ID["ec2:DescribeSnapshots" if call.id != "ec2:DescribeSnapshots" else "ec2:DescribeInstances"]
    token = other(client(sim, "ec2"), MaxResults=5)["NextToken"]
    assert refusal(call, aws, **{call.token[0]: token})[:2] == (codes.bad_token, 400)


@pytest.mark.action("DescribeInstances", "wrong_page")
def test_a_token_goes_on_with_the_same_filters_and_region_only(sim):
    call, aws = BY_ID["ec2:DescribeInstances"], client(sim, "ec2")
    token = call(aws, MaxResults=5)["NextToken"]
    assert call(aws, MaxResults=10, NextToken=token)["Reservations"], "another size is all right"
    running = [{"Name": "instance-state-name", "Values": ["running"]}]
    assert refusal(call, aws, NextToken=token, Filters=running)[:2] == ("InvalidParameterValue", 400)
    assert refusal(call, client(sim, "ec2", region="eu-west-1"), NextToken=token)[:2] == ("InvalidParameterValue", 400)
    assert refusal(call, client(sim, "ec2", "lab"), NextToken=token)[0] == "InvalidParameterValue"


@pytest.mark.parametrize("call", cases("missing_parameter", [it for it in CALLS if it.needs]))
def test_what_is_needed_is_missed_by_name(sim, call):
    call = call.on(sim)
    aws = client(sim, call.service, config=UNCHECKED)
    for name, code in call.needs.items():
        found, status, text = refusal(call, aws, **{call.spelled.get(name, name): None})
        assert (found, status) == (code, 400) and name.lower() in text.lower()


@pytest.mark.action("DescribeInstances", "refused")
def test_ec2_is_exact_about_ids_filters_and_combinations(sim):
    call, aws = BY_ID["ec2:DescribeInstances"], client(sim, "ec2")
    assert refusal(call, aws, InstanceIds=["i-0123456789abcdef0"])[0] == "InvalidInstanceID.NotFound"
    assert refusal(call, aws, InstanceIds=["web-1"])[0] == "InvalidInstanceID.Malformed"
    assert refusal(call, aws, InstanceIds=["i-0web0000000000001"], MaxResults=5)[0] == "InvalidParameterCombination"
    assert refusal(call, aws, Filters=[{"Name": "colour", "Values": ["red"]}])[0] == "InvalidParameterValue"
    assert refusal(call, aws, DryRun=True)[:2] == ("DryRunOperation", 412)
    assert refusal(call, client(sim, "ec2", user="nobody"), DryRun=True)[0] == "UnauthorizedOperation"


@pytest.mark.action("DescribeVolumes", "refused")
@pytest.mark.action("DescribeSnapshots", "refused")
@pytest.mark.action("DescribeImages", "refused")
@pytest.mark.action("DescribeAddresses", "refused")
@pytest.mark.action("DescribeReservedInstances", "refused")
def test_what_is_not_there_is_missed_by_its_own_code(sim):
    aws = client(sim, "ec2")
    for action, fields, code in [
        ("DescribeVolumes", {"VolumeIds": ["vol-0123456789abcdef0"]}, "InvalidVolume.NotFound"),
        ("DescribeSnapshots", {"SnapshotIds": ["snap-0123456789abcdef0"]}, "InvalidSnapshot.NotFound"),
        ("DescribeImages", {"ImageIds": ["ami-0123456789abcdef0"]}, "InvalidAMIID.NotFound"),
        ("DescribeAddresses", {"AllocationIds": ["eipalloc-0123"]}, "InvalidAllocationID.NotFound"),
        ("DescribeReservedInstances", {"ReservedInstancesIds": ["x"]}, "InvalidReservedInstancesId"),
    ]:
        assert refusal(BY_ID[f"ec2:{action}"], aws, **fields)[:2] == (code, 400)


@pytest.mark.action("DescribeCluster", "refused")
@pytest.mark.action("DescribeNodegroup", "refused")
def test_eks_answers_404_for_what_is_not_there(sim):
    eks = client(sim, "eks")
    assert refusal(BY_ID["eks:DescribeCluster"], eks, name="nope")[:2] == ("ResourceNotFoundException", 404)
    assert refusal(BY_ID["eks:DescribeNodegroup"], eks, nodegroupName="nope")[:2] == ("ResourceNotFoundException", 404)
    assert refusal(BY_ID["eks:ListNodegroups"], eks, clusterName="no pe")[:2] == ("ResourceNotFoundException", 404)


@pytest.mark.action("DescribeListeners", "refused")
@pytest.mark.action("DescribeTags", "refused")
@pytest.mark.action("DescribeTargetGroups", "refused")
def test_balancers_that_are_not_there_are_missed(sim):
    newer, classic = client(sim, "elbv2"), client(sim, "elb")
    gone = BALANCER + "0"
    for action, fields, code in [
        ("DescribeListeners", {"LoadBalancerArn": None}, "ValidationError"),
        ("DescribeListeners", {"LoadBalancerArn": gone}, "LoadBalancerNotFound"),
        ("DescribeListeners", {"LoadBalancerArn": None, "ListenerArns": [gone]}, "ListenerNotFound"),
        ("DescribeTags", {"ResourceArns": [gone]}, "LoadBalancerNotFound"),
        ("DescribeTags", {"ResourceArns": [BALANCER] * 21}, "ValidationError"),
        ("DescribeTargetGroups", {"Names": ["gone"]}, "TargetGroupNotFound"),
        ("DescribeTargetGroups", {"Names": ["gone"], "LoadBalancerArn": BALANCER}, "ValidationError"),
        ("DescribeTargetHealth", {"TargetGroupArn": gone}, "TargetGroupNotFound"),
    ]:
        assert refusal(BY_ID[f"elbv2:{action}"], newer, **fields)[:2] == (code, 400), (action, fields)
    assert refusal(BY_ID["elb:DescribeTags"], classic, LoadBalancerNames=["gone"])[:2] == ("LoadBalancerNotFound", 400)


@pytest.mark.action("ListAccounts", "refused")
def test_only_the_manager_lists_accounts(sim):
    call = BY_ID["organizations:ListAccounts"]
    assert refusal(call, client(sim, "organizations", "lab"))[:2] == ("AccessDeniedException", 400)
    alone = client(sim, "organizations", "beijing", "cn-northwest-1")
    assert refusal(call, alone)[0] == "AWSOrganizationsNotInUseException"


@pytest.mark.action("ListAccessKeys", "refused")
def test_a_user_who_is_not_there_has_no_keys(sim):
    assert refusal(BY_ID["iam:ListAccessKeys"], client(sim, "iam"), UserName="nope")[:2] == ("NoSuchEntity", 404)


@pytest.mark.action("DescribeInstances", "refused")
def test_a_region_that_was_not_switched_on_knows_no_key(sim):
    call = BY_ID["ec2:DescribeInstances"]
    assert refusal(call, client(sim, "ec2", region="me-south-1"))[:2] == ("AuthFailure", 401)
    assert call(client(sim, "ec2", region="ap-east-1"))["Reservations"]
    assert refusal(call, client(sim, "ec2", "lab", "ap-east-1"))[0] == "AuthFailure"
