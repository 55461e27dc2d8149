"""Bad days on demand: throttling, lost answers, pages that lie, proxies, clocks."""

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError, IncompleteReadError, ReadTimeoutError
from botocore.parsers import ResponseParserError
from calls import BY_ID, CALLS, CODES, SIGNED, cases, client, refusal


@pytest.mark.parametrize("call", cases("throttled", CALLS))
def test_throttling_is_worded_as_its_service_does(sim, call):
    call = call.on(sim)
    sim.plant({"kind": "throttle"}, action=call.action)
    assert refusal(call, client(sim, call.service))[:2] == CODES[call.service].throttled


@pytest.mark.action("DescribeRegions", "throttled")
def test_the_client_calls_again_when_it_was_throttled(sim):
    sim.plant({"kind": "throttle"}, action="ec2:DescribeRegions", times=2)
    patient = Config(retries={"total_max_attempts": 4, "mode": "standard"})
    assert client(sim, "ec2", config=patient).describe_regions()["Regions"]
    assert sim.outcomes() == ["RequestLimitExceeded", "RequestLimitExceeded", "OK"]


@pytest.mark.action("GetCallerIdentity", "throttled")
def test_a_quota_that_was_set_is_kept(sim):
    sim.operate("POST", "/_sim/quota", {"per_second": 1, "burst": 3})
    call, aws = BY_ID["sts:GetCallerIdentity"], client(sim, "sts")
    for _ in range(3):
        call(aws)
    assert refusal(call, aws)[:2] == ("Throttling", 400)
    assert sim.stats()["throttled"] == 1


@pytest.mark.action("DescribeInstances", "empty_page")
def test_an_empty_page_with_a_token_is_not_the_end(sim):
    aws = client(sim, "ec2")
    whole = sum(len(it["Instances"]) for it in aws.describe_instances()["Reservations"])
    sim.plant({"kind": "empty_page"}, action="ec2:DescribeInstances", page=2, times=1)
    pages = list(aws.get_paginator("describe_instances").paginate(PaginationConfig={"PageSize": 5}))
    sizes = [sum(len(it["Instances"]) for it in page["Reservations"]) for page in pages]
    assert sizes[1] == 0 and sum(sizes) == whole


@pytest.mark.action("DescribeInstances", "eventual_consistency")
def test_a_list_leaves_out_what_is_young_when_it_shall(sim):
    aws = client(sim, "ec2")
    sim.plant({"kind": "hides_young", "seconds": 2 * 86_400}, action="ec2:DescribeInstances", region="us-east-1")
    shown = {it["InstanceId"] for one in aws.describe_instances()["Reservations"] for it in one["Instances"]}
    assert "i-0spot00000000001" not in shown and "i-0web0000000000001" in shown
    assert refusal(BY_ID["ec2:DescribeInstances"], aws, InstanceIds=["i-0spot00000000001"])[0] == "InvalidInstanceID.NotFound"


@pytest.mark.action("ListNodegroups", "fault")
def test_one_cluster_may_fail_alone(sim):
    eks = client(sim, "eks")
    sim.plant({"kind": "status", "status": 503}, action="eks:ListNodegroups", about="/clusters/shop/")
    with pytest.raises(ClientError) as refused:
        eks.list_nodegroups(clusterName="shop")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    assert eks.list_nodegroups(clusterName="leaving")["nodegroups"] == []


@pytest.mark.parametrize("call", cases("fault", [BY_ID[it] for it in ("ec2:DescribeInstances", "sts:GetCallerIdentity", "acm:ListCertificates", "eks:ListClusters")]))
def test_what_is_not_an_answer_is_an_error_of_the_client(sim, call):
    call = call.on(sim)
    aws = client(sim, call.service, config=Config(retries={"total_max_attempts": 1}, read_timeout=1, connect_timeout=5))
    for effect, errors in [
        ({"kind": "lost_answer"}, (ConnectionClosedError, EndpointConnectionError)),
        ({"kind": "half_page"}, (ConnectionClosedError, IncompleteReadError, EndpointConnectionError, ResponseParserError)),
        ({"kind": "proxy_page"}, (ResponseParserError,)),
        ({"kind": "garbage_json"}, (ResponseParserError,)),
        ({"kind": "timeout"}, (ReadTimeoutError,)),
    ]:
        sim.operate("DELETE", "/_sim/faults")
        sim.plant(effect, action=call.action)
        try:
            answer = call(aws)
        except errors:
            continue
        # Of JSON services the client itself takes HTML, or half an answer, for an empty one: what ours must not do.
        rows = {name: value for name, value in answer.items() if name != "ResponseMetadata"}
        assert effect["kind"] in ("half_page", "proxy_page", "garbage_json") and not any(rows.values()), effect


@pytest.mark.parametrize("call", cases("clock", SIGNED))
def test_a_clock_that_is_off_is_named(sim, call):
    call = call.on(sim)
    aws, codes = client(sim, call.service), CODES[call.service]
    sim.plant({"kind": "clock_skew", "seconds": 290})
    call(aws)
    for seconds in (600, -600):
        sim.operate("DELETE", "/_sim/faults")
        sim.plant({"kind": "clock_skew", "seconds": seconds})
        code, _, text = refusal(call, aws)
        if call.service == "ec2":
            assert code == ("RequestExpired" if seconds > 0 else "AuthFailure")
        else:
            assert code == codes.wrong_signature[0]
            assert ("Signature expired" if seconds > 0 else "Signature not yet current") in text
