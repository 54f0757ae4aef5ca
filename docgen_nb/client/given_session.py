"""What a call needs of a session that the user gave: an end in time, and no cookies of replies."""

from http.cookiejar import Cookie, DefaultCookiePolicy
from typing import Any
from urllib.request import Request

import requests
from requests.adapters import HTTPAdapter

from docgen_nb.client.time_limit import in_call, limit_connections


def prepare(session: requests.Session) -> None:
    """Let the calls of this package end at their limit and leave no cookies.

    Nothing else changes: other requests of the session go on as before. It is asked before each
    call, because a session can get adapters and cookies at any time.
    """
    for adapter in session.adapters.values():
        if isinstance(adapter, HTTPAdapter):
            for manager in (adapter.poolmanager, *adapter.proxy_manager.values()):
                limit_connections(manager)
    refuse_cookies(session)


def refuse_cookies(session: requests.Session) -> None:
    """Keep no cookies of replies: they would be sent with the next token, for another user."""
    policy: Any = session.cookies.get_policy()
    if type(policy) is DefaultCookiePolicy:  # a policy of the user's own decides itself
        ours = _NoneOfReplies()
        vars(ours).update(vars(policy))
        session.cookies.set_policy(ours)


class _NoneOfReplies(DefaultCookiePolicy):
    def set_ok(self, cookie: Cookie, request: Request) -> bool:
        return not in_call() and super().set_ok(cookie, request)
