"""Counts objects and open files after rounds of calls, in a process that does nothing else."""

import gc
import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import requests
from api import Api
from attack.raw_http import ask, connect, head

from docgen_nb.service import LocalDocGen

ME = "/2.0/users/me"


def counts(local: LocalDocGen, *, rounds: int) -> list[tuple[int, int]]:
    with local.session() as session:
        file = Api(session, "http://docgen.local").upload(bytes(2 << 20), name="large")["id"]
    with local.listen() as url, requests.Session() as session:
        session.trust_env = False
        api = Api(session, url)

        def calls() -> tuple[int, int]:
            for _ in range(20):
                api("GET", ME)
                api("GET", "/made/up")
                api("POST", "/2.0/folders", data=b"{")
                api("POST", "/2.0/files/content", data=bytes(100_000))
                ask(url, b"hello\r\n\r\n")
                ask(url, head("GET", ME, host="evil.example"))
                place = api("GET", f"/2.0/files/{file}/content").headers["Location"]
                with connect(url) as client:  # gone in the middle of a download
                    client.sendall(head("GET", place.removeprefix(url)))
                    client.recv(1000)
            local.log.clear()
            gc.collect()
            return len(gc.get_objects()), len(os.listdir("/proc/self/fd"))

        return [calls() for _ in range(rounds)]


if __name__ == "__main__":
    with LocalDocGen() as service:
        sys.stdout.write(json.dumps(counts(service, rounds=11)))
