"""Every action of the simulator, as the official client calls it."""

import base64
import dataclasses
import json
import re
import time

import boto3
import pytest
from botocore.config import Config

US, CN = "us-east-1", "cn-north-1"
ROLE = "arn:aws:iam::111122223333:role/skywarden-reader"
POD = "arn:aws:iam::111122223333:role/skywarden-pod"
EXTERNAL_ID = "skywarden-external-id"
ISSUER = "https://oidc.eks.us-east-1.amazonaws.com/id/SIMULATED"


def web_token(issuer=ISSUER, lives=600):
    parts = [{"alg": "RS256"}, {"iss": issuer, "sub": "system:serviceaccount:ops:skywarden", "aud": ["sts.amazonaws.com"], "exp": int(time.time()) + lives}]
    encoded = [base64.urlsafe_b64encode(json.dumps(it).encode()).rstrip(b"=").decode() for it in parts]
    return ".".join([*encoded, "c2lnbmF0dXJl"])


def client(sim, service, account="data", region=US, user="skywarden", **fields):
    key, secret = sim.key(account, user)
    config = fields.pop("config", Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=10))
    keys = {"aws_access_key_id": key, "aws_secret_access_key": secret, **fields}
    return boto3.client(service, region_name=region, endpoint_url=sim.url, config=config, **keys)


@dataclasses.dataclass(frozen=True)
class Call:
    """One action of the official client."""

    service: str
    action: str
    # The smallest good request.
    good: dict = dataclasses.field(default_factory=dict)
    # The client's name of the page size, the first size that is too large, and the names of the token, asked and answered.
    size: tuple = ()
    token: tuple = ()
    # The wire's name of what is needed, by the client's; and the code it is refused with when it is missing.
    needs: dict = dataclasses.field(default_factory=dict)
    # The codes of the service for: an unknown key, a wrong signature, a bad value, a bad token, too many calls, no right.
    codes: str = "query"

    @property
    def method(self):
        name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", self.action)
        return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()

    @property
    def id(self):
        return f"{self.service}:{self.action}"

    def __call__(self, client, **fields):
        request = {name: value for name, value in {**self.good, **fields}.items() if value is not None}
        return getattr(client, self.method)(**request)


@dataclasses.dataclass(frozen=True)
class Codes:
    """How a service says no: code and status."""

    unknown_key: tuple
    wrong_signature: tuple
    denied: tuple
    throttled: tuple
    expired: tuple
    invalid: str
    bad_token: str


def _query(invalid="ValidationError", bad_token="ValidationError"):
    return Codes(("InvalidClientTokenId", 403), ("SignatureDoesNotMatch", 403), ("AccessDenied", 403), ("Throttling", 400), ("ExpiredToken", 403), invalid, bad_token)


def _json(invalid, throttled="ThrottlingException"):
    return Codes(("UnrecognizedClientException", 400), ("InvalidSignatureException", 400), ("AccessDeniedException", 400), (throttled, 400), ("ExpiredTokenException", 400), invalid, invalid)


def _rest(invalid, throttled):
    return Codes(("UnrecognizedClientException", 403), ("InvalidSignatureException", 403), ("AccessDeniedException", 403), throttled, ("ExpiredTokenException", 403), invalid, invalid)


CODES = {
    "acm": _json("ValidationException"),
    "autoscaling": _query(bad_token="InvalidNextToken"),
    "ec2": Codes(("AuthFailure", 401), ("AuthFailure", 401), ("UnauthorizedOperation", 403), ("RequestLimitExceeded", 503), ("RequestExpired", 400), "InvalidParameterValue", "InvalidParameterValue"),
    "eks": _rest("InvalidParameterException", ("TooManyRequestsException", 429)),
    "elb": _query(),
    "elbv2": _query(),
    "iam": _query(),
    "organizations": _json("InvalidInputException", "TooManyRequestsException"),
    "rds": _query("InvalidParameterValue", "InvalidParameterValue"),
    "route53domains": _json("InvalidInput"),
    "savingsplans": _rest("ValidationException", ("ThrottlingException", 400)),
    "sts": _query(),
}

EC2_PAGES = {"size": ("MaxResults", 1001), "token": ("NextToken", "NextToken")}
EKS_PAGES = {"size": ("maxResults", 101), "token": ("nextToken", "nextToken")}
IAM_PAGES = {"size": ("MaxItems", 1001), "token": ("Marker", "Marker")}
ELB_PAGES = {"size": ("PageSize", 401), "token": ("Marker", "NextMarker")}
BALANCER = "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/app/shop-front/50dc6c495c0c9188"
GROUP = "arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/shop-front-targets/50dc6c495c0c9188"
CERTIFICATE = "arn:aws:acm:us-east-1:111122223333:certificate/00000000-0000-4000-8000-00000000000b"

