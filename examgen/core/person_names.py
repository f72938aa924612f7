"""Names of persons in a text: which persons it names, whether two names belong to one person, and which names
are near.

Two names belong to one person if they look alike, or are the same words in another order. Names that may
belong to one person but are written differently, such as `S. Jaidee` and `Somchai Jaidee`, are near; examgen
then asks the user.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import permutations
from typing import NamedTuple


def persons_in(text: str) -> tuple[str, ...]:
    """Returns the names in a text that may name several persons, each as written."""
    return tuple(one.strip() for one in _parts(text))


def known_as(text: str) -> frozenset[str]:
    """Returns the normalised spellings of the persons in a text. Two texts that share none have no person in
    common."""
    return frozenset(way for one in _people(text) for way in one.known)


def same_person(one: str, other: str) -> bool:
    """Returns whether two texts name the same person, or have a person in common. Titles, text in brackets,
    blanks, the order of words, combining marks and their order, width, case, lookalike letters of other
    scripts and the script of digits are ignored. For accounts of the site, `Name (account)`, the account
    distinguishes persons with the same name."""
    return any(
        first.account == second.account
        if first.account and second.account
        else not first.known.isdisjoint(second.known)
        for first in _people(one)
        for second in _people(other)
    )


def near_names(one: str, other: str) -> bool:
    """Returns whether two different names may belong to one person: one without its surname, with an initial,
    with one letter more, fewer or different, with another account, or with a name in brackets."""
    if same_person(one, other):
        return False
    return any(_near(first, second) for first in _people(one) for second in _people(other))


_POLICE = "ต(?:\u0e33|\u0e4d\u0e32)รวจ"
"""The Thai word for police; NFKC writes the vowel SARA AM as two characters."""
_RANKS = "|".join(
    (
        rf"(?:พล|พัน|ร้อย)(?:{_POLICE})?(?:ตรี|โท|เอก)(?:หญิง)?|(?:จ่า)?สิบ(?:{_POLICE})?(?:ตรี|โท|เอก)(?:หญิง)?",
        rf"(?:นาวา|เรือ)(?:อากาศ)?(?:ตรี|โท|เอก)(?:หญิง)?|(?:พันจ่า|จ่า)(?:อากาศ)?(?:ตรี|โท|เอก)|ดาบ{_POLICE}(?:หญิง)?",
        r"(?:พล|[พร])\.\s*(?:ต\.\s*)?[ตทอ]\.(?:\s*(?:หญิง|ญ\.))?|(?:จ\.\s*)?ส\.\s*(?:ต\.\s*)?[ตทอ]\.|ด\.\s*ต\.",
        r"[นร]\.\s*[ตทอ]\.|พ\.\s*[จอ]\.\s*[ตทอ]\.|จ\.\s*[ตทอ]\.",
    )
)
"""The ranks of the army, the navy, the air force and the police, in full and abbreviated."""
_TITLES = re.compile(
    r"\s*(?:(?:นางสาว|น\.\s*ส\.|นาย|นาง|ดร\.|ผศ\.|รศ\.|ศ\.|(?:ผู้ช่วย|รอง)?ศาสตราจารย์|อาจารย์|อ\.|ครู|คุณ"
    rf"|ม\.\s*[รล]\.\s*ว?\.?|หม่อมราชวงศ์|หม่อมหลวง|(?:ว่าที่\s*)?(?:{_RANKS})|ว่าที่)"
    r"\s*(?=[เ-ไก-ฮ]\S|\s[A-Za-z])"
    r"|(?:mr|mrs|ms|miss|dr|prof)\b\.?\s*)+",
    re.IGNORECASE,
)
_BETWEEN = re.compile(
    r"[,;&\n،、，；＆]|(?<!\d)[/／]|[/／](?!\d)|[+＋](?![^()]*\)|\S*@)|\s(?:และ|กับ|and)\s", re.IGNORECASE
)
"""What separates two names; not the slash in `minutes 4/2569`, and not the plus sign in an address."""
_AND = re.compile(r"(?<=\S{3})และ(?=\S{3})")
"""The Thai "and" between two names without blanks, which is also a syllable of some names."""
_ACCOUNT = re.compile(r"[A-Za-z0-9._@+-]+")
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Letters and marks that are invisible."""
_LATIN = (
    "AΑАᎪꓮ BꞴΒВᏴꓐ CⲤСᏟꓚ DᎠꓓ EΕЕᎬꓰ FꞘϜꓝ GԌᏀᏳꓖ HΗⲎНᎻꓧ IƖǀΙⲒІӀꓲ JꞲͿЈᎫꓙ KΚⲔКᏦꓗ "
    "LⳐᏞꓡ MΜϺⲘМᎷꓟ NΝⲚꓠ OΟⲞОՕꓳ PΡⲢРᏢꓑ RƦᎡᏒꓣ SЅՏᏕᏚꓢ TΤⲦТᎢꓔ UՍꓴ VѴᏙꓦ WԜᎳᏔꓪ XꞳΧⲬХꓫ "
    "YΥⲨУҮᎩᎽꓬ ZΖᏃꓜ aɑαа bƄЬᏏ cᴄⲥсꮯϲ dԁᏧꓒ eꬲеҽ fꬵꞙẝք gɡᶃƍց hһհᏂ iıɪɩιіꙇӏꭵᎥ jϳј "
    "kкκĸᴋ nոռ oᴏᴑꬽοσⲟоօ pρⲣр qԛգզ rꭇꭈᴦⲅгꮁ sꜱƽѕꮪ uꞟᴜꭎꭒʋυս vᴠνѵꮩ wɯᴡѡԝաꮃ xх "
    "yɣᶌʏỿꭚγуү zᴢꮓ "
)
"""Each Latin letter, followed by the letters of Greek, Cyrillic, Armenian, Coptic, Cherokee, Lisu and Latin
that look like it: from confusables.txt of UTS #39, Unicode 14.0 (© 2021 Unicode, Inc., Unicode License), with
κ, к, ĸ and ϲ added."""
_THAI = "ขฃ คฅ าๅ จຈ ยຍ บບ ปປ ฝຝ พພ ฟຟ ุຸ ูູ ่່់ ้້ ๊໊ ๋໋ ํໍ\u030a ิិ ีី ึឹ ืឺ"
"""The same for Thai letters, with Lao and Khmer; without ด ต, ช ซ, ท ฑ, which people can tell apart."""
_LOOKS = str.maketrans({like: row[0] for row in f"{_LATIN}{_THAI}".split() for like in row[1:]})
_MARKS = re.compile("[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]{2,}")
"""Several Thai marks on one letter, which look the same in any order, even if one is typed twice."""
_AFTER = re.compile("\u0e32([\u0e48-\u0e4b])")
"""A tone mark typed after SARA AA, as in SARA AM followed by the tone mark."""
_MOST_WORDS, _LONG = 4, 8
"""The maximum number of words of a name whose orders are compared; the minimum number of letters of a name in
which one letter may be a typing error."""


