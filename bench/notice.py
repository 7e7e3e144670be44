"""Ask of every mutant of a cosmic-ray session whether a test notices it: `python -m bench.notice CONFIG SESSION`.

It takes the place of `cosmic-ray exec`, which starts pytest anew for every mutant. Here pytest, its plugins and what
the tests use of others are loaded once; for each mutant cosmic-ray changes the file, this process forks, and the child
imports the tree and runs the tests. What was judged is kept in the session: stopped and started again, it goes on.

A result is worth what the child saw, so

* compiled files are checked by what their sources say, not by time and size, which a mutant may share with its source;
* the tree that is imported must be the one below the current folder, and none of it may be loaded before the fork;
* the tests must pass on the tree unchanged, before the first mutant and after the last.

Properties draw the same examples each time. A mutant that runs or waits for too long, or takes too much memory, counts
as noticed: its tests could not pass.
"""

import compileall
import difflib
import gc
import os
import resource
import shlex
import signal
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import Final

import hypothesis
import pytest
from cosmic_ray.config import load_config
from cosmic_ray.mutating import use_mutation
from cosmic_ray.plugins import get_operator
from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import MutationSpec, TestOutcome, WorkerOutcome, WorkResult

FOLDERS: Final = ("domain", "application", "adapters", "contracts")
"""What is imported anew for every mutant, besides the tests."""

PLUGINS: Final = ("pytest_asyncio.plugin", "pytest_timeout")
"""What the project's tests need; others that happen to be installed would only take time."""

OTHERS: Final = ("hypothesis.strategies", "msgspec", "sqlalchemy")
EXAMPLES: Final = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
MEMORY: Final = 4 * 2**30
LIKELY: Final = 8


class PropertiesLast:
    """A plugin for pytest: what tries many examples is asked only if nothing else noticed."""

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.sort(key=lambda item: "propert" in item.nodeid or "laws" in item.nodeid)


