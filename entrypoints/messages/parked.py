"""What is done about parked messages, whichever door it is asked through."""

from collections.abc import Collection

from application.kernel.broker import Channel, Channels
from domain.kernel.refusal import Refusal


class ParkedUnknown(Refusal):
    """No such message is parked (any more): it was taken, or given up.

    List the parked messages to see what is there.
    """

    code = "parked.unknown"


class ConsumerElsewhere(Refusal):
    """The consumers of the `group` do not run in this process, and the broker is within the process.

    Ask the process that runs them: `entrepot serve`, or the program that opened the installation with its worker.
    """

    code = "parked.elsewhere"


async def requeue(channels: Channels, group: str, messages: Collection[str]) -> int:
    """Have parked messages delivered again; how many were found. Raises ConsumerElsewhere, StoreError."""
    for channel in Channel:
        try:
            return await channels(channel).requeue(group, messages)
        except ValueError:  # a group is of one channel
            continue
    raise ConsumerElsewhere(f"no consumer of this process takes messages for {group!r:.100}", group=group[:100])
