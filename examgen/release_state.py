"""What a scored run is to those outside: what they were told, what they were told before, or neither."""

from __future__ import annotations

from typing import Literal, NamedTuple

from examgen.words import tell

State = Literal["released", "superseded", "unreleased"]


class ReleaseState(NamedTuple):
    """Of a run: `released` is what people are told, `superseded` was until another was released.

    `release` is the number of the last release of this very run, `fingerprint` that of its record; `told` is
    the run that people are told, None where none was ever released.
    """

    state: State = "unreleased"
    release: int | None = None
    fingerprint: str = ""
    told: int | None = None

    def as_dict(self) -> dict[str, object]:
        """The words of `--json`."""
        return {
            "state": self.state,
            "release": self.release,
            "fingerprint": self.fingerprint or None,
            "told": self.told,
        }


UNRELEASED = ReleaseState()
"""Of every run before the first release."""


def state_words(of: ReleaseState) -> str:
    """The state in a word or two, for lists of runs."""
    return _WORDS[of.state]


_WORDS = {
    "released": tell("released"),
    "superseded": tell("no longer released"),
    "unreleased": tell("not released"),
}
