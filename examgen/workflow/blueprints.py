"""Blueprints: the file of one read, with the lines of its parts."""

from __future__ import annotations

from pathlib import Path

from examgen.models import Blueprint
from examgen.problems import Problem, Refused
from examgen.workflow.files import read_files
from examgen.yamlfile import Document, parse, validate


def read_blueprint(path: Path) -> tuple[Blueprint, Document]:
    """The blueprint of a file; `Refused` with every fault."""
    [(source, data)] = read_files([path])
    try:
        document, problems = parse(data.decode("utf-8-sig"), source)
    except UnicodeDecodeError as error:
        message = f"is not UTF-8 text (byte {error.start}): a blueprint is a YAML file"
        raise Refused("the blueprint cannot be read", [Problem(source, "encoding", message)]) from error
    if problems:
        raise Refused("the blueprint cannot be read", problems)
    blueprint, problems = validate(document, [], document.data, Blueprint)
    if blueprint is None:
        raise Refused("the blueprint is not right", problems)
    return blueprint, document
