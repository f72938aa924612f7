"""A bank of 20,000 items in 300 units, made by a seeded script: what loading and checking it costs.

And a unit of 3,000 of them, what its workbook costs.

Run as a script with a folder, it checks the bank there and prints the peak memory of its own process and of
the largest that it started; `run.py` does so in a process of its own, since a peak is one of the whole of it.
"""

from __future__ import annotations

import json
import random
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache
from itertools import accumulate
from pathlib import Path

import yaml
from openpyxl import load_workbook
from pythainlp.corpus import thai_words

from examgen.bank.checking import check
from examgen.bank.rules import NEAR_DUPLICATE, RULES
from examgen.bank.rules.clues import ABSOLUTES
from examgen.bank.spreadsheets import export_items, import_items
from examgen.bank.whole_bank import check_bank
from examgen.bank.workbook.columns import ITEM_SHEET, columns
from examgen.bank.workbook.writing import FIRST_ITEM_ROW
from examgen.core.processes import ALONE, usable_cpus

N_UNITS = 300
N_ITEMS = 20_000
N_LINES = 3_000
SEED = 2569
ITEM_BANK = "item_bank"
STATUS = Path("/proc/self/status")
ASKS = "คือข้อใด"
"""How each stem ends: a bank in which every item has a finding measures the messages."""

_STEM = [column.field for column in columns()].index("stem")
_CATEGORIES = ("remember", "understand", "apply", "analyse", "evaluate")


@cache
def _vocabulary() -> tuple[list[str], list[float]]:
    """Thai words and how often each comes, by Zipf's law: near-duplicates hang on rare words.

    Those that the rule `absolutes` looks for are left out: they came so high that more than half of the
    items had a finding, and a sound bank has few.
    """
    words = sorted(word for word in thai_words() if re.fullmatch("[ก-๎]{2,12}", word))
    words = random.Random(SEED).sample(words, 8_000)
    words = [word for word in words if not any(absolute in word for absolute in ABSOLUTES)]
    return words, list(accumulate(1 / rank for rank in range(1, len(words) + 1)))


def _words(chance: random.Random, least: int, greatest: int, end: str = "") -> str:
    """A run of Thai words with a space now and then, as Thai is written; quoted for YAML."""
    known, often = _vocabulary()
    words = chance.choices(known, cum_weights=often, k=chance.randint(least, greatest))
    text = "".join(word + (" " if chance.random() < 0.2 else "") for word in words)
    return json.dumps(text.strip() + end, ensure_ascii=False)


def _item(chance: random.Random, name: str, pc: str, n: int) -> str:
    key = "abcd"[n % 4]
    options = "".join(f"    {letter}: {_words(chance, 5, 9)}\n" for letter in "abcd")
    rationale = "".join(f"    {letter}: {_words(chance, 8, 16)}\n" for letter in "abcd")
    category, stem = chance.choice(_CATEGORIES), _words(chance, 14, 30, ASKS)
    return (
        f"- id: {name}\n  pcs: [{pc}]\n  levels: [3, 4, 5]\n  cognitive: {category}\n"
        f"  stem: {stem}\n  options:\n{options}  key: {key}\n  rationale:\n{rationale}"
        f"  reference: {_words(chance, 4, 8)}\n  status: draft\n"
    )


def _unit(code: str, pcs: list[str]) -> str:
    elements = "".join(
        f"- code: {element}\n  title: สมรรถนะย่อย {element}\n  criteria:\n"
        + "".join(f"  - {{code: {pc}, text: เกณฑ์ {pc}}}\n" for pc in pcs if pc.startswith(element))
        for element in dict.fromkeys(pc.split(".")[0] for pc in pcs)
    )
    return (
        f"code: {code}\ntitle: หน่วย {code}\nlevels: [3, 4, 5]\nelements:\n{elements}"
        "assessment:\n- {levels: [3, 4, 5], methods: [written_objective]}\n"
    )


def make_bank(workspace: Path, n_units: int = N_UNITS, n_items: int = N_ITEMS, seed: int = SEED) -> Path:
    """Writes the bank; the same bytes for the same seed."""
    chance = random.Random(seed)
    bank = workspace / ITEM_BANK
    for u in range(n_units):
        code = f"B-{u:03d}"
        pcs = [f"U{u:03d}{e}.{c:02d}" for e in range(1, 4) for c in range(1, 4)][:8]
        folder = bank / code / "items"
        folder.mkdir(parents=True)
        (bank / code / "unit.yaml").write_text(_unit(code, pcs), "utf-8")
        count = n_items // n_units + (u < n_items % n_units)
        for p, pc in enumerate(pcs):
            items = [
                _item(chance, f"{pc}-{n:03d}", pc, n) for n in range(1, len(range(p, count, len(pcs))) + 1)
            ]
            (folder / f"{pc}.yaml").write_text("\n".join(items), "utf-8")
    return bank


def parse_plainly(bank: Path, units: str = "*") -> None:
    """The yardstick: every YAML file of the units read by PyYAML's C safe loader, unchecked, dropped."""
    for path in sorted(bank.glob(f"{units}/**/*.yaml")):
        yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)


def check_all(bank: Path) -> None:
    """Structure of everything; the bank is sound, so that nothing but the checking is measured."""
    shelves, problems = check_bank(bank, [])
    errors = [problem for problem in problems if problem.severity == "error"]
    assert not errors, errors[0]
    assert sum(len(shelf.items) for shelf in shelves) == N_ITEMS


