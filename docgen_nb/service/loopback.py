"""Loopback addresses: hosts that only this machine can reach."""

import ipaddress


def is_loopback(host: str) -> bool:
    """Return whether a host name or address can't be reached from another machine.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
