"""Connections of RabbitMQ that never came about."""

import asyncio
import gc
import logging
import socket
import threading
import warnings

import pytest

from adapters.rabbitmq.channels import QueueCarrier
from application.kernel.broker import BrokerUnavailable, Channel
from tests.contract.brokers.places import At


async def test_one_that_never_began_leaves_nothing_to_end_where_another_thread_collects_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.CRITICAL)  # what was logged keeps the error, and that the connection
    gc.disable()
    try:
        with socket.socket() as held:  # its port is nobody else's, and nobody listens there
            held.bind(("127.0.0.1", 0))
            carrier = QueueCarrier(At(f"amqp://127.0.0.1:{held.getsockname()[1]}"), Channel.EVENTS)
            with pytest.raises(BrokerUnavailable):
                await carrier.reach()
        await asyncio.sleep(0.05)
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            collecting = threading.Thread(target=gc.collect)
            collecting.start()
            collecting.join()
    finally:
        gc.enable()
    assert [str(each.message) for each in said] == []
