"""The official command line: it signs `Host: http://127.0.0.1:port`, scheme and all."""

import json
import os
import pathlib
import subprocess
import sys

import pytest
from calls import ROLE

TCCLI = pathlib.Path(sys.executable).with_name("tccli")


@pytest.fixture
def tccli(sim, tmp_path):
    def run(*args, user="skywarden", **environment):
        secret_id, secret_key = sim.key(user=user)
        known = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "NO_PROXY": "127.0.0.1"}
        keys = {"TENCENTCLOUD_SECRET_ID": secret_id, "TENCENTCLOUD_SECRET_KEY": secret_key, "TENCENTCLOUD_REGION": "ap-guangzhou"}
        endpoint = ("--endpoint", sim.opening["tencent"]["url"])
        done = subprocess.run(
            [TCCLI, *args, *endpoint], env={**known, **keys, **environment}, capture_output=True, text=True, timeout=60,
        )
        return done.returncode, json.loads(done.stdout) if done.returncode == 0 else done.stdout + done.stderr

    return run


@pytest.mark.action("cvm:2017-03-12:DescribeInstances", "tccli")
def test_machines(tccli):
    status, answer = tccli("cvm", "DescribeInstances", "--cli-unfold-argument", "--Limit", "1", "--Filters.0.Name", "instance-name", "--Filters.0.Values", "大厅")
    assert (status, answer["InstanceSet"][0]["InstanceId"]) == (0, "ins-lobby001")


@pytest.mark.action("tke:2022-05-01:DescribeClusterInstances", "tccli")
def test_nodes_of_the_new_version(tccli):
    status, answer = tccli("tke", "DescribeClusterInstances", "--version", "2022-05-01", "--ClusterId", "cls-prod0001")
    assert (status, answer["TotalCount"], answer["Errors"]) == (0, 8, [])


@pytest.mark.action("cvm:2017-03-12:DescribeInstances", "tccli")
def test_a_refusal_is_a_status_and_a_line(tccli):
    status, text = tccli("cvm", "DescribeInstances", user="nobody")
    assert status == 255
    assert "code:AuthFailure.UnauthorizedOperation" in text and "requestId:" in text


@pytest.mark.action("sts:2018-08-13:AssumeRole", "tccli")
@pytest.mark.action("sts:2018-08-13:GetCallerIdentity", "tccli")
def test_a_role_is_taken_on_the_way(tccli, sim, tmp_path):
    configured, _ = tccli_configure(sim, tmp_path)
    assert configured == 0
    status, who = tccli("sts", "GetCallerIdentity", TENCENTCLOUD_ROLE_ARN=ROLE, TENCENTCLOUD_ROLE_SESSION_NAME="conformance")
    assert (status, who["AccountId"], who["Type"]) == (0, "100000000002", "CAMRole")


def tccli_configure(sim, home):
    """The endpoint of the token service can be set in the file alone."""
    secret_id, secret_key = sim.key()
    done = subprocess.run(
        [TCCLI, "configure", "set", "secretId", secret_id, "secretKey", secret_key, "region", "ap-guangzhou", "output", "json",
         "sts.endpoint", sim.opening["tencent"]["url"]],
        env={"HOME": str(home), "PATH": os.environ["PATH"]}, capture_output=True, text=True, timeout=60,
    )
    return done.returncode, done.stdout + done.stderr
