"""The ledger in SQL: what a batch touches is loaded in sets, what it changed is written in sets."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection

from adapters.sql.accounts import AccountIds
from adapters.sql.bodies import encode_body, reservations_of
from adapters.sql.database import Database, WriterSession
from adapters.sql.dialects.dialect import Row
from adapters.sql.known_accounts import KnownAccounts
from adapters.sql.statements import Statements
from adapters.sql.times import micros, moment
from application.kernel.command import Records
from application.kernel.ledger_time import LedgerTime
from application.kernel.outbox import partition_of
from application.kernel.ports import Changes, Codec, Contention, KeptReply, Loaded, Reach, pass_by
from domain.kernel.account import MAX_DIMENSIONS, NO_FACTS, Account, AccountKey, key_text
from domain.kernel.books import Entry, EntryKey
from domain.kernel.movement import Balances
from domain.kernel.reservation import Reservation

NO_FACTS_TEXT: Final = "{}"
BUCKETS: Final = len(Balances._fields)


class SqlLedgerStore:
    """The ledger of one database. All writes of a batch are one transaction of the one writer.

    `time` is shared with the other ports of the process. `ids` are its own: a transaction that does not commit takes
    them back, and what reads beside it must not see them.
    """

    def __init__(
        self,
        database: Database,
        statements: Statements,
        ids: AccountIds,
        codec: Codec,
        time: LedgerTime,
        reach: Reach = pass_by,
    ) -> None:
        self._database = database
        self.statements = statements
        self.dialect = statements.dialect
        self.ids = ids
        self.codec = codec
        self.time = time
        self.reach = reach
        self.known = KnownAccounts()
        self.next_number = 0

    @asynccontextmanager
    async def batch(self) -> AsyncIterator["SqlLedgerBatch"]:
        async with self._database.writing() as session:
            self.ids.trim()
            try:
                self.reach("begun")
                yield SqlLedgerBatch(self, session)
            except BaseException:
                # Ids given to accounts of a transaction that did not commit must not be remembered. And after a COMMIT
                # whose answer was lost nobody knows what the accounts are.
                self.ids.forget()
                self.known.forget()
                raise


class SqlLedgerBatch:
    """One transaction. Its steps are the methods `_records`, `_load` and `_save`, which run where the connection is."""

    def __init__(self, store: SqlLedgerStore, session: WriterSession) -> None:
        self._store = store
        self._session = session
        self._loaded_reservations: dict[tuple[str, str], Reservation] = {}
        self._next_account = 0
        self._next_event = 0
        self._next_change = 0
        self._first_number = 0

    async def records(
        self, reservations: Mapping[str, Collection[str]], entries: Mapping[str, Collection[EntryKey]]
    ) -> Mapping[str, Records]:
        return await self._session.run(lambda connection: self._records(connection, reservations, entries))

    async def load(
        self, accounts: Mapping[str, Collection[AccountKey]], requests: Mapping[str, Collection[str]]
    ) -> Loaded:
        return await self._session.run(lambda connection: self._load(connection, accounts, requests))

    async def save(self, now: datetime, used: int, changes: Sequence[Changes]) -> None:
        await self._session.finish(lambda connection: self._save_ahead(connection, now, used, changes))
        self._store.time.after(micros(now))
        self._store.next_number = self._first_number + used
        for each in changes:
            self._store.known.learn(each.tenant, (account for _, account in each.accounts))
        self._store.reach("committed")

    # -- loading ------------------------------------------------------------------------------------------------------

    def _records(
        self,
        connection: Connection,
        reservations: Mapping[str, Collection[str]],
        entries: Mapping[str, Collection[EntryKey]],
    ) -> dict[str, Records]:
        found = {}
        for tenant in sorted(reservations.keys() | entries.keys()):
            found[tenant] = Records(
                self._reservations(connection, tenant, reservations.get(tenant, ())),
                self._entries(connection, tenant, entries.get(tenant, ())),
            )
        self._store.reach("records.loaded")
        return found

    def _reservations(
        self, connection: Connection, tenant: str, asked: Collection[str]
    ) -> dict[str, Reservation | None]:
        found: dict[str, Reservation | None] = dict.fromkeys(asked)
        if not asked:
            return found
        store = self._store
        rows = store.statements.reservations(connection, tenant, store.dialect.set_of(asked))
        ids, names = store.ids, store.statements.account_names
        for each in reservations_of(
            store.codec, rows, lambda named: ids.keys(connection, names, store.dialect, tenant, named)
        ):
            found[each.id] = self._loaded_reservations[tenant, each.id] = each
        return found

    def _entries(self, connection: Connection, tenant: str, keys: Collection[EntryKey]) -> dict[EntryKey, Entry | None]:
        found: dict[EntryKey, Entry | None] = dict.fromkeys(keys)
        store = self._store
        for register in sorted({key.register for key in keys}):
            codes = [key.code for key in keys if key.register == register]
            asked = (tenant, register, store.dialect.set_of(codes))
            for code, facts, version, changed_at in store.statements.entries(connection, *asked):
                key = EntryKey(register, code)
                found[key] = Entry(key, store.codec.decode(facts, dict[str, Any]), version, moment(changed_at))
        return found

    def _load(
        self,
        connection: Connection,
        accounts: Mapping[str, Collection[AccountKey]],
        requests: Mapping[str, Collection[str]],
    ) -> Loaded:
        store = self._store
        state = self._session.state or store.statements.state(connection)[0]
        latest, self._next_account, self._first_number, self._next_event, self._next_change = state
        if self._first_number != store.next_number:
            # Others committed, be it over this very connection, whose own commits SQLite does not count as others'.
            store.known.forget()
            store.next_number = self._first_number
        store.known.under(store.dialect.mark(connection))
        loaded = {tenant: self._accounts(connection, tenant, keys) for tenant, keys in sorted(accounts.items())}
        now = moment(store.time.after(latest))
        for mine in loaded.values():
            for account in mine.values():
                if account.changed_at > now:
                    now = account.changed_at
        store.reach("accounts.loaded")
        replies = {tenant: self._replies(connection, tenant, ids) for tenant, ids in sorted(requests.items())}
        store.reach("replies.loaded")
        return Loaded(now, self._first_number, loaded, replies)

    def _accounts(self, connection: Connection, tenant: str, keys: Collection[AccountKey]) -> dict[AccountKey, Account]:
        store, remembered, known = self._store, self._store.ids.of(tenant), self._store.known.of(tenant)
        loaded: dict[AccountKey, Account] = {}
        wanted: dict[int, AccountKey] = {}
        for key in keys:
            if (id := remembered.get(key)) is not None:
                if (account := known.get(key)) is not None:
                    loaded[key] = account
                else:
                    wanted[id] = key
        if len(loaded) == len(keys):
            return loaded
        read: list[Account] = []
        if wanted:
            rows = store.statements.accounts_by_id(connection, store.dialect.set_of(wanted))
            read += [self._account(wanted[row[0]], row) for row in rows]
        loaded.update({account.key: account for account in read})
        unknown: dict[str, dict[str, AccountKey]] = {}
        for key in keys:
            if key not in loaded:
                unknown.setdefault(key.kind.name, {})[key_text(key.values)] = key
        for kind, by_text in sorted(unknown.items()):
            asked = (tenant, kind, store.dialect.set_of(by_text))
            for row in store.statements.accounts_by_key(connection, *asked):
                key = by_text[row[-1]]
                store.ids.remember(tenant, key, row[0])
                loaded[key] = self._account(key, row)
                read.append(loaded[key])
            for key in by_text.values():
                if key not in loaded:
                    loaded[key] = Account(key)
        store.known.learn(tenant, read)
        return loaded

    def _account(self, key: AccountKey, row: Any) -> Account:
        facts = row[BUCKETS + 5]
        return Account(
            key,
            Balances._make(row[1 : BUCKETS + 1]),
            row[BUCKETS + 3],
            row[BUCKETS + 1],
            row[BUCKETS + 2],
            moment(row[BUCKETS + 4]),
            NO_FACTS if facts == NO_FACTS_TEXT else self._store.codec.decode(facts.encode(), dict[str, str]),
        )

    def _replies(self, connection: Connection, tenant: str, ids: Collection[str]) -> dict[str, KeptReply]:
        store = self._store
        rows = store.statements.replies(connection, tenant, store.dialect.set_of(ids))
        return {id: KeptReply(name, digest, _reader(store.codec, reply)) for id, name, digest, reply in rows}

    # -- saving -------------------------------------------------------------------------------------------------------

    def _save_ahead(self, connection: Connection, now: datetime, used: int, changes: Sequence[Changes]) -> None:
        with self._store.dialect.ahead(connection):
            self._save(connection, now, used, changes)

    def _save(self, connection: Connection, now: datetime, used: int, changes: Sequence[Changes]) -> None:
        at = micros(now)
        texts = _Texts(self._store.codec)
        for each in changes:
            self._write_replies(connection, each, at, texts)
        self._store.reach("written.replies")
        for each in changes:
            self._write_accounts(connection, each, at)
        self._store.reach("written.accounts")
        for each in changes:
            self._write_movements(connection, each, at)
        self._store.reach("written.movements")
        for each in changes:
            self._write_reservations(connection, each)
        self._store.reach("written.reservations")
        for each in changes:
            self._write_deadlines(connection, each)
        self._store.reach("written.deadlines")
        for each in changes:
            self._write_entries(connection, each, at)
        self._store.reach("written.entries")
        for each in changes:
            self._write_events(connection, each, at, texts)
        state = (at, self._next_account, self._first_number + used, self._next_event, self._next_change, 1)
        self._store.statements.update_state(connection, [state])
        self._store.reach("written.events")

    def _write_replies(self, connection: Connection, changes: Changes, at: int, texts: "_Texts") -> None:
        tenant = changes.tenant
        rows: list[Row] = [
            (tenant, request, number, command, digest, texts.of(reply), at)
            for request, number, command, digest, reply in changes.replies
        ]
        self._store.statements.insert["request"](connection, rows)

    def _write_accounts(self, connection: Connection, changes: Changes, at: int) -> None:
        store, tenant = self._store, changes.tenant
        ids = store.ids.of(tenant)
        created: list[Row] = []
        changed: list[Row] = []
        for before, account in changes.accounts:
            facts = store.codec.encode(dict(account.facts)).decode() if account.facts else NO_FACTS_TEXT
            if before:
                changed.append(
                    (
                        facts,
                        *account.balances,
                        account.floor,
                        account.debt,
                        account.version,
                        at,
                        ids[account.key],
                        before,
                    )
                )
                continue
            kind, values = account.key
            id = self._next_account
            self._next_account += 1
            dimensions = (*values, *(None,) * (MAX_DIMENSIONS - len(values)))
            created.append(
                (
                    id,
                    tenant,
                    kind.name,
                    key_text(values),
                    *dimensions,
                    facts,
                    *account.balances,
                    account.floor,
                    account.debt,
                    account.version,
                    at,
                )
            )
            store.ids.remember(tenant, account.key, id)
        store.statements.insert["account"](connection, created)
        if store.statements.update_account(connection, changed) != len(changed):
            raise Contention("an account moved meanwhile")

    def _write_movements(self, connection: Connection, changes: Changes, at: int) -> None:
        ids = self._store.ids.of(changes.tenant)
        rows: list[Row] = [
            (
                ids[account],
                version,
                kind.name,
                quantity,
                *after,
                floor,
                act.number,
                subject,
                scene,
                reason,
                at,
                act.request,
                act.command,
                act.actor,
                act.principal,
            )
            for account, version, kind, quantity, after, floor, subject, scene, reason, _, act in changes.movements
        ]
        self._store.statements.insert["movement"](connection, rows)

    def _write_reservations(self, connection: Connection, changes: Changes) -> None:
        store, tenant = self._store, changes.tenant
        id_of = store.ids.of(tenant).__getitem__
        created: list[Row] = []
        changed: list[Row] = []
        for each in changes.reservations:
            due = None if each.due is None else micros(each.due)
            body = encode_body(store.codec, each, id_of)
            at = micros(each.changed_at)
            if (tenant, each.id) in self._loaded_reservations:
                changed.append((each.status, due, each.deadline, each.events, body, at, tenant, each.id))
            else:
                created.append(
                    (
                        tenant,
                        each.id,
                        each.request,
                        each.status,
                        each.order,
                        each.scene,
                        due,
                        each.deadline,
                        each.events,
                        body,
                        micros(each.created_at),
                        at,
                    )
                )
        store.statements.insert["reservation"](connection, created)
        store.statements.update_reservation(connection, changed)

    def _write_deadlines(self, connection: Connection, changes: Changes) -> None:
        store, tenant = self._store, changes.tenant
        created: list[Row] = []
        changed: list[Row] = []
        ended: list[Row] = []
        for after in changes.reservations:
            before = self._loaded_reservations.get((tenant, after.id))
            waited = before is not None and before.awaits_deadline
            if after.awaits_deadline and after.due is not None:
                if not waited:
                    created.append((tenant, after.id, after.deadline, micros(after.due), 0, None))
                elif before is not None and before.deadline != after.deadline:
                    changed.append((after.deadline, micros(after.due), 0, None, tenant, after.id))
            elif waited:
                ended.append((tenant, after.id))
        store.statements.insert["deadline"](connection, created)
        store.statements.update_deadline(connection, changed)
        store.statements.delete_deadline(connection, ended)

    def _write_entries(self, connection: Connection, changes: Changes, at: int) -> None:
        store, tenant = self._store, changes.tenant
        created: list[Row] = []
        for entry in changes.entries:
            register, code = entry.key
            facts = store.codec.encode(dict(entry.facts))
            created.append((tenant, register, code, facts, entry.version, at, self._next_change))
            self._next_change += 1
        if created:
            store.statements.delete_entry(connection, [row[:3] for row in created])
            store.statements.insert["entry"](connection, created)

    def _write_events(self, connection: Connection, changes: Changes, at: int, texts: "_Texts") -> None:
        tenant, id = changes.tenant, self._next_event
        rows: list[Row] = []
        traces = changes.traces
        for event_type, subject, number, data, _, act in changes.events:
            partition = partition_of(tenant, subject)
            request = None if act is None else act.request
            trace = traces.get((subject, number)) if traces else None
            rows.append((id, tenant, partition, subject, number, event_type, texts.of(data), request, at, None, trace))
            id += 1
        self._next_event = id
        self._store.statements.insert["outbox"](connection, rows)


class _Texts:
    """Encodings within one save: a reply that is also told as an event is encoded once."""

    def __init__(self, codec: Codec) -> None:
        self._encode = codec.encode
        self._known: dict[int, bytes] = {}

    def of(self, value: object) -> bytes:
        place = id(value)
        known = self._known.get(place)
        if known is None:
            known = self._known[place] = self._encode(value)
        return known


def _reader(codec: Codec, reply: bytes) -> Callable[[type], Any]:
    return lambda type: codec.decode(reply, type)
