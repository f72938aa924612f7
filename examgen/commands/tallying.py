"""Which sheets are expected and what became of each, as reported by `scan`, `take` and `returns`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from examgen.analysis.parts import Parts, ReportedLine, ReportedTable, line, line_n
from examgen.commands.loading import on_use
from examgen.core.models.field_types import ExamRoom
from examgen.core.problems import ExamgenError
from examgen.core.words import Message, command, joined, tell, tell_n

with on_use():
    from examgen.scanning import reasons
    from examgen.sitting import tray

_FIRST = 3
"""The maximum number of sheets and files named on a line."""
_MOST = 100
"""The maximum number of rows in a table on the screen; `--json` has all."""
_ALL = tell("all")


def of_tray(found: tray.Tray) -> Parts:
    """Yield the sheets and pages of a sitting or scan, table by table."""
    counts = found.outcomes
    yield ReportedLine(pages_add_up(len(found.pages), counts), "bold")
    if not found.sheets:
        yield line(
            "missing sheets are not counted, because there is no list of the candidates expected", "yellow"
        )
    else:
        yield ReportedLine(_adds_up(found.total), "bold")
        yield from _by_place(found)
    yield from _sheets(tell("Sheets missing"), found.missing)
    yield from _sheets(tell("Sheets set aside"), found.set_aside)
    yield from _sheets(tell("Marked, but recorded as absent"), found.of_absent)
    heads = [tell("page"), tell("exam"), tell("candidate"), tell("why"), tell("possible match")]
    for title, pages in (
        (tell("Read, of candidates who are not on any list"), found.not_listed),
        (tell("Set aside, candidate unknown"), found.nobodys),
    ):
        if pages:
            rows = [
                (
                    one.name, one.exam or "–", one.decided or one.candidate_id or "–",
                    reasons.reason_message(one.reason) if one.reason else "–", one.may_be or "–",
                )
                for one in pages
            ]  # fmt: skip
            yield ReportedTable(title, heads, [*first_rows(rows)], numbers_from=len(heads))
    for reason in ("white-page", "blank-page", "unused-sheet"):
        if names := [one.name for one in found.pages if one.reason == reason]:
            yield line(
                "{n:,} × {reason}: {meaning}: {pages}",
                "yellow" if reason == "white-page" else "cyan",
                n=len(names),
                reason=reason,
                meaning=reasons.reason_message(reason),
                pages=_named(names, _MOST),
            )
    if some := [one.name for one in found.without_code]:
        yield line_n(
            "{n:,} page was read by its candidate number only, because its code was "
            "unreadable. Check that it belongs to this exam: {pages}",
            "{n:,} pages were read by their candidate numbers only, because their "
            "codes were unreadable. Check that they belong to this exam: {pages}",
            len(some),
            "cyan",
            pages=_named(some, _MOST),
        )
    if found.answer_files and found.missing:
        yield line(
            "some answers came as files, which are not searched for missing candidates: {names}",
            "yellow",
            names=_named(found.answer_files, _FIRST),
        )
    if n := found.total.not_recorded:
        yield line_n("{n:,} missing sheet has no attendance record. Add the attendance with "
                "{take}.", "{n:,} missing sheets have no attendance record. Add the attendance with "
                "{take}.", n, "yellow", take=command("take"))  # fmt: skip


def _by_place(found: tray.Tray) -> Parts:
    """Yield the counts by centre; by room if there is at most one centre."""
    heads = [
        tell("centre") if found.is_by_centre else tell("room"), tell("listed"), tell("absent"),
        tell("sheets expected"), tell("sheets read"), tell("sheets set aside"), tell("sheets missing"),
        tell("marked but absent"),
    ]  # fmt: skip
    counts = found.places
    rows = [
        (
            (one.place.centre if found.is_by_centre else one.place.name) or "–",
            *(f"{n:,}" for n in (one.listed, one.absent, one.expected, one.read)),
            *(f"{n:,}" for n in (one.set_aside, one.missing, one.of_absent)),
        )
        for one in (*counts, *([found.total._replace(place=ExamRoom(_ALL, _ALL))] if len(counts) > 1 else ()))
    ]
    title = tell("Sheets by centre") if found.is_by_centre else tell("Sheets by room")
    yield ReportedTable(title, heads, rows)


def _sheets(title: Message, sheets: Sequence[tray.TraySheet]) -> Parts:
    if sheets:
        heads = [
            *(tell("candidate"), tell("name"), tell("booklet"), tell("centre"), tell("room"), tell("seat")),
            *(tell("page"), tell("why")),
        ]
        rows = [
            tuple(
                text or "–"
                for text in (
                    *(one.candidate_id, one.name, " ".join(one.serials), one.place.centre, one.place.name),
                    *(one.seat, ", ".join(one.pages)),
                    joined(map(reasons.reason_message, one.reasons), "; "),
                )
            )
            for one in sheets
        ]
        yield ReportedTable(title, heads, [*first_rows(rows)], numbers_from=len(heads))


def first_rows(rows: Sequence[Sequence[str]]) -> Iterator[Sequence[str]]:
    """Yield the first rows of a table, and a row of dots if there are more."""
    yield from rows[:_MOST]
    if len(rows) > _MOST:
        yield ("…", *("" for _ in rows[0][1:]))


def _named(names: Sequence[str], most: int) -> str:
    return ", ".join(names[:most]) + (", …" if len(names) > most else "")


# ── in short ─────────────────────────────────────────────────────────────────────────────────


def of_folder(folder: Path) -> Parts:
    """Yield how many of the expected sheets are among the scans in a folder."""
    with suppress(ExamgenError):  # a list that cannot be read is refused where it is asked for
        yield from expected(tray.tray_of(folder))


def expected(found: tray.Tray) -> Parts:
    """Yield how many of the expected sheets are among the scans, and the first of those that are missing."""
    if not found.sheets:
        return
    n = found.total
    yield ReportedLine(_adds_up(n), "yellow" if n.missing or n.set_aside else "green")
    if missing := found.missing:
        some = joined([_who(one) for one in missing[:_FIRST]], "; ")
        more = "; …" if len(missing) > _FIRST else ""
        yield line("  missing: {sheets}", "yellow", sheets=joined([some, more], ""))
    yield line("for all names: {returns}", returns=command("returns"))


def _adds_up(n: tray.TrayCount) -> Message:
    return tell_n(
        "{n:,} sheet expected = {read:,} read + {aside:,} set aside + {missing:,} missing",
        "{n:,} sheets expected = {read:,} read + {aside:,} set aside + {missing:,} missing",
        n.expected, read=n.read, aside=n.set_aside, missing=n.missing,
    )  # fmt: skip


def _who(one: tray.TraySheet) -> Message:
    """Return a candidate's number with centre, room and seat."""
    seat = tell("seat {seat}", seat=one.seat) if one.seat else ""
    where = joined([part for part in (one.place.shown, seat) if part])
    return joined([one.candidate_id, " (", where, ")"], "") if where else joined([one.candidate_id])


def pages_add_up(n: int, counts: Mapping[str, int]) -> Message:
    """Return the sentence that shows how the numbers of pages add up by outcome."""
    return tell_n(
        "{n:,} page = {read:,} read + {aside:,} set aside + {blank:,} blank + {repeated:,} repeated",
        "{n:,} pages = {read:,} read + {aside:,} set aside + {blank:,} blank + {repeated:,} repeated",
        n, read=counts["read"], aside=counts["set_aside"], blank=counts["blank"], repeated=counts["repeated"],
    )  # fmt: skip
