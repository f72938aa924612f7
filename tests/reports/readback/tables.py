"""The tables beside a report, as CSV and as sheets of a workbook, against what the files of the run say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import isclose
from pathlib import Path
from statistics import median, stdev

import numpy as np
from openpyxl import load_workbook

from tests.reports.readback import measures
from tests.reports.readback.centre_oracle import Group, centres, contrasts, cut_of, forms
from tests.reports.readback.cohort_lines import KINDS, MOST_PEOPLE, Bars, least_met, strips_rows
from tests.reports.readback.frame import MIN_N
from tests.reports.readback.raw import Raw, per_cent, read_table

Cell = str | int | float | None
Rows = Sequence[Mapping[str, object]]


def check_tables(folder: Path, wanted: Mapping[str, Rows]) -> None:
    """Every CSV and every sheet of the workbook has these lines and no others."""
    assert {path.stem for path in folder.glob("*.csv")} == set(wanted)
    book = load_workbook(folder / "tables.xlsx", read_only=True)
    assert set(book.sheetnames) == set(wanted)
    for name, rows in wanted.items():
        in_csv = read_table(folder / f"{name}.csv")
        heads, *lines = book[name].iter_rows(values_only=True)
        in_book = [dict(zip(map(str, heads), line, strict=True)) for line in lines]
        pairs: list[tuple[Rows, str]] = [(in_csv, f"{name}.csv"), (in_book, f"sheet {name}")]
        for found, where in pairs:
            assert len(found) == len(rows), f"{where}: {len(found)} lines, not {len(rows)}"
            for n, (line, want) in enumerate(zip(found, rows, strict=True), start=1):
                assert list(line) == list(want), f"{where}: {list(line)}"
                for column, value in want.items():
                    cell = line[column]
                    place = f"{where}, line {n}, {column}"
                    assert _is(cell, value, found is in_csv), f"{place}: {cell!r}, not {value!r}"


def _is(cell: object, value: object, is_text: bool) -> bool:
    """Whether a cell has a value; in a workbook numbers are numbers."""
    if value is None or value == "":
        return cell in (None, "")
    if isinstance(value, str):
        return cell == value
    if is_text:
        return isclose(float(str(cell)), float(str(value)), rel_tol=1e-9, abs_tol=1e-12)
    assert isinstance(value, (int, float))
    return isinstance(cell, (int, float)) and isclose(cell, value, rel_tol=1e-9, abs_tol=1e-12)


def share(n: int, of: int, *names: str) -> dict[str, object]:
    """A share with its interval, under these names."""
    low, high = measures.wilson(n, of) if of else (None, None)
    return dict(zip(names, (n, of, n / of if of else None, low, high), strict=True))


MET = ("met", "judged", "share", "low", "high")


# ── the cohort ───────────────────────────────────────────────────────────────────────────────


def cohort_tables(raw: Raw) -> dict[str, Rows]:
    """Name → lines."""
    statuses = raw.statuses()
    values = raw.percents()
    summary = {
        "candidates": raw.n, "mean_percent": float(np.mean(values)), "sd_percent": stdev(values) if raw.n > 1 else None,
        "median_percent": median(values), "least_percent": min(values), "greatest_percent": max(values),
        **share(raw.passed, raw.n, *(f"passed_{name}" for name in ("n", "of", "share", "low", "high"))),
    }  # fmt: skip
    bars = Bars(raw)
    unit = "points" if bars.in_points else "percent"
    is_small = raw.n <= MOST_PEOPLE
    return {
        "summary": [summary],
        "distribution": [
            {f"from_{unit}": low, f"below_{unit}": bars.until(low), "candidates": n, "passed": passed}
            | ({"to_points": bars.greatest(low)} if bars.in_points else {})
            for low, n, passed in bars.rows
        ],
        "heat_map": _heat(raw, statuses),
        "candidates_by_criteria": _people(raw, statuses) if is_small else [],
        "strips": [] if is_small else strips_rows(raw, statuses),
        "criteria": _criteria(raw),
        "marks": _marks(raw),
        "blanks": [
            {"blank": k, "candidates": n}
            for k, n in sorted(Counter(int(one["blank"]) for one in raw.candidates).items())
        ],
        "quarantine_reasons": _counted(raw.quarantine, "reason", "rows"),
        "unreconciled_counts": _counted(raw.unreconciled or [], "what", "n"),
        "ledger": [
            {name: cell if name in ("by", "name") else int(cell) for name, cell in row.items()}
            for row in raw.ledger or []
        ],
    }


def _heat(raw: Raw, statuses: Mapping[tuple[str, str], list[str]]) -> Rows:
    bands: dict[int, list[int]] = {}
    for n, value in enumerate(raw.percents()):
        bands.setdefault(min(int(value // 10), 9), []).append(n)
    rows: list[dict[str, object]] = []
    element = ""
    for level, code, _, _ in raw.places():
        element = {"unit": "", "element": code, "pc": element}[level]
        where = {"level": level, "unit": raw.units[0]["code"], "element": element, "code": code}
        for band, who in [(None, list(range(raw.n))), *sorted(bands.items())]:
            own = [statuses[level, code][n] for n in who]
            met, judged = own.count("met"), own.count("met") + own.count("not_met")
            low = None if band is None else 10 * band
            ends = {"from_percent": low, "to_percent": None if low is None else low + 10}
            rows.append({**where, **ends, "candidates": len(who), **share(met, judged, *MET)})
    return rows


def _people(raw: Raw, statuses: Mapping[tuple[str, str], list[str]]) -> Rows:
    people = raw.candidates
    order = sorted(range(raw.n), key=lambda n: (-per_cent(people[n]), people[n]["candidate_id"]))
    unit = raw.units[0]["code"]
    return [
        {
            "place": rank,
            "score": float(people[n]["score"]),
            "decision": people[n]["decision"],
            **{f"{unit}:{code}": statuses[level, code][n] for level, code, _, _ in raw.places()},
        }
        for rank, n in enumerate(order, 1)
    ]


def _criteria(raw: Raw) -> Rows:
    texts = {code: text for level, code, text, _ in raw.places() if level == "pc"}
    return [
        {
            **{name: row[name] for name in ("unit", "element", "pc")},
            "text": texts[row["pc"]],
            **share(int(row["met"]), int(row["met"]) + int(row["not_met"]), *MET),
            "mean_percent": raw.mean(row["pc"]),
            "insufficient": int(row["insufficient"]),
        }
        for row in least_met(raw)
    ]


def _marks(raw: Raw) -> Rows:
    names = sorted({one["form"] for one in raw.candidates})
    rows = []
    for form in ["", *names] if len(names) > 1 else [""]:
        own = [one for one in raw.candidates if form in ("", one["form"])]
        counts = {kind: [int(one[kind]) for one in own] for kind in KINDS}
        rows.append(
            {
                "form": form,
                "candidates": len(own),
                "questions": sum(sum(of) for of in counts.values()),
                **{kind: sum(of) for kind, of in counts.items()},
                **{f"candidates_with_{kind}": sum(n > 0 for n in counts[kind]) for kind in KINDS[1:]},
            }
        )
    return rows


def _counted(rows: Sequence[Mapping[str, str]], column: str, count: str) -> Rows:
    found = Counter(row[column] for row in rows)
    return [{column: name, count: n} for name, n in sorted(found.items(), key=lambda p: (-p[1], p[0]))]


# ── centres and forms ────────────────────────────────────────────────────────────────────────


def centre_tables(raw: Raw) -> dict[str, Rows]:
    """Name → lines."""
    at = centres(raw)
    compared = [one for one in at if one.verdict not in ("", "small")]
    sizes = range(MIN_N, max((one.n for one in compared), default=0) + 1)
    assert len(sizes) <= 100, "the oracle knows the limits of every number of candidates"
    rate = raw.passed / raw.n
    return {
        "centres": [
            {
                "centre": one.name,
                **_group(one),
                "verdict": one.verdict,
                "forms": " ".join(f"{form}={n}" for form, n in one.forms),
            }
            for one in at
        ],
        "funnel_limits": [
            {"level": level, "candidates": n, **dict(zip(("low", "high"), measures.funnel(n, rate, level), strict=True))}
            for level in (0.95, 0.998)
            for n in sizes
        ],
        "forms": [
            {
                "form": one.name,
                **_group(one),
                **dict(zip(("cut_points", "sem_points", "max_points"), cut_of(raw, one.name), strict=True)),
            }
            for one in forms(raw)
        ],
        "form_differences": [_difference(a, b) for a, b in contrasts(raw)],
    }  # fmt: skip


def _group(one: Group) -> dict[str, object]:
    low, high = one.ends or (None, None)
    names = ("passed", "passed_of", "pass_rate", "pass_rate_low", "pass_rate_high")
    return {
        "candidates": one.n, "mean_percent": one.mean, "sd_percent": one.sd, "mean_low": low,
        "mean_high": high, **share(one.passed, one.n, *names),
    }  # fmt: skip


def _difference(a: Group, b: Group) -> dict[str, object]:
    names = ("mean_difference", "mean_low", "mean_high", "rate_difference", "rate_low", "rate_high")
    means = measures.welch(a.values, b.values)
    rates = measures.newcombe((a.passed, a.n), (b.passed, b.n))
    return {"form": a.name, "other": b.name, **dict(zip(names, (*means, *rates), strict=True))}
