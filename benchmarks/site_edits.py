"""Ten people save items over each other by HTTP: each stands, or was answered with a conflict.

    python -m benchmarks.site_edits FOLDER [--saves 10000] [--people 10] [--items 4] [--port 8199]

Each adds a word of his own to the reference that he was shown, and saves it. An answer 302 says that the
word stands: in the end just those words are in the items, and the record has an entry for each.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

from benchmarks.site_people import sent
from benchmarks.site_running import UNIT, Person, person_of, prepared, use

FIELD = "reference"


class Told:
    """What was answered, by item: words that stand, and answers."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.stands: dict[str, set[str]] = {}
        self.answers: Counter[int] = Counter()
        self.times: list[float] = []
        self.mine = 0
        """Of those who were told of a conflict: how many see their own word, and what was saved before it."""


def edit(person: Person, items: list[str], n: int, told: Told, chance: random.Random, who: int) -> None:
    """One's saves; a conflict is not tried again."""
    for k in range(n):
        item, word = chance.choice(items), f"w{who}.{k}"
        path = f"/bank/{UNIT}/{item}/"
        data = sent(person.get(path).text)
        data[FIELD] = f"{data[FIELD][0]} {word}".strip()
        begun = time.monotonic()
        answer = person.post(path, data)
        with told.lock:
            told.times.append(time.monotonic() - begun)
            told.answers[answer.status_code] += 1
            if answer.status_code == 302:
                told.stands[item].add(word)
            elif answer.status_code == 409:
                form = sent(answer.text)
                told.mine += word in form[FIELD][0].split() and form["base"] != data["base"]


def main() -> int:
    """The saves, and what was lost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--saves", type=int, default=10_000)
    parser.add_argument("--people", type=int, default=10)
    parser.add_argument("--items", type=int, default=4)
    asked, site = prepared(parser)
    in_git(site.folder, "init", "--quiet", "--initial-branch=main")
    in_git(site.folder, "add", "item_bank")
    in_git(site.folder, "commit", "--quiet", "-m", "as it was")
    site.start()
    try:
        use(site.folder)
        from examgen.web.audit.models import Entry
        from examgen.web.audit.record import faults
        from examgen.web.bank.units import opened

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
        for thread in threads:
            thread.join()
        took = time.monotonic() - begun
        lost = 0
        for item in items:
            words = {word for word in (opened(UNIT).items[item].reference or "").split() if word[0] == "w"}
            lost += len(told.stands[item] ^ words)
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
    print(f"a save takes {middle * 1000:.0f} ms (median), {late * 1000:.0f} ms (95 %)")
    print(
        f"entries {entries.total():,}, commits {commits.total():,}, by the same people: {entries == commits}"
    )
    left = in_git(site.folder, "status", "--short", "item_bank")
    print(f"record whole: {whole}; files that are not committed: {left or 'none'}")
    is_good = lost == 0 and whole and entries.total() == stood and entries == commits
    return 0 if is_good and told.mine == told.answers[409] == n - stood else 1


def in_git(folder: Path, *words: str) -> str:
    """What git says in that folder."""
    who = ("-c", "user.name=nobody", "-c", "user.email=nobody@demo.invalid")
    done = subprocess.run(
        ["git", "-C", str(folder), *who, *words], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
