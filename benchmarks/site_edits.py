"""Ten people save items over each other by HTTP: each stands, or was answered with a conflict.

    python -m benchmarks.site_edits FOLDER [--saves 10000] [--people 10] [--items 4] [--port 8199]

Each adds a word of his own to the reference that he was shown, and saves it. An answer 302 says that the
word stands: in the end just those words are in the items, and the record has an entry for each.
"""

from __future__ import annotations

import argparse
import random
import sys
import threading
import time
from collections import Counter
from pathlib import Path

from benchmarks.site_people import sent
from benchmarks.site_running import UNIT, Person, Served, use

FIELD = "reference"


class Told:
    """What was answered, by item: words that stand, and answers."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.stands: dict[str, set[str]] = {}
        self.answers: Counter[int] = Counter()
        self.times: list[float] = []


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


def main() -> int:
    """The saves, and what was lost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--saves", type=int, default=10_000)
    parser.add_argument("--people", type=int, default=10)
    parser.add_argument("--items", type=int, default=4)
    parser.add_argument("--port", type=int, default=8199)
    asked = parser.parse_args()
    folder = asked.folder.resolve() / "workspace"
    from examgen.web.demo import make_workspace

    make_workspace(folder, print)
    site = Served(folder, asked.port)
    site.start()
    try:
        use(folder)
        from examgen.web.audit.models import Entry
        from examgen.web.audit.record import faults
        from examgen.web.bank.units import opened

        people = [Person(site, "writer") for _ in range(asked.people)]
        items = sorted(opened(UNIT).items)[: asked.items]
        told = Told()
        told.stands = {item: set() for item in items}
        before = Entry.objects.count()
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
        entries = Entry.objects.filter(what="item.change").count()
        whole = [*faults()] == []
    finally:
        site.stop()
    n = sum(told.answers.values())
    middle, late = (sorted(told.times)[int(len(told.times) * part)] for part in (0.5, 0.95))
    print(
        f"{n:,} saves by {asked.people} people on {asked.items} items in {took:.0f} s: {dict(told.answers)}"
    )
    print(f"a save takes {middle * 1000:.0f} ms (median), {late * 1000:.0f} ms (95 %)")
    print(f"lost or never saved: {lost}; entries {entries} (from {before}), record whole: {whole}")
    is_good = lost == 0 and whole and entries == told.answers[302] and set(told.answers) <= {302, 409}
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
