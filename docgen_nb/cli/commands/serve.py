"""`docgen-nb serve`: the embedded service on an address, until Ctrl-C or SIGTERM."""

import argparse
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

from docgen_nb.cli.printable import lines, one_line
from docgen_nb.cli.secret_options import ADVICE, add_secret, read_secret
from docgen_nb.errors import ServiceError
from docgen_nb.evidence import WIRE
from docgen_nb.service import FaultPlan, LocalDocGen, ManualClock, fidelity
from docgen_nb.service.endpoints.jwt import read_app_config
from docgen_nb.service.loopback import is_loopback
from docgen_nb.service.storage.data_check import check_data

TOKEN, CONTROL_TOKEN = "DOCGEN_NB_TOKEN", "DOCGEN_NB_CONTROL_TOKEN"
WEBHOOK_KEYS = "DOCGEN_NB_WEBHOOK_KEYS"
FAULTS = '{"calls": [{"kind": "rate_limited", "times": 1}], "jobs": []}'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    _add_address(parser)
    parser.add_argument("--data", metavar="DIR", help="folder to keep files and jobs in")
    parser.add_argument(
        "--check",
        action="store_true",
        help="print what is wrong with the data in DIR and what can be done, and exit",
    )
    parser.add_argument("--workers", type=number, default=8, help="parallel jobs (%(default)s)")
    _add_secrets(parser)
    _add_webhooks(parser)
    _add_behavior(parser)
    parser.add_argument(
        "--fidelity",
        action="store_true",
        help="print how closely it follows Box, and exit",
    )
    parser.set_defaults(run=serve, parser=parser)


def _add_address(parser: argparse.ArgumentParser) -> None:
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
    parser.add_argument("--tls-cert", metavar="FILE", help="certificate (PEM); serves https")
    parser.add_argument("--tls-key", metavar="FILE", help="its key, if it is in another file")


def _add_secrets(parser: argparse.ArgumentParser) -> None:
    parser.epilog = f"Tokens and keys: {ADVICE}, such as --token-file or {TOKEN}."
    help = "the only accepted bearer token (and client_secret)"
    add_secret(parser, "token", variable=TOKEN, help=help)
    help = "token for the administrative calls below /_service/: health, log, faults, clock"
    add_secret(parser, "control-token", variable=CONTROL_TOKEN, help=help)
    parser.add_argument(
        "--jwt-config",
        metavar="FILE",
        help="app configuration for JWT, as from Box's console; created if it does not exist",
    )


def _add_webhooks(parser: argparse.ArgumentParser) -> None:
    help = "keys that sign webhook messages"
    add_secret(parser, "webhook-keys", variable=WEBHOOK_KEYS, keys=2, help=help)
    parser.add_argument(
        "--webhooks-beyond-loopback",
        action="store_true",
        help="send webhook messages to any address, not only to this machine",
    )


def _add_behavior(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--manual-clock",
        action="store_true",
        help="stop the clock; POST /_service/clock moves it",
    )
    parser.add_argument(
        "--evidence",
        metavar="FILE",
        help="answer as docgen-nb probe found it at Box (a file, or a folder of them)",
    )
    parser.add_argument(
        "--rate-limits", action="store_true", help="enforce Box's published rate limits"
    )
    parser.add_argument(
        "--faults", metavar="FILE", help=f"JSON file with faults to inject, such as {FAULTS}"
    )


def port(text: str) -> int:
    """Read a port number."""
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port number (0 to 65535)")
    return int(text)


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
    if arguments.check:
        return _check(arguments)
    token = _token(arguments)
    if not is_loopback(arguments.host) and token is None:
        arguments.parser.error(
            f"--host {arguments.host} is reachable from other machines: set a --token"
        )
    stop = threading.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_number, lambda *_: stop.set())
    with (
        _service(arguments, token) as local,
        local.listen(
            arguments.host,
            arguments.port,
            certificate=arguments.tls_cert,
            key=arguments.tls_key,
            allow_hosts=arguments.allow_host,
        ) as url,
    ):
        note = "" if token else " (any bearer token is accepted)"
        for line in _about_evidence(local):
            print(line)
        print(f"Listening on {url}{note}", flush=True)
        stop.wait()
    return 0


def _about_evidence(local: LocalDocGen) -> Iterator[str]:
    for words, answers in (("As in", local.followed), ("Unlike", local.not_followed)):
        for key, answer in answers.items():
            yield one_line(f"{words} the evidence: {WIRE[key].title}: {answer}")


def _service(arguments: argparse.Namespace, token: str | None) -> LocalDocGen:
    control_token = read_secret(arguments, "control-token", variable=CONTROL_TOKEN)
    keys = read_secret(arguments, "webhook-keys", variable=WEBHOOK_KEYS, keys=2)
    return LocalDocGen(
        arguments.data,
        token=token,
        workers=arguments.workers,
        jwt_key=_jwt_key(arguments, token),
        webhook_keys=(keys[0], keys[1]) if keys else None,
        faults=_faults(arguments.faults),
        clock=ManualClock() if arguments.manual_clock else None,
        webhooks_beyond_loopback=arguments.webhooks_beyond_loopback,
        rate_limits=arguments.rate_limits,
        evidence=arguments.evidence,
        control_token=control_token[0] if control_token else None,
    )


def _token(arguments: argparse.Namespace) -> str | None:
    token = read_secret(arguments, "token", variable=TOKEN)
    return token[0] if token else None


def _check(arguments: argparse.Namespace) -> int:
    """Print the problems of a data folder; return 1 if there is one to solve."""
    if arguments.data is None:
        arguments.parser.error("--check needs --data DIR")
    problems = check_data(Path(arguments.data))
    for problem in problems:
        print(lines(f"{problem.message}\n  {problem.remedy}"))
    if any(problem.severe for problem in problems):
        return 1
    print(f"The data in {one_line(arguments.data)} can be used.")
    return 0


def _faults(name: str | None) -> FaultPlan:
    if name is None:
        return FaultPlan()
    try:
        return FaultPlan.read(Path(name).read_bytes())
    except OSError as error:
        raise ServiceError(f"Cannot read {name}: {error.strerror}.") from error
    except ValueError as error:
        raise ServiceError(f"{name}: {error}. A file of faults looks like {FAULTS}") from error


def _jwt_key(arguments: argparse.Namespace, token: str | None) -> str | None:
    if arguments.jwt_config is None:
        return None
    return read_app_config(Path(arguments.jwt_config), client_secret=token)
