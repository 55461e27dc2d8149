"""What the official client makes of refusals, for every action, and of bad days."""

import dataclasses
import time

import pytest
from calls import BY_NAME, CALLS, CHANGES, REGION, key, profile_of
from tencentcloud.common.common_client import CommonClient
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException

UNSIGNED = {"AssumeRoleWithWebIdentity"}
UNPAGED = {
    "DescribeRegions", "DescribeClusterNodePools", "DescribeEdgeCVMInstances", "DescribeEdgeClusterInstances", "DescribeTargets", "DescribeAccountBalance", "ListUsers",
    "ListAccessKeys", "GetSecurityLastUsed", "GetCallerIdentity", "AssumeRole", "AssumeRoleWithWebIdentity",
    "DescribeImageSharePermission", *(it.action for it in CHANGES if not it.action.startswith("Describe")),
}
INSTANCES = BY_NAME["cvm:2017-03-12:DescribeInstances"]
IDENTITY = BY_NAME["sts:2018-08-13:GetCallerIdentity"]


def cases(case, calls):
    return [pytest.param(it, id=it.name, marks=pytest.mark.action(it.name, case)) for it in calls]


def refusal(call, *args, **fields):
    with pytest.raises(TencentCloudSDKException) as refused:
        call(*args, **fields)
    assert refused.value.requestId or refused.value.code.startswith("Client"), "a refusal names its request"
    return refused.value


@pytest.mark.parametrize("call", cases("wrong_signature", [it for it in CALLS if it.action not in UNSIGNED]))
def test_a_wrong_secret_is_a_wrong_signature(sim, call):
    secret_id, secret_key = sim.key()
    wrong = refusal(call, sim, credential=Credential(secret_id, "wrong"))
    assert wrong.code == "AuthFailure.SignatureFailure"
    unknown = refusal(call, sim, credential=Credential(secret_id + "x", secret_key))
    assert unknown.code == "AuthFailure.SecretIdNotFound"
    token = refusal(call, sim, credential=Credential(secret_id, secret_key, "made up"))
    assert token.code == "AuthFailure.TokenFailure"


@pytest.mark.parametrize("call", cases("without_right", [it for it in CALLS if it.service != "sts"]))
def test_without_the_right_the_missing_action_is_named(sim, call):
    refused = refusal(call, sim, user="nobody")
    assert refused.code == "AuthFailure.UnauthorizedOperation"
    assert f"({sim.actions()[call.name]['right']})" in refused.message and refused.requestId in refused.message


@pytest.mark.parametrize("call", cases("wrong_page", [it for it in CALLS if it.action not in UNPAGED]))
def test_pages_have_a_largest_size(sim, call):
    largest = sim.actions()[call.name]["largest"]
    numbered = {"DescribeAlarmPolicies", "DescribeAlarmNotices"}
    limit = "PageSize" if call.action in numbered else "MaxResults" if "MaxResults" in call.good else "Limit"
    place = {"PageSize": [{"PageNumber": 0}], "MaxResults": [], "Limit": [{"Offset": -1}]}
    wrong = [{limit: 0}, *place[limit]]
    # One service takes a larger limit for its largest one.
    wrong += [] if call.service == "ssl" else [{limit: largest + 1}]
    for fields in wrong:
        assert refusal(call, sim, **fields).code == "InvalidParameterValue", fields
    call(sim, **{limit: largest})


@pytest.mark.parametrize("call", cases("missing_parameter", [it for it in CALLS if it.good]))
def test_what_is_needed_is_missed_by_name(sim, call):
    needed = sim.actions()[call.name]["needs"]
    assert needed and set(needed) <= set(call.good), needed
    for name in needed:
        refused = refusal(call, sim, **{name: None})
        assert (refused.code, name in refused.message) == ("MissingParameter", True), name


@pytest.mark.parametrize("call", cases("region", [it for it in CALLS]))
def test_regional_services_need_a_region_that_exists(sim, call):
    if not sim.actions()[call.name]["regional"]:
        call.fit(sim)(sim, region="")
        return
    assert refusal(call, sim, region="ap-nowhere").code == "UnsupportedRegion"
    assert refusal(call, sim, region="").code == "MissingParameter"


def common(sim, service, version, action, said, region=REGION, **rest):
    client = CommonClient(service, version, key(sim), region, profile_of(sim, **rest))
    return client.call_json(action, said)["Response"]


@pytest.mark.parametrize("service, version, action, code", [
    ("nothing", "2017-03-12", "DescribeInstances", "NoSuchProduct"),
    ("cvm", "2017-03-13", "DescribeInstances", "NoSuchVersion"),
    ("cvm", "2017-03-12", "DescribeEverything", "InvalidAction"),
])
def test_what_is_not_served_is_said_not_to_be(sim, service, version, action, code):
    assert refusal(common, sim, service, version, action, {}).code == code


