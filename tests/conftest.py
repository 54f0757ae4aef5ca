"""The service under test, through each of its doors."""

from collections.abc import Iterator

import pytest
import requests
from api import Api

from docgen_nb.service import LocalDocGen


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
