"""Many people at a site at once: how long they wait, what goes wrong, what memory it takes. One command:

    python -m venv /tmp/load && /tmp/load/bin/pip install locust
    python -m benchmarks.site_load FOLDER [--people 200] [--graders 100] [--rows 200000] [--minutes 5]
                                   [--processes 2] [--every 60] [--port 8199] [--locust /tmp/load/bin/locust]

It makes the workspace of the demo in FOLDER, a git repository, with accounts whose sessions have begun (the
door hears thirty a minute from one address, and all come from one), serves it, and lets people in: of each
role, who read and save, and as many graders, who decide on rows that were set aside (`site_people.py`).
Meanwhile so many rows are scored, every so many seconds anew, as a grader asks for it on a page. Then it
tells, by page, how long answers took, what processor a request took, and of each process its memory (PSS) in
the course of time. Status 1 where anything failed, the 95th percentile is 300 ms or more, or, in ten minutes
and more, the memory of the processes of pages went on growing.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import mean
from typing import Any, NamedTuple

import requests

from benchmarks.site_people import sent
from benchmarks.site_running import EXAM, SEEN, Served, environment, use

ROLES = ("writer", "reviewer", "assembler", "grader", "psychometrician", "approver", "auditor")
MOST_MS = 300
LOOKS, EVERY = 7, 5.0
"""How often memory is shown in the course of time, and seconds between looks at it."""
STEADY, LEAST_MINUTES = 0.05, 10
"""Memory is steady where the mean of the last fifth of the time is no more than so much above that of the
second fifth; asked of runs of so many minutes and more."""


def prepare(folder: Path, people: int, graders: int, rows: int) -> Path:
    """The workspace, its database, and a file with a session for each of so many people."""
    from examgen.scoring import simulations
    from examgen.site import server
    from examgen.site.demo import make_workspace
    from examgen.site.site import Site

    make_workspace(folder, print)
    answers = folder.parent / "answers.csv"
    if rows and not answers.is_file():
        simulations.simulate(folder / "output" / EXAM, rows, 2569, answers, max(40, rows // 2000))
    place = Site(folder, os.environ.get("EXAMGEN_DATABASE", ""), ("127.0.0.1",), False, True)
    server.begin(place)
    server.make_ready(place, is_served=False)
    if not (folder / ".git").is_dir():
        who = ("-c", "user.name=x", "-c", "user.email=x@examgen.invalid")
        for words in (("init", "--quiet"), ("add", "--all"), (*who, "commit", "--quiet", "-m", "first")):
            subprocess.run(["git", *words], cwd=folder, check=True)
    from django.conf import settings
    from django.db import transaction

    path = folder.parent / "sessions.json"
    with transaction.atomic():
        said = {
            "cookie": settings.SESSION_COOKIE_NAME,
            "people": [[role, _session(f"load{n}", role)] for n, role in _roles(people)],
            "graders": [_session(f"grader{n}", "grader") for n in range(graders)],
            "scorer": _session("scorer", "grader"),
        }
    path.write_text(json.dumps(said))
    return path


def _roles(people: int) -> Iterator[tuple[int, str]]:
    return ((n, ROLES[n % len(ROLES)]) for n in range(people))


def _session(name: str, role: str) -> str:
    """The key of a session that somebody of that role has just begun."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from examgen.site.accounts.asking import SessionStore
    from examgen.site.accounts.models import Grant, User

    user, _ = User.objects.get_or_create(username=name, defaults={"name": f"คน {name}"})
    Grant.objects.get_or_create(user=user, role=role, unit="")
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session["begun"] = session["seen"] = int(time.time())
    session.save()
    return str(session.session_key)


