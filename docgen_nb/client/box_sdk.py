"""A client of Box's own SDK over the connection of a `Client`: imported only when asked for."""

from typing import Any, cast

from box_sdk_gen import BaseUrls, BoxClient
from box_sdk_gen.box.errors import BoxSDKError
from box_sdk_gen.networking.auth import Authentication
from box_sdk_gen.networking.box_network_client import BoxNetworkClient
from box_sdk_gen.networking.network import NetworkSession
from box_sdk_gen.networking.retries import BoxRetryStrategy
from box_sdk_gen.networking.timeout_config import TimeoutConfig
from box_sdk_gen.schemas.access_token import AccessToken
from requests import Session

from docgen_nb import config
from docgen_nb.client.retries import SAFE_TO_REPEAT
from docgen_nb.client.transport import Transport


def open_sdk(transport: Transport) -> BoxClient:
    """Return a client of Box's SDK with the session, tokens and addresses of a transport."""
    urls = BaseUrls(
        base_url=transport.url,
        # Box's host for tokens is that of the API, whatever page a person logs in at.
        oauth_2_url=f"{transport.url}/oauth2",
        upload_url=(
            transport.upload_url
            if transport.upload_url.endswith("/api")
            else f"{transport.upload_url}/api"
        ),
    )
    connect_seconds, read_seconds = transport.network.timeouts
    network = NetworkSession(
        network_client=BoxNetworkClient(cast(Session, _Session(transport))),
        base_urls=urls,
        retry_strategy=_OnceUnlessSafe(),
        timeout_config=TimeoutConfig(
            connection_timeout_ms=int(1000 * connect_seconds),
            read_timeout_ms=int(1000 * read_seconds),
        ),
    )
    return BoxClient(_Tokens(transport), network_session=network)


class _Session:
    """The one method of a session that the SDK calls, with the proxy and certificates given."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def request(self, **options: Any) -> Any:
        transport = self._transport
        if transport.closed:
            raise ValueError("This client is closed. Call connect() for a new one.")
        network = {k: v for k, v in transport.network.options().items() if k != "timeout"}
        # With an auth of its own, a .netrc file cannot replace the token.
        return transport.session.request(**options, **network, auth=lambda request: request)


class _Tokens(Authentication):
    """The tokens of a client, as the SDK asks for them."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._last = ""

    def retrieve_token(self, **_: Any) -> AccessToken:
        self._last = self._transport.source.token(self._transport.fetch_token)
        return AccessToken(access_token=self._last)

    def refresh_token(self, **_: Any) -> AccessToken:
        other = self._transport.source.replace(self._last, self._transport.fetch_token)
        if other is None:
            raise BoxSDKError(message="The token was refused, and there is no other one.")
        self._last = other
        return AccessToken(access_token=other)

    def retrieve_authorization_header(self, **_: Any) -> str:
        token = self.retrieve_token().access_token
        return config.Secret(f"Bearer {token}")

    def revoke_token(self, **_: Any) -> None:
        raise BoxSDKError(message="The token belongs to the client that as_sdk was called on.")

    def downscope_token(self, *_: Any, **__: Any) -> AccessToken:
        raise BoxSDKError(message="The token belongs to the client that as_sdk was called on.")


class _OnceUnlessSafe(BoxRetryStrategy):
    """The SDK's retries, for GET and DELETE alone: a POST may have been carried out."""

    def should_retry(self, fetch_options: Any, fetch_response: Any, attempt_number: int) -> bool:
        if fetch_response.status == 401:
            return attempt_number == 1 and super().should_retry(
                fetch_options, fetch_response, attempt_number
            )
        is_safe = fetch_options.method.upper() in SAFE_TO_REPEAT
        return is_safe and super().should_retry(fetch_options, fetch_response, attempt_number)
