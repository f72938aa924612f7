"""Tables of item parameters, or responses → `examgen.stats.link`: the scale of NEW put on that of OLD.

A table is the output of `analyse irt --out`, that of another program, or the `statistics.csv` of a unit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from typing import Any

from examgen.analysis import equating, shown
from examgen.analysis.options import LINKING_METHODS, LinkingOptions, ResponseSource
from examgen.analysis.parts import Parts
from examgen.analysis.shown import Analysed, TextTable, analysed, document_of, with_notes
from examgen.analysis.sources import load_responses
from examgen.analysis.tables import read_parameters
from examgen.core.files import read_input
from examgen.core.problems import WrongUsage
from examgen.core.words import option, tell
from examgen.stats import linking as stats
from examgen.stats.equating import Equating
from examgen.stats.item_response import irt
from examgen.stats.linking import Linking
from examgen.stats.results import Note

# fmt: off
WORDS: dict[str, str] = {
    **equating.WORDS, **dict(LINKING_METHODS),
    "se_slope": tell("standard error of the slope"), "se_intercept": tell("standard error of the intercept"),
    "n_common": tell("common items"), "n_used": tell("of these used for linking"),
    "b_correlation": tell("correlation of the difficulties"),
    "b_sd_ratio": tell("ratio of their standard deviations"),
    "anchors": tell("common items"), "constants": tell("all methods"), "method": tell("method"),
    "item": tell("item"), "b_y": tell("b of OLD"), "b_linked": tell("b of NEW, converted"),
    "a_y": tell("a of OLD"), "a_linked": tell("a of NEW, converted"), "displacement": tell("harder by"),
    "z_b": "z b", "z_a": "z a", "rmsd": "RMSD", "drifts": tell("drifts"), "used": tell("used"),
    "NOT CONVERGED": tell("NOT CONVERGED"), "no number should be used": tell("no number should be used"),
    "theta": tell("ability"), "irt": tell("items on one scale"),
    "items on one scale": tell("items on one scale"), "argument irt": option("model"),
    "argument model='grm|pcm|gpcm'": "`examgen.stats.link`",
}
# fmt: on
"""The labels shown for the names in a result."""


@dataclass(frozen=True)
class Linked(Analysed[Linking]):
    """A linear link between two scales, with equated scores if they were requested."""

    equated: Equating | None

    def document(self) -> dict[str, Any]:
        """Return the result as plain values, as `--json` prints it."""
        scores = {} if self.equated is None else {"equating": document_of(self.equated, self.words)}
        return {**super().document(), **scores}

    def parts(self) -> Parts:
        """Yield the link, the common items, and equated scores if they were requested."""
        if self.equated is None:
            yield from super().parts()
            return
        yield from shown.parts(replace(self.result, notes=()), self.words)
        yield from shown.parts(self.equated, self.words)

    def conversion(self, decimals: int) -> str:
        """Return YAML for `examgen score --scaled`: scores on NEW as scores on OLD."""
        assert self.equated is not None
        line = f"slope {self.result.slope:.6f}, intercept {self.result.intercept:.6f}"
        method = equating.quoted(f"{self.equated.method}, {self.result.method}, {line}")
        new, old = (
            equating.FormScores(source["file"], None, source["sha256"], {})
            for source in (self.sources["new"], self.sources["old"])
        )
        return equating.conversion_text(replace(self.equated, method=method, decimals=decimals), new, old)


def link_files(old: ResponseSource, new: ResponseSource, options: LinkingOptions) -> Linked:
    """Put the items of NEW on the scale of OLD, and equate scores if the options ask for it.

    Raises WrongUsage for options about responses without a model, since the files are then tables of
    parameters; Refused with the faults of a table, and if the common items do not determine the link.
    """
    if options.model is None and not (old.says_nothing and new.says_nothing and options.prior_c is None):
        raise WrongUsage.because(
            "options of responses go with {model}: without it OLD and NEW are tables of parameters",
            model=option("model"),
        )
    names = {"items_x": new.files[0].name, "items_y": old.files[0].name}
    words = {**WORDS, **names, **{f"argument {name}": file for name, file in names.items()}}
    words |= {"x": names["items_x"], "y": names["items_y"]}
    both = " + ".join((names["items_y"], names["items_x"]))
    files: dict[str, TextTable] = {}
    tables: dict[str, Any] = {}
    notes: list[Note] = []
    sources = {}
    for name, argument, source in (("old", "items_y", old), ("new", "items_x", new)):
        if options.model is None:
            files[argument], more = read_parameters(source.files[0])
            tables[argument] = files[argument].frame
            notes += more
            digest = sha256(read_input(source.files[0])).hexdigest()
        else:
            loaded = load_responses(source)
            digest = loaded.sha256
            tables[argument] = analysed(
                partial(irt, loaded.responses, options.model, prior_c=options.prior_c),
                words,
                names[argument],
                {},
            ).result
        sources[name] = {"file": names[argument], "sha256": digest}
    link = partial(stats.link, **tables, **options.arguments())
    result = analysed(link, words, both, sources, (), files).result
    equated = None
    if options.equate is not None:
        equate = partial(result.equate, options.equate, weight=options.new_weight)
        equated = analysed(equate, words, both, sources, notes).result
    return Linked(with_notes(result, notes), words, sources, equated)
