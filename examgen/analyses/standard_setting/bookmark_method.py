"""Bookmarks of judges in a booklet of items ordered by difficulty → cut scores of forms (bookmark method)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from examgen.analyses.standard_setting.judged import curves_of, cut_fields, panel_notes
from examgen.analyses.standard_setting.options import BookmarkOptions
from examgen.analyses.standard_setting.subjects import (
    Document,
    KnownItem,
    SourcesRead,
    Subject,
    TestForm,
    as_decimal,
    count,
    impact,
    known_of,
    note,
    subject_of,
    totals_of,
)
from examgen.bank.cuts import moved
from examgen.capture.judge_tables import JudgeCells, rows_of
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.words import command, option, tell, tell_n
from examgen.psychometrics.cut_scores.bookmark import (
    bookmarked,
    centre_of,
    expected_points,
    locations,
    slope,
)
from examgen.psychometrics.cut_scores.judges import apart
from examgen.stats.results import plain


def bookmark(options: BookmarkOptions) -> Document:
    """The cut of each form, from bookmarks in one booklet of all items of the forms.

    The ability of a bookmark is the location of an item. The test characteristic curve of each form turns the
    ability of the panel into points, and its slope turns the error: SE(cut) = T′(θ) SE(θ).

    Raises Refused if an item has no parameters or a bookmark gives no cut, WrongUsage for an unknown round.
    """
    sources = SourcesRead(options.exam)
    bare = subject_of(options)
    known = {item: one for item, one in known_of(sources, options.parameters, bare).items() if one.has_curve}
    subject = bare if bare.package is not None else subject_of(options, known)
    message = tell(
        "has no difficulty b. Estimate it with {command}, or give a file that contains it",
        command=command("analyse irt"),
    )
    problems = [
        Problem(form.name, "parameters-missing", message, item)
        for form in subject.forms
        for item in form.points
        if item not in known
    ]
    if problems or not subject.items:
        raise Refused(
            tell_n("{n} scored item has no parameters", "{n} scored items have no parameters", len(problems))
            if problems
            else tell("no item has parameters"),
            problems[:50],
        )
    booklet, locations_of = _booklet(subject, known, options)
    said = _bookmarks(*sources.file(options.bookmarks), booklet)
    if options.round_ is not None and options.round_ not in said:
        known_rounds = ", ".join(map(str, said))
        raise WrongUsage(
            tell(
                "there is no round {round}. Existing rounds: {known}",
                round=options.round_,
                known=known_rounds,
            )
        )
    last = options.round_ or max(said)
    notes: list[Document] = []
    problems = []
    for judge, page in said[last].items():
        if page == 1 and options.place != "at":
            message = tell(
                "{judge} placed the bookmark on page 1, so no item before it is mastered by a "
                "borderline candidate. Use {place}, or exclude this judge",
                judge=judge,
                place=option("place", "at"),
            )
            problems.append(
                Problem(options.bookmarks.name, "bookmark-on-first-page", message, field="bookmark")
            )
        if page == len(booklet) + 1:
            if options.place != "before":
                message = tell(
                    "{judge} placed the bookmark after the last page, so there is no item at "
                    "it. Use {place}, or exclude this judge",
                    judge=judge,
                    place=option("place", "before"),
                )
                problems.append(
                    Problem(options.bookmarks.name, "bookmark-behind-last-page", message, field="bookmark")
                )
            message = tell(
                "the bookmark is after the last page. The booklet has no item that is too hard, "
                "so the cut is that of the hardest item or higher"
            )
            notes.append(note("bookmark-behind-last-page", message, judge=judge))
    if problems:
        raise Refused(
            tell_n("{n} bookmark gives no cut", "{n} bookmarks give no cut", len(problems)), problems
        )
    abilities = np.array([bookmarked(locations_of, page, options.place) for page in said[last].values()])
    theta, se_theta = centre_of(abilities, options.centre)
    distance = apart(abilities)
    totals = totals_of(sources, options, subject)
    forms, judges = [], []
    for form in subject.forms:
        curves = curves_of(form.points, known)
        assert curves is not None
        judged = as_decimal(expected_points(curves, theta))
        rise = slope(curves, theta)
        se = as_decimal(se_theta * rise) if np.isfinite(se_theta) else None
        if options.adjust_se and se is None:
            message = tell("needs a standard error, and so at least two judges")
            raise Refused(tell("the cut score cannot be moved"), [Problem(form.name, "no-error", message)])
        found = moved(judged, se, len(abilities), options.adjust_se, form.most)
        forms.append(
            {
                "form": form.name,
                "items": len(form.points),
                "points": form.most,
                **cut_fields(found, form.most),
                "se_over": "judges",
                "judges": len(abilities),
                "candidates": None,
                "theta": theta,
                "se_theta": plain(se_theta),
                "slope": rise,
                "impact": impact(totals, form.name, found),
            }
        )
        judges += [
            {
                "form": form.name,
                "judge": judge,
                "bookmark": page,
                "item": booklet[page - 1] if page <= len(booklet) else None,
                "theta": ability,
                "cut": expected_points(curves, ability),
                "apart": plain(float(distance.t[n])),
                "outlying": bool(distance.outlying[n]),
            }
            for n, ((judge, page), ability) in enumerate(
                zip(said[last].items(), abilities.tolist(), strict=True)
            )
        ]
    message = tell("the bookmark differs from those of the others by more than chance")
    outlying = zip(said[last], distance.outlying.tolist(), strict=True)
    notes += [note("judge-outlying", message, judge=judge) for judge, is_so in outlying if is_so]
    notes += panel_notes(len(said[last]), len(set(said[last].values())) == 1)
    rounds = []
    for which, own in said.items():
        at = np.array([bookmarked(locations_of, page, options.place) for page in own.values()])
        centre, se_centre = centre_of(at, options.centre)
        rounds.append(
            {
                "round": which,
                "theta": plain(centre),
                "se_theta": plain(se_centre),
                "judges": len(own),
                "bookmarks": dict(own),
            }
        )
    return {
        "method": "bookmark",
        "exam": subject.exam,
        "fingerprint": subject.fingerprint,
        "round": last,
        "moved_by_se": float(options.adjust_se),
        "response": float(options.rp),
        "guessing": not options.no_guessing,
        "place": options.place,
        "centre": options.centre,
        "forms": forms,
        "judges": judges,
        "rounds": rounds,
        "booklet": [
            {"page": n, "item": item, "theta": float(at)}
            for n, (item, at) in enumerate(zip(booklet, locations_of, strict=True), 1)
        ],
        "sources": sources.read,
        "notes": notes,
    }


def _booklet(
    subject: Subject, known: Mapping[str, KnownItem], options: BookmarkOptions
) -> tuple[tuple[str, ...], Any]:
    """Every item of the forms once, by location and then by name; and their locations (k,), ascending."""
    every = TestForm("", dict.fromkeys(subject.items, 1))
    curves = curves_of(every.points, known)
    if curves is None:
        flat = [item for item in subject.items if (known[item].a or 1.0) <= 0]
        message = tell("has a slope that is not above 0, so it has no place in the booklet")
        raise Refused(
            tell("the booklet cannot be ordered"),
            [Problem(tell("the parameters"), "slope-not-positive", message, item) for item in flat],
        )
    at = locations(curves, float(options.rp), not options.no_guessing)
    if not np.isfinite(at).all():
        message = tell(
            "is answered right by guessing with a probability of {response:.2f} or more. Use a "
            "higher {rp}, or {no_guessing}",
            response=float(options.rp),
            rp=option("rp"),
            no_guessing=option("no-guessing"),
        )
        lost = [item for item, place in zip(subject.items, at, strict=True) if not np.isfinite(place)]
        raise Refused(
            tell("the booklet cannot be ordered"),
            [Problem(tell("the parameters"), "no-location", message, item) for item in lost],
        )
    order = sorted(range(len(at)), key=lambda n: (float(at[n]), subject.items[n]))
    return tuple(subject.items[n] for n in order), at[order]


def _bookmarks(name: str, data: bytes, booklet: Sequence[str]) -> dict[int, dict[str, int]]:
    """The page of each judge by round; a bookmark may be a page or the id of an item."""
    rows = rows_of(name, data, ("judge", "bookmark"), ("round",))
    cells = JudgeCells(name)
    pages = {item: n for n, item in enumerate(booklet, 1)}
    found: dict[int, dict[str, int]] = {}
    last = len(booklet) + 1
    for row in rows:
        judge, said = cells.text(row, "judge"), cells.text(row, "bookmark")
        page = pages.get(said, count(said))
        if page is None:
            message = tell("`{text}` is neither a page nor an item of the booklet", text=said[:40])
            cells.fault(row, "bookmark", "bookmark-unknown", message)
            continue
        if not 1 <= page <= last:
            message = tell(
                "page {page} is not in the booklet. Its pages are 1 to {n}, and {last} is after "
                "the last page",
                page=page,
                n=last - 1,
                last=last,
            )
            cells.fault(row, "bookmark", "page-unknown", message)
        if judge in (own := found.setdefault(cells.round(row), {})):
            cells.fault(
                row, "judge", "rated-twice", tell("{judge} has a second bookmark in that round", judge=judge)
            )
        own[judge] = page
    cells.check()
    if not found:
        raise Refused(tell("{name} has a header but no bookmarks below it", name=name))
    return dict(sorted(found.items()))
