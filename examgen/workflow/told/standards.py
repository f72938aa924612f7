"""What the reader of unit documents says by codes → words: uses of lines, kinds of doubts, methods."""

from __future__ import annotations

from examgen.words import joined, noted, tell

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
    "boilerplate:column heads": noted("heads of columns"),
}
_METHODS = {
    "written_objective": noted("objective written test"),
    "written": noted("written test"),
    "interview": noted("interview"),
    "practical": noted("practical test"),
    "portfolio": noted("portfolio"),
    "observation": noted("observation at work"),
    "simulation": noted("simulation"),
    "other": noted("another method"),
}
_DOUBTS = {
    "assessment_not_stated": noted("Section 18 names no method of assessment."),
    "code_not_stated": noted("The code of the unit is not stated."),
    "code_unclear": noted("The code of the unit is not clear."),
    "criterion_code_mismatch": noted("The code of a criterion does not fit its element."),
    "criterion_duplicate": noted("A criterion stands there twice."),
    "criterion_order": noted("Criteria do not stand in the order of their codes."),
    "criterion_text_missing": noted("A criterion has a code and no text."),
    "element_code_derived": noted("The code of an element is not written; it was taken from its criteria."),
    "element_title_missing": noted("An element has no title."),
    "element_title_unclear": noted("The title of an element is not clear."),
    "element_title_varies": noted("An element has two titles."),
    "heading_number_unclear": noted("The number of a heading is not clear."),
    "level_unclear": noted("A level is not clear."),
    "level_unplaced": noted("A level belongs to no occupation."),
    "levels_conflict": noted("Sections 5 and 18 name other levels."),
    "levels_not_stated": noted("The document states no level."),
    "list_unclear": noted("It is not clear where an entry of a list ends."),
    "markup_residue": noted("Marks of a web page or a word processor stand in the text."),
    "method_negated": noted("A method of assessment is named and excluded."),
    "method_unknown": noted("A method of assessment is not known here."),
    "occupation_unclear": noted("An occupation is not clear."),
    "occupations_glued": noted("Two occupations stand on one line."),
    "row_wrapped": noted("A row of section 11 takes several lines."),
    "section_missing": noted("A section is not in the document."),
    "section_order": noted("A section stands out of order."),
    "skills_knowledge_unclear": noted("It is not clear whether a line is a skill or knowledge."),
    "system_code_missing": noted("A criterion lacks the second code that others have."),
    "text_unplaced": noted("A line belongs to no field."),
    "title_conflict": noted("The title at the head is not that of section 2."),
}
_KINDS = {
    "unchanged": noted("unchanged"),
    "renumbered": noted("renumbered"),
    "reworded": noted("reworded"),
    "moved": noted("moved to another element"),
    "split": noted("split"),
    "merged": noted("merged"),
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
    """What a line was read as; empty where it was left out."""
    return "" if code.startswith("boilerplate:") and code not in _USES else _word(_USES, code)


def method(code: str) -> str:
    """A method of assessment."""
    return _word(_METHODS, code)


def methods_of(text: str) -> str:
    """An occupation and the codes of its methods, as a difference of editions has them, with their words."""
    name, _, codes = text.rpartition(": ")
    found = codes.split(", ")
    if not set(found) <= set(_METHODS):
        return text
    whose = tell("all") if name == "all" else name
    return tell("{name}: {methods}", name=whose, methods=joined(method(one) for one in found))


def doubt(code: str) -> str:
    """What is not certain."""
    return _word(_DOUBTS, code)


def kind(code: str) -> str:
    """What became of something from one edition to the next."""
    return _word(_KINDS, code)


def about(code: str) -> str:
    """What a difference is about."""
    return _word(_ABOUT, code) if code in _ABOUT else use(code)
