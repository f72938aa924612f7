"""Ten people save items over each other by HTTP: each stands, or was answered with a conflict.

    python -m benchmarks.site_edits FOLDER [--saves 10000] [--people 10] [--items 4] [--backups 0] [--kills 0]

Each adds a word of his own to the reference that he was shown, and saves it. An answer 302 says that the
word stands: in the end just those words are in the items, the record has an entry for each, the repository a
commit. Meanwhile backups are taken and put back: in each, words, entries and commits are as many, the chain
is whole, and the exam has the fingerprints that it had. With --kills the server of pages is killed so often
while they save and is begun anew: a save that was never answered stands or does not, and where it does, it is
on record and committed like all others. On PostgreSQL where EXAMGEN_DATABASE names one, with a new database
beside it for each backup.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import requests

from benchmarks.site_people import sent
from benchmarks.site_running import UNIT, Person, Served, environment, person_of, prepared, use

FIELD = "reference"
UNANSWERED = {502, 503, 504}
"""What a proxy says where the server behind it was killed meanwhile."""


class Told:
    """What was answered, by item: words that stand, and answers."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.stands: dict[str, set[str]] = {}
        self.answers: Counter[int] = Counter()
        self.times: list[float] = []
        self.unknown: set[str] = set()
        """Words of saves that nobody answered."""
        self.mine = 0
        """Of those who were told of a conflict: how many see their own word, and what was saved before it."""


def edit(
    person: Person,
    items: list[str],
    n: int,
    told: Told,
    chance: random.Random,
    who: int,
    rests: Callable[[], bool] = bool,
) -> None:
    """One's saves; a conflict is not tried again. Before each one `rests`, and ends where that says so."""
    for k in range(n):
        if rests():
            return
        item, word = chance.choice(items), f"w{who}.{k}"
        path = f"/bank/{UNIT}/{item}/"
        data = sent(shown(person, path))
        data[FIELD] = f"{data[FIELD][0]} {word}".strip()
        begun = time.monotonic()
        try:
            answer = person.post(path, data)
            if answer.status_code in UNANSWERED:
                raise requests.ConnectionError(answer.reason)
        except requests.RequestException:  # the server was killed
            with told.lock:
                told.unknown.add(word)
            continue
        with told.lock:
            told.times.append(time.monotonic() - begun)
            told.answers[answer.status_code] += 1
            if answer.status_code == 302:
                told.stands[item].add(word)
            elif answer.status_code == 409:
                form = sent(answer.text)
                told.mine += word in form[FIELD][0].split() and form["base"] != data["base"]


def shown(person: Person, path: str) -> str:
    """A page, as soon as there is a server."""
    while True:
        try:
            answer = person.get(path)
        except requests.RequestException:
            time.sleep(0.2)
            continue
        if answer.status_code == 200:
            return str(answer.text)
        time.sleep(0.2)


def kill(site: Served, times: int, threads: list[threading.Thread], told: Told) -> int:
    """Kills the server of pages again and again while people save; how often."""
    chance, done = random.Random(2569), 0
    for _ in range(times):
        until = told.answers.total() + 20
        while told.answers.total() < until and any(one.is_alive() for one in threads):
            time.sleep(0.02)
        time.sleep(chance.uniform(0, 0.3))
        if not any(one.is_alive() for one in threads):
            break
        site.kill("granian")
        assert site.process is not None
        site.process.wait(60)
        site.start()
        done += 1
    return done


