"""The service under test, through each of its doors."""

from collections.abc import Generator, Iterator

import pytest
import requests
from api import Api
from contract.judge import judge

from docgen_nb.service import LocalDocGen


@pytest.fixture(autouse=True, scope="session")
def _judge_every_reply() -> Iterator[None]:
    """Hold every reply of the service, through whichever door, against Box's OpenAPI."""
    LocalDocGen.watchers.append(judge)
    yield
    LocalDocGen.watchers.remove(judge)
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
    """The service through each door in turn."""
    return request.getfixturevalue("api" if request.param == "adapter" else "port_api")


@pytest.fixture(scope="session")
def ran(tmp_path_factory):
    """Run a notebook, in a folder of its own, once for all tests that look at it."""
    from notebooks.notebook_run import run  # heavy, and needed only here

    found = {}

    def run_once(path):
        if path not in found:
            folder = tmp_path_factory.mktemp(path.stem)
            with pytest.MonkeyPatch.context() as patch:
                patch.delenv("DOCGEN_NB_LOCAL", raising=False)
                found[path] = run(path, folder=folder), folder
        return found[path]

    return run_once
