"""What every search index must do. Inherit `SearchConformance` and give it `open_index`."""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from application.search.check_index import CheckIndex, CheckIndexHandler, Drift
from application.search.documents import Document, DocumentKind, Field, Ref, Source
from application.search.find_documents import FindDocuments, FindDocumentsHandler
from application.search.kinds import GOODS, KINDS, MOVEMENTS, POSITIONS, RESERVATIONS, by_name, document_of
from application.search.ports import Kept, SearchIndex, Stage, Taken, Walked
from application.search.rebuild_index import RebuildIndex, RebuildIndexHandler
from contracts.conformance.search_ledger import NORTH, SOUTH, START, PaperLedger, Seeker
from domain.kernel.refusal import InvalidInput
from domain.kernel.reservation import Hold, Leg, Line, Reservation
from domain.stock.position import Position, kinds

ODD: Final = (
    "plain",
    "Plain",
    " plain",
    "plain ",
    'a"b',
    "a'b",
    "a\\b",
    "a/b",
    "a*b?",
    "100%",
    "a_b",
    "AND",
    "(x OR y)",
    "a:b",
    "é",
    "e\u0301",
    "苹果",
    "📦",
    "x" * 128,
    "汉" * 128,
    "{{x}}",
    "-",
    "null",
)
"""Codes that other languages than ours would read as something else. Byte by byte, each is another."""


def goods(code: str, name: str = "-", version: int = 1, tenant: str = NORTH, **facts: Any) -> Document:
    """One goods; `at` is as many seconds after START as its version."""
    fields = {"code": code, "name": name, "unit": "piece", "scale": 0, "active": True, **facts}
    return Document(GOODS, tenant, code, version, START + timedelta(seconds=version), fields)


def reservation(id: str, order: str | None = None, due: datetime | None = None, *codes: str) -> Document:
    """One that holds a unit of each goods."""
    lines = tuple(
        Line(str(n), 1, (Leg((Hold(Position(code, "N1").key),), (1, 0, 0, 0, 0, 0)),)) for n, code in enumerate(codes)
    )
    made = Reservation(id, id, lines, order=order, due=due, events=1, created_at=START, changed_at=START)
    return document_of(RESERVATIONS, NORTH, made)