def options() -> argparse.ArgumentParser:
    """What can be asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--saves", type=int, default=10_000)
    parser.add_argument("--people", type=int, default=10)
    parser.add_argument("--items", type=int, default=4)
    parser.add_argument("--backups", type=int, default=0)
    parser.add_argument("--kills", type=int, default=0)
    return parser


def words_of(items: list[str], told: Told) -> tuple[int, int]:
    """How many words were lost or stand although they were refused; how many stand that nobody answered."""
    from examgen.site.bank.units import opened

    lost = unanswered = 0
    for item in items:
        words = {word for word in (opened(UNIT).items[item].reference or "").split() if word[0] == "w"}
        lost += len(told.stands[item] ^ (words - told.unknown))
        unanswered += len(words & told.unknown)
    return lost, unanswered


def main() -> int:
    """The saves, and what was lost."""
    asked, site = prepared(options())
    in_git(site.folder, "init", "--quiet", "--initial-branch=main")
    in_git(site.folder, "add", "item_bank")
    in_git(site.folder, "commit", "--quiet", "-m", "as it was")
    site.start()
    try:
        use(site.folder)
        from examgen.site.audit.models import Entry
        from examgen.site.audit.record import faults
        from examgen.site.bank.units import opened

        names = [f"writer-{n}" for n in range(1, asked.people + 1)]
        for name in names:
            person_of(name, "writer")
        people = [Person(site, name) for name in names]
        items = sorted(opened(UNIT).items)[: asked.items]
        told = Told()
        told.stands = {item: set() for item in items}
        begun = time.monotonic()
        threads = [
            threading.Thread(
                target=edit,
                args=(one, items, asked.saves // asked.people, told, random.Random(n), n),
            )
            for n, one in enumerate(people)
        ]
        for thread in threads:
            thread.start()
        wrong = [said for n in range(asked.backups) if (said := backed_up(site.folder, n, threads, told))]
        kills = kill(site, asked.kills, threads, told)
        for thread in threads:
            thread.join()
        if kills:  # what was begun is finished when the site starts
            site.stop()
            site.start()
        took = time.monotonic() - begun
        lost, unanswered = words_of(items, told)
        entries = Counter(Entry.objects.filter(what="item.change").values_list("who", flat=True))
        commits = Counter(in_git(site.folder, "log", "--format=%an", ":/^as it was..HEAD").split())
        whole = [*faults()] == []
    finally:
        site.stop()
    stood, n = told.answers[302], sum(told.answers.values())
    middle, late = (sorted(told.times)[int(len(told.times) * part)] for part in (0.5, 0.95))
    print(
        f"{n:,} saves by {asked.people} people on {asked.items} items in {took:.0f} s: "
        f"{stood:,} stood, {told.answers[409]:,} told of the conflict ({told.mine:,} of them with their own "
        f"word and the other's on the page), {n - stood - told.answers[409]} other answers; lost: {lost}"
    )
    if asked.kills:
        print(
            f"{kills} kills of the server meanwhile: {len(told.unknown)} saves were never answered, of which "
            f"{unanswered} stand"
        )
    print(f"a save takes {middle * 1000:.0f} ms (median), {late * 1000:.0f} ms (95 %)")
    print(
        f"entries {entries.total():,}, commits {commits.total():,}, by the same people: {entries == commits}"
    )
    left = in_git(site.folder, "status", "--short", "item_bank")
    print(f"record whole: {whole}; files that are not committed: {left or 'none'}")
    if asked.backups:
        print(f"{asked.backups} backups meanwhile, put back: {wrong or 'each whole'}")
    is_good = (
        not wrong and lost == 0 and whole and entries.total() == stood + unanswered and entries == commits
    )
    return 0 if is_good and told.mine == told.answers[409] == n - stood else 1


def backed_up(folder: Path, number: int, threads: list[threading.Thread], told: Told) -> str:
    """What is wrong with a backup taken now, while others save, and put back; nothing if all is well."""
    from examgen.site.operation.backup import backup, restore
    from examgen.site.site import site_of

    until = told.answers[302] + 5  # others have saved since the last one
    while told.answers[302] < until and any(one.is_alive() for one in threads):
        time.sleep(0.05)
    file, place = folder.parent / f"{number}.tar.gz", folder.parent / f"again-{number}"
    database, url = os.environ.get("EXAMGEN_DATABASE", ""), ""
    if database:
        url = new_database(f"again_{number}")
    begun, before = time.monotonic(), told.answers[302]
    done = backup(site_of({"EXAMGEN_WORKSPACE": str(folder), "EXAMGEN_DATABASE": database}), file)
    took, during = time.monotonic() - begun, told.answers[302] - before
    restore(file, place, url)
    command = [sys.executable, "-c", "from benchmarks.site_edits import look; look()", str(place)]
    found = subprocess.run(
        command,
        env=environment(place) | {"EXAMGEN_DATABASE": url},
        capture_output=True,
        text=True,
        check=False,
    )
    print(
        f"backup {number}: {done.files} files, {done.size:,} bytes in {took:.1f} s, "
        f"{during} saves meanwhile; put back: {found.stdout.strip()}",
        flush=True,
    )
    return found.stderr[-500:] if found.returncode else ""


def new_database(name: str) -> str:
    """An empty database beside the one that EXAMGEN_DATABASE names; its URL."""
    import psycopg

    beside = os.environ["EXAMGEN_DATABASE"]
    with psycopg.connect(beside, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type] # a name of ours
    return beside.rpartition("/")[0] + f"/{name}"


def look() -> None:
    """What a workspace that was put back holds, and whether that fits together."""
    folder = Path(sys.argv[1])
    use(folder)
    from examgen.assembly.verification import verify
    from examgen.core.exam.bindings import fingerprints_of
    from examgen.site.audit.models import Entry
    from examgen.site.audit.record import faults
    from examgen.site.bank.units import opened

    texts = [item.reference or "" for item in opened(UNIT).items.values()]
    words = sum(bool(re.fullmatch(r"w\d+\.\d+", word)) for text in texts for word in text.split())
    entries = Entry.objects.filter(what="item.change").count()
    commits = int(in_git(folder, "rev-list", "--count", ":/^as it was..HEAD"))
    wrong = [*faults(), *verify(folder / "output" / UNIT).problems]
    prints = [fingerprints_of(place / "output" / UNIT) for place in (folder, folder.parent / "workspace")]
    print(f"{words} words, {entries} entries, {commits} commits, {prints[0].told()}")
    if wrong or not words == entries == commits or prints[0] != prints[1] or in_git(folder, "fsck"):
        sys.exit(f"{wrong} {in_git(folder, 'fsck')}")


def in_git(folder: Path, *words: str) -> str:
    """What git says in that folder."""
    who = ("-c", "user.name=nobody", "-c", "user.email=nobody@demo.invalid")
    done = subprocess.run(
        ["git", "-C", str(folder), *who, *words], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
