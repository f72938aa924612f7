"""Commands by their present names, and how code that has an earlier name for one is asked for it.

Steps of journeys are written by the present name. RENAMED has the spellings that differ: where the code that
is run does not know the present one, the earlier one is run.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

UNIT = "ASM-REE-5-059ZB"


class Renamed(NamedTuple):
    """A spelling (how the words of a command begin), and the earlier one.

    The code has the present one where the help of `command` exists and names `option`.
    """

    present: str
    earlier: str
    command: str
    option: str = ""


RENAMED = (
    Renamed(r"analyse cut --method (\S+)", r"analyse cut \1", "analyse cut", "--method"),
    Renamed(r"returns (\S+) --forms (\S+)", r"centre-forms \1 --out \2", "returns", "--forms"),
    Renamed(r"bank check --rules --rule (\S+)", r"bank rules \1", "bank check", "--rules"),
    Renamed(r"bank check --rules", r"bank rules", "bank check", "--rules"),
    Renamed(r"bank check --schema all", r"bank schema", "bank check", "--schema"),
    Renamed(r"bank check --schema (\S+)", r"bank schema --kind \1", "bank check", "--schema"),
    Renamed(r"bank show (.+?) --preview", rf"bank preview {UNIT} \1 --out", "bank show", "--preview"),
    Renamed(r"bank coverage (\S+) --capacity", r"bank capacity", "bank coverage", "--capacity"),
    Renamed(r"bank review (\S+) --out (\S+)", r"bank review-form \1 --out \2", "bank review", "--expert"),
    Renamed(r"bank review (\S+) --ratings", r"bank ratings \1", "bank review", "--expert"),
    Renamed(r"bank review (\S+) --item (\S+)", r"bank reviews \1 \2", "bank review", "--expert"),
    Renamed(r"bank review (\S+) (?=[^-])", r"bank review-import \1 ", "bank review", "--expert"),
    Renamed(r"bank review ", r"bank reviews ", "bank review", "--expert"),
    Renamed(r"bank blind (\S+) --out (\S+)", r"bank blind-form \1 --out \2", "bank blind", "--out"),
    Renamed(r"bank blind (\S+) --read", r"bank blind-read", "bank blind", "--read"),
    Renamed(r"scan gallery (\S+) --decisions (\S+)", r"scan decide \1 \2", "scan gallery", "--decisions"),
    Renamed(r"unit show (\S+) --editions", r"unit editions \1", "unit show", "--editions"),
    Renamed(r"case open (\S+ [AC]\d+ --answers)", r"case read \1", "case open", "--answers"),
    Renamed(r"case open (\S+ [AC]\d+)", r"case add \1", "case open", "--note"),
    Renamed(r"case show (\S+ \S+) --sheet", r"case sheet \1 --out", "case show", "--sheet"),
    Renamed(r"case decide (\S+ \S+) --letter", r"case answer \1 --out", "case decide", "--letter"),
    Renamed(r"case decide (\S+ \S+) --as closed", r"case close \1", "case decide", "--letter"),
    Renamed(r"certificate list (\S+) --out", r"certificate print \1 --out", "certificate list", "--out"),
    Renamed(r"person remove", r"forget", "person remove"),
    Renamed(r"person show (\S+) --out", r"person extract \1 --out", "person show", "--out"),
    Renamed(r"person show", r"person where", "person show"),
)


def spelled(text: str, has: Callable[[str, str], bool]) -> str:
    """A command as the code spells it; `has(command, option)` says whether its help names the option."""
    for one in RENAMED:
        if re.match(one.present, text):
            return text if has(one.command, one.option) else re.sub(f"^{one.present}", one.earlier, text)
    return text
