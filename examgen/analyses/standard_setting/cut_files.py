"""What a standard setting found, and who decided on it → `cut.yaml`, which scoring reads."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from examgen.analyses.standard_setting.subjects import Document
from examgen.core.models.cut_files import CutFile
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.storage import write_file, yaml_bytes
from examgen.core.words import joined, option, tell
from examgen.core.yamlfile import fault_words

_OF_FORM = ("cut", "judged", "se", "judges", "candidates", "points")


def check_out(
    out: Path | None,
    exam: Path | None,
    by: str | None,
    reason: str | None,
    day: date | None,
    read: Iterable[Path | None],
) -> None:
    """Raises WrongUsage where a file is asked for and what it must say is not said."""
    said = {option("by"): by, option("reason"): reason, option("date"): day}
    if out is None:
        if given := [name for name, value in said.items() if value]:
            raise WrongUsage(
                tell(
                    "{given} is part of the cut file. Name the file with {out}",
                    given=given[0],
                    out=option("out"),
                )
            )
        return
    if exam is None:
        raise WrongUsage(
            tell(
                "{out} needs {exam}, because a cut for scoring belongs to one exam",
                out=option("out"),
                exam=option("exam"),
            )
        )
    lacking = [name for name, value in said.items() if value is None or not str(value).strip()]
    if lacking:
        raise WrongUsage(
            tell(
                "{out} also needs {lacking}: the person who decided on the cut, the reason and the date",
                lacking=joined(lacking),
                out=option("out"),
            )
        )
    if out.suffix.lower() not in (".yaml", ".yml"):
        raise WrongUsage(tell("{out_option} {out} must end in .yaml", out=out, out_option=option("out")))
    if any(one is not None and one.resolve() == out.resolve() for one in read):
        raise WrongUsage(tell("{out} is an input file. Choose another file to write to", out=out))


def write_cut(out: Path, found: Document, by: str, reason: str, day: date) -> None:
    """Writes the cut of every form as the file that `score --cut` reads."""
    said: dict[str, Any] = {
        "exam": found["exam"],
        "fingerprint": found["fingerprint"],
        "method": found["method"],
        **({"moved_by_se": _plain(found["moved_by_se"])} if found["moved_by_se"] else {}),
        "forms": {
            one["form"]: {name: _plain(one[name]) for name in _OF_FORM if one.get(name) is not None}
            for one in found["forms"]
        },
        "sources": found["sources"],
        "by": by.strip(),
        "reason": reason.strip(),
        "date": day.isoformat(),
    }
    try:
        CutFile.model_validate(said)
    except ValidationError as error:
        problems = [
            Problem(str(out), "cut-not-usable", fault_words(one), field=".".join(map(str, one["loc"])))
            for one in error.errors()
        ]
        raise Refused(tell("the cut cannot be used for scoring"), problems) from error
    write_file(out, yaml_bytes(said))


def _plain(value: Any) -> Any:
    """Whole numbers without a point."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
