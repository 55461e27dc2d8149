"""A simulator of one's own, and the official client pointed at it.

    pip install -r requirements.txt
    SKYWARDEN_CLOUDSIM=target/debug/skywarden-cloudsim pytest conformance/aws

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
    config.addinivalue_line("markers", "changes: the test changes what the simulator shows")
    config.addinivalue_line("markers", "action(name, case): the action that the test calls, and in which case")


class Simulator:
    """The running program and what it printed when it started."""

    def __init__(self, process, user):
        self.process = process
        # Whose keys are used unless others are named.
        self.user = user
        self.opening = json.loads(process.stdout.readline())
        self.url = self.opening["aws"]["url"]

    def operate(self, method, path, body=None, base=None):
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request((base or self.opening["url"]) + path, data=data, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def actions(self):
        return self.operate("GET", "/_sim/actions", base=self.url)

    def plant(self, effect, **where):
        self.operate("POST", "/_sim/faults", {"effect": effect, **where})

    def stats(self):
        return self.operate("GET", "/_sim/stats")

    def outcomes(self):
        return [it["outcome"] for it in self.stats()["recent"]]

    def key(self, account, user="skywarden"):
        found = next(it for it in self.opening["accounts"] if it["name"] == account)
        holder = found if user is None else next(it for it in found["users"] if it["name"] == user)
        return holder["keys"][0]["id"], holder["keys"][0]["secret"]


@pytest.fixture(scope="session", autouse=True)
def nobody_elses_settings(tmp_path_factory):
    """Keeps the client from looking for keys and settings of this machine."""
    empty = tmp_path_factory.mktemp("home") / "none"
    for name in [it for it in os.environ if it.startswith("AWS_")]:
        del os.environ[name]
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = str(empty)
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"


def running(user):
    process = subprocess.Popen([BINARY, "--estate", "aws"], stdout=subprocess.PIPE, text=True)
    try:
        yield Simulator(process, user)
    finally:
        process.terminate()
        assert process.wait(timeout=10) == 0


@pytest.fixture(scope="session")
def simulator():
    """Starts the simulator with accounts of AWS, once; nobody changes anything in it."""
    yield from running("skywarden")


@pytest.fixture(scope="session")
def yard():
    """Starts another one for whoever may read and change everything that is served."""
    yield from running("keeper")


@pytest.fixture
def sim(request):
    """Gives the simulator on a good day, and checks that the test called what it claims to call."""
    call = getattr(request.node, "callspec", None) and request.node.callspec.params.get("call")
    changes = request.node.get_closest_marker("changes") or (call and (call.changes or call.fresh))
    simulator = request.getfixturevalue("yard" if changes else "simulator")
    simulator.operate("DELETE", "/_sim/faults")
    simulator.operate("POST", "/_sim/quota", {})
    simulator.operate("DELETE", "/_sim/stats")
    yield simulator
    called = {it["action"].rsplit(":", 1)[-1] for it in simulator.stats()["recent"]}
    for mark in request.node.iter_markers("action"):
        action = mark.args[0].rsplit(":", 1)[-1]
        assert action in called, f"the test claims to call {action}, but did not"
