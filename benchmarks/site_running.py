"""A real site for measurements: `examgen serve --demo` on a workspace of its own, and people who use it."""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).resolve().parents[1]
UNIT = "DG-TWRT-007"
EXAM = UNIT
ANSWERS = "answers.csv"
SEEN = re.compile(r'name="seen" value="([^"]*)"')
"""What a page says of the answer files that it shows."""
KINDS = {"granian": "granian", "worker": "examgen.site.jobs", "serve": "serve"}
"""What tells its processes apart: a word of their command line."""


def environment(folder: Path) -> dict[str, str]:
    """Of the commands that serve it."""
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "OPENBLAS_NUM_THREADS": "1",
        "EXAMGEN_WORKSPACE": str(folder),
    }


def use(folder: Path) -> None:
    """Django in this process, on the same workspace: to look into the queue and the record."""
    from examgen.site import server
    from examgen.site.site import Site

    server.begin(Site(folder, os.environ.get("EXAMGEN_DATABASE", ""), ("127.0.0.1",), False, True))


def prepared(asked: argparse.ArgumentParser) -> tuple[argparse.Namespace, Served]:
    """What is asked on the command line, and the site of a demo workspace that is made in its folder."""
    asked.add_argument("folder", type=Path)
    asked.add_argument("--port", type=int, default=8199)
    found = asked.parse_args()
    folder = found.folder.resolve() / "workspace"
    from examgen.site.demo import make_workspace

    make_workspace(folder, print)
    return found, Served(folder, found.port)


def person_of(name: str, *roles: str) -> Any:
    """An account with those roles for all units, which signs in as those of the demo do."""
    from django.conf import settings

    from examgen.site.accounts.models import Grant, User

    user, is_new = User.objects.get_or_create(username=name, defaults={"email": f"{name}@demo.invalid"})
    if is_new:
        user.name = name
        user.set_password((settings.SITE.state / "demo-password").read_text("ascii"))
        user.save()
        for role in roles:
            Grant.objects.create(user=user, role=role)
    return user


class Served:
    """The processes of a site."""

    def __init__(self, folder: Path, port: int, processes: int = 1) -> None:
        self.folder, self.port, self.processes = folder, port, processes
        self.address = f"http://127.0.0.1:{port}"
        self.log = (folder.parent / "serve.log").open("ab")
        self.process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        """What serves it."""
        numbers = ("--port", str(self.port), "--processes", str(self.processes))
        return [sys.executable, "-m", "examgen", "serve", str(self.folder), "--demo", *numbers]

    def environment(self) -> Mapping[str, str]:
        """Of what serves it."""
        return environment(self.folder)

    def start(self, within: float = 240.0) -> float:
        """Starts it; seconds until it says that it is well."""
        begun = time.monotonic()
        for _ in range(20):
            self.process = subprocess.Popen(
                self.command(),
                env=self.environment(),
                stdout=self.log,
                stderr=self.log,
                start_new_session=True,
            )
            while time.monotonic() < begun + within:
                if self.process.poll() is not None:  # the port is still another's: who was killed is going
                    time.sleep(0.25)
                    break
                if self.is_well():
                    return time.monotonic() - begun
                time.sleep(0.05)
            else:
                break
        self.kill("all")
        raise RuntimeError(f"the site does not start: see {self.log.name}")

    def is_well(self) -> bool:
        """What /health/ says."""
        try:
            return requests.get(f"{self.address}/health/", timeout=5).status_code == 200
        except requests.RequestException:
            return False

    def processes_of(self) -> dict[str, list[int]]:
        """Ids of its processes by what they are, those included whose parent was killed."""
        found: dict[str, list[int]] = {"serve": [], "granian": [], "worker": [], "other": []}
        mark = f"EXAMGEN_WORKSPACE={self.folder}".encode()
        for place in Path("/proc").glob("[0-9]*"):
            try:
                if mark not in (place / "environ").read_bytes().split(b"\0"):
                    continue
                words = (place / "cmdline").read_bytes().decode().split("\0")
                state = (place / "stat").read_text().rpartition(")")[2].split()[0]
                if int(place.name) == os.getpid() or state == "Z" or not self.has(place, words):
                    continue
            except OSError:
                continue
            kind = next((name for name, word in KINDS.items() if word in words), "other")
            found[kind].append(int(place.name))
        return found

    def has(self, place: Path, words: list[str]) -> bool:
        """Whether a process of the workspace, by its folder in /proc and its command, is of this site."""
        return True

    def kill(self, which: str, there: dict[str, list[int]] | None = None) -> None:
        """SIGKILL to the worker, to the server of pages, to `examgen serve` alone, or to all of them; `there`
        where they have been looked for already."""
        there = there or self.processes_of()
        chosen = [one for ids in there.values() for one in ids] if which == "all" else there[which]
        for one in chosen:
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        if which in {"all", "serve"} and self.process is not None:
            self.process.wait()

    def stop(self) -> None:
        """Ends it as systemd does."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(120)


class Person:
    """Somebody with a browser."""

    def __init__(self, site: Served, name: str) -> None:
        self.site, self.name = site, name
        self.session = requests.Session()
        password = (site.folder / ".examgen-web" / "demo-password").read_text("ascii")
        self.get("/accounts/login/")
        answer = self.post("/accounts/login/", {"login": name, "password": password})
        if answer.status_code != 302:
            raise RuntimeError(f"{name} cannot sign in: {answer.status_code}")

    def get(self, path: str) -> requests.Response:
        """A page."""
        return self.session.get(self.site.address + path, timeout=180)

    def post(self, path: str, data: dict[str, Any], files: Any = None) -> requests.Response:
        """A form sent; where it leads is not followed."""
        cookies = {one.name.partition("-")[0]: one.value for one in self.session.cookies}
        token = {"csrfmiddlewaretoken": cookies.get("csrf", "")}
        return self.session.post(
            self.site.address + path, data={**token, **data}, files=files, timeout=180, allow_redirects=False
        )
