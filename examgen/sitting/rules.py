"""Files of a sitting with cut scores or a conversion to scaled scores, given after the exam was built."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from examgen.core.exam.names import base_form
from examgen.core.exam.package import read_package
from examgen.core.files import named, new_file, read_input, write_files
from examgen.core.models.decisions import METHOD_WORDS, Conversion, CutFile, ScaledFile
from examgen.core.problems import Refused
from examgen.core.words import Message, tell
from examgen.scoring.recorded_decisions import DecisionRecords, read_records
from examgen.scoring.sitting_folder import CUT, SCALED, Sitting

RULES: dict[str, tuple[str, Message]] = {
    "cut": (CUT, tell("Cut scores")),
    "scaled": (SCALED, tell("Conversion to scaled scores")),
}
"""The file in the sitting folder and its name for people, by the option of `score` that takes it."""


def take_rule(sitting: Sitting, kind: str, path: Path, shown: str, seen: str) -> None:
    """Save a file in place of the one that the user has `seen`.

    Raises Refused if the file cannot be read or does not fit the exam as built, with the name `shown` for it;
    SittingChanged if another file is there now.
    """
    name, _ = RULES[kind]
    with sitting.changing():
        check_rule(sitting, kind, path, shown)
        sitting.check_seen(name, seen, read_input(path))
        with path.open("rb") as source, new_file(sitting.path(name)) as target:
            shutil.copyfileobj(source, target)


def check_rule(sitting: Sitting, kind: str, path: Path, shown: str) -> None:
    """Raise Refused for a file that cannot be read or does not fit the exam as built."""
    try:
        _read(sitting, **{kind: path})
    except Refused as refused:
        for other in RULES:
            if other != kind and _is_one(sitting, other, path):
                raise Refused.because(
                    "{file} is a different kind of file. Choose “{what}”", file=shown, what=RULES[other][1]
                ) from refused
        raise named(refused, {shown: path}) from refused


def _is_one(sitting: Sitting, kind: str, path: Path) -> bool:
    try:
        _read(sitting, **{kind: path})
    except Refused:
        return False
    return True


def points_are_items(sitting: Sitting) -> bool:
    """Return whether the points of the exam count right answers on a single form.

    The conversion of a link applies to all items together, each worth one point; with several forms, no
    candidate answered them all.
    """
    key = read_package(sitting.exam).key
    return len({base_form(one) for one in key["form"]}) == 1 and {int(worth) for worth in key["points"]} <= {
        0,
        1,
    }


def remove_rule(sitting: Sitting, kind: str, seen: str) -> None:
    """Remove the file that the user has `seen`; the next scoring reports that the run before had it."""
    name, _ = RULES[kind]
    with sitting.changing():
        sitting.check_seen(name, seen)
        path = sitting.given(name)
        if path is None:
            raise Refused.because("the file does not exist")
        write_files({}, within=sitting.place, without=[path])


class RulesShown(NamedTuple):
    """The content of the files; `refusal` if one of them no longer fits."""

    cut: CutFile | None = None
    method: str = ""
    scaled: ScaledFile | None = None
    conversions: tuple[tuple[str, Conversion], ...] = ()
    """The conversion of each form that has its own; under "", that of all other forms."""
    refusal: Refused | None = None


def rules_shown(sitting: Sitting) -> RulesShown:
    """Return the cut scores and the conversion of a sitting."""
    try:
        found = _read(sitting, cut=sitting.given(CUT), scaled=sitting.given(SCALED))
    except Refused as refusal:
        return RulesShown(refusal=refusal)
    scaled, conversions = found.scaled, list[tuple[str, Conversion]]()
    if scaled is not None:
        conversions = [*([("", scaled)] if scaled.is_given else []), *scaled.forms.items()]
    method = METHOD_WORDS[found.cut.method] if found.cut else ""
    return RulesShown(found.cut, method, scaled, tuple(conversions))


def rules_of(audit: Mapping[str, Any]) -> list[Message]:
    """Return messages on the files added after the exam was built that a run used, for those who decide on
    the run."""
    found = []
    if cut := audit.get("cut"):
        forms = (f"{name} {one['cut']:g}/{one['points']}" for name, one in cut["forms"].items())
        found.append(
            tell(
                "The pass decisions use a cut from a file, not the cut of the blueprint: "
                "{forms} points; {method}; {by}: {reason}",
                forms=", ".join(forms),
                method=METHOD_WORDS[cut["method"]],
                by=cut["by"],
                reason=cut["reason"],
            )
        )
    if scaled := audit.get("scaled"):
        source = scaled.get("source") or {}
        if source:
            x, y = source["x"]["name"], source["y"]["name"]
            found.append(tell("The scaled scores use a conversion from a file: {x} as {y}", x=x, y=y))
        else:
            found.append(tell("The scaled scores use a conversion from a file"))
    return found


def _read(sitting: Sitting, cut: Path | None = None, scaled: Path | None = None) -> DecisionRecords:
    return read_records(read_package(sitting.exam), (), (), (), None, scaled, cut)
