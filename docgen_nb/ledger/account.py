"""The address and the account whose jobs a history holds."""

import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from docgen_nb.client_protocol import DocGenClient
from docgen_nb.errors import OtherAccount, UnreadableReply
from docgen_nb.ledger.connection import HistoryFile

_NAME = re.compile(r"\w[\w@.-]*")


class Owner(NamedTuple):
    """An address and an account. The account of an older history is "" until its next sync."""

    service: str
    account: str

    def __str__(self) -> str:
        return f"{self.service} ({self.account})" if self.account else self.service


def path_of_account(path: str | Path, account: str | None) -> str | Path:
    """Return the path of the file of an account.

    >>> str(path_of_account("history.sqlite", "user-8")), path_of_account("history.sqlite", None)
    ('history.user-8.sqlite', 'history.sqlite')
    """
    if account is None:
        return path
    if not _NAME.fullmatch(account):
        raise ValueError(
            f"account becomes part of a file name: use letters, digits and . _ - @, such as "
            f"user-8, not {account!r}."
        )
    common = Path(path)
    return common.with_name(f"{common.stem}.{account}{common.suffix}")


def check_owner(file: HistoryFile, box: DocGenClient) -> int:
    """Check that a history holds the jobs of this client, or is new; return the calls it took.

    The account is asked for once per client. OtherAccount for another address or account.
    """
    if file.checked is box:
        return 0
    owner = Owner(box.url, _account(box))
    with file.write() as db:
        db.executemany("INSERT OR IGNORE INTO settings VALUES (?, ?)", owner._asdict().items())
        names = "SELECT name, value FROM settings WHERE name IN ('service', 'account')"
        known = Owner(**dict(db.execute(names)))
        if known != owner:
            raise _refusal(file.path, known, owner)
    file.checked = box
    return 1


def _account(box: DocGenClient) -> str:
    user = box.get_me(fields=["enterprise"])
    if not user.get("id"):
        raise UnreadableReply(f"The user of this token, as read from {box.url}, has no id.")
    enterprise = (user.get("enterprise") or {}).get("id")
    return f"{f'enterprise {enterprise}' if enterprise else 'no enterprise'}, user {user['id']}"


def service_of(file: HistoryFile) -> str | None:
    """Return the address of the service whose jobs a history holds, or None before its first."""
    row = file.first("SELECT value FROM settings WHERE name = 'service'")
    return str(row[0]) if row else None


def _refusal(path: Path, known: Owner, owner: Owner) -> OtherAccount:
    account = owner.account.partition(", ")[2].replace(" ", "-")
    is_elsewhere = known.service != owner.service
    if is_elsewhere:
        place = re.sub(r"[^\w.]+", "-", urlsplit(owner.service).netloc).strip("-")
        account = f"{place}-{account}"
    return OtherAccount(
        f"{path} holds jobs of {known}, not of {owner}.",
        "To keep them apart in a file of their own, open "
        f"Ledger({path.name!r}, account={account!r}).",
        url=known.service if is_elsewhere else None,
        account=account,
    )
