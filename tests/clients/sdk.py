"""Box's official Python SDK and a service for it, on a port with or without TLS."""

import json
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import requests
from box_sdk_gen import (
    BaseUrls,
    BoxAPIError,
    BoxCCGAuth,
    BoxClient,
    BoxJWTAuth,
    BoxNetworkClient,
    CCGConfig,
    CreateFolderParent,
    JWTConfig,
    NetworkSession,
    UploadFileAttributes,
    UploadFileAttributesParentField,
)
from box_sdk_gen.networking.auth import Authentication
from box_sdk_gen.networking.retries import BoxRetryStrategy
from box_sdk_gen.schemas.file_full import FileFull
from box_sdk_gen.schemas.folder_full import FolderFull
from certificates import write_pair

from docgen_nb.service import LocalDocGen
from docgen_nb.service.endpoints.jwt import make_app_config

SECRET = "the client's secret"
ENTERPRISE, USER = "987654", "1234567"
MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class Place:
    """A service, its address, and what the SDK needs to use it."""

    local: LocalDocGen
    url: str
    session: requests.Session
    network: NetworkSession
    config: str

    @property
    def client_id(self) -> str:
        return json.loads(self.config)["boxAppSettings"]["clientID"]

    def jwt(self) -> BoxJWTAuth:
        return BoxJWTAuth(JWTConfig.from_config_json_string(self.config))

    def credentials(self, **subject: str) -> BoxCCGAuth:
        subject = subject or {"enterprise_id": ENTERPRISE}
        return BoxCCGAuth(CCGConfig(self.client_id, SECRET, **subject))

    def connect(self, auth: Authentication) -> BoxClient:
        return BoxClient(auth, network_session=self.network)


@contextmanager
def sdk_place(scheme: str, folder: Path) -> Iterator[Place]:
    """Run a service; with https, its certificate is in `folder`."""
    config, public_key = make_app_config(client_secret=SECRET, enterprise_id=ENTERPRISE)
    certificate, key = write_pair(folder) if scheme == "https" else (None, None)
    with (
        LocalDocGen(token=SECRET, jwt_key=public_key) as local,
        local.listen(certificate=certificate, key=key) as url,
        requests.Session() as session,
    ):
        assert url.startswith(f"{scheme}://")
        session.trust_env = False
        session.verify = str(certificate or True)
        urls = BaseUrls(base_url=url, upload_url=f"{url}/api", oauth_2_url=f"{url}/oauth2")
        network = NetworkSession(
            base_urls=urls,
            network_client=BoxNetworkClient(session),
            retry_strategy=BoxRetryStrategy(
                max_attempts=2, max_retries_on_exception=0, retry_base_interval=0.01
            ),
        )
        yield Place(local, url, session, network, config)


def name() -> str:
    return str(uuid.uuid4())


def some_bytes(count: int = MEBIBYTE) -> BytesIO:
    return BytesIO(os.urandom(count))


def upload(client: BoxClient, content: BytesIO | None = None, *, called: str = "") -> FileFull:
    attributes = UploadFileAttributes(called or name(), UploadFileAttributesParentField("0"))
    return client.uploads.upload_file(attributes, content or some_bytes()).entries[0]


def folder(client: BoxClient) -> FolderFull:
    return client.folders.create_folder(name(), CreateFolderParent("0"))


def refusal(call: Callable[[], Any]) -> tuple[int, str | None]:
    """Return status and code of the error of a call."""
    with pytest.raises(BoxAPIError) as raised:
        call()
    return raised.value.response_info.status_code, raised.value.response_info.code
