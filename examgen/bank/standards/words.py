"""Names for the codes that the reader of unit documents uses: uses of lines, methods of assessment, kinds of
changes.
"""

from __future__ import annotations

from examgen.core.models.standard import METHODS
from examgen.core.words import joined, noted, tell

_USES = {
    "code": noted("code of the unit"),
    "title": noted("title"),
    "field": noted("field"),
    "revision": noted("revision"),
    "status": noted("new or revised"),
    "occupations": noted("occupations and levels"),
    "isco": noted("ISCO code"),
    "description": noted("description"),
    "qualification_levels": noted("qualification levels"),
    "sector": noted("sector"),
    "other_occupations": noted("other occupations"),
    "regulations": noted("regulations"),
    "elements": noted("elements and criteria"),
    "prerequisites": noted("prerequisites"),
    "skills": noted("skills"),
    "knowledge": noted("knowledge"),
    "evidence": noted("evidence guide"),
    "range": noted("range statement"),
    "joint_units": noted("joint units"),
    "joint_industries": noted("joint industries"),
    "assessment": noted("assessment"),
    "boilerplate:heading": noted("heading"),
    "boilerplate:sub-heading": noted("heading"),
    "boilerplate:column heads": noted("column headings"),
}
_KINDS = {
    "unchanged": noted("unchanged"),
    "renumbered": noted("renumbered"),
    "reworded": noted("reworded"),
    "moved": noted("moved to another element"),
    "added": noted("added"),
    "removed": noted("removed"),
    "written_test_lost": noted("no longer tested in writing"),
    "written_test_gained": noted("now tested in writing"),
    "changed": noted("changed"),
}
_ABOUT = {
    "criterion": noted("criterion"),
    "element": noted("element"),
    "level": noted("level"),
    "methods": noted("methods of assessment"),
    "occupation": noted("occupation"),
}


def _word(table: dict[str, str], code: str) -> str:
    return tell(table[code]) if code in table else code.replace("_", " ")


def use(code: str) -> str:
    """Return the name of the use of a line; empty if the line was left out."""
    return "" if code.startswith("boilerplate:") and code not in _USES else _word(_USES, code)


def method(code: str) -> str:
    """Return the name of a method of assessment."""
    return _word(METHODS, code)


def methods_of(text: str) -> str:
    """Return an occupation and its methods in words; `text` has their codes, as in a difference of
    editions.
    """
    name, _, codes = text.rpartition(": ")
    found = codes.split(", ")
    if not set(found) <= set(METHODS):
        return text
    whose = tell("all") if name == "all" else name
    return tell("{name}: {methods}", name=whose, methods=joined(method(one) for one in found))


def kind(code: str) -> str:
    """Return the name of a change between two editions."""
    return _word(_KINDS, code)


def about(code: str) -> str:
    """Return the name of the part that a difference is about."""
    return _word(_ABOUT, code) if code in _ABOUT else use(code)
