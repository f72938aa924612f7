"""Settings of papers: the file of one read, in the words of a blueprint's `papers`."""

from __future__ import annotations

from pathlib import Path

from examgen.models import PapersRule
from examgen.problems import Refused
from examgen.workflow.files import read_document
from examgen.yamlfile import validate


def read_rule(path: Path) -> PapersRule:
    """The rule of a YAML file, with or without `papers:` above it; `Refused` with every fault."""
    document = read_document(path, "the settings of the papers")
    inside = isinstance(document.data, dict) and set(document.data) == {"papers"}
    where = ["papers"] if inside else []
    data_of_rule = document.data["papers"] if inside else document.data
    rule, problems = validate(document, where, {} if data_of_rule is None else data_of_rule, PapersRule)
    if rule is None:
        raise Refused("the settings of the papers are not right", problems)
    return rule
