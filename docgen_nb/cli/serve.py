"""`docgen-nb serve`: the embedded service on an address, until Ctrl-C or SIGTERM."""

import argparse
import ipaddress
import signal
import threading
from typing import Any

from docgen_nb.service import LocalDocGen


def add_parser(commands: Any) -> None:
    """Add the command and its options."""
    parser = commands.add_parser("serve", help="run the embedded Doc Gen service on a port")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=port, default=0, help="port; 0 takes any free one")
    parser.add_argument("--data", metavar="DIR", help="keep files and jobs here over restarts")
    parser.add_argument("--token", help="the only bearer token (and client_secret) accepted")
    parser.set_defaults(run=serve, parser=parser)


def port(text: str) -> int:
    """Read a port number."""
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port number (0 to 65535)")
    return int(text)


def serve(chosen: argparse.Namespace) -> int:
    """Serve until told to stop."""
    if not _is_loopback(chosen.host) and not chosen.token:
        chosen.parser.error(f"--host {chosen.host} can be reached from outside: give a --token")
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with (
        LocalDocGen(chosen.data, token=chosen.token) as local,
        local.listen(chosen.host, chosen.port) as url,
    ):
        who = "" if chosen.token else " (any bearer token is accepted)"
        print(f"Listening on {url}{who}", flush=True)
        stop.wait()
    return 0


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
