"""What is counted is shown at /metrics: all of it, to whoever may read it, and nothing of any tenant's."""

import asyncio
import shutil
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from application.kernel.broker import letter
from application.kernel.outbox import Message
from domain.kernel.account import BEGINNING
from domain.permissions.scope import Scope
from entrypoints.composition.settings import MetricsSettings, Settings
from entrypoints.metrics.catalogue import BY_NAME, METRICS
from tests.e2e.http.street import Caller, memory, sqlite, street
from tests.e2e.http.test_serve import served

Samples = dict[str, list[tuple[dict[str, str], float]]]
TOKEN = "a-token-of-metrics"


def read(text: str) -> Samples:
    found: Samples = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


def value(samples: Samples, name: str, **labels: str) -> float:
    """The sum of all samples with these labels."""
    return sum(number for said, number in samples.get(name, ()) if labels.items() <= said.items())


async def metrics_of(caller: Caller) -> Samples:
    answer = await caller.get("/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return read(answer.text)


async def test_every_metric_of_the_catalogue_is_exported_and_no_other(tmp_path: Path, migrated: Path) -> None:
    shutil.copy(migrated, tmp_path / "test.db")
    away = Settings(cache={"url": "redis://127.0.0.1:1/0"}).cache
    async with street(sqlite(tmp_path / "test.db").model_copy(update={"cache": away})) as here:
        shop = await here.caller()
        await shop.stocked(1)
        parked: Message = letter("m", "acme", "k", "t", None, b"{}", BEGINNING)
        await here.house.parked.park("commands", parked, 1, "no")
        await shop.get("/metrics")  # the first request of a kind is counted when it is answered
        text = (await shop.get("/metrics")).text
        families = {family.name: family for family in text_string_to_metric_families(text)}
        assert set(families) == {name.removesuffix("_total") for name in BY_NAME}
        for metric in METRICS:
            family = families[metric.name.removesuffix("_total")]
            assert (family.type, family.documentation) == (metric.shape, metric.meaning)
            own = {"le"} if metric.shape == "histogram" else set()
            for sample in family.samples:
                labels = {*metric.labels, *([] if metric.shared else ["process"])}
                assert set(sample.labels) - own == labels, metric.name


async def test_commands_and_requests_are_counted_by_what_became_of_them() -> None:
    async with street(memory()) as here:
        shop = await here.caller()
        await shop.stocked(2)
        for _ in range(3):
            await shop.reserve()
        await shop.get("/v1/reservations/who%20knows")
        await here.nobody().get("/v1/goods")
        await here.client.request("PROPFIND", "/v1/goods")
        found = await metrics_of(shop)
    assert value(found, "entrepot_commands_total", command="ReserveStock", outcome="accepted") == 2
    assert value(found, "entrepot_commands_total", command="ReserveStock", code="stock.insufficient") == 1
    assert value(found, "entrepot_command_seconds_count", command="ReserveStock") == 3
    assert value(found, "entrepot_command_seconds_bucket", command="ReserveStock", le="+Inf") == 3
    assert value(found, "entrepot_http_requests_total", route="/v1/commands/reserve-stock", status="409") == 1
    assert value(found, "entrepot_http_requests_total", route="/v1/reservations/{id}", status="404") == 1
    assert value(found, "entrepot_http_requests_total", route="/v1/goods", status="401", method="GET") == 1
    assert value(found, "entrepot_http_requests_total", method="(other)") == 1
    assert value(found, "entrepot_committer_commands_total", outcome="accepted") == 5
    assert value(found, "entrepot_committer_commands_total", outcome="refused") == 1
    assert value(found, "entrepot_committer_batch_commands_sum") == 6


async def test_promises_made_at_once_are_counted_as_one_step() -> None:
    async with street(memory()) as here:
        shop = await here.caller()
        wanted = {"lines": [{"goods": "tea", "quantity": 1}], "to": {"lat": 1.0, "lng": 1.0}}
        answer = await shop.client.post("/v1/promises/bulk", json={"wanted": [wanted, wanted]}, headers=shop.headers())
        assert answer.status_code == 207
        found = await metrics_of(shop)
    assert value(found, "entrepot_commands_total", command="MakePromises", outcome="accepted") == 1
    assert value(found, "entrepot_command_seconds_count", command="MakePromises") == 1


async def test_labels_are_as_many_whatever_callers_send() -> None:
    async with street(memory()) as here:
        shop, other = await here.caller(), await here.caller("zulu-tenant", who="zulu-clerk")
        await other.stocked(1)

        async def send(number: int) -> None:
            await here.nobody().get(f"/{number}")
            await here.nobody().get(f"/problems/{number}")
            await shop.get(f"/v1/reservations/{number}")
            await shop.get(f"/v1/nothing/{number}")
            await shop.do(f"make-{number}", {}, f"r{number}")
            await shop.reserve(f"G{number}", node=f"N{number}")
            await here.client.request(("PROPFIND", "PURGE", "LOCK", "COPY")[number], "/")

        await send(0)
        await shop.get("/metrics")
        before = await metrics_of(shop)
        for number in range(1, 4):
            await send(number)
        text = (await shop.get("/metrics")).text
        assert {name: len(samples) for name, samples in read(text).items()} == {
            name: len(samples) for name, samples in before.items()
        }
        for secret in ("zulu", "acme", "shop", other.key or "", (shop.key or "").split("_")[1]):
            assert secret not in text


async def test_a_key_opens_it_with_the_scope_admin_alone() -> None:
    async with street(memory()) as here:
        assert (await here.nobody().get("/metrics")).status_code == 401
        for scope in Scope:
            caller = await here.caller(scopes=frozenset({scope}))
            expected = 200 if scope is Scope.ADMIN else 403
            assert (await caller.get("/metrics")).status_code == expected


async def test_a_token_opens_it_and_then_no_key_does() -> None:
    settings = memory().model_copy(update={"metrics": MetricsSettings(token=TOKEN)})
    async with street(settings) as here:
        assert (await (await here.caller()).get("/metrics")).status_code == 401
        for wrong in (None, TOKEN[:-1], TOKEN + "x"):
            assert (await Caller(here.client, wrong).get("/metrics")).status_code == 401
        await metrics_of(Caller(here.client, TOKEN))


async def test_what_waits_is_told_and_a_database_that_does_not_say_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    async with street(memory(), worker=False) as here:
        shop = await here.caller()
        await shop.stocked(1)
        found = await metrics_of(shop)
        assert value(found, "entrepot_database_up") == 1
        assert value(found, "entrepot_outbox_unpublished") > 0

        async def broken(*_: object) -> None:
            raise OSError("the disk is gone")

        monkeypatch.setattr(type(here.house.backlog), "__call__", broken)
        found = await metrics_of(shop)
        assert value(found, "entrepot_database_up") == 0
        assert "entrepot_outbox_unpublished" not in found


@pytest.mark.slow
async def test_whichever_process_is_asked_answers_for_all(tmp_path: Path) -> None:
    with served(tmp_path, "--workers", "2") as (_, said):
        limits = httpx.Limits(max_keepalive_connections=0)
        async with httpx.AsyncClient(base_url=said["address"], timeout=20, limits=limits, verify=False) as client:
            shop = Caller(client, said["key"])
            for number in range(60):
                assert (await shop.get(f"/v1/reservations/{number}")).status_code == 404
            samples = await metrics_of(shop)
            for _ in range(50):
                if value(samples, "entrepot_process_up") == 2:
                    break
                await asyncio.sleep(0.2)
                samples = await metrics_of(shop)
            assert sorted((said["process"], up) for said, up in samples["entrepot_process_up"]) == [("0", 1), ("1", 1)]
            counted = value(samples, "entrepot_http_requests_total", route="/v1/reservations/{id}")
            assert counted == 60
            assert len(samples["entrepot_outbox_unpublished"]) == 1
