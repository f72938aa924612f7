"""`examgen analyse copying`: pairs of candidates whose answers are more alike than chance makes them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from examgen.cli.analyses.items import number, show_notes
from examgen.cli.app import Json, analyse_app
from examgen.cli.response_options import ResponseFiles, ResponseOptions, with_response_options
from examgen.problems import WrongUsage
from examgen.words import Message, tell, tell_n

if TYPE_CHECKING:
    from examgen.workflow.analyses.copying import CopyingAsked


@analyse_app.command("copying")
@with_response_options
def analyse_copying(
    *,
    files: ResponseFiles,
    index: Annotated[
        str, typer.Option(help="Which index rules the list: m4, gbt, omega, k, k1, k2, s1 or s2.")
    ] = "m4",
    adjust: Annotated[
        str, typer.Option(help="For as many pairs as are compared: holm, bh or bonferroni.")
    ] = "holm",
    alpha: Annotated[float, typer.Option(help="Level after that adjustment.")] = 0.05,
    model: Annotated[
        str | None,
        typer.Option(help="nominal (of options, where there is a key) or 2pl (of right and wrong)."),
    ] = None,
    pairs: Annotated[
        Path | None,
        typer.Option(metavar="PAIRS.csv", help="Only these: columns `source` and `copier`; all indices."),
    ] = None,
    items: Annotated[
        Path | None,
        typer.Option(
            metavar="PARAMS.csv",
            help="Known parameters: `item`, `option`, `a`, `c`; of right and wrong `item`, `a`, `b`, `c`.",
        ),
    ] = None,
    abilities: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="Known abilities: `candidate_id`, `theta`.")
    ] = None,
    room: Annotated[
        str | None, typer.Option(metavar="COL", help="Compare candidates of the same room only.")
    ] = None,
    rooms: Annotated[
        bool, typer.Option("--rooms", help="Of an exam package: compare within the rooms of its roster.")
    ] = False,
    run: Annotated[
        str | None, typer.Option(metavar="N", help="Of an exam package: which run; else the released one.")
    ] = None,
    said: ResponseOptions,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the pairs as well: .csv or .xlsx.")
    ] = None,
    json: Json = False,
) -> None:
    """Pairs of candidates with more answers in common than chance gives: a signal for a person, no verdict.

    FILE is a file of responses, or the folder of an exam package that was scored.
    """
    from examgen.cli import screen
    from examgen.workflow.analyses.copying import CopyingAsked, write_pairs

    source = said.of(files, out, items, abilities, pairs)
    asked = CopyingAsked(index, adjust, alpha, model, items, abilities, pairs, room)
    found = _found(files, source, asked, run, within_rooms=rooms)
    if out is not None:
        write_pairs(out, found)
    if json:
        screen.print_json(found)
        return
    _show(found, named=pairs is not None)
    show_notes(found)


def _found(
    files: list[Path], source: Any, asked: CopyingAsked, run: str | None, *, within_rooms: bool
) -> dict[str, Any]:
    from examgen.workflow.analyses import copying

    if len(files) == 1 and files[0].is_dir():
        if asked.room is not None or source.key is not None:
            raise WrongUsage(tell("an exam package knows its key and its rooms: leave --key and --room out"))
        return copying.analyse_copying_of_run(files[0], run, asked, within_rooms=within_rooms)
    if run is not None or within_rooms:
        raise WrongUsage(tell("--run and --rooms are for an exam package; of a file, --room COL"))
    return copying.analyse_copying(source, asked)


_HEADS = {
    "gbt": "GBT", "omega": "ω", "m4": "M4", "k": "K", "k1": "K1", "k2": "K2", "s1": "S1", "s2": "S2",
}  # fmt: skip
_MOST_ON_SCREEN = 40


def _show(found: dict[str, Any], *, named: bool) -> None:
    from examgen.cli import screen

    rule = found["rule"]
    screen.say(
        tell(
            "{n_candidates} candidates, {n_items} items, {n_compared} pairs compared",
            n_candidates=found["n_candidates"],
            n_items=found["n_items"],
            n_compared=f"{found['n_compared']:,}",
        ),
        "bold",
    )
    by_pair: dict[tuple[str, str], dict[str, Any]] = {}
    for row in found["pairs"]:
        known = by_pair.get((row["copier"], row["source"]))
        if known is not None and not named and rule["index"] in ("gbt", "m4"):
            known["other"][row["index"]] = row["p"]
            continue
        one = by_pair.setdefault((row["source"], row["copier"]), {"row": row, "p": {}, "other": {}})
        one["p"][row["index"]] = row["p"]
    rows = [_line(one, rule["index"]) for one in list(by_pair.values())[:_MOST_ON_SCREEN]]
    if rows:
        ruling = _HEADS[rule["index"]]
        others = [head for name, head in _HEADS.items() if name != rule["index"]]
        ends = [tell("source"), tell("copier")]
        if rule["index"] in ("gbt", "m4"):  # which of the two it was cannot be told
            ends = [tell("candidate"), tell("and candidate")]
        heads = [*ends, tell("same"), tell("expected"), tell("same wrong")]
        adjusted = tell("{index} adjusted", index=ruling)
        screen.table(tell("pairs"), [*heads, ruling, adjusted, *others], rows, wide=True)
    if len(by_pair) > _MOST_ON_SCREEN:
        n = len(by_pair) - _MOST_ON_SCREEN
        screen.say(tell("and {n} more pairs: --json or --out has all", n=n))
    if not named:
        screen.say(_sentence(found), "bold")
    for cluster in found["clusters"]:
        screen.say(tell("alike among themselves: {names}", names=", ".join(cluster)))
    if found["n_listed"]:
        screen.say(
            tell(
                "This is a signal, never a verdict: friends who learned together and a leaked key look the "
                "same. Look at the seats, the papers and the room's report; hear both; change no score by it "
                "alone."
            )
        )


def _line(one: dict[str, Any], ruling: str) -> list[Any]:
    row, p = one["row"], one["p"]
    least = {
        name: min((v for v in (p.get(name), one["other"].get(name)) if v is not None), default=None)
        for name in _HEADS
    }
    own = [
        row["source"],
        row["copier"],
        f"{row['matches']}/{row['n_items']}",
        number(row["expected_matches"], 1),
    ]
    others = [_p(least[name]) for name in _HEADS if name != ruling]
    return [*own, row["same_wrong"], _p(p[ruling]), _p(row["p_adjusted"]), *others]


def _p(value: float | None) -> str:
    """A chance: small ones with their size."""
    if value is None:
        return "–"
    return f"{value:.3f}" if value >= 0.001 else f"{value:.0e}"


def _sentence(found: dict[str, Any]) -> Message:
    rule = found["rule"]
    values = {"index": _HEADS[rule["index"]], "alpha": f"{rule['alpha']:g}"}
    if rule["adjust"] == "bh":
        return tell_n(
            "{n} pair is listed by {index}; at most {alpha} of such pairs are expected to be chance.",
            "{n} pairs are listed by {index}; at most {alpha} of such pairs are expected to be chance.",
            found["n_listed"],
            **values,
        )
    return tell_n(
        "{n} pair is listed by {index}; where nobody copies, the chance of any at all is {alpha} at most.",
        "{n} pairs are listed by {index}; where nobody copies, the chance of any at all is {alpha} at most.",
        found["n_listed"],
        **values,
    )
