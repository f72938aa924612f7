"""Settings of the papers of an exam, as `papers` of a blueprint: of a file, or kept beside an exam."""

from __future__ import annotations

from pathlib import Path

from examgen.assembly.drafts import with_fields
from examgen.core.exam.package import read_package
from examgen.core.files import read_input, write_file
from examgen.core.models.papers import PapersRule
from examgen.core.problems import Refused
from examgen.core.words import tell
from examgen.core.yamlfile import Document, parse, read_document, validate
from examgen.scoring.sitting_folder import PAPERS_SETTINGS, Sitting, SittingChanged


def read_rule(path: Path) -> PapersRule:
    """The rule of a YAML file, with or without `papers:` above it; `Refused` with every fault."""
    return _checked(read_document(path, tell("the settings of the papers")))


def rule_of(text: str) -> PapersRule:
    """The rule that a text says, as of the file that is kept; `Refused` with every fault."""
    document, problems = parse(text, PAPERS_SETTINGS)
    if problems:
        raise Refused(tell("{what} cannot be read", what=tell("the settings of the papers")), problems)
    return _checked(document)


def _checked(document: Document) -> PapersRule:
    inside = isinstance(document.data, dict) and set(document.data) == {"papers"}
    where = ["papers"] if inside else []
    data_of_rule = document.data["papers"] if inside else document.data
    rule, problems = validate(document, where, {} if data_of_rule is None else data_of_rule, PapersRule)
    if rule is None:
        raise Refused(tell("the settings of the papers have errors"), problems)
    return rule


def settings_text(sitting: Sitting) -> str:
    """The settings that are kept for an exam; without any those of its blueprint, which hold then."""
    path = sitting.given(PAPERS_SETTINGS)
    if path is not None:
        return read_input(path).decode("utf-8-sig", "replace").replace("\r\n", "\n")
    rule = read_package(sitting.exam).exam.blueprint.papers
    said = rule.model_dump(exclude_defaults=True)
    return (with_fields("", said) or "").strip("\n") + "\n" if said else ""


def keep_settings(sitting: Sitting, text: str, there: str) -> None:
    """Keeps settings for the next printing in the place of those that are `there`; `Refused` with every fault
    of them, `SittingChanged` where others are there."""
    rule_of(text)
    with sitting.changing():
        _check_there(sitting, there)
        write_file(sitting.path(PAPERS_SETTINGS), text.encode())


def _check_there(sitting: Sitting, there: str) -> None:
    if settings_text(sitting) != there:
        raise SittingChanged
