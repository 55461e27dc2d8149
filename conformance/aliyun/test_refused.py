"""What the official clients make of refusals: wrong signature, wrong page, missing parameter, for every action."""

import pytest
from calls import BSS, BY_ACTION, CALLS, STS, client


def cases(case, calls):
    return [pytest.param(it, id=it.action, marks=pytest.mark.action(it.action, case)) for it in calls]


def refusal(call, client, **fields):
    with pytest.raises(Exception) as refused:
        call(client, **fields)
    return refused.value


@pytest.mark.parametrize("call", cases("wrong_signature", [it for it in CALLS if it.action != "AssumeRoleWithOIDC"]))
def test_a_wrong_secret_is_a_wrong_signature(sim, call):
    for algorithm in [None, "v2"]:
        fields = {} if algorithm is None else {"signature_algorithm": algorithm}
        refused = refusal(call, client(sim, call.package, access_key_secret="wrong", **fields))
        assert (refused.code, refused.status_code) == ("SignatureDoesNotMatch", 400)
        assert "string to sign" in refused.message
    key, _ = sim.key("shop")
    unknown = refusal(call, client(sim, call.package, access_key_id=key + "x"))
    assert (unknown.code, unknown.status_code) == ("InvalidAccessKeyId.NotFound", 404)


@pytest.mark.parametrize("call", cases("wrong_page", [it for it in CALLS if it.page]))
def test_pages_start_at_one_and_have_a_largest_size(sim, call):
    size, too_large = call.size
    for fields in [{call.page: 0}, {call.page: -1}, {size: 0}, {size: too_large}]:
        refused = refusal(call, client(sim, call.package, user=call.user), **fields)
        assert (refused.code, refused.status_code) == ("InvalidParameter", 400), fields
    call(client(sim, call.package, user=call.user), **{size: too_large - 1})


@pytest.mark.parametrize("call", cases("missing_parameter", [it for it in CALLS if it.needs]))
def test_what_is_needed_is_missed_by_name(sim, call):
    for name, code in call.needs.items():
        refused = refusal(call, client(sim, call.package, user=call.user), **{name: None})
        assert (refused.code, refused.status_code) == (code, 400), name


@pytest.mark.action("QueryAvailableInstances", "missing_parameter")
def test_a_region_needs_a_product_in_the_billing_service(sim):
    refused = refusal(BY_ACTION["QueryAvailableInstances"], client(sim, BSS[0]), region="cn-hangzhou")
    assert (refused.code, refused.status_code) == ("MissingParameter", 400)


@pytest.mark.action("DescribeInstanceAutoRenewAttribute", "missing_parameter")
def test_renewal_needs_ids_or_a_status(sim):
    call = BY_ACTION["DescribeInstanceAutoRenewAttribute"]
    refused = refusal(call, client(sim, call.package), renewal_status=None)
    assert (refused.code, refused.status_code) == ("InvalidParameter.RenewalStatusInstanceId", 403)


@pytest.mark.action("DescribeInstances", "wrong_page")
def test_a_token_of_another_walk_is_refused(sim):
    call = BY_ACTION["DescribeInstances"]
    machines = client(sim, call.package)
    token = call(machines, max_results=20).next_token
    assert call(machines, max_results=20, next_token=token).instances.instance
    for fields in [{"next_token": "made up"}, {"next_token": token, "max_results": 30}, {"next_token": token, "region_id": "cn-beijing"}]:
        assert refusal(call, machines, **{"max_results": 20, **fields}).code == "InvalidParameter.NextToken"


@pytest.mark.action("QueryAccountBalance", "refused")
def test_the_other_sites_host_is_not_applicable(sim):
    call = BY_ACTION["QueryAccountBalance"]
    hosts = {name: url.removeprefix("http://") for name, url in sim.opening["sites"].items()}
    for account, good, bad in [("shop", "domestic", "international"), ("overseas", "international", "domestic")]:
        assert call(client(sim, BSS[0], account, endpoint=hosts[good])).success
        refused = refusal(call, client(sim, BSS[0], account, endpoint=hosts[bad]))
        assert (refused.code, refused.status_code) == ("NotApplicable", 400)


@pytest.mark.action("QueryAvailableInstances", "refused")
def test_an_account_without_the_right_is_not_authorized(sim):
    refused = refusal(BY_ACTION["QueryAvailableInstances"], client(sim, BSS[0], "finance"))
    assert (refused.code, refused.status_code) == ("NotAuthorized", 403)
    assert refused.access_denied_detail["AuthAction"] == "bss:DescribeInstances"


@pytest.mark.action("GetCallerIdentity", "throttled")
def test_the_client_waits_as_long_as_it_is_told_and_calls_again(sim):
    from darabonba.policy.retry import RetryCondition, RetryOptions

    sim.plant({"kind": "throttle", "code": "Throttling", "status": 400, "retry_after_ms": 20}, action="GetCallerIdentity", times=1)
    conditions = [RetryCondition({"maxAttempts": 3, "errorCode": ["Throttling"], "exception": ["ThrottlingException"]})]
    options = RetryOptions({"retryable": True, "retryCondition": conditions})
    patient = client(sim, STS[0], retry_options=options)
    assert BY_ACTION["GetCallerIdentity"](patient).account_id == "1690700000000001"
    outcomes = [it["outcome"] for it in sim.operate("GET", "/_sim/stats")["recent"]]
    assert outcomes == ["Throttling", "OK"]


@pytest.mark.action("GetCallerIdentity", "throttled")
def test_a_quota_is_kept(sim):
    sim.operate("POST", "/_sim/quota", {"per_second": 1, "burst": 3})
    sts = client(sim, STS[0])
    for _ in range(3):
        BY_ACTION["GetCallerIdentity"](sts)
    refused = refusal(BY_ACTION["GetCallerIdentity"], sts)
    assert (refused.code, refused.status_code) == ("Throttling.User", 400)
    assert sim.operate("GET", "/_sim/stats")["throttled"] == 1