class _Named(NamedTuple):
    """A person named in a text."""

    account: str
    """The account; empty if the text gives none."""
    known: frozenset[str]
    """The account, and the normalised spellings of the name."""
    words: tuple[str, ...] = ()
    """The words of the name without its title."""
    within: str = ""
    """Text in brackets that is not an account."""


def _parts(text: str) -> list[str]:
    """Returns the parts of a text that may be names. Parts without a letter are left out, unless there are no
    others."""
    parts = [one for one in _BETWEEN.split(text) if one.strip()]
    return [one for one in parts if any(sign.isalpha() for sign in one)] or parts


@lru_cache(maxsize=8192)
def _people(text: str) -> tuple[_Named, ...]:
    people = []
    for part in _parts(_as_seen(text)):
        found = re.fullmatch(r"(.*?)(?:\(([^()]*)\))?\s*", part, re.DOTALL)
        name, within = (found[1], (found[2] or "").strip()) if found is not None else (part, "")
        account = _plain(within) if _ACCOUNT.fullmatch(within) else ""
        bare = _without_title(name)
        ways = {name, bare, "" if account else part, re.sub(r"\([^()]*\)", "", bare), *_AND.split(bare)}
        words = tuple(filter(None, map(_plain, re.split(r"[\s.]+", bare))))
        known = {way for one in ways if _plain(one) for way in (*_orders(one), *_orders(_as_capital_i(one)))}
        if known or account:
            people.append(
                _Named(account, frozenset({*known, account} - {""}), words, "" if account else within)
            )
    return tuple(people) or (_Named("", frozenset({text})),)


