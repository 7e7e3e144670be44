"""`entrepot outbox …`: what is told to the outside, and what could not be taken."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from entrypoints.cli.errors import Complaint
from entrypoints.cli.session import session_of

if TYPE_CHECKING:
    from application.kernel.broker import Parked
    from application.kernel.outbox import Message
    from entrypoints.composition.installation import Installation

app = typer.Typer(help="Events: published in order, at least once; parked where nobody could take them.")

Group = Annotated[str, typer.Argument(help="The group of consumers.")]


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
    group: Group,
    limit: Annotated[int, typer.Option(min=1, max=500, help="At most so many.")] = 100,
) -> None:
    """Show what a group could not take, the oldest first."""

    async def find(installation: "Installation") -> object:
        return [_parked(each) for each in await installation.parked.parked(group, limit)]

    session_of(context).answer(find)


@app.command()
def requeue(
    context: typer.Context,
    group: Group,
    messages: Annotated[list[str], typer.Argument(help="The ids of parked messages.")],
) -> None:
    """Have parked messages delivered again, behind what waits."""

    async def again(installation: "Installation") -> object:
        try:
            return {"requeued": await installation.broker.requeue(group, messages)}
        except ValueError as error:  # a broker within the process has no consumers but this process's own
            raise Complaint(f"{error} here: requeue in the process that runs its consumers") from None

    session_of(context).answer(again)


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
    return _event(each.message) | told
