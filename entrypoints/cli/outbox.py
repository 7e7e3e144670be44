"""`entrepot outbox …`: what is told to the outside, and what could not be taken."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from application.kernel.broker import Channel
from entrypoints.cli.session import session_of
from entrypoints.cli.worker import IN_PROCESS

if TYPE_CHECKING:
    from application.kernel.broker import Parked
    from application.kernel.outbox import Message
    from entrypoints.composition.installation import Installation

app = typer.Typer(help="Events that wait to be published; events and commands that could not be taken.")

Group = Annotated[str, typer.Argument(help="The group of consumers.")]
Messages = Annotated[list[str], typer.Argument(help="The ids of parked messages.")]


def add_to(root: typer.Typer) -> None:
    root.add_typer(app, name="outbox")


@app.command()
def show(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=500, help="At most so many of each partition.")] = 20,
) -> None:
    """Show events that wait to be published, the next of each partition first."""

    async def find(installation: "Installation") -> object:
        partitions = await installation.outbox.pending()
        waiting = await installation.outbox.unpublished(partitions, limit)
        rows = [_event(message) for partition in sorted(waiting) for message in waiting[partition]]
        return {"partitions_waiting": len(partitions), "events": rows}

    session_of(context).answer(find)


@app.command()
def relay(context: typer.Context) -> None:
    """Publish what waits now, to the configured broker, and end."""

    async def publish(installation: "Installation") -> object:
        relay = installation.relay
        try:
            while await installation.outbox.pending() and not relay.counts.failures and not relay.counts.lost:
                await relay()
        finally:
            await relay.close()
        waiting = len(await installation.outbox.pending())
        return {"published": relay.counts.published, "partitions_waiting": waiting}

    session_of(context).answer(publish)


@app.command()
def parked(
    context: typer.Context,
    group: Annotated[str, typer.Argument(help="Only of this group of consumers, and of every tenant.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=500, help="At most so many.")] = 100,
) -> None:
    """Show what could not be taken, the oldest first: the tenant's, or a group's. Commands' group is `commands`."""
    session = session_of(context)

    async def find(installation: "Installation") -> object:
        kept = installation.parked
        found = await (kept.parked(group, limit) if group else kept.of_tenant(session.tenant, limit))
        return [_parked(each) for each in found]

    session.answer(find)


@app.command()
def requeue(context: typer.Context, group: Group, messages: Messages) -> None:
    """Have parked messages delivered again, behind what waits. Commands are handled here where nobody else could."""

    async def again(installation: "Installation") -> object:
        from entrypoints.messages.consumer import GROUP
        from entrypoints.messages.parked import requeue

        if group != GROUP or installation.settings.adapter("broker") != IN_PROCESS:
            return {"requeued": await requeue(installation.channels, group, messages)}
        installation.consume()
        found = await requeue(installation.channels, group, messages)
        await installation.channels(Channel.COMMANDS).drain()
        left = await installation.parked.find(group, messages)
        return {"requeued": found, "parked": [_parked(each) for each in left]}

    session_of(context).answer(again)


@app.command()
def discard(context: typer.Context, group: Group, messages: Messages) -> None:
    """Give parked messages up: nobody will take them."""

    async def forget(installation: "Installation") -> object:
        return {"discarded": sum([await installation.parked.remove(group, each) for each in messages])}

    session_of(context).answer(forget)


def _event(message: "Message") -> dict[str, Any]:
    return {
        "id": message.id,
        "tenant": message.tenant,
        "partition": message.partition,
        "subject": message.subject,
        "number": message.number,
        "type": message.type,
        "at": message.at,
        "request": message.request,
    }


def _parked(each: "Parked") -> dict[str, Any]:
    told = {"attempts": each.attempts, "reason": each.reason, "parked_at": each.at}
    return {"group": each.group} | _event(each.message) | told
