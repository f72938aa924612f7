"""What all reports of results have alike: title, notices, foot, sentences that never change, bars in cells."""

from __future__ import annotations

import hashlib
import json
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from bs4 import Tag

from tests.digests import DIGEST_KEY, keyed
from tests.reports.readback.measures import wilson
from tests.reports.readback.raw import Raw
from tests.reports.readback.reader import Page, Passage, meters, numbers
from tests.reports.readback.speech import Tongue, ends, fixed, number, percent

FIXED = {"0", "95", "99.8", "2005", "1998"}
"""Numbers of sentences that never change: no difference, the level of the intervals, of the limits, years of papers."""
MIN_N = 10


def claim_frame(page: Page, raw: Raw, tongue: Tongue, *names: str) -> None:
    """Title of the page, which names also whom it is about; name of the exam, what the report rests on."""
    (title,) = (one for one in page.passages if one.place.endswith("head > title"))
    title.tells(raw.exam["blueprint"]["exam"], *names)
    (kicker,) = page.root.find_all(class_="kicker")
    named = raw.exam["blueprint"]["title"]
    tongue.one_of(page.at(kicker), tongue.pair(named["th"], named["en"]))
    _claim_synthetic(page, raw, tongue)
    (foot,) = page.root.find_all("footer")
    audit = raw.audit
    editions = {code: str(edition)[:8] for code, edition in audit["editions"].items()}
    expected = [
        audit["exam"],
        f"{raw.run} ({raw.fingerprint})",
        raw.last_act,
        key_version(audit, raw.package),
        ", ".join(f"{code} ({edition})" for code, edition in editions.items()),
        audit["manifest"][:16],
    ]
    said = page.inside(foot, "dd")
    expected = [text for text in expected if text]
    tongue.one_of(
        said.pop(2), [mark] if (mark := raw.release_mark) else tongue.pair("ยังไม่ประกาศ", "not released")
    )
    for passage, text in zip(said, expected, strict=True):
        passage.says(text)
    for running in (one for one in page.passages if one.place.endswith("@data-running")):
        _claim_running(running, [*expected, *names, raw.release_mark or expected[0]])


def key_version(audit: dict[str, Any], package: Path) -> str:
    """Version and digest of the key with its paper; after corrections with their number, and a digest of all.

    What is right is in it by digests that are keyed by the bytes in `secure/`.
    """
    secret, key, made = (package / DIGEST_KEY).read_bytes(), audit["key"], audit.get("corrections") or []
    what = [[one.get(name) for name in ("kind", "form", "question", "item", "key", "places")] for one in made]
    corrections = keyed(secret, what) if made else None
    digest = keyed(secret, (package / "secure/key.csv").read_bytes())
    every = json.dumps([digest, audit["manifest"], corrections], ensure_ascii=False).encode()
    version = f"{key['version']}.{len(made)}" if made else str(key["version"])
    return f"{version} ({hashlib.sha256(every).hexdigest()[:8]})"


def claim_few(page: Page, raw: Raw, tongue: Tongue) -> None:
    """On each form, the criteria that the rule rests on and that too few items are asked of."""
    rule, judgement = raw.audit["options"]["pass"], raw.audit["options"]["judgement"]
    patterns = [*rule["criteria"], *(rule["at_least"] or {}).get("among", ())]
    message = (
        "On form {form} the rule rests, in {codes}, on fewer than {n} items, which are too few to judge anybody "
        "by there; decisions rest on them all the same."
    )
    for form in sorted({one["form"] for one in raw.candidates}):
        few = [
            row["pc"]
            for row in raw.scale
            if row["level"] == "pc" and form in row["forms"].split(" ") and 0 < int(row["asked"]) < judgement["min_items"]
            and any(p == "all" or fnmatchcase(row["pc"], p) for p in patterns)
        ]  # fmt: skip
        if codes := ", ".join(dict.fromkeys(few)):
            ways = tongue.fill(message, {"form": form, "codes": codes, "n": judgement["min_items"]})
            (said,) = (one for one in page.passages if one.text in ways)
            said.is_claimed = True


