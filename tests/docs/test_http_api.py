"""The page on the HTTP interface: what it shows in Python is run against a live server, in TypeScript compiled."""

import re
import runpy
from pathlib import Path

import pytest

from contracts.http.v1.catalogue import COMMANDS
from entrypoints.composition.settings import Settings, variable
from tests.contract.http.test_typescript_client import PACKAGE, run, tool
from tests.e2e.http.street import memory, street

PAGE = (Path(__file__).parents[2] / "docs" / "http-api.md").read_text(encoding="utf-8")
STANDARDS = (Path(__file__).parents[2] / "docs" / "http-api-standards.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


async def test_the_python_of_the_page_orders(tmp_path: Path) -> None:
    module = tmp_path / "shop.py"
    module.write_text(block("python"), encoding="utf-8")
    order = runpy.run_path(str(module))["order"]
    async with street(memory()) as here:
        caller = await here.caller()
        assert (await order(here.address, caller.key)).startswith("goods.unknown: {'codes'")
        opening = [each.name for each in COMMANDS].index("receive-stock")
        for form in COMMANDS[: opening + 1]:
            assert (await caller.do(form.name, form.example)).status_code == 200
        first = await order(here.address, caller.key)
        assert first.startswith("held until ")
        assert await order(here.address, caller.key) == first


@pytest.mark.slow
async def test_the_typescript_of_the_page_compiles(tmp_path: Path) -> None:
    tsc = tool("tsc", "run npm install in contracts/client/typescript")
    source = block("ts").replace('"entrepot-client"', f'"{PACKAGE}/src/index.js"')
    (tmp_path / "shop.ts").write_text(source, encoding="utf-8")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    options = ("--strict", "--noEmit", "--target", "ES2022", "--module", "NodeNext", "--moduleResolution", "NodeNext")
    await run(tsc, *options, str(tmp_path / "shop.ts"))


def test_the_settings_that_the_pages_name_are_there() -> None:
    named = set(re.findall(r"ENTREPOT_\w+", PAGE + STANDARDS))
    known = {
        variable(section, name)
        for section, field in Settings.model_fields.items()
        for name in getattr(type(field.default), "model_fields", ())
    }
    assert named <= known
