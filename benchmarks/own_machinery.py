"""Machines of our own against the library that does the same: processor seconds, and what each gets right.

docs/own-machinery.md has what it found. A library that is not among our dependencies is tried where it is
installed (`pip install mammoth ruamel.yaml charset-normalizer`).

    python benchmarks/own_machinery.py               every case
    python benchmarks/own_machinery.py table word    those cases
"""

from __future__ import annotations

import io
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
UNIT = ROOT / "item_bank" / "ASM-REE-5-059ZB"


def taken(run: Callable[[], Any]) -> tuple[float, Any]:
    """Processor seconds, and what came of it."""
    start = time.process_time()
    result = run()
    return time.process_time() - start, result


def table() -> Iterator[str]:
    """The responses of a run, 1,000,000 × 100, written and read; libraries are loaded before."""
    import polars as pl

    from examgen.core.responses import table as own

    n, k = 1_000_000, 100
    rng = np.random.default_rng(1)
    ids, line = np.array([b"%010d" % i for i in range(n)]), np.arange(1, n + 1)
    form, marks = rng.integers(0, 4, n), (1 << rng.integers(0, 4, (n, k))).astype(np.uint8)
    frame = pl.DataFrame(
        {
            "candidate_id": ids.astype(str),
            "form": np.array(list("ABCD"))[form],
            "line": line.astype(np.int32),
            "marks": pl.Series([one.tobytes() for one in marks], dtype=pl.Binary),
        }
    )
    with tempfile.TemporaryDirectory() as folder:
        path, other = Path(folder, "own.parquet"), Path(folder, "polars.parquet")

        def write() -> None:
            shape = own.Shape(tuple("ABCD"), ("answers.csv",), k)
            plan = own.plan(shape, [own.PartRows(0, n, own.id_bytes(ids))])
            own.begin(path, plan)
            descriptor = os.open(path, os.O_RDWR)
            own.RowWriter(descriptor, plan.places[0], shape).add(ids, form, line, marks)
            os.close(descriptor)

        def read() -> None:
            for rows in own.read_rows(path, dict(zip("ABCD", range(4), strict=True))):
                rows.marks.sum()

        def read_polars() -> None:
            marks = pl.read_parquet(path)["marks"].bin.reinterpret(dtype=pl.Array(pl.UInt8, k))
            marks.to_numpy().sum()

        ours, _ = taken(write)
        theirs, _ = taken(lambda: frame.write_parquet(other, compression="uncompressed", statistics=False))
        yield f"responses written: {ours:.2f} s; polars {theirs:.2f} s from a frame that is there already"
        ours, _ = taken(read)
        theirs, _ = taken(read_polars)
        yield f"responses read: {ours:.2f} s; polars {theirs:.2f} s"


def word() -> Iterator[str]:
    """A bank with a formula in each stem, written as Word and read back."""
    from examgen.bank.loading import load_unit
    from examgen.interchange import formats, word_writing
    from examgen.interchange.writing import WrittenItem

    unit, _ = load_unit(UNIT)
    assert unit is not None
    items = [one.model_copy(update={"stem": f"{one.stem} $x^2$"}) for one in unit.items]
    data = word_writing.write([WrittenItem(item, None, {}) for item in items], "Bank", {})
    ours, found = taken(lambda: formats.read(data, "bank.docx"))
    n = sum("x^2" in repr(one.stem) for one in found.questions)
    yield f"Word: ours {ours:.2f} s, {len(found.questions)} of {len(items)} items, {n} formulas"
    try:
        import mammoth
    except ImportError:
        yield "mammoth is not here"
        return
    theirs, html = taken(lambda: mammoth.convert_to_html(io.BytesIO(data)).value)
    n = html.count("<math") + html.count("x^2") + html.count("x<sup>2")
    yield f"Word: mammoth {theirs:.2f} s to HTML, {n} formulas"


def pages(n_pages: int = 22_000) -> Iterator[str]:
    """Pages put together by pikepdf of pieces that are there, ten on each; nothing is stamped or tagged."""
    import pikepdf

    def made() -> None:
        with pikepdf.new() as document:
            pieces = [document.make_stream(b"0 0 10 10 re f " * 20) for _ in range(40)]
            for n in range(n_pages):
                chosen = {f"/P{k}": pieces[(n + k) % 40] for k in range(10)}
                drawn = b"".join(b"q 1 0 0 1 0 %d cm /P%d Do Q " % (60 * k, k) for k in range(10))
                page = pikepdf.Dictionary(
                    Type=pikepdf.Name.Page,
                    MediaBox=[0, 0, 595, 842],
                    Resources=pikepdf.Dictionary(XObject=pikepdf.Dictionary(chosen)),
                    Contents=document.make_stream(drawn),
                )
                document.pages.append(pikepdf.Page(document.make_indirect(page)))
            document.save(io.BytesIO(), object_stream_mode=pikepdf.ObjectStreamMode.generate)

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds, _ = taken(made)
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    yield (
        f"pikepdf: {n_pages:,} pages put together, {n_pages / seconds:,.0f} pages/s and "
        f"{kilobytes / n_pages:.1f} kB of memory a page (ours: benchmarks/papers.py)"
    )


def yaml() -> Iterator[str]:
    """The items of a unit read with the line of each field."""
    from examgen.core.yamlfile import parse

    texts = [path.read_text("utf-8") for path in sorted(UNIT.glob("items/*.yaml"))]
    ours, _ = taken(lambda: [parse(text, "item.yaml") for text in texts])
    try:
        from ruamel.yaml import YAML
    except ImportError:
        yield f"YAML: ours {ours:.2f} s; ruamel.yaml is not here"
        return
    theirs, _ = taken(lambda: [YAML(typ="rt").load(text) for text in texts])
    yield f"YAML with lines: ours {ours:.2f} s, ruamel.yaml {theirs:.2f} s: {theirs / ours:.0f} times"


def encodings() -> Iterator[str]:
    """Thai tables as CP874 and UTF-8, of 1 to 200 rows: how many are taken for what they are."""
    from examgen.capture.tabular.encodings import encoding_counted

    try:
        from charset_normalizer import from_bytes
    except ImportError:
        yield "charset-normalizer is not here"
        return
    names = ("น้ำทิพย์ ใจดี", "ศักดิ์สิทธิ์ ฐานฎีกา", "กตัญญู ฝั่งธนบุรี", "ปิ่นแก้ว ฟ้าลั่น")
    files = []
    for n in (1, 2, 5, 20, 200):
        text = "รหัส,ชื่อ,ชุด,ข้อ1\n" + "".join(f"{i:05d},{names[i % 4]},A,B\n" for i in range(n))
        files += [(text.encode(code), code) for code in ("cp874", "utf-8")]
    alike = {"cp874": {"cp874", "tis_620", "iso8859_11"}, "utf-8": {"utf_8"}}
    ours, found = taken(lambda: [encoding_counted(lambda data=data: [data]).codec for data, _ in files])
    theirs, best = taken(lambda: [from_bytes(data).best() for data, _ in files])
    right = sum(codec == code for codec, (_, code) in zip(found, files, strict=True))
    n = sum(
        one is not None and one.encoding in alike[code] for one, (_, code) in zip(best, files, strict=True)
    )
    yield f"encodings: ours {right} of {len(files)}, {ours:.3f} s; charset-normalizer {n}, {theirs:.3f} s"


CASES = {one.__name__: one for one in (table, word, pages, yaml, encodings)}


if __name__ == "__main__":
    for case in sys.argv[1:] or CASES:
        for figure in CASES[case]():
            print(figure, flush=True)
