"""What analyses are asked of files of responses. Light to load: the help on a command needs no more."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from examgen.core.options import Names, Option, Options
from examgen.core.problems import WrongUsage
from examgen.core.words import option, tell

MODELS = (("rasch", tell("Rasch")), ("1pl", tell("1PL")), ("2pl", tell("2PL")), ("3pl", tell("3PL")))
"""What people call the models of right and wrong."""


class ResponseOptions(Options):
    """What a user says of files of responses: the key, and cells that stand for a kind of nothing.

    A blank is an omitted item where there is a key (and counts as wrong), and else an item that was not
    administered.
    """

    key: Annotated[
        Path | None,
        Option(
            tell("File with columns `item` and `key`, if the cells are options."),
            label=tell("Key"),
            metavar="KEY.csv",
        ),
    ] = None
    exclude: Annotated[
        Names, Option(tell("Columns that are not items."), label=tell("Excluded columns"), metavar="COL,…")
    ] = ()
    omitted: Annotated[
        Names, Option(tell("Code of omitted items in the cells."), label=tell("Omitted"), metavar="CODE,…")
    ] = ()
    not_reached: Annotated[
        Names,
        Option(tell("Code of items not reached in the cells."), label=tell("Not reached"), metavar="CODE,…"),
    ] = ()
    not_administered: Annotated[
        Names,
        Option(
            tell("Code of items not administered in the cells."),
            label=tell("Not administered"),
            metavar="CODE,…",
        ),
    ] = ()
    blank: Annotated[
        Literal["omitted", "not_reached", "not_administered"] | None,
        BeforeValidator(lambda value: value.replace("-", "_") if isinstance(value, str) else value),
        Option(
            tell(
                "Meaning of blank cells: omitted, not_reached or not_administered (default with "
                "a key: wrong)."
            ),
            label=tell("Blanks"),
            hint=tell("Meaning of a blank cell."),
            values=(
                ("", tell("omitted if there is a key, otherwise not administered")),
                ("omitted", tell("omitted")),
                ("not_reached", tell("not reached")),
                ("not_administered", tell("not administered")),
            ),
            metavar="KIND",
        ),
    ] = None

    @property
    def says_nothing(self) -> bool:
        """Whether nothing is said of the files."""
        return all(getattr(self, name) in (None, ()) for name in ResponseOptions.model_fields)

    def of(self, files: Iterable[Path], out: Path | None = None, *others: Path | None) -> ResponseSource:
        """Those files with what is said here; WrongUsage where `out` is one of them, or of the others."""
        said = {name: getattr(self, name) for name in ResponseOptions.model_fields}
        source = ResponseSource(files=tuple(files), **said)
        may_write(out, source, *others)
        return source


class ResponseSource(ResponseOptions):
    """Files of responses, and what is said of them: scores, or options where a key is given."""

    files: tuple[Path, ...]
    """Several are pooled through the items that they have in common by name."""


def may_write(path: Path | None, source: ResponseSource, *others: Path | None) -> None:
    """Raises WrongUsage where a file to be written is one of those that are read."""
    read = [*source.files, source.key, *others]
    if path is not None and any(one is not None and one.resolve() == path.resolve() for one in read):
        raise WrongUsage(tell("{path} is an input file. Choose another file to write to", path=path))


class IrtOptions(Options):
    """What is asked of an item response model."""

    model: Annotated[
        Literal["rasch-cml", "rasch", "1pl", "2pl", "3pl", "grm", "pcm", "gpcm"],
        Option(
            tell("rasch-cml, rasch, 1pl, 2pl, 3pl; for partial scores grm, pcm, gpcm."),
            label=tell("Model"),
        ),
    ]
    prior_c: Annotated[
        str | None,
        Option(
            tell("Prior of lower asymptotes: norm:-1.1:0.5 (on the logit) or beta:5:17."),
            metavar="PRIOR",
            is_rare=True,
        ),
    ] = None
    group: Annotated[
        str | None,
        Option(
            tell(
                "Column of groups with their own ability distributions and the same items "
                "(rasch, 1pl, 2pl, 3pl)."
            ),
            metavar="COL",
        ),
    ] = None
    free: Annotated[
        Names,
        Option(
            tell("With {group}: items that may differ between groups.", group=option("group")),
            metavar="ITEM,…",
            is_rare=True,
        ),
    ] = ()
    """They stand once for each group."""
    anchors: Annotated[
        Path | None,
        Option(tell("Known parameters that are kept fixed: `item`, `a`, `b`, `c`."), metavar="FILE.csv"),
    ] = None
    fix_ability: Annotated[
        str | None,
        Option(
            tell(
                "With {anchors} for all items: fixed population for MAP and EAP. `0,1` scores "
                "new candidates with the parameters of a bank.",
                anchors=option("anchors"),
            ),
            metavar="MEAN,SD",
            is_rare=True,
        ),
    ] = None
    scores: Annotated[
        Path | None,
        Option(tell("Write abilities (ML, WLE, MAP, EAP) and person fit (at WLE)."), metavar="OUT.csv"),
    ] = None

    @model_validator(mode="after")
    def _go_together(self) -> Self:
        if self.group is not None:
            if self.anchors is not None or self.fix_ability is not None or self.scores is not None:
                raise ValueError(
                    tell(
                        "{group} cannot be combined with {anchors}, {fix_ability} or {scores}",
                        group=option("group"),
                        anchors=option("anchors"),
                        fix_ability=option("fix-ability"),
                        scores=option("scores"),
                    )
                )
            if self.model not in ("rasch", "1pl", "2pl", "3pl"):
                raise ValueError(
                    tell(
                        "{group} needs one of the models {models}, not {model}",
                        models="rasch, 1pl, 2pl, 3pl",
                        model=self.model,
                        group=option("group"),
                    )
                )
        elif self.free:
            raise ValueError(
                tell(
                    "{free} needs {group}, because it names items that may differ between groups",
                    free=option("free"),
                    group=option("group"),
                )
            )
        if self.fix_ability is not None and self.anchors is None:
            raise ValueError(
                tell(
                    "{fix_ability} needs {anchors} with the parameters of the items",
                    fix_ability=option("fix-ability"),
                    anchors=option("anchors"),
                )
            )
        return self


class AssessorOptions(Options):
    """What is asked of ratings: how differences weigh, and when two assessors are too far apart."""

    weights: Annotated[
        Literal["none", "linear", "quadratic"],
        Option(
            tell(
                "Weights of kappa for differences between two ratings: none (all differences "
                "count the same), linear or quadratic."
            ),
            label=tell("Weights of kappa"),
        ),
    ] = "quadratic"
    apart: Annotated[
        Annotated[float, Field(ge=0, allow_inf_nan=False)] | None,
        Option(
            tell(
                "List candidates for moderation whose totals from two assessors differ by more "
                "than this many points."
            ),
            label=tell("Difference for moderation"),
            metavar="POINTS",
        ),
    ] = None
    phi: Annotated[
        Annotated[float, Field(gt=0, lt=1)],
        Option(
            tell("Required dependability, used to compute the number of assessors."),
            label=tell("Required dependability"),
            metavar="PHI",
        ),
    ] = 0.8
    steps: Annotated[
        Literal["rating-scale", "partial-credit"] | None,
        Option(
            tell(
                "Steps between points in the many-facet model: the same for all tasks "
                "(rating-scale) or for each task (partial-credit). Default: rating-scale if all "
                "tasks have the same points."
            ),
            label=tell("Steps between points"),
            metavar="NAME",
            is_rare=True,
        ),
    ] = None
    facet: Annotated[
        Literal["centre"] | None,
        Option(
            tell("Third facet of the many-facet model: centre, if candidates were rated at several."),
            label=tell("Third facet"),
            metavar="NAME",
            is_rare=True,
        ),
    ] = None
