"""The CloudEvents project's own features for the HTTP and the Kafka binding, run as they are written."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import pytest

from contracts.events.v1.cloudevents import from_http, from_kafka
from contracts.events.v1.envelope import Event
from tests.contract.messages.gherkin import Scenario, Step, scenarios
from tests.shared_data import DATA, needs

FOLDER: Final = DATA / "cloudevents_conformance"
FEATURES: Final = ("http-protocol-binding", "kafka-protocol-binding")


class World:
    """What the steps of one scenario share."""

    def __init__(self) -> None:
        self.headers: list[tuple[str, str]] = []
        self.body = b""
        self.events: Sequence[Event] = ()

    @property
    def event(self) -> Event:
        (event,) = self.events
        return event


def supported(_world: World, _step: Step) -> None:
    """What it takes is imported above."""


def http_request(world: World, step: Step) -> None:
    head, _, body = step.doc.partition("\n\n")
    _, *lines = head.splitlines()
    world.headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    world.body = body.encode()


def kafka_payload(world: World, step: Step) -> None:
    world.body = step.doc.encode()


def kafka_headers(world: World, step: Step) -> None:
    world.headers = [(name, value) for name, value in step.table[1:]]


def parsed_as_http(world: World, _: Step) -> None:
    world.events = from_http(world.headers, world.body)


def parsed_as_kafka(world: World, _: Step) -> None:
    world.events = from_kafka(world.headers, world.body)


def attributes_are(world: World, step: Step) -> None:
    assert world.event.attributes == dict(step.table[1:])


def data_is(world: World, step: Step) -> None:
    assert json.loads(world.event.data or b"") == json.loads(step.doc)


STEPS: Final[dict[str, Callable[[World, Step], None]]] = {
    "HTTP Protocol Binding is supported": supported,
    "Kafka Protocol Binding is supported": supported,
    "an HTTP request": http_request,
    "a Kafka message with payload:": kafka_payload,
    "Kafka headers:": kafka_headers,
    "parsed as HTTP request": parsed_as_http,
    "parsed as Kafka message": parsed_as_kafka,
    "the attributes are:": attributes_are,
    "the data is equal to the following JSON:": data_is,
}


def found() -> list[object]:
    if not FOLDER.is_dir():
        return [pytest.param(None, id=feature, marks=needs(FOLDER.name)) for feature in FEATURES]
    every = [(feature, each) for feature in FEATURES for each in scenarios(FOLDER / f"{feature}.feature")]
    return [pytest.param(each, id=f"{feature}: {each.name}") for feature, each in every]


@pytest.mark.parametrize("scenario", found())
def test_a_scenario_of_the_published_features(scenario: Scenario) -> None:
    world = World()
    for step in scenario.steps:
        STEPS[step.text](world, step)


@needs(FOLDER.name)
def test_every_scenario_and_every_example_is_run() -> None:
    assert {feature: len(scenarios(FOLDER / f"{feature}.feature")) for feature in FEATURES} == {
        "http-protocol-binding": 4,
        "kafka-protocol-binding": 3,
    }


def test_the_reader_fills_outlines_in_and_refuses_what_it_does_not_know(tmp_path: Path) -> None:
    feature = tmp_path / "some.feature"
    text = 'Feature: F\n Background:\n Given b\n Scenario Outline: S <a>\n When <a>\n  """\n  x <a>\n    y\n  """\n'
    feature.write_text(text + "  | k | <a> |\n Examples:\n | a |\n | 1 |\n | 2 |\n")
    one, two = scenarios(feature)
    assert (one.name, two.name) == ("S 1", "S 2")
    assert [step.text for step in two.steps] == ["b", "2"]
    assert (two.steps[1].doc, two.steps[1].table) == ("x 2\n  y", [["k", "2"]])
    feature.write_text("Feature: F\n Scenario: S\n Given a\n Rule: unknown\n")
    with pytest.raises(ValueError, match="Rule"):
        scenarios(feature)