class Judge:
    """Runs the tests of `command` (… pytest ARGUMENTS) in forks of this process; `timeout` is in seconds.

    Of what lies in a folder that `tests` names, those tests are asked besides, and nobody else's.
    """

    def __init__(self, command: str, timeout: float, tests: Mapping[str, Sequence[str]] | None = None) -> None:
        words = shlex.split(command)
        words = words[words.index("pytest") + 1 :]
        self._tests = [word for word in words if Path(word).exists()]
        self._tests_of = {Path(folder): names for folder, names in (tests or {}).items()}
        self._options = [word for word in words if word not in self._tests]
        self._options += ["-p", "no:cacheprovider", "-o", "timeout=0"]
        self._timeout = int(timeout)
        self._noticed: dict[Path, Counter[str]] = {}
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        self._plugins = [*map(import_module, PLUGINS), PropertiesLast()]
        for name in OTHERS:
            import_module(name)
        hypothesis.settings.register_profile("mutants", derandomize=True, database=None, deadline=None, phases=EXAMPLES)
        hypothesis.settings.load_profile("mutants")
        for folder in filter(os.path.isdir, FOLDERS):
            compileall.compile_dir(folder, quiet=1, force=True, invalidation_mode=PycInvalidationMode.CHECKED_HASH)
            spec = find_spec(folder)
            if spec is None or not Path(spec.origin or folder).is_relative_to(Path.cwd()) or folder in sys.modules:
                raise SystemExit(f"{folder} would not be imported anew from {Path.cwd()}")
        gc.collect()
        gc.freeze()

    def tests_of(self, file: Path) -> list[str]:
        """What is asked whether it notices that the file was changed."""
        return [*self._tests, *self._tests_of.get(file.parent, ())]

    def pass_unchanged(self, files: Iterable[Path]) -> None:
        """Ends the program if the tests of these files do not pass on the tree as it is."""
        if untested := [f"{file}" for file in files if not self.tests_of(file)]:
            raise SystemExit(f"No tests are named for {', '.join(untested)}.")
        tests = dict.fromkeys(name for file in files for name in self.tests_of(file))
        status, printed = self._ask([*tests], None)
        if status:
            raise SystemExit(f"{printed}\nThe tests do not pass on the tree unchanged: nothing can be said of mutants.")

    def judge(self, mutation: MutationSpec) -> WorkResult:
        """What cosmic-ray keeps of one mutant. The file is as it was afterwards."""
        file = mutation.module_path
        operator = get_operator(mutation.operator_name)(**mutation.operator_args)
        with use_mutation(file, operator, mutation.occurrence) as (before, after):
            if after is None:
                raise SystemExit(f"{file} is not what the session was made of: make it anew.")
            printed = self.notice(file)
        diff = difflib.unified_diff(before.split("\n"), after.split("\n"), f"a/{file}", f"b/{file}", lineterm="")
        outcome = TestOutcome.SURVIVED if printed is None else TestOutcome.KILLED
        return WorkResult(WorkerOutcome.NORMAL, printed, outcome, "\n".join(("--- mutation diff ---", *diff)))

    def notice(self, changed: Path) -> str | None:
        """What pytest printed if it did not pass, else None. `changed`: the file that was.

        The tests that noticed most of what was done to that file before are asked first, alone. Only their failing
        counts: that they cannot be found or imported is for all the tests to say.
        """
        noticed = self._noticed.setdefault(changed, Counter())
        if likely := [name for name, _ in noticed.most_common(LIKELY)]:
            status, printed = self._ask(likely, changed)
            if status == pytest.ExitCode.TESTS_FAILED:
                noticed.update(failed(printed))
                return printed
        status, printed = self._ask(self.tests_of(changed), changed)
        noticed.update(failed(printed))
        return printed if status else None

    def _ask(self, tests: list[str], changed: Path | None) -> tuple[int, str]:
        """Run tests in a child: its exit code and the end of what it printed."""
        with tempfile.TemporaryFile("w+") as output:
            child = os.fork()
            if not child:
                self._run(tests, output.fileno(), changed is not None)
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            output.seek(0)
            printed = output.read()[-4_000:]
        return status, f"{printed}\nended by signal {-status}" if status < 0 else printed

    def _run(self, tests: list[str], output: int, changed: bool) -> None:
        """The tests, in the child. Never returns."""
        status = 1
        try:
            os.dup2(output, 1)
            os.dup2(output, 2)
            signal.alarm(5 * self._timeout)  # it waits for something
            resource.setrlimit(resource.RLIMIT_CPU, (self._timeout, self._timeout))
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            sys.dont_write_bytecode = changed
            status = pytest.main([*self._options, *tests], plugins=self._plugins)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(status)


def failed(printed: str) -> list[str]:
    """The tests that pytest's summary names, without their parameters."""
    lines = [line for line in printed.splitlines() if line.startswith("FAILED ")]
    return [line.split()[1].split("[")[0] for line in lines]


def main(config: str, session: str) -> None:
    settings = load_config(config)
    judge = Judge(settings.test_command, settings.timeout, settings.sub("tests"))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))  # not before the file is as it was
    with use_db(session, WorkDB.Mode.open) as work:
        pending = sorted(
            ((item.mutations[0], item.job_id) for item in work.pending_work_items),
            key=lambda each: (each[0].module_path, each[0].start_pos),
        )
        files = dict.fromkeys(mutation.module_path for mutation, _ in pending)
        judge.pass_unchanged(files)
        for done, (mutation, job) in enumerate(pending, 1):
            work.set_result(job, judge.judge(mutation))
            if done % 100 == 0 or done == len(pending):
                print(f"{done} of {len(pending)} mutants", flush=True)
        judge.pass_unchanged(files)
        print_table(work)


def print_table(work: WorkDB) -> None:
    """How many were noticed, by file, by package and in all."""
    judged: Counter[str] = Counter()
    noticed: Counter[str] = Counter()
    for item, result in work.completed_work_items:
        file = item.mutations[0].module_path
        for name in (f"{file}", f"{file.parent}/", "in all"):
            judged[name] += 1
            noticed[name] += result.test_outcome is TestOutcome.KILLED
    for name, count in sorted(judged.items()):
        print(f"{name:32} {count:6,} mutants, {noticed[name]:6,} noticed: {noticed[name] / count:6.1%}")


if __name__ == "__main__":
    main(*sys.argv[1:])
