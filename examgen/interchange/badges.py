"""Who met a unit of competency → an Open Badge 3.0, not yet signed: a verifiable credential as JSON-LD.

It names nobody: the recipient is the SHA-256 of the candidate number and a salt (IdentityObject). What was
achieved is the same for all who met the unit in the exam: the unit, and the criteria that every form asks, as
alignments under their codes. Where the standard asks more than the written test, or does not say what it
asks, that is the test, not the unit.

References
----------
Open Badges Specification 3.0 (1EdTech, 2024): OpenBadgeCredential, AchievementSubject, Achievement,
Alignment, IdentityObject.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import quote

from examgen.core.models.base import Method
from examgen.core.models.standard import METHODS, Besides, Unit
from examgen.core.words import Message, Pair, listed, tell

Document = dict[str, Any]


class Achieved(NamedTuple):
    """What is attested of everybody who met a unit in an exam.

    `issuer` is the identifier of the body (`did:key:…`), `body` its name; `criteria` are the codes that every
    form asks; `address` has the web page of a code, `{code}` in it, or is empty.
    """

    issuer: str
    body: str
    exam: str
    title: Pair
    unit: Unit
    level: int | None
    criteria: tuple[str, ...]
    address: str = ""
    besides: Besides | None = None
    """What the standard asks besides the exam; None where it does not say."""
    passed: tuple[Method, ...] = ()
    """Other methods that the standard asks and the candidate has passed."""
    waived: tuple[Method, ...] = ()
    """Other methods that the standard asks and a decision waived."""

    @property
    def is_all(self) -> bool:
        """Whether who passed the exam has met the unit."""
        return self.besides is not None and not self.besides.methods

    @property
    def name(self) -> str:
        """What was achieved, in Thai, as the standard has it."""
        title = self.unit.title or str(self.unit.code)
        return title if self.is_all else tell("Objective written test: {title}", title=title).th


class Award(NamedTuple):
    """What is attested of one candidate: the badge's own number, whose it is, since when, until when, and by
    which run (`evidence`)."""

    number: uuid.UUID
    candidate_id: str
    salt: str
    since: date
    until: date | None
    evidence: str


def number_of(digest: bytes) -> uuid.UUID:
    """The number of a badge, from 16 bytes that nobody can guess (RFC 9562, version 8)."""
    data = bytearray(digest[:16])
    data[6], data[8] = data[6] & 0x0F | 0x80, data[8] & 0x3F | 0x80
    return uuid.UUID(bytes=bytes(data))


def identity_of(candidate_id: str, salt: str) -> str:
    """The hash that stands in place of a candidate number."""
    return f"sha256${hashlib.sha256((candidate_id + salt).encode()).hexdigest()}"


def credential(of: Achieved, award: Award, contexts: Sequence[str]) -> Document:
    """The document of one candidate."""
    until = {} if award.until is None else {"validUntil": f"{award.until.isoformat()}T23:59:59Z"}
    return {
        "@context": list(contexts),
        "id": f"urn:uuid:{award.number}",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": of.name,
        "issuer": {"id": of.issuer, "type": ["Profile"], "name": of.body},
        "validFrom": f"{award.since.isoformat()}T00:00:00Z",
        **until,
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "identifier": [
                {
                    "type": "IdentityObject",
                    "hashed": True,
                    "identityHash": identity_of(award.candidate_id, award.salt),
                    "identityType": "identifier",
                    "salt": award.salt,
                }
            ],
            "achievement": achievement(of),
        },
        "evidence": [{"type": ["Evidence"], "name": of.title.th, "narrative": award.evidence}],
    }


def achievement(of: Achieved) -> Document:
    """What was achieved: the unit in this exam, or the exam alone."""
    unit = of.unit
    code = str(unit.code)
    title = unit.title or code
    described = tell("Unit of competency {code}: {title}", code=code, title=title)
    if of.level is not None:
        described = tell(
            "Unit of competency {code}, level {level}: {title}", code=code, level=of.level, title=title
        )
    criteria = tell("Met the unit in the exam {exam}, as its pass rule asks.", exam=of.exam)
    if of.waived:
        criteria = tell(
            "Passed the written test {exam}, as its pass rule asks{passed}; a decision of the body waived "
            "{waived}, which the standard asks as well.",
            exam=of.exam,
            passed=tell(", and {methods}", methods=listed(tell(METHODS[one]) for one in of.passed))
            if of.passed
            else "",
            waived=listed(tell(METHODS[one]) for one in of.waived),
        )
    elif of.passed:
        criteria = tell(
            "Passed every method of assessment that the standard asks: the written test {exam}, as its pass "
            "rule asks, and {methods}.",
            exam=of.exam,
            methods=listed(tell(METHODS[one]) for one in of.passed),
        )
    if not of.is_all:
        described = tell("Objective written test of: {unit}", unit=described)
        criteria = tell("Passed the written test {exam}, as its pass rule asks.", exam=of.exam)
        if of.besides is not None:
            criteria = tell(
                "{passed} This does not attest the unit: the standard also asks for other methods of "
                "assessment ({also}), and this badge says nothing of their results.",
                passed=criteria,
                also=of.besides.said,
            )
    test = "" if of.is_all else "/written-test"
    return {
        "id": f"{of.issuer}/achievements/{quote(of.exam, safe='')}/{quote(code, safe='')}{test}",
        "type": ["Achievement"],
        "achievementType": "Competency" if of.is_all else "Assessment",
        "humanCode": code,
        "inLanguage": "th",
        "name": of.name,
        "description": _both(described),
        "criteria": {"narrative": _both(criteria)},
        "alignment": [
            _alignment(of, code, title, unit.revision or ""),
            *(_alignment(of, one.code, one.text, "") for one in unit.criteria if one.code in of.criteria),
        ],
    }


def _both(text: Message) -> str:
    """In Thai, then in English."""
    return text.en if text.th == text.en else f"{text.th} / {text.en}"


def _alignment(of: Achieved, code: str, name: str, revision: str) -> Document:
    unit = quote(str(of.unit.code), safe="")
    own = f"{of.issuer}/units/{unit}" + ("" if code == of.unit.code else f"/{quote(code, safe='')}")
    return {
        "type": ["Alignment"],
        "targetCode": code,
        "targetName": name,
        "targetUrl": of.address.replace("{code}", quote(code, safe="")) if of.address else own,
        "targetType": "CFItem",
        "targetFramework": f"{of.unit.code} {revision}".strip(),
    }