CALLS = [
    Call("acm", "DescribeCertificate", good={"CertificateArn": CERTIFICATE}, needs={"CertificateArn": "ValidationException"}),
    Call("acm", "ListCertificates", size=("MaxItems", 1001), token=("NextToken", "NextToken")),
    Call("autoscaling", "DescribeAutoScalingGroups", size=("MaxRecords", 101), token=("NextToken", "NextToken")),
    Call("autoscaling", "DescribeAutoScalingInstances", size=("MaxRecords", 51), token=("NextToken", "NextToken")),
    Call("ec2", "DescribeAddresses"),
    Call("ec2", "DescribeImages", good={"Owners": ["self"], "IncludeDisabled": True}, **EC2_PAGES),
    Call("ec2", "DescribeInstanceStatus", **EC2_PAGES),
    Call("ec2", "DescribeInstances", **EC2_PAGES),
    Call("ec2", "DescribeRegions"),
    Call("ec2", "DescribeReservedInstances"),
    Call("ec2", "DescribeSnapshots", good={"OwnerIds": ["self"]}, **EC2_PAGES),
    Call("ec2", "DescribeVolumes", **EC2_PAGES),
    Call("eks", "DescribeCluster", good={"name": "shop"}),
    Call("eks", "DescribeFargateProfile", good={"clusterName": "shop", "fargateProfileName": "serverless-0a1b"}),
    Call("eks", "DescribeNodegroup", good={"clusterName": "shop", "nodegroupName": "web-0a1b2c3d"}),
    Call("eks", "ListClusters", good={"include": ["all"]}, **EKS_PAGES),
    Call("eks", "ListFargateProfiles", good={"clusterName": "shop"}, **EKS_PAGES),
    Call("eks", "ListNodegroups", good={"clusterName": "shop"}, **EKS_PAGES),
    Call("elb", "DescribeLoadBalancers", **ELB_PAGES),
    Call("elb", "DescribeTags", good={"LoadBalancerNames": ["classic-1"]}, needs={"LoadBalancerNames": "ValidationError"}),
    Call("elbv2", "DescribeListeners", good={"LoadBalancerArn": BALANCER}, **ELB_PAGES),
    Call("elbv2", "DescribeLoadBalancers", **ELB_PAGES),
    Call("elbv2", "DescribeTags", good={"ResourceArns": [BALANCER]}, needs={"ResourceArns": "ValidationError"}),
    Call("elbv2", "DescribeTargetGroups", **ELB_PAGES),
    Call("elbv2", "DescribeTargetHealth", good={"TargetGroupArn": GROUP}, needs={"TargetGroupArn": "ValidationError"}),
    Call("iam", "GetAccessKeyLastUsed", good={"AccessKeyId": "AKIASIMDATASKYWARDEN"}, needs={"AccessKeyId": "ValidationError"}),
    Call("iam", "GetAccountSummary"),
    Call("iam", "ListAccessKeys", good={"UserName": "skywarden"}, **IAM_PAGES),
    Call("iam", "ListServerCertificates", **IAM_PAGES),
    Call("iam", "ListUsers", **IAM_PAGES),
    Call("organizations", "DescribeOrganization"),
    Call("organizations", "ListAccounts", size=("MaxResults", 21), token=("NextToken", "NextToken")),
    Call("rds", "DescribeReservedDBInstances", size=("MaxRecords", 101), token=("Marker", "Marker")),
    Call("route53domains", "ListDomains", size=("MaxItems", 101), token=("Marker", "NextPageMarker")),
    Call("savingsplans", "DescribeSavingsPlans", size=("maxResults", 1001), token=("nextToken", "nextToken")),
    Call(
        "sts", "AssumeRole",
        good={"RoleArn": ROLE, "RoleSessionName": "conformance", "ExternalId": EXTERNAL_ID},
        needs={"RoleArn": "ValidationError", "RoleSessionName": "ValidationError"},
    ),
    Call(
        "sts", "AssumeRoleWithWebIdentity",
        good={"RoleArn": POD, "RoleSessionName": "conformance", "WebIdentityToken": web_token()},
        needs={"RoleArn": "ValidationError", "RoleSessionName": "ValidationError", "WebIdentityToken": "ValidationError"},
    ),
    Call("sts", "GetCallerIdentity"),
]

BY_ID = {it.id: it for it in CALLS}
SIGNED = [it for it in CALLS if it.action != "AssumeRoleWithWebIdentity"]


def cases(case, calls):
    return [pytest.param(it, id=it.id, marks=pytest.mark.action(it.id, case)) for it in calls]


def refusal(call, client, **fields):
    """Returns code, status and text of the refusal that the call meets."""
    with pytest.raises(client.exceptions.ClientError) as refused:
        call(client, **fields)
    answer = refused.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"].get("Message", "")