def _as_seen(text: str) -> str:
    """Returns a text in which all lookalike characters are the same."""
    seen = _UNSEEN.sub("", unicodedata.normalize("NFKC", text.translate(_LOOKS)))
    seen = "".join(one for one in seen if unicodedata.category(one) != "Cf").translate(_LOOKS)
    seen = _AFTER.sub("\\1\u0e32", seen.replace("\u0e40\u0e40", "\u0e41"))  # SARA AE as two SARA E
    return _MARKS.sub(lambda marks: "".join(sorted({*marks[0]})), seen)


def _as_capital_i(name: str) -> str:
    """Returns a name with capital I and the digits 1 and 0 replaced by the letters they look like; capital L
    stays distinct from small l."""
    return "\0" + re.sub("[I1|]", "l", name.replace("L", "\1")).replace("0", "o")


def _orders(name: str) -> set[str]:
    """Returns a name in normalised form: its words in the given order, and in every other order."""
    words = [_without_title(one) for one in name.split()]
    start = name[:1] if name[:1] == "\0" else ""
    plain = [one for one in map(_plain, words) if one]
    orders = permutations(plain) if 1 < len(plain) <= _MOST_WORDS else (sorted(plain),)
    return {start + _plain(name), *(start + "".join(one) for one in orders)}


def _without_title(name: str) -> str:
    return _TITLES.sub("", name, count=1) if _TITLES.match(name) else name


def _plain(name: str) -> str:
    kinds = ((one, unicodedata.category(one)) for one in name)
    return "".join(
        str(unicodedata.decimal(one)) if kind == "Nd" else one
        for one, kind in kinds
        if kind[0] in "LMN" or one == "\1"
    ).casefold()


def _near(one: _Named, other: _Named) -> bool:
    if not one.known.isdisjoint(other.known):
        return True
    for first, second in ((one, other), (other, one)):
        if first.within and not known_as(first.within).isdisjoint(second.known):
            return True
        if {*first.words} < {*second.words} and any(len(word) > 1 for word in first.words):
            return True
    return _by_initials(one.words, other.words) or _by_a_letter("".join(one.words), "".join(other.words))


def _by_initials(some: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """Returns whether two names share a word, and each other word is matched by its initial."""
    if len(some) != len(others) or not any(len(word) > 1 for word in {*some} & {*others}):
        return False
    mine, yours = ([one for one in a if one not in b] for a, b in ((some, others), (others, some)))
    return any(
        all(a != b and 1 in (len(a), len(b)) and a[0] == b[0] for a, b in zip(mine, order, strict=True))
        for order in permutations(yours)
        if len(order) == len(mine) <= _MOST_WORDS
    )


def _by_a_letter(one: str, other: str) -> bool:
    """Returns whether long names differ by one letter, or by two letters swapped. Names with different digits
    are distinct."""
    if min(len(one), len(other)) < _LONG or _digits(one) != _digits(other):
        return False
    if _spread(one) == _spread(other):
        return True
    short, long = sorted((one, other), key=len)
    start = next((n for n, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) != len(long):
        return len(long) - len(short) == 1 and short[start:] == long[start + 1 :]
    is_swapped = short[start : start + 2] == long[start : start + 2][::-1]
    return short[start + 1 :] == long[start + 1 :] or (is_swapped and short[start + 2 :] == long[start + 2 :])


def _digits(name: str) -> str:
    return "".join(filter(str.isdecimal, name))


def _spread(name: str) -> str:
    return name.replace("rn", "m").replace("vv", "w").replace("cl", "d")
