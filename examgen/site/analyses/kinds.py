"""Each analysis: what it is called, what it is asked, and the function that does it.

A function takes what was given and a folder; it writes there the files that the command writes, and returns
the document that `--json` prints, with the words that the screen has.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from examgen.analyses.reported.parts import Parts
from examgen.core.problems import WrongUsage
from examgen.core.words import tell
from examgen.site.analyses import forms
from examgen.site.analyses.given import Given
from examgen.site.workspace import bank

Document = dict[str, Any]
CUT, SCALED = "cut.yaml", "scaled.yaml"
"""Files that a scoring takes."""


class Kind(NamedTuple):
    """An analysis. `words` are those of its command; `is_secret` where its result names people; `scored` is
    the field of the exam whose scoring takes the file that is written: a conversion of X is none for Y."""

    name: str
    title: str
    about: str
    words: str
    form: type[forms.Asked]
    work: Callable[[Given, Path], tuple[Document, Parts]]
    is_secret: bool = False
    scored: str = ""


def _equate(given: Given, out: Path) -> tuple[Document, Parts]:
    from examgen.analyses.equating.conversion import write_conversion
    from examgen.analyses.equating.equate import equate_forms
    from examgen.analyses.equating.options import EquatingOptions
    from examgen.analyses.reported.equating import of_conversion

    said = given.some(EquatingOptions._fields)
    for name in ("not_anchor", "points", "forms", "runs"):
        if name in said:
            said[name] = [said[name]]
    files = [path for path in (given.path("x"), given.path("y")) if path is not None]
    found = equate_forms(given.responses(files), EquatingOptions(**said))
    write_conversion(out / SCALED, found, given["decimals"] or 0)
    return {**found.document, "files": [SCALED]}, of_conversion(found.document)


def _link(given: Given, out: Path) -> tuple[Document, Parts]:
    from examgen.analyses.equating.conversion import write_linked
    from examgen.analyses.equating.linking import LinkingOptions, analyse_link
    from examgen.analyses.files import write_rows
    from examgen.analyses.reported.equating import of_link

    sources = [
        given.responses([given.matrix(name, of_one_form=bool(given["equate"]))]) for name in ("old", "new")
    ]
    found = analyse_link(sources[0], sources[1], LinkingOptions(**given.some(LinkingOptions._fields)))
    for name in ("items.csv", "items.xlsx"):
        write_rows(out / name, {"items": found["items"]})
    if given["equate"]:
        write_linked(out / SCALED, found, given["decimals"] or 0)
    return found, of_link(found)


def _decisions(given: Given, out: Path) -> tuple[Document, Parts]:
    from examgen.analyses.decisions import DecisionOptions, analyse_decisions
    from examgen.analyses.reported import decisions
    from examgen.analyses.rule_decisions import analyse_rule

    files = given.paths("of")
    if len(files) == 1 and files[0].is_dir():
        if given["cut"] or given["items"]:
            raise WrongUsage(tell("an exam is judged by its own pass rule: leave out --cut and --items"))
        seed = given["seed"]
        found = analyse_rule(files[0], given["run"], seed=1 if seed is None else seed).document
        return found, decisions.of_exam(found)
    asked = DecisionOptions(
        tuple(_numbers(given["cut"])),
        given.path("items"),
        given["model"],
        int(given["beta"]),
        given["reliability"],
        given["max_score"],
        given["min_score"] or 0.0,
    )
    found = analyse_decisions(given.responses(files), asked)
    return found, decisions.of_totals(found)


def _numbers(text: str | None) -> list[float]:
    """Cuts, with commas between."""
    found = []
    for one in (text or "").split(","):
        try:
            found += [float(one)] if one.strip() else []
        except ValueError:
            raise WrongUsage(
                tell("{option} {value} is not a number of points", option="--cut", value=one)
            ) from None
    return found


def _copying(given: Given, out: Path) -> tuple[Document, Parts]:
    from examgen.analyses.copying import CopyingOptions, copying_of, write_pairs
    from examgen.analyses.reported.copying import of_pairs

    alpha = given["alpha"]
    asked = CopyingOptions(
        given["index"],
        given["adjust"],
        0.05 if alpha is None else alpha,
        given["model"],
        given.path("items"),
        given.path("abilities"),
        given.path("pairs"),
        given["room"],
    )
    source = given.responses(given.paths("of"))
    found = copying_of(source, asked, given["run"], within_rooms=bool(given["rooms"]))
    for name in ("pairs.csv", "pairs.xlsx"):
        write_pairs(out / name, found)
    return found, of_pairs(found, named=asked.pairs is not None)


# ── standard setting ─────────────────────────────────────────────────────────────────────────


def _setting(method: Callable[[Given, Any], Document]) -> Callable[[Given, Path], Any]:
    """A method of standard setting, with what all of them are told."""

    def work(given: Given, out: Path) -> tuple[Document, Parts]:
        from examgen.analyses.reported.cuts import of_cut
        from examgen.analyses.standard_setting.cut_files import check_out, write_cut
        from examgen.analyses.standard_setting.subjects import SettingOptions, moved_by

        target = out / CUT if given["out"] else None
        exam, by, reason, day = given.path("exam"), given["by"], given["reason"], given.day("date")
        moved = moved_by(given["adjust_se"] or "0")
        check_out(target, exam, by, reason, day, ())
        common = SettingOptions(exam, moved, given["run"], None, given.path("totals"), given["points"])
        found = method(given, common)
        if target is not None and day is not None:
            write_cut(target, found, by or "", reason or "", day)
        return found, of_cut(found)

    return work


def _angoff(given: Given, common: Any) -> Document:
    from examgen.analyses.standard_setting import judged

    return judged.angoff(
        common,
        given.paths("ratings"),
        bank() if given["bank"] else None,
        given["kind"],
        given["round_"],
        given["scale"],
        given.path("statistics"),
    )


def _ebel(given: Given, common: Any) -> Document:
    from examgen.analyses.standard_setting import judged

    placed, shares = given.needed("placed"), given.needed("shares")
    return judged.ebel(common, placed, shares, given["scale"], given.path("statistics"))


def _bookmark(given: Given, common: Any) -> Document:
    from examgen.analyses.standard_setting import bookmark_method

    response = bookmark_method.probability_of(given["rp"] or "2/3")
    rule = bookmark_method.BookmarkRule(response, not given["no_guessing"], given["place"], given["centre"])
    return bookmark_method.bookmark(
        common, given.needed("bookmarks"), given.path("parameters"), rule, given["round_"]
    )


def _borderline(given: Given, common: Any) -> Document:
    from examgen.analyses.standard_setting import groups

    return groups.borderline(common, given.needed("candidates"), given["centre"])


def _contrasting(given: Given, common: Any) -> Document:
    from examgen.analyses.standard_setting import groups

    at = given["at"]
    share = 0.5 if at is None else at
    return groups.contrasting(common, given.needed("candidates"), share, bool(given["equal_groups"]))


def _regression(given: Given, common: Any) -> Document:
    from examgen.analyses.standard_setting import groups

    return groups.regression(common, given.needed("candidates"), given["border"])


def _hofstee(given: Given, common: Any) -> Document:
    from examgen.analyses.standard_setting import groups

    return groups.hofstee_cut(common, given.needed("limits"))


_CUT = "analyse cut "
KINDS = {
    one.name: one
    for one in (
        Kind(
            "equate",
            tell("Equate two forms"),
            tell("Scores of one form as scores of another: observed-score equating."),
            "analyse equate",
            forms.Equating,
            _equate,
            scored="x",
        ),
        Kind(
            "link",
            tell("Link two scales"),
            tell(
                "The ability scale of one calibration carried to that of another through the items in common."
            ),
            "analyse link",
            forms.Linking,
            _link,
            scored="new",
        ),
        Kind(
            "decisions",
            tell("How sure decisions are"),
            tell("How often pass and fail would repeat on a parallel form, and how often they are right."),
            "analyse decisions",
            forms.Decisions,
            _decisions,
        ),
        Kind(
            "copying",
            tell("Answers alike beyond chance"),
            tell(
                "Pairs of candidates with more answers in common than chance gives: a signal for a person, "
                "no verdict."
            ),
            "analyse copying",
            forms.Copying,
            _copying,
            is_secret=True,
        ),
        Kind(
            "angoff",
            tell("Cut by Angoff"),
            tell(
                "Angoff: how many of the borderline candidates judges expect to answer each item rightly, "
                "summed up."
            ),
            _CUT + "angoff",
            forms.Angoff,
            _setting(_angoff),
            scored="exam",
        ),
        Kind(
            "ebel",
            tell("Cut by Ebel"),
            tell(
                "Ebel: items in a grid of difficulty and relevance, and the share of each cell that judges "
                "expect."
            ),
            _CUT + "ebel",
            forms.Ebel,
            _setting(_ebel),
            scored="exam",
        ),
        Kind(
            "bookmark",
            tell("Cut by bookmark"),
            tell("Bookmark: the first item, from easy to hard, that a borderline candidate does not master."),
            _CUT + "bookmark",
            forms.Bookmark,
            _setting(_bookmark),
            scored="exam",
        ),
        Kind(
            "borderline",
            tell("Cut by the borderline group"),
            tell("Borderline group: the median score of those whom judges hold to be on the border."),
            _CUT + "borderline",
            forms.Borderline,
            _setting(_borderline),
            scored="exam",
        ),
        Kind(
            "contrasting",
            tell("Cut by contrasting groups"),
            tell("Contrasting groups: the score from which a candidate is rather held competent than not."),
            _CUT + "contrasting",
            forms.Contrasting,
            _setting(_contrasting),
            scored="exam",
        ),
        Kind(
            "regression",
            tell("Cut by borderline regression"),
            tell("Borderline regression: the score that a line through grades and scores has at the border."),
            _CUT + "regression",
            forms.Regression,
            _setting(_regression),
            scored="exam",
        ),
        Kind(
            "hofstee",
            tell("Cut by Hofstee"),
            tell("Hofstee: where the share who fail crosses what judges hold bearable."),
            _CUT + "hofstee",
            forms.Hofstee,
            _setting(_hofstee),
            scored="exam",
        ),
    )
}
"""By name, in the order in which pages list them."""
