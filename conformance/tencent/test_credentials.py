"""The official chain of credentials: the role of a machine, another role, and the identity of a pod."""

import pytest
from calls import BY_NAME, ROLE, REGION
from tencentcloud.common import credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException

IDENTITY = "sts:2018-08-13:GetCallerIdentity"


@pytest.fixture(autouse=True)
def plain_http(monkeypatch):
    """The client's own providers insist on https; here they speak to loopback."""
    from tencentcloud.common.profile import http_profile

    made = http_profile.HttpProfile.__init__

    def plain(self, *args, **kwargs):
        made(self, *args, **kwargs)
        self.scheme = "http"

    monkeypatch.setattr(http_profile.HttpProfile, "__init__", plain)


@pytest.mark.action(IDENTITY, "machine_role")
def test_the_role_of_a_machine_opens_the_door(sim, monkeypatch):
    url = sim.opening["tencent"]["metadata"] + "latest/meta-data/cam/security-credentials/"
    monkeypatch.setattr(credential.CVMRoleCredential, "_role_endpoint", url)
    who = BY_NAME[IDENTITY](sim, credential=credential.CVMRoleCredential())
    assert (who.Type, who.AccountId) == ("CAMRole", "100000000001")


@pytest.mark.action("sts:2018-08-13:AssumeRole", "served")
@pytest.mark.action(IDENTITY, "assumed_role")
def test_the_clients_own_way_of_taking_a_role(sim):
    taken = credential.STSAssumeRoleCredential(*sim.key(), ROLE, "conformance", 900, endpoint=sim.endpoint)
    who = BY_NAME[IDENTITY](sim, credential=taken)
    assert (who.Type, who.AccountId) == ("CAMRole", "100000000002")


@pytest.mark.action("sts:2018-08-13:AssumeRoleWithWebIdentity", "served")
def test_a_pod_sends_its_identity_unsigned(sim, monkeypatch):
    monkeypatch.setattr(credential.OIDCRoleArnCredential, "_init_from_tke", lambda self: None, raising=False)
    pod = credential.OIDCRoleArnCredential(REGION, "tke-cls-prod0001", "head.body.signature", ROLE, "conformance", 900)
    pod.endpoint = sim.endpoint
    who = BY_NAME[IDENTITY](sim, credential=pod)
    assert (who.Type, who.AccountId) == ("CAMRole", "100000000002")
    other = credential.OIDCRoleArnCredential(REGION, "other", "head.body.signature", ROLE, "conformance", 900)
    other.endpoint = sim.endpoint
    with pytest.raises(TencentCloudSDKException) as refused:
        other.get_credential_info()
    assert refused.value.code == "UnauthorizedOperation"
