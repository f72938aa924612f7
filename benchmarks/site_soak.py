"""Two hours of a site on two hosts, of which one is cut off: requests, errors, waits, memory, what was lost.

    python -m benchmarks.site_soak OUT [--minutes 120] [--people 200] [--graders 100] [--rows 200000]
                                   [--every 60] [--locust /tmp/load/bin/locust] [--upgrade COMMIT]

As root, on Linux with iproute2, Caddy and PostgreSQL of Debian, and locust (`site_load.py`). It makes the
workspace of the demo in OUT, a PostgreSQL of its own (`scripts/with-postgresql`), a bridge, and two hosts on
it: each a namespace of network, processes and name, with `examgen serve` on that workspace and database.
Caddy is before them, as docs/serving.md has it. The people of `site_people.py` come through Caddy, graders
decide, scorings are asked for one after the other, four people save words over each other (`site_edits.py`).

At a third of the time host-a is cut off as when its power goes: its cable first, then SIGKILL to everything
on it. Before that some people have opened an item there, which they save afterwards. Later it starts again.
At half the time a backup is taken; at two thirds a person is erased (`examgen forget`); at the end the backup
is put back into another folder and database and compared. Then the upgrade is replayed (`site_upgrade.py`).
OUT/soak.json and OUT/soak.txt have what came of it; status 1 where something was lost, an error has no
explanation, or memory went on growing (asked of an hour and more).
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import hashlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import mean
from typing import Any, NamedTuple

import requests

from benchmarks import site_upgrade
from benchmarks.site_edits import FIELD, Told, edit, in_git, new_database, words_of
from benchmarks.site_load import STEADY, Scorer, prepare
from benchmarks.site_people import sent
from benchmarks.site_running import EXAM, ROOT, UNIT, Person, Served, environment, person_of, use

GATE, NET = "10.87.53.1", "10.87.53"
BRIDGE = "exsoak"
EDITORS, KEEPERS = 4, 8
"""People who save words over each other; people who have an item open when the host is cut off."""
SPAN = 600.0
"""Seconds of which times are told together, or a sixth of a shorter soak."""
LONG = 60
"""Minutes from which on memory is to be steady."""
AFTERWARDS = 65.0
"""Seconds for which a request may hang at a host that was cut off (see the Caddyfile)."""
FAILING = 10
"""Seconds for which Caddy asks a host no more that has failed three times: both, where both were held."""


# ── two hosts ────────────────────────────────────────────────────────────────────────────────


def run(*words: str) -> None:
    """A command that is to do what it is told."""
    subprocess.run(words, check=True)


@contextlib.contextmanager
def network() -> Iterator[None]:
    """A bridge, and a namespace of the network for each host."""
    run("ip", "link", "add", BRIDGE, "type", "bridge")
    try:
        run("ip", "address", "add", f"{GATE}/24", "dev", BRIDGE)
        run("ip", "link", "set", BRIDGE, "up")
        for host in HOSTS:
            run("ip", "netns", "add", host.namespace)
            run(*("ip", "link", "add", host.cable, "type", "veth", "peer", "name", "eth0"), *host.within)
            run("ip", "link", "set", host.cable, "master", BRIDGE, "up")
            inside = ("ip", "-n", host.namespace)
            run(*inside, "address", "add", f"{host.address}/24", "dev", "eth0")
            for name in ("lo", "eth0"):
                run(*inside, "link", "set", name, "up")
        yield
    finally:
        gone = [("link", "delete", host.cable) for host in HOSTS]
        gone += [("netns", "delete", host.namespace) for host in HOSTS]
        for words in (*gone, ("link", "delete", BRIDGE)):
            subprocess.run(["ip", *words], check=False, capture_output=True)


class Where(NamedTuple):
    """A host in the network."""

    name: str
    number: int

    @property
    def namespace(self) -> str:
        """Of its network."""
        return f"{BRIDGE}-{self.name}"

    @property
    def cable(self) -> str:
        """The end of its cable at the bridge."""
        return f"{BRIDGE}{self.number}"

    @property
    def address(self) -> str:
        """In the network."""
        return f"{NET}.{10 + self.number}"

    @property
    def within(self) -> tuple[str, str]:
        """Where the other end of the cable is."""
        return "netns", self.namespace


HOSTS = (Where("host-a", 1), Where("host-b", 2))


class Host(Served):
    """`examgen serve` on one of the hosts."""

    def __init__(self, where: Where, folder: Path, url: str) -> None:
        super().__init__(folder, 8000)
        self.where, self.url = where, url
        self.address = f"http://{where.address}:{self.port}"
        self.log.close()
        self.log = (folder.parent / f"{where.name}.log").open("ab")
        self.mark = hashlib.sha256(where.name.encode()).hexdigest()[:8]
        """In the names of its workers."""

    def command(self) -> list[str]:
        """On a machine of its own name, which sees its own processes and its own memory files."""
        apart = ("unshare", "--uts", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
        begin = 'hostname "$0"; mount -t tmpfs tmpfs /dev/shm; exec "$@"'
        listen = ("--host", self.where.address, "--name", self.where.address)
        served = (*super().command(), *listen)
        inside = ("ip", "netns", "exec", self.where.namespace)
        return [*inside, *apart, "sh", "-c", begin, self.where.name, *served]

    def environment(self) -> Mapping[str, str]:
        """The machine is called by its own name."""
        said = {**environment(self.folder), "EXAMGEN_DATABASE": self.url}
        said.pop("EXAMGEN_MACHINE", None)
        return said

    def has(self, place: Path, words: list[str]) -> bool:
        """Processes are told apart by their network."""
        its = os.stat(f"/run/netns/{self.where.namespace}").st_ino
        return words[0] != "unshare" and os.stat(place / "ns" / "net").st_ino == its

    def cut_off(self) -> None:
        """As when its power goes: nobody hears of its end."""
        run("ip", "link", "set", self.where.cable, "down")
        self.kill("all")

    def plug_in(self) -> None:
        """The cable again."""
        run("ip", "link", "set", self.where.cable, "up")

    def stop(self) -> None:
        """As systemd does."""
        for one in self.processes_of()["serve"]:
            os.kill(one, signal.SIGTERM)
        if self.process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(120)
        self.kill("all")

    def memory(self) -> dict[str, float]:
        """MB of memory of each of its processes (RSS), by what it is and its number."""
        found: dict[str, float] = {}
        for kind, numbers in self.processes_of().items():
            for number in numbers:
                with contextlib.suppress(OSError, TypeError):
                    said = Path(f"/proc/{number}/status").read_text()
                    mb = int(re.search(r"^VmRSS:\s+(\d+)", said, re.M)[1]) / 1024  # type: ignore[index]
                    found[f"{self.where.name} {kind} {number}"] = round(mb, 1)
        return found


CADDY = """{
	admin off
	auto_https off
}
:%(port)d {
	bind 127.0.0.1
	reverse_proxy %(hosts)s {
		lb_policy least_conn
		lb_try_duration 10s
		fail_duration %(failing)ds
		max_fails 3
		health_uri /health/
		health_headers {
			Host localhost
		}
		health_interval 2s
		health_timeout 30s
		transport http {
			dial_timeout 2s
			response_header_timeout 60s
		}
	}
}
"""


class Door(NamedTuple):
    """What people open: Caddy before both hosts."""

    folder: Path
    address: str


@contextlib.contextmanager
def door(place: Path, folder: Path, port: int) -> Iterator[Door]:
    """Caddy, as docs/serving.md has it for two hosts, without HTTPS."""
    file = place / "Caddyfile"
    hosts = " ".join(f"{one.address}:8000" for one in HOSTS)
    file.write_text(CADDY % {"port": port, "failing": FAILING, "hosts": hosts}, "ascii")
    with (place / "caddy.log").open("wb") as log:
        words = ["caddy", "run", "--config", str(file), "--adapter", "caddyfile"]
        process = subprocess.Popen(words, stdout=log, stderr=log, env={**os.environ, "HOME": str(place)})
        try:
            yield Door(folder, f"http://127.0.0.1:{port}")
        finally:
            process.terminate()
            process.wait(30)


# ── the soak ─────────────────────────────────────────────────────────────────────────────────


class Soak:
    """What happens in the course of time, and what came of it."""

    def __init__(self, asked: argparse.Namespace, place: Path, url: str) -> None:
        self.asked, self.place, self.url = asked, place, url
        self.folder = place / "workspace"
        self.seconds = 60.0 * asked.minutes
        self.begun = self.began = 0.0
        self.hosts = [Host(one, self.folder, url) for one in HOSTS]
        self.looks: list[tuple[float, dict[str, float]]] = []
        self.found: dict[str, Any] = {}
        self.wrong: list[str] = []
        self.cut_at = 0.0
        """When the host was cut off, in seconds since 1970."""
        self.said: dict[str, Any] = {}
        self.told = Told()
        self.items: list[str] = []
        self.kept: list[str] = []
        self.is_over = threading.Event()

    def ready(self) -> None:
        """The workspace, its database, people, hosts that answer."""
        sessions = prepare(self.folder, self.asked.people, self.asked.graders, self.asked.rows)
        from examgen.site.bank.units import opened

        names = sorted(opened(UNIT).items)
        self.items, self.kept = names[:EDITORS], names[EDITORS : EDITORS + KEEPERS]
        self.told.stands = {item: set() for item in self.items}
        self.said = json.loads(sessions.read_text())
        self.said["spared"] = [*self.items, *self.kept]
        sessions.write_text(json.dumps(self.said))
        for n in range(EDITORS):
            person_of(f"writer-{n}", "writer")
        self.found["seconds to start"] = [round(host.start(), 1) for host in self.hosts]

    def people(self) -> subprocess.Popen[bytes]:
        """Locust, until the end."""
        n = self.asked.people + self.asked.graders
        words = ["-f", str(Path(__file__).with_name("site_people.py")), "--headless", "--only-summary"]
        words += ["--host", f"http://127.0.0.1:{self.asked.port}", "--users", str(n), "--spawn-rate", "10"]
        own = {"SESSIONS": str(self.place / "sessions.json"), "EACH": str(self.place / "each.jsonl")}
        log = (self.place / "locust.log").open("wb")
        words = [str(self.asked.locust), *words, "--run-time", f"{self.seconds:.0f}s"]
        return subprocess.Popen(words, env={**environment(self.folder), **own}, stdout=log, stderr=log)

    def until(self, part: float) -> None:
        """Waits for that part of the time."""
        time.sleep(max(0.0, part * self.seconds - (time.monotonic() - self.begun)))

    def watch(self) -> None:
        """Looks at memory until it is over."""
        while True:
            now = {k: v for host in self.hosts for k, v in host.memory().items()}
            self.looks.append((time.monotonic() - self.begun, now))
            if self.is_over.wait(min(10.0, self.seconds / 60)):
                return

    def edits(self, before: Door) -> list[threading.Thread]:
        """People who save words over each other."""

        def rests() -> bool:
            return self.is_over.wait(random.uniform(2, 6))

        threads = [threading.Thread(target=self.watch, daemon=True)]
        for n in range(EDITORS):
            person = Person(before, f"writer-{n}")  # type: ignore[arg-type] # it has what is asked of a site
            words = (person, self.items, 10**6, self.told, random.Random(n), n, rests)
            threads.append(threading.Thread(target=edit, args=words, daemon=True))
        for one in threads:
            one.start()
        return threads

    def run(self) -> None:
        """All of it."""
        try:
            self.ready()
            scorer = self.people_come()
        finally:
            for host in self.hosts:
                host.stop()
        self.found["scorings"] = dict(scorer.ended)
        self.found["seconds of a scoring"] = [round(one, 1) for one in scorer.took]
        self.requests()
        self.memory()
        self.kept_whole()
        self.restored()

    def people_come(self) -> Scorer:
        """What is done while people are there."""
        host_a, host_b = self.hosts
        with door(self.place, self.folder, self.asked.port) as before:
            while not _is_well(before):
                time.sleep(0.2)
            scorer = self.scorer(before)
            self.begun, self.began = time.monotonic(), time.time()
            people, threads = self.people(), self.edits(before)
            if self.asked.rows:
                scorer.start()
            try:
                self.until(1 / 3)
                opened = self.open_items(host_a)
                self.cut(host_a, host_b, before, opened)
                self.until(1 / 3 + 1 / 12)
                host_a.plug_in()
                self.found["host"]["starts again after, s"] = round(host_a.start(), 1)
                self.until(1 / 2)
                self.backup()
                self.until(2 / 3)
                self.erase()
                self.until(1)
                people.wait(120)
            finally:
                self.is_over.set()
                scorer.over.set()
                for thread in threads:
                    thread.join(90)
                if people.poll() is None:
                    people.kill()
        return scorer

    def scorer(self, before: Door) -> Scorer:
        """Scorings as a grader asks for them, the first one done."""
        answers = self.place / "answers.csv"
        scorer = Scorer(before, self.said["cookie"], self.said["scorer"], answers, self.asked.every)  # type: ignore[arg-type]
        if self.asked.rows:
            scorer.give()
            scorer.score()
        return scorer

    # ── the host is cut off ──
    def open_items(self, host: Host) -> list[tuple[str, dict[str, Any], str]]:
        """What people have on the screen when the host that sent it goes: item, form, cookies."""
        found = []
        writers = [key for role, key in self.said["people"] if role == "writer"]
        for n, item in enumerate(self.kept):
            session = requests.Session()
            cookie = f"{self.said['cookie']}={writers[n % len(writers)]}"
            page = session.get(f"{host.address}/bank/{UNIT}/{item}/", headers={"Cookie": cookie}, timeout=60)
            form = {**sent(page.text), FIELD: f"kept {n}"}
            cookies = "; ".join([cookie, *(f"{one.name}={one.value}" for one in session.cookies)])
            found.append((item, form, cookies))
        return found

    def cut(self, host: Host, other: Host, before: Door, opened: list[tuple[str, Any, str]]) -> None:
        """The host goes; what became of sessions, of what was typed, and of the work it did."""
        from examgen.site.jobs.models import Job, State

        until = time.monotonic() + 90
        while time.monotonic() < until:  # a moment in which it does work
            running = [one for one in Job.objects.filter(state=State.RUNNING) if host.mark in one.worker]
            if running:
                break
            time.sleep(0.05)
        host.cut_off()
        self.cut_at = time.time()
        jobs = [one for one in Job.objects.filter(state=State.RUNNING) if host.mark in one.worker]
        told: dict[str, Any] = {"work it was doing": [one.kind for one in jobs]}
        self.found["host"] = told
        answers = Counter[int]()
        waits = []
        for item, form, cookies in opened:
            at = time.monotonic()
            path = f"{before.address}/bank/{UNIT}/{item}/"
            for _ in range(2):  # what was sent to the host that is gone is sent again, as people do
                answer = requests.post(
                    path, form, headers={"Cookie": cookies}, timeout=180, allow_redirects=False
                )
                answers[answer.status_code] += 1
                if answer.status_code != 504:
                    break
            waits.append(round(time.monotonic() - at, 1))
        told["items open at it, saved afterwards"] = dict(answers)
        told["seconds these saves took"] = waits
        if answers[302] != len(opened):
            self.wrong.append(f"items open at the host: {dict(answers)}")
        keys = [key for _, key in self.said["people"]][:40]
        alive = 0
        for key in keys:
            cookie = {"Cookie": f"{self.said['cookie']}={key}"}
            page = requests.get(f"{before.address}/", headers=cookie, timeout=180, allow_redirects=False)
            alive += page.status_code == 200
        told["sessions that go on"] = f"{alive} of {len(keys)}"
        if alive != len(keys):
            self.wrong.append(f"sessions: {alive} of {len(keys)}")
        ended = []
        begun = time.monotonic()
        for one in jobs:
            one.refresh_from_db()
            while not one.has_ended and time.monotonic() - begun < 180:
                time.sleep(0.2)
                one.refresh_from_db()
            took = round(one.ended_at.timestamp() - self.cut_at, 1) if one.ended_at else None
            ended.append([one.kind, str(one.state), took, one.message.get("en")])
            later = None
            while later is None and time.monotonic() - begun < 240:
                found = Job.objects.filter(kind=one.kind, about=one.about, asked_at__gt=one.asked_at)
                later = found.filter(state=State.DONE).order_by("asked_at").first()
                time.sleep(0.2)
            by = "nobody" if later is None else "host-b" if other.mark in later.worker else "host-a"
            ended[-1].append(f"asked for again by who had asked, done by {by}")
            if one.state != State.INTERRUPTED or later is None:
                self.wrong.append(f"work of the host: {ended[-1]}")
        told["that work: how it ended, after s"] = ended

    # ── backup, erasure ──
    def backup(self) -> None:
        """While all work on."""
        from examgen.site.audit.models import Entry

        with self.told.lock:
            self.before_backup = {item: set(words) for item, words in self.told.stands.items()}
        begun = time.monotonic()
        done = self.command("site", "backup", str(self.place / "soak.tar.gz"))
        last = Entry.objects.order_by("-number").first()
        self.found["backup"] = {
            "seconds": round(time.monotonic() - begun, 1),
            "said": done.stdout.splitlines()[:1],
            "entries when it was written": last.number if last else 0,
        }
        if done.returncode:
            self.wrong.append(f"backup: {done.stderr[-400:]}")

    def erase(self) -> None:
        """One of those who sat, from files and database, while all work on."""
        from examgen.site.audit.models import Entry

        number = next(csv.DictReader((self.place / "answers.csv").open(encoding="utf-8-sig")))["candidate_id"]
        words = ("forget", number, "--by", "committee", "--reason", "asked for it")
        said, tries, begun = "", 0, time.monotonic()
        while time.monotonic() - begun < 300:
            tries += 1
            at = time.monotonic()
            done = self.command(*words)
            said = (done.stdout + done.stderr).strip()
            if done.returncode in {0, 3}:
                break
            time.sleep(1)
        self.erased = (time.time() - (took := time.monotonic() - at), time.time())
        where = self.command("person", "where", number)
        self.found["erasure"] = {
            "tries": tries,
            "seconds": round(took, 1),
            "status": done.returncode,
            "said": said.splitlines()[-6:],
            "where": (where.stdout + where.stderr).strip().splitlines()[-2:],
            "on record": Entry.objects.filter(what="persons.erase").count(),
        }
        if done.returncode not in {0, 3} or "nothing is held" not in where.stdout + where.stderr:
            self.wrong.append(f"erasure: {said[-600:]}")

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command in the workspace, from a third machine."""
        return subprocess.run(
            [sys.executable, "-m", "examgen", *words],
            cwd=self.folder,
            env={**environment(self.folder), "EXAMGEN_DATABASE": self.url},
            capture_output=True,
            text=True,
            check=False,
        )

    # ── what came of it ──
    def requests(self) -> None:
        """Times by page and span; errors, each with its reason."""
        began = self.began
        span = min(SPAN, self.seconds / 6)
        times: dict[tuple[str, int], list[float]] = defaultdict(list)
        errors = Counter[str]()
        unexplained = []
        n = 0
        for line in (self.place / "each.jsonl").read_text().splitlines():
            at, name, took, fault = json.loads(line)
            n += 1
            times[name, int((at - began) // span)].append(took)
            times["all", int((at - began) // span)].append(took)
            if fault:
                reason = self.reason(at - took / 1000, at)
                errors[f"{name}: {fault[:80]} ({reason or 'NO REASON'})"] += 1
                if not reason:
                    unexplained.append([round(at - began, 1), name, fault[:200]])
        self.found["requests"] = n
        self.found["errors"] = dict(errors.most_common())
        self.found["span, s"] = span
        self.found["ms by page and span: n, p50, p95"] = {
            name: {
                k: [len(some), *(round(sorted(some)[int(len(some) * part)]) for part in (0.5, 0.95))]
                for k in range(int(self.seconds // span) + 1)
                if (some := times.get((name, k)))
            }
            for name in sorted({name for name, _ in times})
        }
        self.wrong += [f"errors without a reason: {unexplained[:10]}"] if unexplained else []
        faults = [
            line
            for host in self.hosts
            for line in Path(host.log.name).read_text().splitlines()
            if '"level": "error"' in line or "Traceback" in line
        ]
        self.found["errors in the logs of the hosts"] = [len(faults), *faults[:5]]

    def reason(self, since: float, at: float) -> str:
        """Why a request that was on its way then may have failed."""
        if self.cut_at and since < self.cut_at + AFTERWARDS and at > self.cut_at - 1:
            return "the host was cut off"
        if since < self.erased[1] + FAILING + 1 and at > self.erased[0]:
            return "held by the erasure"
        return ""

    def memory(self) -> None:
        """Of each process at the start, every span, at the end."""
        span = min(SPAN, self.seconds / 6)
        n = int(self.seconds // span)
        shown = [min(self.looks, key=lambda look: abs(look[0] - at)) for at in (k * span for k in range(n))]
        shown.append(self.looks[-1])
        names = sorted({name for _, one in shown for name in one})
        self.found["memory, MB, after s"] = {
            "after s": [round(at) for at, _ in shown],
            **{name: [one.get(name) for _, one in shown] for name in names},
        }
        mb = [sum(v for k, v in one.items() if k.startswith("host-b granian")) for _, one in self.looks]
        fifth = max(1, len(mb) // 5)
        growth = mean(mb[-fifth:]) / mean(mb[fifth : 2 * fifth] or mb) - 1
        self.found["growth of host-b's pages, last fifth over the second"] = round(growth, 3)
        if self.asked.minutes >= LONG and growth > STEADY:
            self.wrong.append(f"memory grew by {growth:.0%}")

    def kept_whole(self) -> None:
        """Words, entries, commits, packages at the end."""
        from examgen.site.audit.models import Entry
        from examgen.site.audit.record import faults

        lost, unanswered = words_of(self.items, self.told)
        entries = Counter(Entry.objects.filter(what="item.change").values_list("who", flat=True))
        commits = Counter(in_git(self.folder, "log", "--format=%ae", ":/^first..HEAD").split())
        commits = Counter({who.partition("@")[0]: n for who, n in commits.items()})
        by = {who for who in entries | commits if entries[who] != commits[who]}
        self.found["at the end"] = whole = {
            "saves": self.told.answers.total(),
            "stand": sum(map(len, self.told.stands.values())),
            "answers": dict(self.told.answers),
            "not answered": len(self.told.unknown),
            "of these stand": unanswered,
            "words lost": lost,
            "item.change on record": entries.total(),
            "commits": commits.total(),
            "people with another number of them": sorted(by),
            "faults of the record": [*map(str, faults())],
            "not committed": in_git(self.folder, "status", "--short", "item_bank"),
        }
        verified = self.command("verify", str(self.folder / "output" / EXAM))
        whole["verify"] = [verified.returncode, (verified.stdout + verified.stderr).strip()[-300:]]
        if lost or by or whole["faults of the record"] or whole["not committed"] or verified.returncode:
            self.wrong.append("not whole at the end")

    def restored(self) -> None:
        """The backup in another folder and database."""
        again, url = self.place / "again", new_database("again")
        begun = time.monotonic()
        done = self.command("site", "restore", str(self.place / "soak.tar.gz"), str(again), "--database", url)
        told: dict[str, Any] = {"seconds": round(time.monotonic() - begun, 1)}
        self.found["restored"] = told
        if done.returncode:
            self.wrong.append(f"restore: {done.stderr[-400:]}")
            return
        words = [sys.executable, "-m", "benchmarks.site_soak", "--look", str(again)]
        env = {**environment(again), "EXAMGEN_DATABASE": url}
        looked = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
        if looked.returncode:
            self.wrong.append(f"what was restored: {looked.stderr[-600:]}")
            return
        found = json.loads(looked.stdout.splitlines()[-1])
        texts: dict[str, str] = found.pop("texts")
        told |= found
        missing = [
            word
            for item, some in self.before_backup.items()
            for word in some
            if word not in texts[item].split()
        ]
        told["words answered before the backup"] = sum(map(len, self.before_backup.values()))
        told["of these not in it"] = missing
        head = in_git(again, "rev-parse", "HEAD")
        is_ours = in_git(self.folder, "merge-base", head, "HEAD") == head
        told["its last commit is one of the site's"] = is_ours
        if missing or not is_ours or found["faults"] or found["problems"] or found["unlike"]:
            self.wrong.append(f"what was restored: {told}")


def look(folder: Path) -> None:
    """What a workspace that was put back holds, as JSON."""
    use(folder)
    from examgen.assembly.verification import verify
    from examgen.site.audit.models import Entry
    from examgen.site.audit.record import faults
    from examgen.site.bank.units import opened

    entries = Counter(Entry.objects.filter(what="item.change").values_list("who", flat=True))
    commits = Counter(in_git(folder, "log", "--format=%ae", ":/^first..HEAD").split())
    commits = Counter({who.partition("@")[0]: n for who, n in commits.items()})
    last = Entry.objects.order_by("-number").first()
    texts = {name: item.reference or "" for name, item in opened(UNIT).items.items()}
    found = {
        "item.change on record": entries.total(),
        "commits": commits.total(),
        "unlike": sorted(who for who in entries | commits if entries[who] != commits[who]),
        "entries": last.number if last else 0,
        "last hash": last.hash if last else "",
        "faults": [*map(str, faults())],
        "problems": [str(one) for one in verify(folder / "output" / EXAM).problems],
        "fsck": in_git(folder, "fsck"),
        "not committed": in_git(folder, "status", "--short", "item_bank"),
        "texts": texts,
    }
    print(json.dumps(found, ensure_ascii=False))


def _is_well(before: Door) -> bool:
    with contextlib.suppress(requests.RequestException):
        return requests.get(f"{before.address}/health/", timeout=5).status_code == 200
    return False


def told_of(found: Mapping[str, Any]) -> str:
    """All of it as text."""
    lines: list[str] = []

    def tell(value: Any, indent: str) -> None:
        for name, one in value.items():
            if isinstance(one, dict) and one:
                lines.append(f"{indent}{name}")
                tell(one, indent + "  ")
            else:
                lines.append(f"{indent}{name!s:44} {one}")

    tell(found, "")
    return "\n".join(lines) + "\n"


def main() -> int:
    """The network, the database, the soak, its tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, nargs="?")
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--graders", type=int, default=100)
    parser.add_argument("--rows", type=int, default=200_000, help="0: nothing is scored")
    parser.add_argument("--every", type=float, default=60.0, help="seconds between scorings")
    parser.add_argument("--port", type=int, default=8290)
    parser.add_argument("--locust", type=Path, default=Path("/tmp/load/bin/locust"))
    parser.add_argument("--upgrade", default=site_upgrade.COMMIT, help="from that commit; empty: none")
    parser.add_argument("--look", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.look:
        look(asked.look)
        return 0
    if "EXAMGEN_TEST_DATABASE" not in os.environ:
        with network():
            own = [str(ROOT / "scripts" / "with-postgresql"), sys.executable, "-m", "benchmarks.site_soak"]
            env = {**environment(ROOT), "EXAMGEN_TEST_LISTEN": GATE}
            return subprocess.run([*own, *sys.argv[1:]], env=env, check=False).returncode
    place = asked.out.resolve()
    if place.exists() and any(place.iterdir()):
        parser.error(f"{place} is not empty")
    place.mkdir(parents=True, exist_ok=True)
    os.environ["EXAMGEN_DATABASE"] = f"postgresql://examgen@{GATE}/examgen"
    url = os.environ["EXAMGEN_DATABASE"] = new_database("soak")
    soak = Soak(asked, place, url)
    soak.found["asked for"] = {k: str(v) for k, v in vars(asked).items() if k != "look"}
    soak.found["load of the machine before"] = os.getloadavg()[0]
    try:
        soak.run()
        soak.found["load of the machine after"] = os.getloadavg()[0]
        if asked.upgrade:
            found = site_upgrade.replayed(place / "upgrade", asked.upgrade, asked.port + 1)
            soak.found["upgrade"] = found
            soak.wrong += found["wrong"]
    finally:
        soak.found["wrong"] = soak.wrong
        (place / "soak.json").write_text(json.dumps(soak.found, ensure_ascii=False, indent=1), "utf-8")
        (place / "soak.txt").write_text(told_of(soak.found), "utf-8")
    print(told_of(soak.found))
    print("NOT HELD" if soak.wrong else "held")
    return int(bool(soak.wrong))


if __name__ == "__main__":
    sys.exit(main())
