"""`docgen-nb serve`: the embedded service on an address, until Ctrl-C or SIGTERM."""

import argparse
import signal
import threading
from pathlib import Path

from docgen_nb.errors import ServiceError
from docgen_nb.service import FaultPlan, LocalDocGen, ManualClock, fidelity
from docgen_nb.service.endpoints.jwt import read_app_config
from docgen_nb.service.loopback import is_loopback


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=port, default=0, help="port; 0 takes any free one")
    parser.add_argument("--data", metavar="DIR", help="keep files and jobs here over restarts")
    parser.add_argument(
        "--token", type=word, help="the only bearer token (and client_secret) accepted"
    )
    parser.add_argument("--workers", type=number, default=8, help="jobs at a time (%(default)s)")
    parser.add_argument("--tls-cert", metavar="FILE", help="certificate (PEM): serve https")
    parser.add_argument("--tls-key", metavar="FILE", help="its key, if it is not in the same file")
    parser.add_argument(
        "--jwt-config",
        metavar="FILE",
        help="app configuration for JWT as Box's console gives it; made if it is not there",
    )
    parser.add_argument(
        "--webhook-keys",
        nargs=2,
        metavar=("PRIMARY", "SECONDARY"),
        help="keys that webhook messages are signed with",
    )
    parser.add_argument(
        "--webhooks-beyond-loopback",
        action="store_true",
        help="send webhook messages to any address, not to this machine alone",
    )
    parser.add_argument(
        "--manual-clock",
        action="store_true",
        help="a clock that stands still until POST /_service/clock moves it",
    )
    parser.add_argument(
        "--rate-limits", action="store_true", help="keep Box's published rate limits"
    )
    parser.add_argument("--faults", metavar="FILE", help="JSON file with misbehaviour on purpose")
    parser.add_argument(
        "--control-token",
        type=word,
        metavar="T",
        help="token for the house-keeping calls below /_service/",
    )
    parser.add_argument(
        "--fidelity", action="store_true", help="print how like Box the service is, and end"
    )
    parser.set_defaults(run=serve, parser=parser)


def port(text: str) -> int:
    """Read a port number."""
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port number (0 to 65535)")
    return int(text)


def word(text: str) -> str:
    """Read a token; an empty one is most often a variable that was not set."""
    if not text.strip():
        raise argparse.ArgumentTypeError("it is empty; leave the option out for none")
    return text


def number(text: str) -> int:
    """Read a number from 1."""
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1")
    return int(text)


def serve(chosen: argparse.Namespace) -> int:
    """Serve until told to stop."""
    if chosen.fidelity:
        print(fidelity.as_text())
        return 0
    if not is_loopback(chosen.host) and not chosen.token:
        chosen.parser.error(f"--host {chosen.host} can be reached from outside: give a --token")
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with (
        LocalDocGen(
            chosen.data,
            token=chosen.token,
            workers=chosen.workers,
            jwt_key=_jwt_key(chosen),
            webhook_keys=chosen.webhook_keys and tuple(chosen.webhook_keys),
            faults=_faults(chosen.faults),
            clock=ManualClock() if chosen.manual_clock else None,
            webhooks_beyond_loopback=chosen.webhooks_beyond_loopback,
            rate_limits=chosen.rate_limits,
            control_token=chosen.control_token,
        ) as local,
        local.listen(
            chosen.host, chosen.port, certificate=chosen.tls_cert, key=chosen.tls_key
        ) as url,
    ):
        who = "" if chosen.token else " (any bearer token is accepted)"
        print(f"Listening on {url}{who}", flush=True)
        stop.wait()
    return 0


def _faults(name: str | None) -> FaultPlan:
    if name is None:
        return FaultPlan()
    try:
        return FaultPlan.read(Path(name).read_bytes())
    except OSError as error:
        raise ServiceError(f"Cannot read {name}: {error.strerror}.") from error
    except ValueError as error:
        raise ServiceError(f"{name}: {error}") from error


def _jwt_key(chosen: argparse.Namespace) -> str | None:
    if chosen.jwt_config is None:
        return None
    return read_app_config(Path(chosen.jwt_config), client_secret=chosen.token)
