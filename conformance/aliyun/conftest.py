"""A simulator of one's own, and the official clients pointed at it.

    pip install -r requirements.txt
    SKYWARDEN_CLOUDSIM=target/debug/skywarden-cloudsim pytest conformance/aliyun

Every test that is marked with `@pytest.mark.action(name, case)` must make the official client call that action:
after the test, the simulator is asked whether it did.
"""

import json
import os
import pathlib
import subprocess
import urllib.request

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("SKYWARDEN_CLOUDSIM", ROOT / "target/debug/skywarden-cloudsim")


def pytest_configure(config):
    config.addinivalue_line("markers", "action(name, case): the action that the test calls, and in which case")


class Simulator:
    """The running program and what it printed when it started."""

    def __init__(self, process):
        self.process = process
        self.opening = json.loads(process.stdout.readline())
        self.endpoint = self.opening["endpoint"]

    def operate(self, method, path, body=None):
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.opening["url"] + path, data=data, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def plant(self, effect, **where):
        self.operate("POST", "/_sim/faults", {"effect": effect, **where})

    def key(self, account, user="skywarden"):
        found = next(it for it in self.opening["accounts"] if it["name"] == account)
        holder = found if user is None else next(it for it in found["users"] if it["name"] == user)
        return holder["keys"][0]["id"], holder["keys"][0]["secret"]


@pytest.fixture(scope="module")
def simulator():
    """Starts the simulator with its demo estate, once for each file: what one file changes, no other sees."""
    process = subprocess.Popen([BINARY, "--estate", "demo"], stdout=subprocess.PIPE, text=True)
    try:
        yield Simulator(process)
    finally:
        process.terminate()
        assert process.wait(timeout=10) == 0


@pytest.fixture
def sim(simulator, request):
    """Gives the simulator on a good day, and checks that the test called what it claims to call."""
    simulator.operate("DELETE", "/_sim/faults")
    simulator.operate("POST", "/_sim/quota", {})
    simulator.operate("DELETE", "/_sim/stats")
    yield simulator
    called = {it["action"] for it in simulator.operate("GET", "/_sim/stats")["recent"]}
    for mark in request.node.iter_markers("action"):
        assert mark.args[0] in called, f"the test claims to call {mark.args[0]}, but did not"
