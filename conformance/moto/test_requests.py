"""The adapter's golden requests are what the official client sends, today's version of it."""

import json

import requests_of_botocore as official


def test_the_fixtures_are_what_the_official_client_sends():
    made = official.made()
    kept = {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in official.FIXTURES.glob("*.json")
        if not path.stem.startswith("recorded-")
    }
    assert kept.keys() == made.keys()
    for name, request in made.items():
        assert kept[name] == request, name