def _alternating(runs: tuple[Callable[[], object], ...], times: int) -> list[float]:
    """Median time of each, run in turn so that a busy machine slows all of them."""
    taken: list[list[float]] = [[] for _ in runs]
    for _ in range(times):
        for run, list_of in zip(runs, taken, strict=True):
            start = time.perf_counter()
            run()
            list_of.append(time.perf_counter() - start)
    return [statistics.median(one) for one in taken]


def peak_mb(workspace: Path, what: str) -> str:
    """Peak memory of a process of its own that does that to the bank, and of the processes that it starts."""
    arguments = [sys.executable, __file__, what, str(workspace / ITEM_BANK)]
    ran = subprocess.run(arguments, check=True, capture_output=True, text=True)
    own, largest = map(float, ran.stdout.split())
    return f"{own:.0f} MB" + (f" + at most {largest:.0f} MB in each of {usable_cpus()}" if largest else "")


def figures(scratch: Path) -> Iterator[str]:
    """One line for each figure."""
    big, small = scratch / "big", scratch / "small"
    bank = make_bank(big)
    size = sum(path.stat().st_size for path in bank.rglob("*.yaml")) / 1e6
    yield f"bank of {N_ITEMS:,} items in {N_UNITS} units: {size:.0f} MB of YAML"
    make_bank(small, 1, N_ITEMS // N_UNITS + 1)
    ours, theirs = _alternating((lambda: check(big, ["B-000"]), lambda: check(small, ["B-000"])), 9)
    yield f"check one of its units: {ours:.3f} s = {ours / theirs:.2f} × the same unit alone ({theirs:.3f} s)"
    ours, theirs = _alternating((lambda: check_all(bank), lambda: parse_plainly(bank)), 3)
    yield f"load and check all of it: {_ratio(ours, theirs)}"
    yield from _rules(big, ours)
    yield from _workbooks(scratch)
    if not STATUS.exists():
        return  # this system does not tell the peak of a process
    peaks = [f"{peak_mb(big, what)} {words}" for what, words in PEAKS]
    yield f"peak memory: {', '.join(peaks)}, {peak_mb(small, 'check')} to load and check one unit"


def _ratio(ours: float, theirs: float) -> str:
    return f"{ours:.1f} s = {ours / theirs:.2f} × yaml.load, C loader ({theirs:.1f} s)"


PEAKS = (
    ("check", "to load and check all"),
    ("rules", "with every rule"),
    ("alone", "with every rule in one process"),
    ("parse", "of the bare parse"),
)


def _rules(big: Path, structure: float) -> Iterator[str]:
    """The rules of item writing, each item read for the first time; near-duplicates by themselves."""
    others = [rule.code for rule in RULES if rule.code != NEAR_DUPLICATE]
    runs = (
        lambda: check(big, [], others),
        lambda: check(big, [], others, workers=ALONE),
        lambda: parse_plainly(big / ITEM_BANK),
    )
    every, alone, parsed = _alternating(runs, 3)
    what = "load and check all of it, and by every rule but near-duplicates"
    yield f"{what}, {usable_cpus()} processes: {_ratio(every, parsed)}"
    yield f"{what}, one process: {_ratio(alone, parsed)}"
    [near] = _alternating((lambda: check(big, [], [NEAR_DUPLICATE], workers=ALONE),), 1)
    yield f"near-duplicates in all of it, one process: {_ratio(near - structure, parsed)}"
    [whole] = _alternating((lambda: check(big, []),), 2)
    yield f"all that `bank check` does, {usable_cpus()} processes: {_ratio(whole, parsed)}"


def _workbooks(scratch: Path) -> Iterator[str]:
    """The workbook of a large unit written, read back, and read with every line as a new item."""
    bank = make_bank(scratch / "unit", 1, N_LINES)
    path, new = scratch / "items.xlsx", scratch / "new.xlsx"
    export_items(bank, "B-000", path)
    book = load_workbook(path)
    for line in book[ITEM_SHEET].iter_rows(min_row=FIRST_ITEM_ROW):
        line[0].value, line[_STEM].value = None, f"ใหม่ {line[_STEM].value}"
    book.save(new)
    runs = (
        lambda: export_items(bank, "B-000", path, replace=True),
        lambda: import_items(bank, path, dry_run=True),
        lambda: import_items(bank, new, dry_run=True),
        lambda: load_workbook(path, rich_text=True),
    )
    *ours, theirs = _alternating(runs, 3)
    did = ("written", "compared with the bank", "taken as new items")
    told = ", ".join(f"{what} {taken / theirs:.2f} ×" for what, taken in zip(did, ours, strict=True))
    yield f"workbook of {N_LINES:,} items: {told} its reading by openpyxl ({theirs:.1f} s)"


def main() -> None:
    """Does one thing to a bank and prints the peaks, in MB, of this process and of the largest it started."""
    what, folder = sys.argv[1], Path(sys.argv[2])
    if what == "check":
        check_bank(folder, [])
    elif what == "rules":
        check(folder.parent, [])
    elif what == "alone":
        check(folder.parent, [], workers=ALONE)
    else:
        parse_plainly(folder)
    import resource  # not on every system

    # not getrusage for this one: a process begins with the peak of the one that started it
    [peak] = re.findall(r"VmHWM:\s*(\d+)", STATUS.read_text())
    print(int(peak) / 1024, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)


if __name__ == "__main__":
    main()
