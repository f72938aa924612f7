"""A sitting of 20,000 candidates in 500 rooms, from the list to released reports, by step.

Every step is a command as a person gives it. Of each: seconds on the clock, of the processors, and memory.

    python benchmarks/sitting.py FOLDER [CANDIDATES]     FOLDER must not exist; it stays to be looked at
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from processes import examgen, run

EXAM = "output/ASM-REE-5-059ZB-L4"
BLUEPRINT = "item_bank/ASM-REE-5-059ZB/blueprints/level-4.yaml"
ROOM = 40
DECIDED = ("--by", "Certification committee", "--reason", "minutes 6/2569", "--date", "2026-11-22")
STEPS = (
    ("build", BLUEPRINT),
    ("render", EXAM, "--candidates", "list.csv"),
    ("simulate", EXAM, "--candidates", "{n}", "--seed", "2569", "--out", "answers.csv"),
    ("take", EXAM, "answers.csv", "--by", "Office"),
    ("score", EXAM),
    ("decide", EXAM, *DECIDED, "--as", "upheld", "--all-open"),
    ("analyse", "exam", EXAM),
    ("release", EXAM, "--run", "1", *DECIDED),
    ("report", EXAM),
    ("report", EXAM, "--kind", "candidate", "--by", "centre", "--lang", "th"),
)


def main(folder: Path, n: int = 20_000) -> None:
    """Run every step; print a row of a table for each."""
    run(examgen("init", folder), Path.cwd())
    with (folder / "list.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("candidate_id", "name", "centre", "room", "seat"))
        for number in range(n):
            room = number // ROOM
            seat = number % ROOM + 1
            rows.writerow(
                (f"SYN-{number + 1:05d}", f"น้ำทิพย์ {number}", f"ศูนย์ {room // 10 + 1:02d}", room + 1, seat)
            )
    print(f"{n:,} candidates in {-(-n // ROOM)} rooms\n")
    print("| step | seconds | of processors | MB |\n|---|---|---|---|")
    for step in STEPS:
        words = [word.format(n=n) for word in step]
        ran = run(examgen(*words), folder, (0, 3), watch=True)
        print(
            f"| {' '.join(words[:2])} | {ran.seconds:,.0f} | {ran.processor:,.0f} | {ran.memory_mb:,.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), *map(int, sys.argv[2:]))
