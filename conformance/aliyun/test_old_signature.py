"""The old client (`aliyun-python-sdk-core`, V1 signature): every action, with everything in the query and in a form."""

import json

import pytest
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.auth.credentials import AccessKeyCredential, StsTokenCredential
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest, RpcRequest
from calls import BY_ACTION, CALLS, CMS, call, client


def old_call(sim, it, method="GET", wire=None, credential=None):
    port = int(sim.endpoint.rsplit(":", 1)[1])
    credential = credential or AccessKeyCredential(*sim.key("shop", it.user))
    # The client says its own region in the query, whatever the form says.
    region = it.said().get("RegionId", "cn-shanghai" if it.user is None and it.package != CMS[0] else "cn-hangzhou")
    old = AcsClient(region_id=region, credential=credential, port=port)
    request = CommonRequest(domain="127.0.0.1", version=it.version, action_name=it.action)
    request.set_protocol_type("http")
    request.set_method(method)
    if it.path:
        request.set_uri_pattern(it.path)
    add = request.add_body_params if method == "POST" else request.add_query_param
    for name, value in (it.said() if wire is None else wire).items():
        add(name, value)
    return json.loads(old.do_action_with_exception(request))


SIGNED = [it for it in CALLS if it.action != "AssumeRoleWithOIDC"]


@pytest.mark.parametrize("it, method", [
    pytest.param(it, method, id=f"{it.action}-{method}", marks=pytest.mark.action(it.action, "old_signature"))
    for it in SIGNED for method in (["GET"] if it.path else ["GET", "POST"])
])
def test_every_action_is_served_to_the_old_client(sim, it, method):
    # What has a path is asked with GET alone, and its answers do not name the request.
    answer = old_call(sim, it.ready(sim), method)
    assert answer if it.path else answer["RequestId"] and answer.get("Success", True)


@pytest.mark.action("DescribeInstances", "old_signature")
def test_characters_that_need_care_survive_the_old_signature(sim):
    wire = {"RegionId": "cn-hangzhou", "InstanceName": "shop-web-02 (it's *bold* @all)", "Tag.1.Key": "owner", "Tag.1.Value": "li.na"}
    for method in ["GET", "POST"]:
        rows = old_call(sim, BY_ACTION["DescribeInstances"], method, wire)["Instances"]["Instance"]
        assert [it["InstanceId"] for it in rows] == ["i-bp1shopweb002"]


@pytest.mark.action("GetCallerIdentity", "old_signature")
def test_the_old_client_recognises_its_own_string_to_sign(sim):
    host, port = sim.endpoint.rsplit(":", 1)
    old = AcsClient(sim.key("shop")[0], "wrong", "cn-hangzhou", port=int(port))
    request = RpcRequest("Sts", "2015-04-01", "GetCallerIdentity", protocol="http")
    request.set_endpoint(host)
    with pytest.raises(ServerException) as refused:
        old.do_action_with_exception(request)
    # The client compares the server's string to sign with its own, and says so when both are the same.
    assert refused.value.error_code == "InvalidAccessKeySecret"


@pytest.mark.action("GetCallerIdentity", "old_signature")
def test_the_old_client_brings_a_token(sim):
    keys = call(sim, "AssumeRole").credentials
    credential = StsTokenCredential(keys.access_key_id, keys.access_key_secret, keys.security_token)
    assert old_call(sim, BY_ACTION["GetCallerIdentity"], credential=credential)["IdentityType"] == "AssumedRoleUser"


@pytest.mark.parametrize("it", [pytest.param(it, id=it.action, marks=pytest.mark.action(it.action, "old_signature")) for it in SIGNED])
def test_the_new_client_can_sign_the_old_way(sim, it):
    answer = it.ready(sim)(client(sim, it.package, user=it.user, signature_algorithm="v2"))
    assert answer.to_map() if it.path else answer.request_id
