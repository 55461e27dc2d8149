"""The official credential chain against the simulated metadata service.

Only the credentials URI can be tried: for a role ARN and for OIDC the client insists on https, and the address of
the metadata service is fixed in it.
"""

import pytest
from alibabacloud_credentials.client import Client as Credential
from alibabacloud_credentials.models import Config as CredentialConfig
from calls import BY_ACTION, STS, client


@pytest.mark.action("GetCallerIdentity", "credentials_uri")
def test_keys_of_a_machine_open_the_door(sim):
    uri = Credential(CredentialConfig(type="credentials_uri", credentials_uri=sim.opening["credentials_uri"]))
    session = client(sim, STS[0], access_key_id=None, access_key_secret=None, credential=uri)
    identity = BY_ACTION["GetCallerIdentity"](session)
    assert identity.arn == "acs:ram::1690700000000001:assumed-role/skywarden-reader/vm"
