"""A table, or names of files → whose the pages of sheets are that say no number themselves."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path

from examgen.core.problems import Problem, Refused
from examgen.core.storage import read_input
from examgen.core.words import listed, tell
from examgen.core.yamlfile import suggestion
from examgen.scanning.page_register import ReadPage

COLUMNS = ("source", "page", "candidate_id")

PageOwners = Mapping[tuple[str, int], str]
"""By the name of a source, as pages.csv has it, and the page."""


def page_owners(path: Path, pages_of: Mapping[str, int]) -> PageOwners:
    """The owners of pages that a CSV file says; a source of one page needs no page.

    `pages_of` has the pages of each source: a source is named as there, or without its first folder."""
    try:
        text = read_input(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = tell("is not text in UTF-8")
        raise Refused(
            tell("the list of pages cannot be read"), [Problem(str(path), "not-text", message)]
        ) from error
    table = csv.DictReader(io.StringIO(text, newline=""))
    problems: list[Problem] = []
    lacking = [name for name in COLUMNS if name not in (table.fieldnames or ()) and name != "page"]
    if lacking:
        message = tell("lacks the columns {names}", names=listed(lacking))
        raise Refused(
            tell("the list of pages cannot be read"), [Problem(str(path), "column-missing", message)]
        )
    found: dict[tuple[str, int], str] = {}
    for line, one in enumerate(table, start=2):
        number = (one.get("page") or "1").strip()
        said = (one["source"] or "").strip()
        source = _source(said, pages_of)
        key = source or said, int(number) if number.isdecimal() else 0
        if not key[0] or not key[1]:
            message = tell("must name a source, and a page from 1 on")
            problems.append(Problem(f"{path}:{line}", "page-unnamed", message))
        elif not source:
            near = suggestion(said, [*pages_of])
            message = tell("{source} is none of the scans{suggestion}", source=said, suggestion=near)
            problems.append(Problem(f"{path}:{line}", "page-unknown", message))
        elif key[1] > pages_of[source]:
            message = tell("{source} has no page {page}", source=said, page=key[1])
            problems.append(Problem(f"{path}:{line}", "page-unknown", message))
        elif key in found:
            message = tell("page {page} of {source} is there twice", page=key[1], source=key[0])
            problems.append(Problem(f"{path}:{line}", "page-twice", message))
        else:
            found[key] = (one["candidate_id"] or "").strip()
    if problems:
        raise Refused(tell("the list of pages cannot be read"), problems)
    return found


def _source(said: str, names: Iterable[str]) -> str:
    """The name of the source that is meant, with or without its first folder; empty unless one is."""
    if said in names:
        return said
    meant = [
        one
        for one in names
        if one.partition("/")[2] == said or said.partition("/")[2] in (one, one.partition("/")[2] or one)
    ]
    return meant[0] if said and len(meant) == 1 else ""


def with_owner(page: ReadPage, owners: PageOwners | None) -> ReadPage:
    """A page that was read, and the candidate that the list names, or else the name of its file."""
    if page.outcome != "read":
        return page
    if owners is None:
        candidate = Path(page.source).stem if page.page == 1 else ""
    else:
        candidate = owners.get((page.source, page.page), "")
    return page._replace(identity=page.identity._replace(candidate=candidate))
