"""Sessions: roles, web identities, machines and containers."""

import json
import os
import urllib.request

import boto3
import botocore.session
import pytest
from botocore.credentials import ContainerProvider, InstanceMetadataProvider
from botocore.utils import ContainerMetadataFetcher, InstanceMetadataFetcher
from calls import BY_ID, EXTERNAL_ID, ROLE, client, refusal, web_token


def session_client(sim, credentials, service="sts", region="us-east-1"):
    keys = {
        "aws_access_key_id": credentials["AccessKeyId"],
        "aws_secret_access_key": credentials["SecretAccessKey"],
        "aws_session_token": credentials["SessionToken"],
    }
    return boto3.client(service, region_name=region, endpoint_url=sim.url, **keys)


@pytest.mark.action("GetCallerIdentity", "served")
def test_everybody_is_somebody(sim):
    who = client(sim, "sts").get_caller_identity()
    assert who["Account"] == "111122223333" and who["Arn"] == "arn:aws:iam::111122223333:user/skywarden"
    assert who["UserId"].startswith("AIDA") and len(who["UserId"]) == 21
    root = client(sim, "sts", user=None).get_caller_identity()
    assert root["Arn"] == "arn:aws:iam::111122223333:root" and root["UserId"] == "111122223333"
    china = client(sim, "sts", "beijing", "cn-northwest-1").get_caller_identity()
    assert china["Arn"] == "arn:aws-cn:iam::999988887777:user/skywarden"


@pytest.mark.action("AssumeRole", "served")
def test_a_role_of_another_account_is_taken_with_the_agreed_word(sim):
    sts = client(sim, "sts")
    lab = "arn:aws:iam::444455556666:role/skywarden-reader"
    taken = sts.assume_role(RoleArn=lab, RoleSessionName="patrol", ExternalId=EXTERNAL_ID, DurationSeconds=900)
    assert taken["AssumedRoleUser"]["Arn"] == "arn:aws:sts::444455556666:assumed-role/skywarden-reader/patrol"
    assert taken["Credentials"]["AccessKeyId"].startswith("ASIA")
    inside = session_client(sim, taken["Credentials"])
    assert inside.get_caller_identity()["Account"] == "444455556666"
    assert session_client(sim, taken["Credentials"], "ec2", "eu-west-1").describe_instances()["Reservations"]
    half = boto3.client(
        "sts", region_name="us-east-1", endpoint_url=sim.url,
        aws_access_key_id=taken["Credentials"]["AccessKeyId"], aws_secret_access_key=taken["Credentials"]["SecretAccessKey"],
    )
    assert refusal(BY_ID["sts:GetCallerIdentity"], half)[:2] == ("InvalidClientTokenId", 403)


@pytest.mark.action("AssumeRole", "refused")
def test_a_role_is_not_taken_without_trust(sim):
    call, sts = BY_ID["sts:AssumeRole"], client(sim, "sts")
    for fields in [{"ExternalId": None}, {"ExternalId": "guessed"}, {"RoleArn": ROLE + "x"}, {"RoleArn": ROLE.replace("arn:aws:", "arn:aws-cn:")}]:
        code, status, text = refusal(call, sts, **fields)
        assert (code, status) == ("AccessDenied", 403) and "sts:AssumeRole" in text, fields
    assert refusal(call, client(sim, "sts", user=None))[:2] == ("AccessDenied", 403)
    assert refusal(call, sts, DurationSeconds=7200)[:2] == ("ValidationError", 400)
    assert refusal(call, sts, RoleSessionName="no spaces")[:2] == ("ValidationError", 400)
    assert refusal(call, sts, RoleArn="arn:aws:iam::111122223333:user/not-a-role")[:2] == ("ValidationError", 400)


@pytest.mark.action("AssumeRole", "expired")
def test_a_session_that_is_over_says_so_in_the_words_of_each_service(sim):
    taken = client(sim, "sts").assume_role(RoleArn=ROLE, RoleSessionName="over", ExternalId=EXTERNAL_ID)["Credentials"]
    sim.operate("POST", "/_sim/sessions/expire", {"account": "data"})
    for service, action, code in [
        ("sts", "sts:GetCallerIdentity", "ExpiredToken"),
        ("ec2", "ec2:DescribeRegions", "RequestExpired"),
        ("acm", "acm:ListCertificates", "ExpiredTokenException"),
        ("eks", "eks:ListClusters", "ExpiredTokenException"),
    ]:
        assert refusal(BY_ID[action], session_client(sim, taken, service))[0] == code


@pytest.mark.action("AssumeRoleWithWebIdentity", "served")
def test_a_web_identity_opens_a_role_without_any_key(sim, tmp_path):
    call, sts = BY_ID["sts:AssumeRoleWithWebIdentity"], client(sim, "sts")
    taken = call(sts)
    assert taken["SubjectFromWebIdentityToken"] == "system:serviceaccount:ops:skywarden"
    assert session_client(sim, taken["Credentials"]).get_caller_identity()["Arn"].startswith("arn:aws:sts::111122223333:assumed-role/skywarden-pod/")
    assert refusal(call, sts, WebIdentityToken="not.jwt")[:2] == ("InvalidIdentityToken", 400)
    assert refusal(call, sts, WebIdentityToken=web_token(lives=-1))[:2] == ("ExpiredTokenException", 400)
    assert refusal(call, sts, WebIdentityToken=web_token("https://example.com"))[:2] == ("AccessDenied", 403)
    assert refusal(call, sts, RoleArn=ROLE)[:2] == ("AccessDenied", 403)


@pytest.mark.action("GetCallerIdentity", "machine")
def test_a_machines_role_is_found_with_a_token(sim):
    url = sim.opening["aws"]["metadata"].rstrip("/")
    fetcher = InstanceMetadataFetcher(timeout=5, num_attempts=1, base_url=url, env={}, config={})
    found = InstanceMetadataProvider(iam_role_fetcher=fetcher).load().get_frozen_credentials()
    credentials = {"AccessKeyId": found.access_key, "SecretAccessKey": found.secret_key, "SessionToken": found.token}
    assert session_client(sim, credentials).get_caller_identity()["Account"] == "111122223333"
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{url}/latest/meta-data/iam/security-credentials/", timeout=5)
    assert refused.value.code == 401


@pytest.mark.action("GetCallerIdentity", "container")
def test_a_containers_role_is_found_at_its_endpoint(sim):
    aws = sim.opening["aws"]
    environment = {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": aws["container_uri"],
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": aws["container_token"],
    }
    found = ContainerProvider(environ=environment, fetcher=ContainerMetadataFetcher()).load().get_frozen_credentials()
    credentials = {"AccessKeyId": found.access_key, "SecretAccessKey": found.secret_key, "SessionToken": found.token}
    assert session_client(sim, credentials).get_caller_identity()["Account"] == "111122223333"
