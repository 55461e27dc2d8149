"""The simulated robots, knocked at by apprise.

apprise is a client that we did not write. Where it keeps to a vendor's rules the simulator must
accept it; where it is known to break one (its DingTalk signature is percent-encoded twice, its
lengths are counted in characters, its success is HTTP 200 whatever the body says) the simulator
must refuse it, as the vendor does.

    pip install -r requirements.txt
    SKYWARDEN_CLOUDSIM=target/debug/skywarden-cloudsim pytest
"""

import json
import os
import pathlib
import subprocess
import urllib.parse

import apprise
import pytest
import requests
from apprise.plugins.dingtalk import NotifyDingTalk
from apprise.plugins.feishu import NotifyFeishu
from apprise.plugins.slack import NotifySlack
from apprise.plugins.wecombot import NotifyWeComBot

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("SKYWARDEN_CLOUDSIM", ROOT / "target/debug/skywarden-cloudsim")
SECRET = "SECconformance0000000000000000"


@pytest.fixture(scope="session")
def origin():
    """Starts the simulator and returns where its robots listen."""
    process = subprocess.Popen(
        [BINARY, "--estate", "seeded:1x10"], stdout=subprocess.PIPE, text=True
    )
    try:
        opening = json.loads(process.stdout.readline())
        address = urllib.parse.urlsplit(opening["robots"]["dingtalk"])
        yield f"{address.scheme}://{address.netloc}"
    finally:
        process.terminate()
        process.wait(timeout=10)


class Robot:
    """One robot of the simulator."""

    def __init__(self, origin, kind, name, **security):
        self.origin, self.name = origin, name
        new = {"kind": kind, "name": name, **security}
        made = requests.post(f"{origin}/_sim/robots", json=new, timeout=5)
        made.raise_for_status()
        self.url = made.json()["url"]

    def look(self):
        query = {"robot": self.name}
        seen = requests.get(f"{self.origin}/_sim/robots/messages", params=query, timeout=5)
        seen.raise_for_status()
        return seen.json()

    def texts(self):
        return [it["text"] for it in self.look()["messages"]]

    def refusals(self):
        return [(it["code"], it["reason"]) for it in self.look()["refusals"]]


@pytest.fixture
def robot(origin, request, monkeypatch):
    """Returns a maker of robots that apprise's plugins are led to."""
    for plugin in (NotifyDingTalk, NotifyFeishu, NotifyWeComBot, NotifySlack):
        # Its own pacing would wait for seconds; ours is what is looked at here.
        monkeypatch.setattr(plugin, "request_rate_per_sec", 0)

    def make(kind, **security):
        made = Robot(origin, kind, request.node.name, **security)
        at = urllib.parse.urlsplit(made.url)
        if kind == "dingtalk":
            base = f"{origin}/robot/send?access_token={{token}}"
            monkeypatch.setattr(NotifyDingTalk, "notify_url", base)
            made.token = urllib.parse.parse_qs(at.query)["access_token"][0]
        elif kind == "feishu":
            base = f"{origin}/open-apis/bot/v2/hook/{{token}}/"
            monkeypatch.setattr(NotifyFeishu, "notify_url", base)
            made.token = at.path.rsplit("/", 1)[1]
        elif kind == "wecom":
            base = f"{origin}/cgi-bin/webhook/send?key={{key}}"
            monkeypatch.setattr(NotifyWeComBot, "notify_url", base)
            made.token = urllib.parse.parse_qs(at.query)["key"][0]
        elif kind == "slack":
            monkeypatch.setattr(NotifySlack, "webhook_url", f"{origin}/services")
            made.token = at.path.removeprefix("/services/")
        return made

    return make


def send(url, body, **more):
    sender = apprise.Apprise()
    assert sender.add(url), url
    return sender.notify(body=body, **more)


def test_an_unsigned_dingtalk_message_is_accepted(robot):
    ops = robot("dingtalk", keywords=["巡检"])
    assert send(f"dingtalk://{ops.token}/", "巡检：3 个资源将到期")
    assert ops.texts() == ["巡检：3 个资源将到期"]
    assert ops.refusals() == []


def test_a_dingtalk_signature_that_was_encoded_twice_is_refused(robot):
    ops = robot("dingtalk", secret=SECRET)
    sent = send(f"dingtalk://{SECRET}@{ops.token}/", "hello")
    assert ops.texts() == []
    [(code, reason)] = ops.refusals()
    assert code == "310000"
    assert reason.startswith("sign not match, more: ["), reason
    # The reason why the answer's body has to be read: the sender believes that it was delivered.
    assert sent


def test_the_same_dingtalk_signature_encoded_once_is_accepted(robot, monkeypatch):
    # The recipe itself is right: without its first encoding apprise signs as the vendor wants.
    ops = robot("dingtalk", secret=SECRET)
    monkeypatch.setattr(NotifyDingTalk, "quote", staticmethod(lambda text, **_: text))
    assert send(f"dingtalk://{SECRET}@{ops.token}/", "hello")
    assert ops.texts() == ["hello"]
    assert ops.refusals() == []


def test_a_message_without_the_dingtalk_keyword_is_refused(robot):
    ops = robot("dingtalk", keywords=["巡检"])
    send(f"dingtalk://{ops.token}/", "hello")
    [(code, reason)] = ops.refusals()
    assert code == "310000"
    assert reason.startswith("keywords not in content"), reason


def test_dingtalk_counts_bytes_where_apprise_counts_characters(robot):
    ops = robot("dingtalk")
    send(f"dingtalk://{ops.token}/", "检" * 19_000)
    assert ops.texts() == []
    assert ops.refusals()[0] == ("460101", "message too long, exceed 20000 bytes")
    assert ops.look()["refusals"][0]["body_bytes"] > 100_000


def test_the_twenty_first_dingtalk_message_mutes_the_robot(robot):
    ops = robot("dingtalk")
    for _ in range(22):
        send(f"dingtalk://{ops.token}/", "hello")
    assert len(ops.texts()) == 20
    too_fast = ("130101", "send too fast, exceed 20 times per minute")
    assert ops.refusals() == [too_fast, too_fast]


def test_an_unsigned_feishu_message_is_accepted_where_no_signature_is_asked_for(robot):
    ops = robot("feishu", keywords=["巡检"])
    assert send(f"feishu://{ops.token}/", "巡检")
    assert ops.texts() == ["巡检"]


def test_an_unsigned_feishu_message_is_refused_where_a_signature_is_asked_for(robot):
    ops = robot("feishu", secret="demo")
    send(f"feishu://{ops.token}/", "巡检")
    assert ops.texts() == []
    [(code, reason)] = ops.refusals()
    assert (code, reason.split(" or ")[0]) == ("19021", "sign match fail")


def test_wecom_counts_bytes_where_apprise_counts_characters(robot):
    ops = robot("wecom")
    assert send(f"wecombot://{ops.token}/", "巡检")
    send(f"wecombot://{ops.token}/", "检" * 2_000)
    assert ops.texts() == ["巡检"]
    [(code, reason)] = ops.refusals()
    assert code == "40058"
    assert reason.startswith("text.content exceed max length 2048. invalid Request Parameter")


def test_a_slack_message_is_accepted(robot):
    ops = robot("slack")
    assert send(f"slack://{ops.token}/", "3 resources expire")
    assert any("3 resources expire" in it for it in ops.texts())
