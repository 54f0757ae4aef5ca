"""Box's official Node SDK: its own test suites, unchanged, against the service over HTTPS."""

import base64
import getpass
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from api import Api
from certificates import write_pair
from tools import require

from docgen_nb.service import LocalDocGen
from docgen_nb.service.endpoints.jwt import make_app_config

HERE = Path(__file__).parent / "node"
SECRET = "the client's secret"
ENTERPRISE, USER = "987654", "1234567"
# Number of tests in each suite.
SUITES = {
    "auth": 16,
    "chunkedUploads": 3,
    "client": 11,
    "docgen": 1,
    "docgenTemplate": 1,
    "downloads": 3,
    "events": 7,
    "files": 7,
    "folders": 5,
    "trashedFiles": 1,
    "uploads": 4,
    "webhooks": 2,
}
TIMEOUT_SECONDS = 600


@pytest.fixture(scope="module")
def packages():
    """A folder with the SDK and its test runner, installed once for each lock file."""
    require("node")
    digest = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()[:12]
    cache = Path(tempfile.gettempdir()) / f"docgen-nb-node-of-{getpass.getuser()}"
    cache.mkdir(mode=0o700, exist_ok=True)
    assert cache.stat().st_uid == os.getuid(), f"{cache} belongs to another user"
    if not (cache / digest).exists():
        _install(cache / digest)
    return cache / digest


def _install(folder):
    """Install next to the folder, then rename, so that a partial install is never used."""
    npm = shutil.which("npm")
    if npm is None:
        _skip_or_fail("npm is missing; install it with: apt-get install nodejs npm")
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        partial = Path(name) / "partial"
        partial.mkdir()
        for file in ("package.json", "package-lock.json"):
            shutil.copy(HERE / file, partial)
        install = [npm, "ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"]
        run = subprocess.run(
            install, cwd=partial, timeout=TIMEOUT_SECONDS, capture_output=True, text=True
        )
        if run.returncode != 0:
            _skip_or_fail(f"npm cannot install the packages of the suites:\n{run.stderr}")
        partial.rename(folder)


def _skip_or_fail(reason):
    """Skip, or fail if node is required, as for any missing tool."""
    if "node" in os.environ.get("DOCGEN_NB_REQUIRE_TOOLS", "").split(","):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def workplace(packages, tmp_path_factory):
    """A folder with unchanged copies of the suites."""
    folder = tmp_path_factory.mktemp("node")
    for file in ("jest.config.js", "box-hosts.js"):
        shutil.copy(HERE / file, folder)
    (folder / "node_modules").symlink_to(packages / "node_modules")
    suites = packages / "node_modules" / "box-node-sdk" / "src" / "test"
    shutil.copytree(suites, folder / "suites")
    return folder


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """The environment variables of the suites, with a running service."""
    certificate, key = write_pair(tmp_path_factory.mktemp("tls"))
    config, public_key = make_app_config(client_secret=SECRET, enterprise_id=ENTERPRISE)
    settings = json.loads(config)["boxAppSettings"]
    with (
        LocalDocGen(token=SECRET, jwt_key=public_key) as local,
        local.listen(certificate=certificate, key=key) as url,
    ):
        yield (
            local,
            {
                **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
                "CI": "true",
                "DOCGEN_URL": url,
                "NODE_EXTRA_CA_CERTS": str(certificate),
                "CLIENT_ID": settings["clientID"],
                "CLIENT_SECRET": SECRET,
                "ENTERPRISE_ID": ENTERPRISE,
                "USER_ID": USER,
                "JWT_CONFIG_BASE_64": base64.b64encode(config.encode()).decode(),
            },
        )


@pytest.fixture(scope="module")
def results(service, workplace):
    """The report of the test runner: suites, their tests, and "passed" or the failure of each."""
    local, environment = service
    _create_events(local, environment)
    node = [require("node"), "node_modules/jest/bin/jest.js"]
    wanted = [f"suites/{name}.test.ts" for name in SUITES]
    report = workplace / "report.json"
    run = subprocess.run(
        [*node, "--runInBand", "--json", f"--outputFile={report}", "--runTestsByPath", *wanted],
        cwd=workplace,
        env=environment,
        timeout=TIMEOUT_SECONDS,
        capture_output=True,
        text=True,
    )
    assert report.exists(), run.stderr
    return {
        Path(suite["name"]).name.removesuffix(".test.ts"): {
            test["title"]: test["status"] if test["status"] == "passed" else failure(test)
            for test in suite["assertionResults"]
        }
        or suite["message"]
        for suite in json.loads(report.read_text())["testResults"]
    }


def failure(test):
    return "\n".join(test["failureMessages"]) or test["status"]


def _create_events(local, environment):
    """Upload a file, create a user and delete it: the suite of events expects such events."""
    with local.session() as session:
        grant = {
            "grant_type": "client_credentials",
            "client_id": environment["CLIENT_ID"],
            "client_secret": SECRET,
            "box_subject_type": "enterprise",
            "box_subject_id": ENTERPRISE,
        }
        reply = session.post("http://docgen.local/oauth2/token", data=grant)
        api = Api(session, "http://docgen.local", reply.json()["access_token"])
        api.upload(b"something", name="something.txt")
        user = api("POST", "/2.0/users", json={"name": "Ada", "is_platform_access_only": True})
        assert api("DELETE", f"/2.0/users/{user.json()['id']}").status_code == 204


@pytest.mark.parametrize("suite", SUITES)
def test_the_suite_passes_unchanged(results, suite):
    outcomes = results[suite]
    assert isinstance(outcomes, dict), outcomes
    assert [what for what in outcomes.values() if what != "passed"] == []
    assert len(outcomes) == SUITES[suite]
