"""What `examgen analyse irt` is asked: arguments of `examgen.stats.irt`, and files.

The module is light to load: the help on a command needs no more.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar

from examgen.analysis.options import ArgumentOptions
from examgen.core.options import Names, Option
from examgen.core.words import Message, option, tell


class IrtOptions(ArgumentOptions):
    """The options of `analyse irt`."""

    checked_by = "examgen.stats.item_response"
    not_arguments = frozenset({"scores", "unconverged"})
    words: ClassVar[Mapping[str, Message]] = {"groups": option("group")}

    # fmt: off
    model: Annotated[str | None, Option(
        tell("rasch-cml, rasch, 1pl, 2pl (default), 3pl; for partial scores grm, pcm, gpcm."),
        label=tell("Model"), metavar="MODEL",
    )] = None
    prior_c: Annotated[str | None, Option(
        tell("Prior of lower asymptotes: norm:-1.1:0.5 (on the logit) or beta:5:17."),
        metavar="PRIOR", is_rare=True,
    )] = None
    groups: Annotated[str | None, Option(
        tell("Column of groups with their own ability distributions and the same items."),
        name="--group", metavar="COL",
    )] = None
    reference: Annotated[str | None, Option(
        tell("With {group}: the group whose ability has mean 0 and sd 1 (default: first by name).",
             group=option("group")),
        metavar="GROUP", is_rare=True,
    )] = None
    free: Annotated[Names, Option(
        tell("With {group}: items that may differ between groups.", group=option("group")),
        metavar="ITEM,…", is_rare=True,
    )] = ()
    anchors: Annotated[Path | None, Option(
        tell("Known parameters that are kept fixed: `item`, `a`, `b`, `c`."), metavar="FILE.csv",
    )] = None
    fix_ability: Annotated[Names, Option(
        tell("With {anchors} for all items: fixed population for MAP and EAP. `0,1` scores "
             "new candidates with the parameters of a bank.", anchors=option("anchors")),
        metavar="MEAN,SD", is_rare=True,
    )] = ()
    scores: Annotated[Path | None, Option(
        tell("Write abilities (ML, WLE, MAP, EAP) and person fit (at WLE)."), metavar="OUT.csv",
    )] = None
    unconverged: Annotated[bool, Option(
        tell("Write files of a model that did not converge, too."), is_rare=True,
    )] = False
    # fmt: on