class SearchConformance:
    """The suite."""

    async def open_index(self, folder: Path, kinds: tuple[DocumentKind, ...]) -> SearchIndex:
        """One with nothing in it, for this folder; asked again for the same folder, the same index, as another process
        would have it.
        """
        raise NotImplementedError("the subclass of each adapter says how")

    async def drop_index(self, folder: Path) -> None:
        """Leave nothing behind."""

    @pytest.fixture
    async def index(self, tmp_path: Path) -> AsyncIterator[SearchIndex]:
        index = await self.open_index(tmp_path, KINDS)
        yield index
        await index.close()
        await self.drop_index(tmp_path)

    @pytest.fixture
    def seeker(self, index: SearchIndex) -> Seeker:
        return Seeker(index)

    # -- writing ------------------------------------------------------------------------------------------------------

    async def test_what_was_written_is_found_whole(self, index: SearchIndex, seeker: Seeker) -> None:
        due = START + timedelta(hours=1, microseconds=7)
        ledger = PaperLedger()
        ledger.receive(NORTH, "A", 7, reason="第一批")
        made = [*ledger.documents(), goods("A", "Apple", active=False), reservation("r", "o-1", due, "B", "A")]
        assert await index.put(made) == Taken(4, 0)
        for document in made:
            page = await seeker.page(document.kind.name)
            (found,) = page.documents
            assert (found.id, found.version, found.at) == (document.id, document.version, document.at)
            told = {name: list(v) if isinstance(v, tuple) else v for name, v in document.fields.items()}
            assert found.fields == {field.name: told.get(field.name) for field in document.kind.fields}
            assert page.total == 1
            assert page.after == ""

    async def test_nothing_is_found_in_an_index_that_has_nothing(self, seeker: Seeker) -> None:
        page = await seeker.page("goods", facets=("unit",))
        assert (page.documents, page.total, page.after, page.facets) == ((), 0, "", {"unit": ()})
        assert (await seeker.sums("movements", sums=("quantity",))).groups == ()

    async def test_late_and_repeated_documents_change_nothing(self, index: SearchIndex, seeker: Seeker) -> None:
        assert await index.put([goods("A", "second", 2)]) == Taken(1, 0)
        assert await index.put([goods("A", "first", 1), goods("A", "second", 2), goods("B")]) == Taken(1, 2)
        assert await seeker.ids("goods", "first") == []
        assert await seeker.ids("goods", "second") == ["A"]
        assert await index.put([goods("A", "third", 3)]) == Taken(1, 0)
        assert await seeker.ids("goods", "second") == []
        assert await seeker.ids("goods", "third") == ["A"]

    async def test_whatever_the_order_the_latest_version_stays(self, index: SearchIndex, seeker: Seeker) -> None:
        chance = random.Random(7)
        versions = [goods(code, f"name {n}", n) for code in "ABCDE" for n in range(1, 21)]
        chance.shuffle(versions)
        await asyncio.gather(*(index.put(versions[n : n + 10]) for n in range(0, 100, 10)))
        found = await seeker.page("goods")
        assert [(each.id, each.version, each.fields["name"]) for each in found.documents] == [
            (code, 20, "name 20") for code in "ABCDE"
        ]

    async def test_values_of_several_are_replaced_too(self, index: SearchIndex, seeker: Seeker) -> None:
        await index.put([reservation("r", None, None, "A", "B")])
        later = reservation("r", None, None, "C")
        await index.put([replace(later, version=later.version + 1)])
        assert await seeker.ids("reservations", "", "goods:A") == []
        assert await seeker.ids("reservations", "", "goods:C") == ["r"]

    async def test_many_are_written_at_once(self, index: SearchIndex, seeker: Seeker) -> None:
        assert await index.put([goods(f"G{n:05}") for n in range(2_000)]) == Taken(2_000, 0)
        page = await seeker.page("goods", limit=500)
        assert page.total == 2_000
        assert len(page.documents) == 500
        assert len(await seeker.export("goods")) == 2_000

    # -- tenants ------------------------------------------------------------------------------------------------------

    async def test_tenants_are_never_mixed(self, index: SearchIndex, seeker: Seeker) -> None:
        ledger = PaperLedger()
        for tenant, units in ((NORTH, 3), (SOUTH, 5)):
            ledger.receive(tenant, "A", units, reason=f"of {tenant}")
            ledger.register(tenant, "A", f"of {tenant}")
        await index.put(ledger.documents())
        for tenant, units in ((NORTH, 3), (SOUTH, 5)):
            mine = seeker.of(tenant)
            page = await mine.page("goods", "of", facets=("name",))
            assert [each.fields["name"] for each in page.documents] == [f"of {tenant}"]
            assert [(each.value, each.count) for each in page.facets["name"]] == [(f"of {tenant}", 1)]
            assert [each.sums for each in (await mine.sums("movements", sums=("quantity",))).groups] == [
                {"quantity": units}
            ]
            assert [each.fields["quantity"] for each in await mine.export("movements")] == [units]
        assert await seeker.of("nobody").ids("goods") == []
        assert await seeker.of("nort").ids("goods") == []

    # -- conditions ---------------------------------------------------------------------------------------------------

    async def test_identity_is_bytes_whatever_they_mean_elsewhere(self, index: SearchIndex, seeker: Seeker) -> None:
        await index.put([goods(code) for code in ODD])
        for code in ODD:
            assert await seeker.ids("goods", "", f"code:{code}") == [code]
            assert await seeker.ids("goods", "", f"id:{code}") == [code]
            begin = [each for each in ODD if each.startswith(code)]
            assert sorted(await seeker.ids("goods", "", f"code^{code}")) == sorted(begin)
        assert await seeker.ids("goods") == sorted(ODD, key=str.encode)

    async def test_numbers_and_times_are_compared(self, index: SearchIndex, seeker: Seeker) -> None:
        await index.put([goods(code, version=n, scale=n) for n, code in enumerate("ABCDE", 1)])
        for condition, found in (
            ("scale:2", "B"),
            ("scale>=4", "DE"),
            ("scale<=2", "AB"),
            ("scale>4", "E"),
            ("scale<2", "A"),
            ("scale>9", ""),
            ("at>=2026-03-01T12:00:04Z", "DE"),
            ("at<2026-03-01T13:00:02+01:00", "A"),
            ("at:2026-03-01T12:00:03Z", "C"),
            ("version>=5", "E"),
        ):
            assert "".join(await seeker.ids("goods", "", condition)) == found, condition
        assert await seeker.ids("goods", "", "scale>=2", "scale<4") == ["B", "C"]

    async def test_conditions_hold_together_and_values_of_one_field_are_alternatives(
        self, index: SearchIndex, seeker: Seeker
    ) -> None:
        await index.put([goods(code, unit=unit) for code, unit in ("Ak", "Bk", "Cm", "Dx")])
        assert await seeker.ids("goods", "", "unit:k", "unit:x") == ["A", "B", "D"]
        assert await seeker.ids("goods", "", "unit:k", "unit:x", "code:B", "code:C") == ["B"]
        assert await seeker.ids("goods", "", "code^A", "code^B") == []

    async def test_flags_and_what_is_not_there(self, index: SearchIndex, seeker: Seeker) -> None:
        await index.put([goods("A"), goods("B", active=False)])
        assert await seeker.ids("goods", "", "active:true") == ["A"]
        assert await seeker.ids("goods", "", "active:false") == ["B"]
        due = START + timedelta(days=1)
        await index.put([reservation("with", "o-1", due, "A"), reservation("without"), reservation("cut", "")])
        assert await seeker.ids("reservations", "", "order:o-1") == ["with"]
        assert await seeker.ids("reservations", "", "order:") == ["cut"]
        assert await seeker.ids("reservations", "", "order^o") == ["with"]
        assert await seeker.ids("reservations", "", "due>=2026-03-01T12:00:00Z") == ["with"]
        assert await seeker.ids("reservations", "", "status:cancelled") == ["without", "cut"]

    async def test_any_of_several_values_will_do(self, index: SearchIndex, seeker: Seeker) -> None:
        await index.put([reservation("r1", None, None, "A", "B"), reservation("r2", None, None, "B", "C")])
        assert await seeker.ids("reservations", "", "goods:B", sort="id") == ["r1", "r2"]
        assert await seeker.ids("reservations", "", "goods:C", "goods:Z") == ["r2"]
        assert await seeker.ids("reservations", "", "goods^A") == ["r1"]

    # -- words --------------------------------------------------------------------------------------------------------

    async def test_words_are_found_whatever_their_case_width_and_accents(
        self, index: SearchIndex, seeker: Seeker
    ) -> None:
        await index.put([goods("A-100", "Café Crème, 1 kg"), goods("B-200", "ＣＡＦＥ straße")])
        for words, found in (
            ("cafe", ["A-100", "B-200"]),
            ("CAFÉ", ["A-100", "B-200"]),
            ("crème kg", ["A-100"]),
            ("kg creme", ["A-100"]),
            ("cre", ["A-100"]),
            ("reme", []),
            ("STRASSE", ["B-200"]),
            ("a-100", ["A-100"]),
            ("100", ["A-100"]),
            ("b-", ["B-200"]),
            ("cafe tea", []),
        ):
            assert await seeker.ids("goods", words) == found, words

    async def test_chinese_is_found_by_any_part_of_it(self, index: SearchIndex, seeker: Seeker) -> None:
        await index.put(
            [
                goods("1", "红富士苹果 10斤装"),
                goods("2", "苹果手机壳"),
                goods("3", "手机"),
                goods("4", "果苹"),
                goods("5", "iPhone手机"),
            ]
        )
        for words, found in (
            ("苹果", ["1", "2"]),
            ("苹", ["1", "2", "4"]),
            ("富士苹", ["1"]),
            ("苹果手机", ["2"]),
            ("手机 苹果", ["2"]),
            ("果手", ["2"]),
            ("手机", ["2", "3", "5"]),
            ("iphone手机", ["5"]),
            ("10", ["1"]),
            ("机手", []),
            ("香蕉", []),
        ):
            assert await seeker.ids("goods", words) == found, words

    async def test_a_phrase_is_not_found_across_two_fields(self, index: SearchIndex, seeker: Seeker) -> None:
        await index.put([goods("苹", "果")])
        assert await seeker.ids("goods", "苹果") == []
        assert await seeker.ids("goods", "苹 果") == ["苹"]

    async def test_words_are_words_and_no_language_of_queries(self, index: SearchIndex, seeker: Seeker) -> None:
        await index.put([goods("1", "this and that"), goods("2", "not near the other")])
        for words, found in (
            ("AND", ["1"]),
            ("NOT", ["2"]),
            ("this OR other", []),
            ('"that', ["1"]),
            ("name:this", []),
            ("th* at", []),
            ("NEAR(the", ["2"]),
            ("\\ ) ( this", ["1"]),
        ):
            assert await seeker.ids("goods", words) == found, words
        for words in ("*", '"', "—", " \t "):
            with pytest.raises(InvalidInput):
                await seeker.ids("goods", words)

    async def test_words_and_conditions_hold_together(self, index: SearchIndex, seeker: Seeker) -> None:
        await index.put(
            [goods("A", "red apple", unit="kg"), goods("B", "red pear", unit="kg"), goods("C", "red apple")]
        )
        page = await seeker.page("goods", "red app", "unit:kg", facets=("unit",))
        assert [each.id for each in page.documents] == ["A"]
        assert (page.total, page.more_than_total) == (1, False)

    # -- pages --------------------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("sort", ["id", "-id", "name", "-name", "at", "-at"])
    async def test_pages_meet_everything_once_in_order_though_many_are_alike(
        self, index: SearchIndex, seeker: Seeker, sort: str
    ) -> None:
        made = [goods(f"G{n:02}", f"name {n % 3}", 1 + n % 4) for n in range(40)]
        await index.put(made)
        found = await seeker.all_pages("goods", 7, sort=sort)
        by = sort.removeprefix("-")

        def key(each: Any) -> Any:
            return (each.id if by == "id" else each.at if by == "at" else each.fields["name"], each.id)

        assert [each.id for each in found] == [each.id for each in sorted(found, key=key, reverse=sort.startswith("-"))]
        assert sorted(each.id for each in found) == [each.id for each in made]

    async def test_who_pages_meets_what_does_not_change_exactly_once(self, index: SearchIndex, seeker: Seeker) -> None:
        await index.put([goods(f"G{n:03}") for n in range(0, 100, 2)])
        seen: list[str] = []
        after = ""
        for step in range(100):
            page = await seeker.page("goods", after=after, limit=9)
            seen += [each.id for each in page.documents]
            after = page.after
            if not after:
                break
            await index.put([goods(f"G{n:03}") for n in range(step * 20 + 1, step * 20 + 20, 2)])
            await index.remove(GOODS, [Kept(Ref(NORTH, seen[0]), 1)])
        still = [f"G{n:03}" for n in range(0, 100, 2)]
        assert [id for id in seen if int(id[1:]) % 2 == 0] == still
        assert len(set(seen)) == len(seen)

    async def test_a_place_is_good_for_its_own_question_alone(self, index: SearchIndex, seeker: Seeker) -> None:
        await index.put([goods(code) for code in "ABC"])
        page = await seeker.page("goods", limit=1)
        assert await seeker.ids("goods", after=page.after) == ["B", "C"]
        for changed in ({"sort": "-id"}, {"words": "a"}):
            with pytest.raises(InvalidInput):
                await seeker.page("goods", after=page.after, **changed)
        for forged in ("x", page.after[:-2], "W10", "é", "A" * 5_000):
            with pytest.raises(InvalidInput):
                await seeker.page("goods", after=forged)

    async def test_an_export_goes_on_after_an_id(self, index: SearchIndex, seeker: Seeker) -> None:
        await index.put([goods(f"G{n:04}", "red" if n % 2 else "blue") for n in range(1_200)])
        found = await seeker.export("goods", words="red")
        assert [each.id for each in found] == [f"G{n:04}" for n in range(1, 1_200, 2)]
        assert await seeker.export("goods", words="red", after=found[299].id) == found[300:]

    # -- facets and sums ----------------------------------------------------------------------------------------------

    async def test_facets_count_what_was_found(self, index: SearchIndex, seeker: Seeker) -> None:
        await index.put([goods(f"G{n}", unit="kg" if n % 3 else "piece", active=n != 4) for n in range(10)])
        page = await seeker.page("goods", "", "code^G", facets=("unit", "active"), limit=1)
        assert {name: [(each.value, each.count) for each in values] for name, values in page.facets.items()} == {
            "unit": [("kg", 6), ("piece", 4)],
            "active": [(True, 9), (False, 1)],
        }
        few = await seeker.page("goods", facets=("code",), facet_values=3)
        assert [(each.value, each.count) for each in few.facets["code"]] == [("G0", 1), ("G1", 1), ("G2", 1)]
        await index.put([reservation("r1", None, None, "A", "B"), reservation("r2", None, None, "B")])
        many = await seeker.page("reservations", facets=("goods",))
        assert [(each.value, each.count) for each in many.facets["goods"]] == [("B", 2), ("A", 1)]

    async def test_sums_are_exact_by_dimension_and_time(self, index: SearchIndex, seeker: Seeker) -> None:
        ledger = PaperLedger()
        for _day in range(3):
            for node, units in (("N1", 1_000_000_000), ("N2", 7), ("N2", 1)):
                ledger.receive(NORTH, "A", units, node)
            ledger.now += timedelta(days=1)
        await index.put(ledger.documents())
        total = await seeker.sums("movements", sums=("quantity",))
        assert [(each.by, each.count, each.sums) for each in total.groups] == [({}, 9, {"quantity": 3_000_000_024})]
        by = await seeker.sums("movements", "movement:RECEIVE", by=("at.day", "node"), sums=("quantity",))
        assert [(each.by, each.count, each.sums["quantity"]) for each in by.groups] == [
            ({"at.day": f"2026-03-0{day}", "node": node}, count, units)
            for day in (1, 2, 3)
            for node, count, units in (("N1", 1, 1_000_000_000), ("N2", 2, 8))
        ]
        assert [each.by for each in (await seeker.sums("movements", by=("at.month",))).groups] == [
            {"at.month": "2026-03"}
        ]
        hours = await seeker.sums("movements", by=("at.hour",), limit=1)
        assert [each.by for each in hours.groups] == [{"at.hour": "2026-03-01T12"}]

    async def test_groups_come_page_by_page(self, index: SearchIndex, seeker: Seeker) -> None:
        await index.put([goods(f"G{n:02}", scale=n % 3, active=n % 2 == 0) for n in range(30)])
        for by in (("code",), ("scale", "active"), ("active", "scale", "code"), ("version",)):
            seen: list[Any] = []
            after = ""
            while True:
                page = await seeker.sums("goods", by=by, after=after, limit=4)
                seen += [tuple(each.by.values()) for each in page.groups]
                after = page.after
                if not after:
                    break
            assert seen == sorted(set(seen))
            assert seen == [tuple(each.by.values()) for each in (await seeker.sums("goods", by=by)).groups]

    async def test_what_has_no_value_is_in_no_group(self, index: SearchIndex, seeker: Seeker) -> None:
        await index.put([reservation("r1", "o-1"), reservation("r2", "o-1"), reservation("r3")])
        found = await seeker.sums("reservations", by=("order",))
        assert [(each.by, each.count) for each in found.groups] == [({"order": "o-1"}, 2)]

    # -- how things stand ---------------------------------------------------------------------------------------------

    async def test_an_answer_says_as_of_which_commit_it_is(self, index: SearchIndex, seeker: Seeker) -> None:
        await index.put([goods("A", version=5)])
        assert (await seeker.page("goods")).as_of == START + timedelta(seconds=5)
        await index.put([goods("B", version=3)])
        assert (await seeker.sums("goods")).as_of == START + timedelta(seconds=5)

    async def test_versions_are_known_at_once_and_gone_with_the_document(self, index: SearchIndex) -> None:
        await index.put([goods("A", version=3), goods("A", version=4, tenant=SOUTH), goods("B")])
        refs = [Ref(NORTH, "A"), Ref(SOUTH, "A"), Ref(NORTH, "Z")]
        assert await index.versions(GOODS, refs) == {refs[0]: 3, refs[1]: 4}
        assert await index.remove(GOODS, [Kept(refs[0], 2), Kept(refs[1], 4), Kept(refs[2], 1)]) == 1
        assert await index.versions(GOODS, refs) == {refs[0]: 3}
        await index.settle()
        assert list(await index.walk(GOODS, None, 10)) == [Kept(refs[0], 3), Kept(Ref(NORTH, "B"), 1)]

    async def test_everything_can_be_walked_through(self, index: SearchIndex) -> None:
        made = [goods(code, tenant=tenant) for tenant in (NORTH, SOUTH) for code in ODD]
        await index.put(made)
        await index.settle()
        found: list[Kept] = []
        while page := await index.walk(GOODS, found[-1].ref if found else None, 5):
            found += page
        assert found == [Kept(each.ref, 1) for each in sorted(made, key=lambda d: (d.tenant.encode(), d.id.encode()))]

    async def test_another_process_finds_the_same(self, index: SearchIndex, tmp_path: Path) -> None:
        await index.put([goods("A")])
        other = await self.open_index(tmp_path, KINDS)
        try:
            assert await Seeker(other).ids("goods") == ["A"]
            await other.put([goods("B")])
            assert await Seeker(index).ids("goods") == ["A", "B"]
        finally:
            await other.close()

    # -- rebuilding ---------------------------------------------------------------------------------------------------

    async def test_a_new_index_stands_in_for_the_old_one_at_once(self, index: SearchIndex, seeker: Seeker) -> None:
        await index.put([goods("A", "old"), goods("gone")])
        rebuild = await index.begin(GOODS, START)
        assert (rebuild.stage, rebuild.place) == (Stage.COPY, "")
        await index.put_into(rebuild, [goods("A", "new", 2)])
        assert await seeker.ids("goods") == ["A", "gone"]
        assert await seeker.ids("goods", "new") == []
        await index.put([goods("B")])
        await index.put_into(rebuild, [goods("B")])
        rebuild = replace(rebuild, stage=Stage.SETTLE)
        await index.swap(rebuild)
        assert await seeker.ids("goods") == ["A", "B"]
        assert await seeker.ids("goods", "new") == ["A"]
        assert await index.put_into(rebuild, [goods("A", "late", 1), goods("C")]) == Taken(1, 1)
        await index.end(rebuild)
        assert await seeker.ids("goods") == ["A", "B", "C"]
        assert (await index.begin(GOODS, START)).number > rebuild.number

    async def test_a_rebuild_that_was_killed_goes_on(self, index: SearchIndex, tmp_path: Path) -> None:
        rebuild = await index.begin(GOODS, START)
        await index.put_into(rebuild, [goods("A")])
        await index.reached(replace(rebuild, place="7"))
        other = await self.open_index(tmp_path, KINDS)
        try:
            again = await other.begin(GOODS, START + timedelta(hours=1))
            assert again == replace(rebuild, place="7")
            await other.swap(replace(again, stage=Stage.SETTLE))
            assert await Seeker(index).ids("goods") == ["A"]
            assert (await index.begin(GOODS, START)).stage is Stage.SETTLE
        finally:
            await other.close()

    async def test_an_index_made_for_other_fields_is_outdated_until_rebuilt(
        self, index: SearchIndex, tmp_path: Path
    ) -> None:
        await index.put([goods("A")])
        more = DocumentKind("goods", GOODS.source, (*GOODS.fields, Field("brand", text=True, optional=True)))
        assert not await index.outdated(GOODS)
        assert not await index.outdated(POSITIONS)
        other = await self.open_index(tmp_path, (more,))
        try:
            assert await other.outdated(more)
            rebuild = await other.begin(more, START)
            branded = Document(more, NORTH, "A", 1, START, {**goods("A").fields, "brand": "Acme"})
            await other.put_into(rebuild, [branded])
            await other.swap(replace(rebuild, stage=Stage.SETTLE))
            await other.end(rebuild)
            assert not await other.outdated(more)
            await other.settle()
            found = await FindDocumentsHandler(other, {"goods": more})(NORTH, FindDocuments("goods", "acme"))
            assert [each.fields["brand"] for each in found.documents] == ["Acme"]
        finally:
            await other.close()

    async def test_nothing_is_missed_that_is_written_while_it_is_rebuilt(
        self, index: SearchIndex, seeker: Seeker
    ) -> None:
        ledger = PaperLedger()
        for n in range(20):
            ledger.receive(NORTH, f"G{n % 10:02}")
        await index.put(ledger.documents())
        written = asyncio.Event()

        async def write() -> None:
            """As consumers do: the ledger first, the index a little later."""
            for n in range(30):
                ledger.receive(NORTH, f"G{n % 15:02}")
                await asyncio.sleep(0.002)
                await index.put(ledger.told())
            written.set()

        writing = asyncio.create_task(write())
        rebuild = RebuildIndexHandler(index, ledger, by_name())
        while not written.is_set():
            for kind in (POSITIONS, MOVEMENTS):
                await rebuild(RebuildIndex(kind.name, page=7))
        await writing
        assert await self._drift(index, ledger, "positions") == Drift("positions", 15)
        assert await self._drift(index, ledger, "movements") == Drift("movements", 50)
        assert (await seeker.page("movements")).total == 50

    @pytest.mark.parametrize("kind", ["positions", "movements"])
    async def test_what_is_written_after_its_place_was_passed_is_not_missed(
        self, index: SearchIndex, kind: str
    ) -> None:
        class Busy(PaperLedger):
            async def walk(self, source: Source, after: str, limit: int, since: datetime | None = None) -> Walked:
                """Each time a page was read, what stands on the first is changed, and the index told."""
                found = await super().walk(source, after, limit, since)
                self.receive(NORTH, "G0")
                await index.put(self.told())
                return found

        ledger = Busy()
        for n in range(10):
            ledger.receive(NORTH, f"G{n}")
        await index.put(ledger.documents())
        await RebuildIndexHandler(index, ledger, by_name())(RebuildIndex(kind, page=3))
        still = PaperLedger(ledger.now, ledger.accounts, ledger.lines)
        found = await self._drift(index, still, kind)
        assert (found.found, found.pending) == (0, 0)
        assert found.checked > 10 or kind == "positions"

    async def test_a_rebuild_forgets_what_the_ledger_does_not_have(self, index: SearchIndex, seeker: Seeker) -> None:
        ledger = PaperLedger()
        ledger.register(NORTH, "A", "true")
        await index.put([goods("A", "false", 99), goods("B")])
        done = await RebuildIndexHandler(index, ledger, by_name())(RebuildIndex("goods"))
        assert (done.resumed, done.copied) == (False, 1)
        assert await seeker.ids("goods", "true") == ["A"]
        assert (await seeker.page("goods")).total == 1

    # -- drift --------------------------------------------------------------------------------------------------------

    async def _drift(self, index: SearchIndex, ledger: PaperLedger, kind: str, **rest: Any) -> Drift:
        check = CheckIndexHandler(index, ledger, ledger, by_name(), kinds())
        return await check(CheckIndex(kind, **{"settle": 0, "page": 7, **rest}))

    async def test_drift_is_found_and_repaired_and_none_is_invented(self, index: SearchIndex, seeker: Seeker) -> None:
        ledger = PaperLedger()
        for tenant in (NORTH, SOUTH):
            for n in range(20):
                ledger.register(tenant, f"G{n:02}", f"name {n}")
                ledger.receive(tenant, f"G{n:02}")
                ledger.receive(tenant, f"G{n:02}")
        await index.put(ledger.documents())
        for kind in ("goods", "positions", "movements"):
            assert (await self._drift(index, ledger, kind)).clean
            assert (await self._drift(index, ledger, kind)).found == 0
        ledger.register(NORTH, "new", "never told")
        ledger.register(SOUTH, "G03", "told late")
        await index.put([goods("orphan"), goods("G05", "from the future", 9, SOUTH)])
        found = await self._drift(index, ledger, "goods")
        assert (found.checked, found.missing, found.behind, found.ahead, found.orphans) == (41, 1, 1, 1, 1)
        assert sorted(found.examples) == [
            "ahead: south/G05",
            "behind: south/G03",
            "missing: north/new",
            "orphans: north/orphan",
        ]
        repaired = await self._drift(index, ledger, "goods", repair=True)
        assert (repaired.found, repaired.repaired, repaired.clean) == (4, 3, False)
        left = await self._drift(index, ledger, "goods")
        assert (left.found, left.ahead) == (1, 1)
        assert await seeker.ids("goods", "never told") == ["new"]
        await RebuildIndexHandler(index, ledger, by_name())(RebuildIndex("goods"))
        assert (await self._drift(index, ledger, "goods")).found == 0

    async def test_what_changed_a_moment_ago_is_not_held_against_the_index(self, index: SearchIndex) -> None:
        ledger = PaperLedger()
        ledger.register(NORTH, "A", "a while ago")
        ledger.now += timedelta(seconds=60)
        ledger.register(NORTH, "B", "just now")
        found = await self._drift(index, ledger, "goods", settle=30)
        assert (found.missing, found.pending) == (1, 1)

    async def test_movements_and_positions_that_never_were_are_orphans(self, index: SearchIndex) -> None:
        ledger = PaperLedger()
        ledger.receive(NORTH, "A")
        other = PaperLedger()
        for code in ("A", "A", "B/x\\y"):
            other.receive(NORTH, code)
        await index.put(other.documents())
        found = await self._drift(index, ledger, "movements", repair=True)
        assert (found.orphans, found.repaired, found.found) == (2, 2, 2)
        found = await self._drift(index, ledger, "positions")
        assert (found.orphans, found.ahead) == (1, 1)
