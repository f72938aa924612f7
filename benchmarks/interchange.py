"""Questions of other programs: time and memory of 1,000, 3,000 and 10,000 items out and in, by format.

Each size of each format runs in a process of its own, since a peak of memory is one of the whole of it.

    .venv/bin/python benchmarks/interchange.py [FORMAT…]
"""

from __future__ import annotations

import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from examgen.core.models.item import Item
from examgen.interchange import formats, gift, moodle_xml, qti_writing
from examgen.interchange.writing import WrittenItem

SIZES = (1_000, 3_000, 10_000)
SEED = 2569
WORDS = ("ไฟฟ้า", "แรงดัน", "กระแส", "สายดิน", "มาตรฐาน", "เครื่องมือ", "วัด", "ต่อ", "ตรวจ", "ช่าง", "แผง", "วงจร")
STATUS = Path("/proc/self/status")
WRITERS: dict[str, Callable[[list[WrittenItem]], bytes]] = {
    "qti30": lambda sent: qti_writing.write(sent, "U", "qti30"),
    "qti22": lambda sent: qti_writing.write(sent, "U", "qti22"),
    "moodle-xml": lambda sent: moodle_xml.write(sent, "U"),
    "gift": lambda sent: gift.write(sent, "U"),
}


def items(n: int) -> list[WrittenItem]:
    """Items of four options with rationales; a third with a formula, a tenth with a picture of its own."""
    chance = random.Random(SEED)

    def words(k: int) -> str:
        return " ".join(chance.choices(WORDS, k=k))

    found = []
    for i in range(n):
        pc, stem = f"A.{i // 500:02}", f"ข้อ {i} {words(12)}"
        stem += f" $x^{{{i}}}$" * (i % 3 == 0) + "\n\n![แผนผัง](p.svg)" * (i % 10 == 0)
        picture = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h{i}"/></svg>'
        item = Item(
            id=f"{pc}-{i % 500 + 1:03}",
            pcs=(pc,),
            levels=(3,),
            cognitive="apply",
            stem=stem,
            options={name: f"{name} {words(4)}" for name in "abcd"},
            key=("b",),
            rationale={name: words(6) for name in "abcd"},
            reference=words(3),
            status="draft",
        )
        found.append(WrittenItem(item, None, {"p.svg": picture.encode()} if i % 10 == 0 else {}))
    return found


def peak_mb() -> float:
    """Peak of the memory of this process."""
    return int(re.findall(r"VmHWM:\s*(\d+)", STATUS.read_text())[0]) / 1024


def way(format: str, n: int, file: Path) -> None:
    """One way: writes the file where there is none, else reads it; prints seconds, MB and what it holds."""
    if not file.exists():
        sent = items(n)
        start = time.process_time()
        data = WRITERS[format](sent)
        file.write_bytes(data)
        print(time.process_time() - start, peak_mb(), n)
        return
    start = time.process_time()
    read = formats.read(file.read_bytes(), file.name)
    print(time.process_time() - start, peak_mb(), len(read.questions))


def main(names: list[str]) -> None:
    """The table, in Markdown."""
    print("| format | items | out: s | ms an item | MB | in: s | ms an item | MB |\n|---|---:|" + "---:|" * 6)
    with tempfile.TemporaryDirectory() as place:
        for name in names or list(WRITERS):
            for n in SIZES:
                file, row = Path(place) / f"{name}-{n}", []
                for _ in range(2):
                    done = subprocess.run(
                        [sys.executable, __file__, "--one", name, str(n), str(file)],
                        capture_output=True,
                        text=True,
                        check=False,
                    )
                    if done.returncode:
                        row.append(done.stderr.strip().splitlines()[-1][:80] + " | | ")
                        continue
                    seconds, mb, held = map(float, done.stdout.split())
                    assert held == n, f"{held} of {n}"
                    row.append(f"{seconds:.1f} | {1000 * seconds / n:.2f} | {mb:.0f}")
                print(f"| {name} | {n:,} | {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        way(sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))
    else:
        main(sys.argv[1:])
