"""A tagged PDF → what of its drawn content is marked wrongly (ISO 14289-1, 7.1; Matterhorn 01)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import pikepdf

from tests.papers.pdf_ua.structure import kids, marks_in_order

DRAWS = {"Tj", "TJ", "'", '"', "Do", "f", "F", "f*", "S", "s", "B", "B*", "b", "b*", "sh", "INLINE IMAGE"}


class Drawn(NamedTuple):
    """What is drawn on a page, and the tags of the marked contents around it, outermost first."""

    page: int
    operator: str
    around: tuple[tuple[str, int | None], ...]


@lru_cache(maxsize=1)
def drawn(pdf: pikepdf.Pdf) -> tuple[Drawn, ...]:
    """All that is drawn, read once for the checks of one file."""
    return tuple(_drawn(pdf))


def _drawn(pdf: pikepdf.Pdf) -> Iterator[Drawn]:
    for number, page in enumerate(pdf.pages):
        around: list[tuple[str, int | None]] = []
        for operands, operator in pikepdf.parse_content_stream(page):
            name = str(operator)
            if name in ("BMC", "BDC"):
                given = operands[1] if name == "BDC" else {}
                mcid = int(given["/MCID"]) if "/MCID" in given else None
                around.append((str(operands[0])[1:], mcid))
                yield Drawn(number, "begin", tuple(around))
            elif name == "EMC":
                around.pop()
            elif name in DRAWS:
                yield Drawn(number, name, tuple(around))


def is_tagged(around: tuple[tuple[str, int | None], ...]) -> bool:
    return any(mcid is not None for _, mcid in around)


def is_artifact(around: tuple[tuple[str, int | None], ...]) -> bool:
    return any(tag == "Artifact" for tag, _ in around)


def artifacts_inside_tagged(pdf: pikepdf.Pdf) -> Iterator[str]:
    yield from (f"page {one.page + 1}" for one in drawn(pdf) if "TA" in nesting(one.around))


def tagged_inside_artifacts(pdf: pikepdf.Pdf) -> Iterator[str]:
    yield from (f"page {one.page + 1}" for one in drawn(pdf) if "AT" in nesting(one.around))


def nesting(around: tuple[tuple[str, int | None], ...]) -> str:
    """From the outside in, A for an artifact and T for what is tagged."""
    marks = ((tag == "Artifact", mcid is not None) for tag, mcid in around)
    return "".join("A" if artifact else "T" for artifact, tagged in marks if artifact or tagged)


def unmarked(pdf: pikepdf.Pdf) -> Iterator[str]:
    for one in drawn(pdf):
        if one.operator != "begin" and not is_tagged(one.around) and not is_artifact(one.around):
            yield f"page {one.page + 1}: {one.operator}"


def used_marks(pdf: pikepdf.Pdf) -> list[tuple[int, int]]:
    return [
        (one.page, mcid)
        for one in drawn(pdf)
        if one.operator == "begin" and (mcid := one.around[-1][1]) is not None
    ]


def marks_twice(pdf: pikepdf.Pdf) -> Iterator[str]:
    used = used_marks(pdf)
    if len(used) != len(set(used)):
        yield "an MCID begins twice on a page"
    listed = marks_in_order(pdf)
    if len(listed) != len(set(listed)):
        yield "an MCID is in the tree twice"


def orphans(pdf: pikepdf.Pdf) -> Iterator[str]:
    yield from (
        f"{mark} is drawn and in no tag" for mark in sorted(set(used_marks(pdf)) - set(marks_in_order(pdf)))
    )
    yield from (
        f"{mark} is in a tag and not drawn"
        for mark in sorted(set(marks_in_order(pdf)) - set(used_marks(pdf)))
    )


def _numbered(tree: Any) -> Iterator[tuple[int, Any]]:
    """The entries of a number tree (ISO 32000-1, 7.9.7)."""
    numbers = list(tree.get("/Nums", []))
    yield from zip(map(int, numbers[::2]), numbers[1::2], strict=True)
    for kid in tree.get("/Kids", []):
        yield from _numbered(kid)


def parent_tree(pdf: pikepdf.Pdf) -> Iterator[str]:
    table = dict(_numbered(pdf.Root.StructTreeRoot.ParentTree))
    for number, page in enumerate(pdf.pages):
        if "/StructParents" not in page.obj:
            yield f"page {number + 1} has no StructParents"
    keys = [int(page.obj.StructParents) for page in pdf.pages]
    if len(set(keys)) != len(keys) or max(keys) >= int(pdf.Root.StructTreeRoot.ParentTreeNextKey):
        yield "keys of pages are not their own"
    for page, mcid in used_marks(pdf):
        owner = table[keys[page]][mcid]
        if owner is None or mcid not in [kid for kid in kids(owner) if isinstance(kid, int)]:
            yield f"page {page + 1}: MCID {mcid} leads to no tag that holds it"
