"""How the suite is spread over workers, and the service under test through each transport."""
# ruff: noqa: E402

import gc
import os
import secrets
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

# jsonschema would compile the grammars of this optional package at import, which takes seconds.
sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
gc.disable()  # until all tests are known: of what is imported, nothing becomes garbage

import pytest
import requests
from api import Api
from contract.judge import judge
from hypothesis import is_hypothesis_test, settings
from xdist.scheduler import LoadFileScheduling

from docgen_nb.service import LocalDocGen

# The tests of a file run in one worker; those of these folders too, as they share what is slow.
TOGETHER = ("tests/browser/", "tests/notebooks/")
# Slow as a whole, as are Hypothesis's tests; other slow tests have the mark. In parallel runs these
# start first, so that the workers end at about the same time.
SLOW = (
    *TOGETHER,
    "tests/clients/test_node_sdk.py",
    "tests/clients/test_python_sdk",
    "tests/contract/test_schemathesis.py",
    "tests/template/pdf/",
    "tests/attack/",
    "tests/cli/test_demo.py",
    "tests/cli/test_serve",
    "tests/cli/test_submit.py",
    "tests/cli/test_template_commands.py",
    "tests/ledger/test_interrupted_sync.py",
    "tests/lessons/",
    "tests/service/test_kill.py",
    "tests/service/workers/test_survival.py",
    "tests/service/http/test_paging.py",
    "tests/charts/test_charts.py",
    "tests/metrics/test_clustered.py",
    "tests/metrics/test_coverage.py",
    "tests/metrics/test_duckdb.py",
    "tests/metrics/test_history.py",
    "tests/metrics/test_observed.py",
    "tests/reports/",
    "tests/samples/test_seeded_history.py",
    "tests/submission/test_submit_many.py",
    "tests/template/test_hostile.py",
    "tests/template/test_libreoffice.py",
    "tests/template/test_limits.py",
)

# Hypothesis's profile for CI takes the same examples in each run. The other one takes new ones.
EXPLORE = "explore"
settings.register_profile(EXPLORE, settings.get_profile("default"), deadline=None, print_blob=True)
settings.load_profile("ci")


@pytest.hookimpl(tryfirst=True)  # before Hypothesis reads the options
def pytest_configure(config: pytest.Config) -> None:
    """Choose the seed of a run with new examples, so that it can be printed and given again."""
    if config.option.hypothesis_profile == EXPLORE and config.option.hypothesis_seed is None:
        config.option.hypothesis_seed = str(secrets.randbelow(1 << 32))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if config.option.hypothesis_profile == EXPLORE:
        options = f"--hypothesis-profile=explore --hypothesis-seed={config.option.hypothesis_seed}"
        terminalreporter.write_line(f"The same examples again: {options}")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Run a single file or test without workers: starting them takes longer than most tests.

    Otherwise one worker more than there are cores, as many tests wait for a server or a browser.
    """
    files = {argument.partition("::")[0] for argument in config.args}
    single = len(files) == 1 and files.pop().endswith(".py")
    return 0 if single else (os.cpu_count() or 1) + 1


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not even import what is slow as a whole where slow tests are left out."""
    starts = tuple(f"{config.rootpath}/{start}" for start in SLOW)
    path = f"{collection_path}/" if collection_path.is_dir() else str(collection_path)
    return (config.option.markexpr == "not slow" and path.startswith(starts)) or None


class _ByFolder(LoadFileScheduling):
    def _split_scope(self, nodeid: str) -> str:
        together = (folder for folder in TOGETHER if nodeid.startswith(folder))
        return next(together, None) or super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling:
    return _ByFolder(config, log)


@pytest.hookimpl(tryfirst=True)  # before tests are deselected by their marks
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    absent = [start for start in SLOW if not any(config.rootpath.glob(f"{start}*"))]
    if absent:
        raise pytest.UsageError(f"SLOW in tests/conftest.py names files that are absent: {absent}")
    for item in items:
        if item.nodeid.startswith(SLOW) or is_hypothesis_test(getattr(item, "obj", None)):
            item.add_marker(pytest.mark.slow)
    if hasattr(config, "workerinput"):  # in a worker of pytest-xdist
        items.sort(key=_rank)


def pytest_collection_finish() -> None:
    """Let collections of garbage pass over what was imported."""
    gc.freeze()
    gc.enable()


def _rank(item: pytest.Item) -> int:
    ranks = (rank for rank, start in enumerate(SLOW) if item.nodeid.startswith(start))
    return next(ranks, len(SLOW))


@pytest.fixture(autouse=True, scope="session")
def _judge_every_reply() -> Iterator[None]:
    """Check every reply of the service, through each transport, against Box's OpenAPI."""
    LocalDocGen.observers.append(judge)
    yield
    LocalDocGen.observers.remove(judge)
    judge.give_verdict()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Generator[None, None, None]:
    yield from _then_verdict()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, None, None]:
    yield from _then_verdict()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None, None, None]:
    yield from _then_verdict()


def _then_verdict() -> Generator[None, None, None]:
    """Fail the phase of a test in which a reply was wrong, whatever else went wrong in it."""
    try:
        yield
    finally:
        judge.give_verdict()


@pytest.fixture
def local() -> Iterator[LocalDocGen]:
    with LocalDocGen() as service:
        yield service


@pytest.fixture
def api(local: LocalDocGen) -> Iterator[Api]:
    """The service without a socket."""
    with local.session() as session:
        yield Api(session, "http://docgen.local")


@pytest.fixture
def port_api(local: LocalDocGen) -> Iterator[Api]:
    """The service on a port."""
    with local.listen() as url, requests.Session() as session:
        session.trust_env = False
        yield Api(session, url)


@pytest.fixture(params=["adapter", "port"])
def both(request: pytest.FixtureRequest) -> Api:
    """The service through each transport."""
    return request.getfixturevalue("api" if request.param == "adapter" else "port_api")


@pytest.fixture(scope="session")
def ran(tmp_path_factory):
    """Run a notebook, in a folder of its own, once for all tests that look at it."""
    from notebooks.notebook_run import run  # heavy, and needed only here

    runs = {}

    def run_once(path):
        if path not in runs:
            folder = tmp_path_factory.mktemp(path.stem)
            with pytest.MonkeyPatch.context() as patch:
                for name in [
                    name for name in os.environ if name.startswith(("BOX_", "DOCGEN_NB_"))
                ]:
                    patch.delenv(name)
                patch.setenv("XDG_CONFIG_HOME", str(folder / "no login"))
                runs[path] = run(path, folder=folder), folder
        return runs[path]

    return run_once
