"""Commands that came as messages and could not be taken, looked at and sent again by the command line."""

import asyncio

import pytest

from application.kernel.broker import Channel
from entrypoints.composition.installation import open_installation
from entrypoints.composition.settings import load_settings
from tests.contract.messages.channel import command, message_of
from tests.e2e.conftest import Entrepot

KIOSK = "/tenants/main/kiosk"


def send(*requests: str) -> None:
    """Reserves by message, to the process that serves this database."""

    async def publish() -> None:
        async with open_installation(load_settings(), worker=True) as house:
            for request in requests:
                lines = [{"goods": "TEA", "quantity": 1, "nodes": ["NORTH"]}]
                event = command("reserve-stock", request, {"lines": lines}, KIOSK)
                await house.channels(Channel.COMMANDS).publish([message_of(event)])

    asyncio.run(publish())


def test_a_parked_command_is_shown_and_done_once_its_sender_is_known(
    shop: Entrepot, monkeypatch: pytest.MonkeyPatch
) -> None:
    send("k-1")
    (parked,) = shop("outbox", "parked", "--json").json
    assert (parked["group"], parked["request"], parked["tenant"]) == ("commands", "k-1", "main")
    assert "message.sender" in parked["reason"]
    assert shop("outbox", "parked", "commands", "--json").json == [parked]
    assert shop("--tenant", "other", "outbox", "parked", "--json").json == []
    still = shop("outbox", "requeue", "commands", parked["id"], "--json").json
    assert (still["requeued"], still["parked"][0]["attempts"]) == (1, 2)
    monkeypatch.setenv("ENTREPOT_MESSAGES__SENDERS", f"{KIOSK}=sell")
    done = shop("outbox", "requeue", "commands", parked["id"], "nothing", "--json").json
    assert done == {"requeued": 1, "parked": []}
    assert shop("stock", "reservation", "k-1", "--json").json["status"] == "held"
    assert shop("outbox", "parked", "--json").json == []


def test_a_parked_command_can_be_given_up(shop: Entrepot) -> None:
    send("k-1", "k-2")
    first, second = shop("outbox", "parked", "--json").json
    assert shop("outbox", "discard", "commands", first["id"], "nothing", "--json").json == {"discarded": 1}
    assert shop("outbox", "parked", "--json").json == [second]