class Scorer(threading.Thread):
    """Gives the answers on the page for them once, then asks for scorings, one after the other."""

    def __init__(self, site: Served, cookie: str, key: str, answers: Path, every: float) -> None:
        super().__init__(daemon=True)
        self.site, self.answers, self.every = site, answers, every
        self.session = requests.Session()
        self.session.cookies.set(cookie, key)
        self.took: list[float] = []
        self.ended: Counter[str] = Counter()
        self.over = threading.Event()

    def give(self) -> None:
        """The answer file, as people send it."""
        page = f"/exams/{EXAM}/answers/"
        seen = SEEN.findall(self.session.get(self.site.address + page, timeout=60).text)
        with self.answers.open("rb") as file:
            answer = self._post(page, {"seen": seen}, {"given": (self.answers.name, file)})
        if answer.status_code == 409:  # a file of that name is there: it is asked whether it is to go
            answer = self._post(page, sent(answer.text, "waits", reason="sent again"))
        if answer.status_code != 302:
            raise RuntimeError(f"the answers were not taken: {answer.status_code}")

    def score(self) -> None:
        """A scoring, waited for."""
        begun = time.monotonic()
        answer = self._post(f"/exams/{EXAM}/score/", {})
        page = answer.headers.get("location", "")
        while not self.over.wait(0.5):
            text = self.session.get(self.site.address + page, timeout=60).text
            if found := re.search(r'class="state (\w+)"', text):
                state = found[1]
                if state not in {"waiting", "running"}:
                    self.ended[state] += 1
                    self.took.append(time.monotonic() - begun)
                    return

    def run(self) -> None:
        """Scorings until it is over."""
        while not self.over.is_set():
            try:
                self.score()
            except (requests.RequestException, LookupError):
                self.ended["not answered"] += 1
            self.over.wait(self.every)

    def _post(self, path: str, data: dict[str, Any], files: Any = None) -> requests.Response:
        page = self.session.get(self.site.address + path.replace("/score/", "/runs/"), timeout=60)
        token = sent(page.text, "csrfmiddlewaretoken")["csrfmiddlewaretoken"][0]
        return self.session.post(
            self.site.address + path,
            data={"csrfmiddlewaretoken": token, **data},
            files=files,
            timeout=120,
            allow_redirects=False,
        )


