"""What a statement of an analysis page is: a sentence in Thai and English, when it is true, what its values must be."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tests.reports.sentences.analysis_facts import AnalysisFacts
from tests.reports.sentences.statement import number

Values = dict[str, str]
Floats = NDArray[np.float64]
_NUMBER = r"[−-]?[\d,]*\.?\d+"
WORDS = {"form": r"[A-Z]", "forms": r"[A-Z](?:, [A-Z])*", "lower": r"[A-Z]", "higher": r"[A-Z]", "option": "[a-d]", "key": "[a-d]", "o2": "[a-d]", "o3": "[a-d]", "p": "p < 0\\.001|p 0\\.\\d+",
          "items": r"[\w.-]+(?:, [\w.-]+)*(?: \+ \d+)?", "places": r"[A-Z] .+\)", "shown": r".+\d", "names": r"\S+ \(\d+\)(?:, \S+ \(\d+\))*", "instead": r"\S+"}  # fmt: skip


class Rule(NamedTuple):
    """A sentence in both languages: it stands where `when` holds, once for each of `of` (items, forms)."""

    english: str
    thai: str
    when: Callable[[AnalysisFacts], object]
    says: Callable[[AnalysisFacts, Values, str], object]
    """The values, and the item on whose page it stands."""

    def read(self, text: str) -> Values | None:
        """The values where the text is this sentence in Thai and then in English, the same in both."""
        found = re.fullmatch(f"{_pattern(self.thai, '_th')}(?: ·)? {_pattern(self.english, '')}", text)
        if found is None:
            return None
        values = found.groupdict()
        same = all(values[n] == v for m, v in values.items() if (n := m.removesuffix("_th")) in values)
        return {n: v for n, v in values.items() if not n.endswith("_th")} if same else None


def _pattern(words: str, end: str) -> str:
    parts = re.split(r"\{(\w+)\}", words)
    return "".join(
        re.escape(part) if n % 2 == 0 else f"(?P<{part}{end}>{WORDS.get(part, _NUMBER)})"
        for n, part in enumerate(parts)
    )


class Rules(list[Rule]):
    """Sentences as they are written down."""

    def __call__(
        self,
        english: str,
        thai: str,
        when: Callable[[AnalysisFacts], object],
        what: Callable[[AnalysisFacts, Values, str], object] = lambda a, v, at: True,
    ) -> None:
        self.append(Rule(english, thai, when, what))


def near(text: str, value: float, digits: int = 2) -> bool:
    return bool(abs(number(text) - value) <= 0.5001 * 10**-digits + 2e-4)


def ends(v: Values, wanted: tuple[float, float]) -> bool:
    return near(v["low"], wanted[0]) and near(v["high"], wanted[1])
