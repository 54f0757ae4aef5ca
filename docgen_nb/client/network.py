"""How requests reach the network: proxy, certificates, timeouts."""

from typing import Any, NamedTuple

TIMEOUTS = (10.0, 60.0)  # seconds to connect, and to wait for data, as in Box's own SDKs


class Network(NamedTuple):
    """The settings of each request of a client; None for those of the session and environment.

    ``timeouts`` are the seconds to wait for a connection, and for data. ValueError from `options`
    if one of them is not more than 0.
    """

    proxy: str | None = None
    ca_bundle: str | None = None
    timeouts: tuple[float, float] = TIMEOUTS

    def options(self) -> dict[str, Any]:
        """Return the arguments for `requests.Session.request`.

        They are given with each request: variables such as HTTPS_PROXY replace those of a session.
        """
        connect, read = self.timeouts
        if not (connect > 0 and read > 0):
            raise ValueError(f"timeouts must be more than 0 seconds, not {self.timeouts}.")
        options: dict[str, Any] = {"timeout": (connect, read)}
        if self.proxy is not None:
            options["proxies"] = {"http": self.proxy, "https": self.proxy}
        if self.ca_bundle is not None:
            options["verify"] = self.ca_bundle
        return options
