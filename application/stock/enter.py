"""Commands on the registers of goods and nodes: this process knows their outcome at once."""

from application.kernel.call import Call
from application.kernel.command import Commit
from application.kernel.enter import EntriesWritten, RegisterCommand
from application.kernel.entries import Followed, View
from application.stock.ports import LearnsRegisters, Standing
from domain.kernel.books import EntryKey


class RegisterHandler:
    """Handles the commands on registers: what was committed may be named by this process's next command, and is seen by
    whoever follows them."""

    def __init__(self, commit: Commit, registers: LearnsRegisters, *followed: Followed[View]) -> None:
        self._commit = commit
        self._registers = registers
        self._followed = followed

    async def __call__(self, call: Call, command: RegisterCommand) -> EntriesWritten:
        """The command's reply. Raises the command's refusals, Unanswered."""
        reply = await self._commit.submit(call, command)
        self._registers.learn(
            call.tenant,
            {EntryKey(reply.register, e.code): Standing(e.version, e.active) for e in reply.entries},
        )
        for each in self._followed:
            each.look_again()
        return reply
