"""The TypeScript client compiles, and tells the story to a live server under node."""

import asyncio
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bench.write_contracts import ROOT, TYPESCRIPT
from contracts.http.v1.catalogue import COMMANDS
from tests.e2e.http.street import memory, street

pytestmark = pytest.mark.slow
PACKAGE = ROOT / TYPESCRIPT
STORY = Path(__file__).with_name("story.mjs")


def tool(name: str, how: str) -> str:
    """Where a tool is; without it the test is skipped, and says what is missing."""
    own = PACKAGE / "node_modules" / ".bin" / name
    found = str(own) if own.exists() else shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not here: {how}")
    return found


async def run(*command: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    out, _ = await process.communicate()
    assert process.returncode == 0, out.decode()
    return out.decode()


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The client as JavaScript."""
    tsc = tool("tsc", f"run npm install in {TYPESCRIPT}")
    folder = tmp_path_factory.mktemp("typescript")
    (folder / "package.json").write_text('{"type": "module"}')
    made = folder / "dist"
    subprocess.run([tsc, "--project", str(PACKAGE), "--outDir", str(made)], check=True)
    return made / "index.js"


def camel(name: str) -> str:
    first, *rest = name.split("-")
    return first + "".join(word.capitalize() for word in rest)


async def test_the_story_is_told_under_node(compiled: Path, tmp_path: Path) -> None:
    node = tool("node", "install Node 20 or newer")
    examples = [(camel(form.name), form.example) for form in COMMANDS]
    story = tmp_path / "story.json"
    story.write_text(json.dumps({"examples": examples, "before": {"reserve": dict(examples)["reserveStock"]}}))
    async with street(memory()) as here:
        caller = await here.caller()
        said = json.loads(await run(node, str(STORY), str(compiled), here.address, caller.key or "", str(story)))
    assert said["told"].keys() == {name for name, _ in examples}
    for form in COMMANDS:
        form.reply.model_validate(said["told"][camel(form.name)])
    assert said["again"] == said["told"]["reserveStock"], "under the same id it is the same"
    assert len(said["lossy"]["sent"]) == 3
    assert len(set(said["lossy"]["sent"])) == 1, "a lost answer is asked for under the same id"
    assert said["shaky"] == 1, "and it was done once"
    assert said["gone"]["unanswered"].endswith("(after 3 attempts)")
    assert said["lost"]["requestId"] == "lost"
    assert said["refused"] == {"refused": "goods.unknown", "facts": {"codes": ["none"]}}
    assert said["unknown"]["facts"] == {"reservation": "a/b c%é"}
    assert {each["actor"] for each in said["actor"]["items"]} == {"Zoë"}
    assert [each["goods"] for each in said["stock"]["goods"]] == ["coffee-1kg", "rice"]
    assert said["events"]["items"][0]["source"] == "/tenants/acme"
    assert said["bulk"]["outcomes"][0]["status"] == 200


async def test_a_wrong_call_does_not_compile(compiled: Path) -> None:
    tsc = tool("tsc", f"run npm install in {TYPESCRIPT}")
    line = '{ goods: "g", quantity: 1, nodes: ["n"] }'
    bodies = (f"{{ lines: [{line}] }}", "{}", f'{{ lines: [{line}], partial: "yes" }}', f"{{ lines: [{line}], a: 1 }}")
    calls = (f'await new Entrepot("x", "y").reserveStock({body});' for body in bodies)
    wrong = compiled.parents[1] / "wrong.ts"
    wrong.write_text("\n".join(('import { Entrepot } from "./dist/index.js";', *calls)))
    options = ("--strict", "--noEmit", "--target", "ES2022", "--module", "NodeNext", "--moduleResolution", "NodeNext")
    with pytest.raises(AssertionError) as raised:
        await run(tsc, *options, str(wrong))
    assert re.findall(r"wrong\.ts\((\d+),", str(raised.value)) == ["3", "4", "5"], "all but the first"
