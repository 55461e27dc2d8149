"""A simulator of one's own, and the official clients of Tencent Cloud pointed at it.

    pip install -r requirements.txt
    SKYWARDEN_CLOUDSIM=target/debug/skywarden-cloudsim pytest conformance/tencent

Every test that is marked with `@pytest.mark.action(name, case)` must make the official client call that action:
after the test, the simulator is asked whether it did. The name is the full one: `tke:2022-05-01:DescribeClusters`.
"""

import json
import os
import pathlib
import subprocess
import urllib.request

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("SKYWARDEN_CLOUDSIM", ROOT / "target/debug/skywarden-cloudsim")

# The official clients honour proxies, except for hosts that are named here.
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"


def pytest_configure(config):
    config.addinivalue_line("markers", "action(name, case): the action that the test calls, and in which case")


class Simulator:
    """The running program and what it printed when it started."""

    def __init__(self, process):
        self.process = process
        self.opening = json.loads(process.stdout.readline())
        self.endpoint = self.opening["tencent"]["endpoint"]

    def operate(self, method, path, body=None, url=None):
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request((url or self.opening["url"]) + path, data=data, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def actions(self):
        """Returns every action that the door of Tencent Cloud serves, by its full name."""
        served = self.operate("GET", "/_sim/actions", url=self.opening["tencent"]["url"])
        return {f"{it['service']}:{it['version']}:{it['action']}": it for it in served}

    def plant(self, kind, where=None, **effect):
        self.operate("POST", "/_sim/faults", {"effect": {"kind": kind, **effect}, **(where or {})})

    def recent(self):
        return self.operate("GET", "/_sim/stats")["recent"]

    def key(self, account="game", user="skywarden"):
        found = next(it for it in self.opening["accounts"] if it["name"] == account)
        holder = found if user is None else next(it for it in found["users"] if it["name"] == user)
        return holder["keys"][0]["id"], holder["keys"][0]["secret"]


@pytest.fixture(scope="module")
def simulator():
    """Starts the simulator with the sample estate of Tencent Cloud, once for each file: what one changes, no other sees."""
    process = subprocess.Popen([BINARY, "--estate", "tencent"], stdout=subprocess.PIPE, text=True)
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
    called = {it["action"] for it in simulator.recent()}
    for mark in request.node.iter_markers("action"):
        assert mark.args[0] in called, f"the test claims to call {mark.args[0]}, but did not: {called}"
