"""The examples of the catalogue are executed in their order: each is accepted, and answered in the form promised."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from application.kernel.call import Call
from contracts.events.v1.catalogue import EVENTS
from contracts.http.v1.catalogue import COMMANDS, CommandForm
from entrypoints.composition.installation import Installation, open_installation
from entrypoints.composition.settings import Settings
from entrypoints.wire.commands import command_of

EXPECTED = {form.name for form in EVENTS} - {
    "ReservationCancelled",
    "StockDisplaced",
    "StockExpired",
}
"""What the story has told in the end."""

FORMS = {form.name: form for form in EVENTS}


async def tell(house: Installation, form: CommandForm) -> dict[str, Any]:
    command = command_of(form, form.request.model_validate(form.example), house.settings)
    reply = house.codec.encode(await house.handle(Call("acme", "clerk", f"example-{form.name}"), command))
    answer = form.reply.model_validate_json(reply)
    said: dict[str, Any] = json.loads(reply)
    assert json.loads(answer.model_dump_json()) == said, "every field is published, and none more"
    return said


@pytest.fixture
async def house() -> AsyncIterator[Installation]:
    settings = Settings.model_validate({"database": {"url": "memory:"}, "worker": {"poll_seconds": 0.05}})
    async with open_installation(settings) as house:
        yield house


async def test_the_story_is_accepted_and_answered_in_the_form_promised(house: Installation) -> None:
    told = {form.name: await tell(house, form) for form in COMMANDS}
    assert told["reserve-stock"]["due"].endswith("Z")
    assert told["release-reservation"]["lines"], "something was released"
    assert told["recall-shipment"]["goods"][0]["in_transit"] == 0, "the story comes to its end"
    again = {form.name: await tell(house, form) for form in COMMANDS}
    assert again == told, "and told again, it is the same"


async def test_its_events_are_told_in_the_form_promised(house: Installation) -> None:
    for form in COMMANDS:
        await tell(house, form)
    seen: set[str] = set()
    after = None
    while not seen >= EXPECTED:
        page = await house.feed.read("acme", after, 500)
        after = page.after
        for message in page.messages:
            told = FORMS[message.type]
            data = told.data.model_validate_json(message.data)
            assert json.loads(data.model_dump_json()) == json.loads(message.data), message.type
            assert message.subject.partition(":")[0] == told.of
            seen.add(message.type)
        await asyncio.sleep(0.02)