def _claim_synthetic(page: Page, raw: Raw, tongue: Tongue) -> None:
    """How many candidates are made up, where some are and some are not."""
    made_up = sum(row.get("synthetic") == "yes" for row in raw.candidates)
    if 0 < made_up < raw.n:
        words = ("จำลอง", "synthetic")
        (said,) = (
            one for one in page.passages if "header" in one.place and any(w in one.text for w in words)
        )
        some, everybody = number(made_up), number(raw.n)
        thai = f"มีข้อมูลจำลองปน: {some} จาก {everybody} คนไม่ใช่ผู้สอบจริง และนับรวมอยู่ในทุกตัวเลข"
        english = (
            f"{some} of {everybody} candidates are synthetic. They did not take this exam, but every figure"
        )
        tongue.one_of(said, tongue.pair(tongue.figures(thai), tongue.figures(f"{english} includes them")))


def _claim_running(line: Passage, known: list[str]) -> None:
    """The line on every page: it names the exam, and has no number that the foot or the title has not."""
    line.is_claimed = True
    assert known[0] in line.text, f"{line.place}: {line.text}"
    rest = line.text
    for text in sorted(known, key=len, reverse=True):
        rest = rest.replace(text, "")
    assert not numbers(rest), f"{line.place}: {rest!r} of {line.text!r}"


def claim_fixed(page: Page, tongue: Tongue) -> None:
    """Claims what never changes: messages without values, whose numbers are among `FIXED`."""
    for table in page.tables(page.root):
        for row in table.rows:
            for head, cell in zip(table.heads[1:], row.elements, strict=False):
                label = numbers(str(cell.get("data-label") or ""))  # what a phone shows in place of the head
                assert set(label) <= set(head.numbers), f"{head.place}: {cell.get('data-label')}"
    known = fixed(tongue)
    for one in page.passages:
        if one.numbers and not one.is_claimed and one.text in known:
            allowed = {*FIXED, *(tongue.figures(n) for n in FIXED)}
            assert set(one.numbers) <= allowed, f"{one.place}: {one.text}"
            one.is_claimed = True


def share_cells(tongue: Tongue, n: int, of: int) -> list[str]:
    """How many of how many, per cent, interval, as a line of a table says them."""
    if not of:
        return ["–", "–", "–"]
    return [tongue.figures(text) for text in (f"{n}/{of}", percent(n, of), interval(n, of))]


def interval(n: int, of: int) -> str:
    """Wilson's interval: in whole per cent, in tenths of a thousand and more."""
    low, high = wilson(n, of)
    return f"{ends(100 * low, 100 * high, 1 if of >= 1000 else 0)} %"


def check_meter(cell: Tag, n: int, of: int) -> None:
    """The bar in a cell: share and interval; no bar of nothing."""
    found = meters(cell)
    if not of:
        assert not found
        return
    low, high = wilson(n, of)
    (one,) = found
    near(one.share, 100 * n / of, 0.01)
    near(one.low, 100 * low, 0.01)
    near(one.length, max(100 * (high - low), 0.6), 0.01)


def near(found: float, wanted: float, off: float = 0.1) -> None:
    """Within a tenth of a pixel."""
    assert abs(found - wanted) <= off + 1e-9, f"{found} is not {wanted}"


def claim_tiles(page: Page, tongue: Tongue, raw: Raw, labels: list[tuple[str, str | dict[str, str]]]) -> None:
    """The figures to be seen first: candidates, pass rate, then (value, label, or its values) of this report."""
    tiles = [page.at(one) for one in page.root.find_all("p", class_="tile")]
    many = "candidate scored" if raw.n == 1 else "candidates scored"
    tongue.labels(tiles[0], many, before=tongue.figures(number(raw.n)))
    if raw.rule is not None:
        claim_rate(tongue, tiles[1], raw.passed, raw.n)
    rest = tiles[2 if raw.rule is not None else 1 :]
    for tile, (value, label) in zip(rest, labels, strict=True):
        if isinstance(label, str):
            tongue.labels(tile, label, before=tongue.figures(value))
        else:
            tongue.tells(tile, before=tongue.figures(value), **label)


def claim_rate(tongue: Tongue, passage: Passage, n: int, of: int) -> None:
    """The pass rate with its counts and interval."""
    share = tongue.figures(percent(n, of)) if of else "–"
    said = interval(n, of) if of else "–"
    tongue.tells(passage, before=share, passed=number(n), n=number(of), interval=said)
