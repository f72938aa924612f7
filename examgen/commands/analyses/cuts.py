"""`examgen analyse cut`: a cut score and its error, from judges' ratings or from the scores of judged
candidates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal, cast

from pydantic import ValidationError, create_model

from examgen.analysis.cut_options import OPTIONS, SettingOptions
from examgen.analysis.parts import ReportedFiles
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.core.options import Argument, Day, Option, argument, setting, wrong_usage
from examgen.core.problems import WrongUsage
from examgen.core.words import option, tell

with on_use():
    from examgen.analysis import cuts


class CutCommand(SettingOptions, Command):
    """A method of standard setting, and the file of the cut with who decided on it."""

    out: Path | None = setting(
        "Write the cut score to a file for `score --cut`.",
        None,
        label=tell("Write the cut score to a file"),
        hint=tell("Use this after the cut score is decided. The next scoring run can use the file."),
        metavar="CUT.yaml",
    )
    by: str | None = setting(
        "Person or committee that set the cut score.",
        None,
        label=tell("Cut score set by"),
        hint="",
        metavar="NAME",
    )
    reason: str | None = setting(
        "Reason, or reference to the minutes.", None, label=tell("Why"), metavar="WHY"
    )
    date: Day | None = setting(
        "Day of the decision.", None, label=tell("Day of the decision"), hint="", metavar="2026-06-19"
    )

    def execute(self, progress: Progress) -> Outcome:
        """Compute the cut score of each form by the method, and write it if an output file is given."""
        if self.exam is not None and not self.exam.is_dir():
            raise WrongUsage.because(
                "{exam} is not a folder. Give the folder that `examgen build` wrote.", exam=self.exam
            )
        read = [
            value
            for name, one in self.declared().items()
            if one.shape == "path" and name not in ("out", "exam", "results", "bank")
            for value in (getattr(self, name) if one.is_several else [getattr(self, name)])
        ]
        cuts.check_out(self.out, self.exam, self.by, self.reason, self.date, read)
        found = cuts.METHODS[type(self).__name__.lower()](self)
        document, shown = found.document(), [*found.parts()]
        if self.out is not None and self.date is not None:
            cuts.write_cut(self.out, document, self.by or "", self.reason or "", self.date)
            title = tell("cut score file, for examgen score {exam} ANSWERS --cut:", exam=self.exam)
            shown.append(ReportedFiles(title, [self.out]))
        return Outcome(document, shown)


METHODS: Mapping[str, type[CutCommand]] = {
    method: create_model(method.title(), __base__=cast(Any, (CutCommand, kind)), __doc__=kind.__doc__)
    for method, kind in OPTIONS.items()
}


class CutByMethod(CutCommand):
    """The method that is named, with the files and the options that it has."""

    details = tell(
        "FILES depend on the method: angoff RATINGS…; ebel ITEMS SHARES; bookmark "
        "BOOKMARKS; borderline, contrasting or regression CANDIDATES; hofstee LIMITS."
    )

    files: tuple[Path, ...] = argument(
        "Ratings by judges, or candidates whom the judges know.", (), metavar="FILES"
    )
    method: Literal["angoff", "ebel", "bookmark", "borderline", "contrasting", "regression", "hofstee"] = (
        setting("Method: angoff, ebel, bookmark, borderline, contrasting, regression or hofstee.")
    )

    def execute(self, progress: Progress) -> Outcome:
        """Run the chosen method. Raises WrongUsage for an option that the method does not have, or a wrong
        number of files."""
        kind = METHODS[self.method]
        given = {name: getattr(self, name) for name in self.model_fields_set - {"files", "method"}}
        asked = option("method", self.method)
        for name in self.declared().keys() & given.keys() - kind.model_fields.keys():
            raise WrongUsage.because(
                "{option} does not apply to {method}", option=self.declared()[name].words, method=asked
            )
        tables = [one for one in kind.declared().values() if isinstance(one.option, Argument)]
        if tables[0].is_several:
            given[tables[0].name] = self.files
        elif len(self.files) == len(tables):
            given |= dict(zip((one.name for one in tables), self.files, strict=True))
        else:
            names = " ".join(one.words for one in tables)
            raise WrongUsage.because(
                "{method} takes {names}, but {n} files are given",
                method=asked,
                names=names,
                n=len(self.files),
            )
        try:
            command = kind.model_validate(given)
        except ValidationError as error:
            raise wrong_usage(kind, error) from None
        return command.execute(progress)


def _options_of_methods() -> dict[str, Any]:
    """Return the options that only some methods have, as optional fields whose help names those methods."""
    methods: dict[str, list[str]] = {}
    for method, kind in METHODS.items():
        for name, one in kind.declared().items():
            if name not in CutCommand.model_fields and not isinstance(one.option, Argument):
                methods.setdefault(name, []).append(method)
    fields: dict[str, Any] = {}
    for name, own in methods.items():
        info = METHODS[own[0]].model_fields[name]
        metadata = [
            replace(one, help=tell("{methods}: {help}", methods=", ".join(own), help=one.help))
            if isinstance(one, Option)
            else one
            for one in info.metadata
        ]
        fields[name] = (Annotated[(info.annotation, *metadata)], None)
    return fields


Cut = create_model("Cut", __base__=CutByMethod, **_options_of_methods())
