"""Where editions stand → words."""

from __future__ import annotations

from examgen.words import tell

STATES = {
    "present": tell("present"),
    "earlier": tell("earlier"),
    "waiting": tell("waiting"),
    "same": tell("the same as before"),
    "new": tell("new"),
}