@pytest.mark.action("cvm:2017-03-12:DescribeInstances", "refused")
@pytest.mark.parametrize("said, code", [
    ({"Limit": "20"}, "InvalidParameter"),
    ({"InstanceIds": "ins-1"}, "InvalidParameter"),
    ({"Lmit": 20}, "UnknownParameter"),
    ({"InstanceIds": ["ins-1"] * 101}, "InvalidParameterValue.LimitExceeded"),
    ({"InstanceIds": ["ins-1"], "Filters": [{"Name": "zone", "Values": ["a"]}]}, "InvalidParameter"),
    ({"Filters": [{"Name": "expired-time", "Values": ["a"]}]}, "InvalidFilter"),
    ({"Filters": [{"Name": "zone", "Values": list("abcdef")}]}, "InvalidFilterValue.LimitExceeded"),
])
def test_what_is_said_is_checked(sim, said, code):
    assert refusal(common, sim, "cvm", "2017-03-12", "DescribeInstances", said).code == code


@pytest.mark.action("sts:2018-08-13:GetCallerIdentity", "refused")
def test_messages_come_in_the_language_asked_for(sim):
    texts = [
        refusal(IDENTITY, sim, credential=Credential(sim.key()[0], "wrong"), profile=profile_of(sim, language=it)).message
        for it in ["zh-CN", "en-US"]
    ]
    assert "签名" in texts[0] and "signature" in texts[1]


@pytest.mark.action("cvm:2017-03-12:DescribeInstances", "throttled")
@pytest.mark.action("tke:2018-05-25:DescribeClusters", "throttled")
def test_every_region_has_a_quota_of_its_own_and_the_container_service_twenty_a_second(sim):
    sim.operate("POST", "/_sim/quota", {"per_second": 1, "burst": 3})
    for _ in range(3):
        INSTANCES(sim)
    refused = refusal(INSTANCES, sim)
    assert refused.code == "RequestLimitExceeded" and "`1`" in refused.message
    INSTANCES(sim, region="ap-singapore")
    for _ in range(20):
        BY_NAME["tke:2018-05-25:DescribeClusters"](sim)
    assert sim.operate("GET", "/_sim/stats")["throttled"] == 1


@pytest.mark.action("cvm:2017-03-12:DescribeInstances", "faults")
def test_bad_days_are_what_the_client_calls_network_errors(sim):
    for kind, effect, where in [
        ("status", {"status": 502}, {}),
        ("proxy_page", {}, {}),
        ("garbage_json", {}, {}),
        ("truncated_gzip", {}, {}),
        ("half_page", {}, {}),
        ("lost_answer", {}, {}),
        ("status", {"status": 500}, {"page": 2}),
    ]:
        sim.operate("DELETE", "/_sim/faults")
        sim.plant(kind, {"action": "cvm:DescribeInstances", **where}, **effect)
        fields = {"Offset": 20} if where else {}
        with pytest.raises(Exception) as failed:
            INSTANCES(sim, **fields)
        code = getattr(failed.value, "code", "")
        assert not code.startswith(("AuthFailure", "Invalid")), (kind, code)
    assert INSTANCES(sim).TotalCount, "page 1 is not hit"


def at(answer, pointer):
    for part in pointer.split("/")[1:]:
        answer = answer[part]
    return answer


@pytest.mark.parametrize("call", cases("lies", CALLS))
def test_lists_can_be_made_to_lie(sim, call):
    spec = sim.actions()[call.name]
    if spec["rows"] is None:
        call.fit(sim)(sim)
        return
    ask = dataclasses.replace(call, beyond=call.beyond | {"FieldFromTheFuture"})
    rows = len(at(call.raw_and_typed(sim)[0], spec["rows"]))
    assert rows > 0

    def answer(kind, **effect):
        sim.operate("DELETE", "/_sim/faults")
        sim.plant(kind, {"action": call.name}, **effect)
        raw = ask.raw_and_typed(sim)[0]
        return raw, at(raw, spec["rows"])

    assert len(answer("duplicate_rows")[1]) == rows + 1
    assert all("FieldFromTheFuture" in it for it in answer("extra_fields")[1] if isinstance(it, dict))
    raw, empty = answer("empty_list")
    assert empty == [] and (not spec["total"] or at(raw, spec["total"]) == 0)
    if spec["total"]:
        sim.operate("DELETE", "/_sim/faults")
        true = at(call.raw_and_typed(sim)[0], spec["total"])
        assert at(answer("lying_total", by=-1)[0], spec["total"]) == true - 1


@pytest.mark.action("sts:2018-08-13:GetCallerIdentity", "clock")
def test_a_clock_may_be_off_by_less_than_five_minutes(sim):
    for seconds, good in [(290, True), (-290, True), (310, False), (-310, False)]:
        sim.operate("DELETE", "/_sim/faults")
        sim.plant("clock_skew", seconds=seconds)
        if good:
            IDENTITY(sim)
        else:
            assert refusal(IDENTITY, sim).code == "AuthFailure.SignatureExpire"


