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
    parser.add_argument("--port", type=port, default=0, help="port; by default a free one")
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="another name under which clients may reach it, besides --host and localhost; "
        "repeat it for more",
    )
    parser.add_argument("--data", metavar="DIR", help="folder to keep files and jobs in")
    parser.add_argument(
        "--token", type=token, help="the only accepted bearer token (and client_secret)"
    )
    parser.add_argument("--workers", type=number, default=8, help="parallel jobs (%(default)s)")
    parser.add_argument("--tls-cert", metavar="FILE", help="certificate (PEM); serves https")
    parser.add_argument("--tls-key", metavar="FILE", help="its key, if it is in another file")
    parser.add_argument(
        "--jwt-config",
        metavar="FILE",
        help="app configuration for JWT, as from Box's console; created if it does not exist",
    )
    parser.add_argument(
        "--webhook-keys",
        nargs=2,
        metavar=("PRIMARY", "SECONDARY"),
        help="keys that sign webhook messages",
    )
    parser.add_argument(
        "--webhooks-beyond-loopback",
        action="store_true",
        help="send webhook messages to any address, not only to this machine",
    )
    parser.add_argument(
        "--manual-clock",
        action="store_true",
        help="stop the clock; POST /_service/clock moves it",
    )
    parser.add_argument(
        "--rate-limits", action="store_true", help="enforce Box's published rate limits"
    )
    parser.add_argument("--faults", metavar="FILE", help="JSON file with faults to inject")
    parser.add_argument(
        "--control-token",
        type=token,
        metavar="TOKEN",
        help="token for the administrative calls below /_service/",
    )
    parser.add_argument(
        "--fidelity",
        action="store_true",
        help="print how closely it follows Box, and exit",
    )
    parser.set_defaults(run=serve, parser=parser)


def port(text: str) -> int:
    """Read a port number."""
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port number (0 to 65535)")
    return int(text)


def token(text: str) -> str:
    """Read a token. An empty one is usually a variable that is not set."""
    if not text.strip():
        raise argparse.ArgumentTypeError("the token is empty")
    return text


def number(text: str) -> int:
    """Read a number of at least 1."""
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of at least 1")
    return int(text)


def serve(arguments: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM."""
    if arguments.fidelity:
        print(fidelity.as_text())
        return 0
    if not is_loopback(arguments.host) and not arguments.token:
        arguments.parser.error(
            f"--host {arguments.host} is reachable from other machines: set a --token"
        )
    stop = threading.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_number, lambda *_: stop.set())
    with (
        LocalDocGen(
            arguments.data,
            token=arguments.token,
            workers=arguments.workers,
            jwt_key=_jwt_key(arguments),
            webhook_keys=arguments.webhook_keys and tuple(arguments.webhook_keys),
            faults=_faults(arguments.faults),
            clock=ManualClock() if arguments.manual_clock else None,
            webhooks_beyond_loopback=arguments.webhooks_beyond_loopback,
            rate_limits=arguments.rate_limits,
            control_token=arguments.control_token,
        ) as local,
        local.listen(
            arguments.host,
            arguments.port,
            certificate=arguments.tls_cert,
            key=arguments.tls_key,
            allow_hosts=arguments.allow_host,
        ) as url,
    ):
        note = "" if arguments.token else " (any bearer token is accepted)"
        print(f"Listening on {url}{note}", flush=True)
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


def _jwt_key(arguments: argparse.Namespace) -> str | None:
    if arguments.jwt_config is None:
        return None
    return read_app_config(Path(arguments.jwt_config), client_secret=arguments.token)
