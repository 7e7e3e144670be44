"""The broker is chosen by its URL, and told for whom it must keep what is published."""

from typing import Any

import pytest

from application.kernel.broker import Channel
from entrypoints.composition.groups import groups_of
from entrypoints.composition.settings import BadSettings, Settings, effective, load_settings


@pytest.mark.parametrize(
    ("url", "technology"),
    [
        ("inprocess:", "inprocess"),
        ("redis://localhost:6379/0", "redis"),
        ("rediss://:secret@cache.example:6380/1", "redis"),
        ("amqp://guest:guest@localhost:5672/", "rabbitmq"),
        ("amqps://localhost", "rabbitmq"),
        ("nats://one:4222,two:4222", "nats"),
        ("kafka://one:9092,two:9092", "kafka"),
    ],
)
def test_the_url_says_which_broker(url: str, technology: str) -> None:
    assert load_settings(broker={"url": url}).adapter("broker") == technology


def test_an_adapter_that_is_named_is_taken_whatever_the_url_says() -> None:
    named = load_settings(broker={"url": "redis://localhost"}, adapters={"broker": "shop.queues:open_channels"})
    assert named.adapter("broker") == "shop.queues:open_channels"


@pytest.mark.parametrize(
    "url", ["", "redis", "redis:", "redis://", "inprocess://here", "http://localhost", "kafka://a b"]
)
def test_a_url_of_no_broker_is_refused(url: str) -> None:
    with pytest.raises(BadSettings, match="ENTREPOT_BROKER__URL: must be"):
        load_settings(broker={"url": url})


@pytest.mark.parametrize("name", ["", "Entrepot", "a.b", "a:b", "a*", "1st", "x" * 33])
def test_a_name_that_not_every_server_could_take_is_refused(name: str) -> None:
    with pytest.raises(BadSettings, match="ENTREPOT_BROKER__NAME"):
        load_settings(broker={"name": name})


def test_a_password_is_not_shown() -> None:
    (shown,) = [
        each.value
        for each in effective(load_settings(broker={"url": "amqp://shop:hush@localhost/"}))
        if each.name == "ENTREPOT_BROKER__URL"
    ]
    assert shown == "amqp://shop:***@localhost/"


@pytest.mark.parametrize(
    ("more", "events"),
    [
        ({}, ()),
        ({"cache": {"url": "memory:"}}, ()),
        ({"cache": {"url": "redis://localhost/0"}}, ("availability",)),
        ({"search": {"url": "opensearch+http://localhost:9200"}}, ("search",)),
    ],
)
def test_groups_that_the_settings_call_for_are_known_before_they_run(more: Any, events: tuple[str, ...]) -> None:
    settings: Settings = load_settings(**more)
    assert groups_of(settings) == {Channel.EVENTS: events, Channel.COMMANDS: ("commands",)}
