"""The ledger: no action without the official client's call of it, and none that is called but not served."""

import importlib
import pathlib

from calls import BY_ID, CALLS

# Some services share a name; their versions tell them apart.
BY_VERSION = {"2010-08-01": "cloudwatchforms", "2012-06-01": "elb", "2015-12-01": "elbv2"}


def marked():
    """Returns every (action, case) that a test of this folder claims, whichever tests were chosen to run."""
    found = set()
    for file in pathlib.Path(__file__).parent.glob("test_*.py"):
        for thing in vars(importlib.import_module(file.stem)).values():
            for mark in getattr(thing, "pytestmark", []):
                if mark.name == "action":
                    found.add(mark.args)
                if mark.name == "parametrize":
                    params = [it for it in mark.args[1] if hasattr(it, "marks")]
                    found |= {inner.args for it in params for inner in it.marks if inner.name == "action"}
    return found


# What the client calls otherwise than its rights and names.
OTHERWISE = {"tag": "resourcegroupstaggingapi"}


def served(sim):
    return {f"{BY_VERSION.get(it['version'], OTHERWISE.get(it['service'], it['service']))}:{it['action']}": it for it in sim.actions()}


def test_every_action_has_its_official_calls(sim):
    claimed, lacking = marked(), []
    for name, it in served(sim).items():
        wanted = ["served", "throttled"]
        wanted += ["wrong_signature", "wrong_partition", "clock"] if it["signed"] else []
        wanted += ["denied"] if it["service"] != "sts" else []
        wanted += ["wrong_page", "paged"] if it["pages"] else []
        wanted += ["missing_parameter"] if it["needs"] else []
        lacking += [(name, case) for case in wanted if (name, case) not in claimed]
    assert not lacking, f"served without a conformance test: {lacking}"


def test_every_call_is_of_an_action_that_is_served(sim):
    actions = served(sim)
    assert set(BY_ID) == set(actions)
    for it in CALLS:
        assert bool(it.token) == actions[it.id]["pages"], it.id
        assert set(it.needs) == set(actions[it.id]["needs"]), it.id