def memory(site: Served) -> dict[str, float]:
    """MB that each process has for itself (PSS), by what it is and its number."""
    found: dict[str, float] = {}
    for kind, numbers in site.processes_of().items():
        for number in sorted(numbers):
            try:
                said = Path(f"/proc/{number}/smaps_rollup").read_text()
                word = Path(f"/proc/{number}/cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            name = "of the worker" if kind == "other" and b"--multiprocessing-fork" in word else kind
            found[f"{name} {number}"] = int(re.search(r"^Pss:\s+(\d+)", said, re.M)[1]) / 1024  # type: ignore[index]
    return found


def processor(site: Served) -> dict[str, float]:
    """Seconds of processor that its processes have used, by what they are; of those that have ended, as their
    parents know."""
    seconds: dict[str, float] = {}
    for kind, numbers in site.processes_of().items():
        for number in numbers:
            try:
                said = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            used = sum(map(int, said[11:15])) / os.sysconf("SC_CLK_TCK")
            seconds[kind] = seconds.get(kind, 0.0) + used
    return seconds


class Counted(NamedTuple):
    """What locust counted: requests, those that failed, the 95th percentile of all in ms."""

    requests: int
    failed: int
    p95: float


def tell(place: Path) -> Counted:
    """Prints what locust counted, by page."""
    rows = list(csv.DictReader((place / "load_stats.csv").open()))
    print(f"\n{'page':44}{'requests':>9}{'failed':>8}{'p50':>7}{'p95':>7}{'p99':>7}{'most':>8}  ms")
    for row in sorted(rows, key=lambda row: (row["Name"] == "Aggregated", row["Name"])):
        shown = [row["50%"], row["95%"], row["99%"], f"{float(row['Max Response Time']):.0f}"]
        print(
            f"{row['Name']:44}{row['Request Count']:>9}{row['Failure Count']:>8}"
            f"{shown[0]:>7}{shown[1]:>7}{shown[2]:>7}{shown[3]:>8}"
        )
    for row in csv.DictReader((place / "load_failures.csv").open()):
        print(f"failed: {row['Method']} {row['Name']}: {row['Error']} ({row['Occurrences']})")
    whole = next(row for row in rows if row["Name"] == "Aggregated")
    print(f"{float(whole['Requests/s']):.0f} requests a second")
    return Counted(int(whole["Request Count"]), int(whole["Failure Count"]), float(whole["95%"]))


Look = tuple[float, dict[str, float]]
"""Seconds since people began to come, and the memory of each process."""


def tell_memory(looks: list[Look]) -> float:
    """Prints the memory of each process in the course of time; by what share that of the pages still grew."""
    last = len(looks) - 1
    shown = [looks[round(last * n / (LOOKS - 1))] for n in range(LOOKS)]
    print("\nmemory, MB (PSS), after s     " + "".join(f"{seconds:8.0f}" for seconds, _ in shown))
    for name in sorted({name for _, one in shown for name in one}):
        print(f"  {name:28}" + "".join(f"{one.get(name, 0):8.0f}" for _, one in shown))
    print(f"  {'all':28}" + "".join(f"{sum(one.values()):8.0f}" for _, one in shown))
    print(f"  most at any time: {max(sum(one.values()) for _, one in looks):.0f}")
    pages = [sum(mb for name, mb in one.items() if name.startswith("granian")) for _, one in looks]
    fifth = max(1, len(pages) // 5)
    before, after = mean(pages[fifth : 2 * fifth] or pages), mean(pages[-fifth:])
    print(f"processes of pages: {before:.0f} MB in the second fifth of the time, {after:.0f} in the last")
    return after / before - 1


def main() -> int:
    """People come, work, and go."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--graders", type=int, default=100)
    parser.add_argument("--rows", type=int, default=200_000, help="0: nothing is scored")
    parser.add_argument("--every", type=float, default=60.0, help="seconds between scorings")
    parser.add_argument("--minutes", type=float, default=5.0, help="after everybody has come")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--port", type=int, default=8199)
    parser.add_argument("--locust", type=Path, default=Path("/tmp/load/bin/locust"))
    asked = parser.parse_args()
    place = asked.folder.resolve()
    folder = place / "workspace"
    place.mkdir(parents=True, exist_ok=True)
    sessions = prepare(folder, asked.people, asked.graders, asked.rows)
    (place / "serve.log").unlink(missing_ok=True)
    site = Served(folder, asked.port, asked.processes)
    print(f"load of the machine before: {os.getloadavg()[0]:.2f}; ready after {site.start(120):.1f} s")
    said = json.loads(sessions.read_text())
    scorer = Scorer(site, said["cookie"], said["scorer"], place / "answers.csv", asked.every)
    try:
        if asked.rows:
            scorer.give()
            scorer.score()  # the rows that graders decide on
        counted, growth = people_come(asked, site, scorer, sessions)
    finally:
        scorer.over.set()
        site.stop()
    errors = [line for line in (place / "serve.log").read_text().splitlines() if '"level": "error"' in line]
    print(f"{len(errors)} errors in the log of the site", *errors[:5], sep="\n")
    print(f"scorings: {dict(scorer.ended)}; seconds: {[round(one, 1) for one in scorer.took]}")
    use(folder)
    from examgen.site.audit.record import faults

    broken = [*faults()]
    print(f"faults of the record: {len(broken)}")
    is_right = not counted.failed and not errors and not broken and counted.p95 < MOST_MS
    is_right = is_right and set(scorer.ended) <= {"done"}
    is_right = is_right and (asked.minutes < LEAST_MINUTES or growth <= STEADY)
    print("held" if is_right else "NOT HELD")
    return 0 if is_right else 1


def people_come(
    asked: argparse.Namespace, site: Served, scorer: Scorer, sessions: Path
) -> tuple[Counted, float]:
    """Everybody comes at a rate of ten a second; what was counted, and by what share memory still grew."""
    n = asked.people + asked.graders
    coming = n / 10
    place = sessions.parent
    words = ["-f", str(Path(__file__).with_name("site_people.py")), "--headless", "--host", site.address]
    words += ["--users", str(n), "--spawn-rate", "10", "--run-time", f"{coming + 60 * asked.minutes:.0f}s"]
    words += ["--csv", str(place / "load"), "--only-summary", "--reset-stats"]
    before = processor(site)
    since = begun = time.monotonic()
    with (place / "locust.log").open("wb") as log:
        locust = subprocess.Popen(
            [str(asked.locust), *words],
            env={**environment(site.folder), "SESSIONS": str(sessions)},
            stdout=log,
            stderr=log,
        )
        try:
            if asked.rows:
                scorer.start()
            looks: list[Look] = []
            while locust.poll() is None:
                time.sleep(EVERY)
                looks.append((time.monotonic() - begun, memory(site)))
                if looks[-1][0] < coming + EVERY:  # locust, too, begins to count when everybody has come
                    before, since = processor(site), time.monotonic()
        finally:
            if locust.poll() is None:
                locust.terminate()
                locust.wait(30)
    used = {kind: spent - before.get(kind, 0.0) for kind, spent in processor(site).items()}
    counted = tell(place)
    seconds = time.monotonic() - since
    load = os.getloadavg()[0]
    print(f"the site used {sum(used.values()) / seconds:.2f} processors; load of the machine {load:.2f}")
    parts = ", ".join(f"{kind} {spent:.0f}" for kind, spent in sorted(used.items()))
    print(f"seconds of processor in {seconds:.0f}: {parts}")
    of_pages = used.get("granian", 0.0) / max(1, counted.requests)
    print(f"a request took {1000 * of_pages:.1f} ms of the processor")
    return counted, tell_memory(looks)


if __name__ == "__main__":
    sys.exit(main())