@pytest.mark.action("cvm:2017-03-12:DescribeInstances", "faults")
@pytest.mark.parametrize("kind, effect, code", [
    ("throttle", {}, "RequestLimitExceeded"),
    ("throttle", {"code": "RequestLimitExceeded.UinLimitExceeded"}, "RequestLimitExceeded.UinLimitExceeded"),
    ("denied", {}, "AuthFailure.UnauthorizedOperation"),
    ("expired_token", {}, "AuthFailure.TokenFailure"),
    ("clock_skew", {"seconds": 400}, "AuthFailure.SignatureExpire"),
    ("refused", {"status": 200, "code": "InternalError", "message": "x"}, "InternalError"),
])
def test_planted_refusals_come_in_the_clouds_words(sim, kind, effect, code):
    sim.plant(kind, {"action": "DescribeInstances", "times": 1}, **effect)
    assert refusal(INSTANCES, sim).code == code
    assert INSTANCES(sim).TotalCount


@pytest.mark.action("tke:2022-05-01:DescribeClusterInstances", "faults")
def test_one_cluster_of_many_fails_for_ever(sim):
    nodes = BY_NAME["tke:2022-05-01:DescribeClusterInstances"]
    sim.plant("refused", {"about": "cls-prod0001"}, status=200, code="InternalError", message="timeout")
    for _ in range(3):
        assert refusal(nodes, sim).code == "InternalError"
    assert nodes(sim, ClusterId="cls-inde0001").TotalCount == 2
    assert BY_NAME["tke:2022-05-01:DescribeClusters"](sim).TotalCount == 3


@pytest.mark.action("tke:2022-05-01:DescribeClusterInstances", "faults")
def test_the_new_container_service_fails_in_part(sim):
    nodes = BY_NAME["tke:2022-05-01:DescribeClusterInstances"]
    whole = nodes(sim)
    assert whole.Errors == []
    sim.plant("partial_list", {"action": "tke:2022-05-01:DescribeClusterInstances"}, error="np-native01: timeout")
    part = nodes(sim)
    assert part.Errors == ["np-native01: timeout"]
    assert part.TotalCount == len(part.InstanceSet) < whole.TotalCount
    assert BY_NAME["tke:2018-05-25:DescribeClusterInstances"](sim).TotalCount, "the old version is not hit"


@pytest.mark.action("sts:2018-08-13:AssumeRole", "refused")
@pytest.mark.parametrize("fields, code", [
    ({"RoleArn": "qcs::cam::uin/100000000002:roleName/unknown"}, "ResourceNotFound.RoleNotFound"),
    ({"RoleArn": "qcs::cam::uin/100000000009:roleName/skywarden-reader"}, "ResourceNotFound.RoleNotFound"),
    ({"RoleArn": "roleName/unknown"}, "InvalidParameter.ParamError"),
    ({"RoleSessionName": "a b"}, "InvalidParameter.ParamError"),
    ({"DurationSeconds": 43201}, "InvalidParameterValue"),
    ({"Policy": "{"}, "InvalidParameter.StrategyFormatError"),
    ({"user": "nobody"}, "AuthFailure.UnauthorizedOperation"),
])
def test_roles_are_refused_in_the_words_of_the_token_service(sim, fields, code):
    assert refusal(BY_NAME["sts:2018-08-13:AssumeRole"], sim, **fields).code == code


@pytest.mark.action("sts:2018-08-13:AssumeRole", "session")
def test_a_session_works_with_its_token_until_it_ends(sim):
    keys = BY_NAME["sts:2018-08-13:AssumeRole"](sim, DurationSeconds=900)
    assert 890 < keys.ExpiredTime - time.time() <= 900
    session = Credential(keys.Credentials.TmpSecretId, keys.Credentials.TmpSecretKey, keys.Credentials.Token)
    who = IDENTITY(sim, credential=session)
    assert (who.Type, who.AccountId) == ("CAMRole", "100000000002")
    assert who.Arn.startswith("qcs::sts:100000000002:assumed-role/")
    without = Credential(session.secret_id, session.secret_key)
    assert refusal(IDENTITY, sim, credential=without).code == "AuthFailure.SecretIdNotFound"
    sim.operate("POST", "/_sim/sessions/expire", {"account": "studio"})
    assert refusal(IDENTITY, sim, credential=session).code == "AuthFailure.TokenFailure"


@pytest.mark.action("sts:2018-08-13:AssumeRoleWithWebIdentity", "refused")
def test_a_pod_needs_a_token_and_a_provider_that_the_role_trusts(sim):
    call = BY_NAME["sts:2018-08-13:AssumeRoleWithWebIdentity"]
    assert refusal(call, sim, ProviderId="other").code == "UnauthorizedOperation"
    assert refusal(call, sim, WebIdentityToken="none").code == "InvalidParameter.WebIdentityTokenError"
