"""QTI 2.1, 2.2 and 3.0: items on their own, and packages of them.

References
----------
IMS Question & Test Interoperability: Assessment Test, Section and Item Information Model, 2.1 (2012), 2.2
(2015), 3.0 (2022), and Content Packaging 1.2.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from math import comb, inf
from typing import Any, NamedTuple
from urllib.parse import unquote

from examgen.core import foreign
from examgen.core.problems import Problem, Refused
from examgen.core.words import Message, tell
from examgen.interchange import markup, qti_scoring, weights
from examgen.interchange.markup import name_of
from examgen.interchange.questions import Choice, Kind, Passage, Picture, Question, Reading, SetAside

VERSIONS = {"imsqti_v2p0": "qti21", "imsqti_v2p1": "qti21", "imsqti_v2p2": "qti22", "imsqtiasi_v3p0": "qti30"}
"""The end of the namespace of items → the format."""

_NOT_OF_THE_STEM = frozenset(
    (
        "simpleChoice", "simple-choice", "rubricBlock", "rubric-block", "feedbackInline", "feedback-inline",
        "feedbackBlock", "feedback-block", "modalFeedback", "modal-feedback", "stylesheet", "templateInline",
        "template-inline", "templateBlock", "template-block", "catalog-info", "infoControl",
    )
)  # fmt: skip
_FEEDBACK = frozenset(("feedbackInline", "feedback-inline"))
_STANDARD = re.compile(
    r"(match_correct|map_response|CC2_match\w*|CC2_map_response|RPTEMPLATE_SCORE)(\.xml)?$"
)


def version_of(root: Any) -> str | None:
    """The format of an item by its namespace; None for what is no item."""
    if name_of(root) not in ("assessmentItem", "assessment-item"):
        return None
    space = root.tag.partition("}")[0].rpartition("/")[2]
    return next((format for name, format in VERSIONS.items() if space.startswith(name)), "qti21")


def _get(element: Any, name: str, default: str = "") -> str:
    """An attribute: `maxChoices` of QTI 2, `max-choices` of QTI 3."""
    found = element.get(name)
    if found is None:
        found = element.get(re.sub("[A-Z]", lambda one: "-" + one[0].lower(), name))
    return default if found is None else found.strip()


def _all(element: Any, *names: str) -> Iterator[Any]:
    """Every element within that has one of the names, hyphens and capitals told apart by nobody."""
    wanted = {name.lower() for name in names}
    for one in element.iter():
        if name_of(one).replace("-", "").lower() in wanted:
            yield one


def _first(element: Any, name: str) -> Any:
    return next(_all(element, name), None)


class _Place(NamedTuple):
    """Where an item stands: what it is told by, and what lies beside it."""

    source: str
    member: str = ""
    archive: foreign.Archive | None = None

    def picture(self, address: str) -> Picture | None:
        """The picture behind an address of the item; None for one of another site."""
        if re.match(r"(https?:)?//", address):
            return None
        path = unquote(address.partition("#")[0].partition("?")[0])
        found = self.archive.find(path, self.member) if self.archive else None
        if found is None or self.archive is None:
            return Picture(path, None)
        try:
            return Picture(found, self.archive.read(found))
        except Refused:
            return Picture(found, None)


def read_item(data: bytes, name: str) -> Reading:
    """The question of an item's own file."""
    root = foreign.xml(data, name)
    format = version_of(root)
    if format is None:
        message = tell("has <{tag}>, no assessment item, as its root", tag=name_of(root))
        raise foreign.refusal(name, "not-qti", message)
    reading = Reading(format)
    _add(reading, _item(root, _Place(name), {}))
    return reading


def _add(reading: Reading, found: Question | SetAside) -> None:
    if isinstance(found, Question):
        reading.questions.append(found)
    else:
        reading.set_aside.append(found)


_ITEM = re.compile(rb"<(\w+:)?(qti-assessment-item|assessmentItem)[\s>]")


def is_item(data: bytes) -> bool:
    """Whether the bytes are an item of QTI 2 or 3."""
    return bool(_ITEM.search(data[:8192]))


def is_package(archive: foreign.Archive) -> bool:
    """Whether an archive holds items of QTI 2 or 3."""
    return any(is_item(archive.head(member) or b"") for member in archive.members if _may_be_xml(member))


def _may_be_xml(member: str) -> bool:
    return member.lower().endswith(".xml")


def read_package(archive: foreign.Archive) -> Reading:
    """The questions of a package, in the order of its members. A damaged member is set aside by its name."""
    reading = Reading("")
    tags = _manifest(archive, reading)
    stimuli: dict[str, Passage] = {}
    for member in archive.members:
        if not _may_be_xml(member):
            continue
        head = archive.head(member)  # None: damaged, and told by name below
        if head is not None and not is_item(head):
            continue
        place = _Place(f"{archive.name}/{member}", member, archive)
        try:
            root = foreign.xml(archive.read(member), place.source)
        except Refused as error:
            reading.set_aside.append(
                SetAside(place.source, "damaged", tell("{why}", why=error.problems[0].message))
            )
            continue
        reading.format = reading.format or version_of(root) or ""
        found = _item(root, place, stimuli)
        if isinstance(found, Question) and tags.get(member):
            found = replace(found, tags=tags[member])
        _add(reading, found)
    reading.format = reading.format or "qti21"
    reading.notes += archive.outside_told()
    return reading


def package_faults(archive: foreign.Archive) -> list[Problem]:
    """What is wrong with an archive that holds no questions: members that lead out of it, XML that is
    damaged, members that its manifest names and it lacks."""
    found = [Problem(archive.name, "outside", one) for one in archive.outside_told()]
    for member in filter(_may_be_xml, archive.members):
        try:
            root = foreign.xml(archive.read(member), f"{archive.name}/{member}")
        except Refused as error:
            found += error.problems
            continue
        if member.rpartition("/")[2] == _MANIFEST:
            found += [Problem(archive.name, "lacking", one) for one in _lacking(archive, member, root)]
    return found[:50]


_MANIFEST = "imsmanifest.xml"


def _lacking(archive: foreign.Archive, manifest: str, root: Any) -> Iterator[Message]:
    """The members that a manifest names and the archive does not hold."""
    for resource in _all(root, "resource"):
        hrefs = [resource.get("href"), *(one.get("href") for one in _all(resource, "file"))]
        for href in dict.fromkeys(unquote(one) for one in hrefs if one):
            if archive.find(href, manifest) is None and not re.match(r"https?:", href):
                yield tell("its manifest names {href}, which is not in the package", href=href)


def _manifest(archive: foreign.Archive, reading: Reading) -> dict[str, tuple[str, ...]]:
    """What the manifest says of each member: keywords and labels of standards. What it lacks is noted."""
    found = [member for member in archive.members if member.rpartition("/")[2] == _MANIFEST]
    if not found:
        reading.notes.append(tell("has no imsmanifest.xml: its items are read all the same"))
    told: dict[str, tuple[str, ...]] = {}
    for manifest in found:
        try:
            root = foreign.xml(archive.read(manifest), manifest)
        except Refused as error:
            reading.notes.append(
                tell("its manifest {why}: its items are read all the same", why=error.problems[0].message)
            )
            continue
        reading.notes += _lacking(archive, manifest, root)
        for resource in _all(root, "resource"):
            member = archive.find(unquote(resource.get("href") or ""), manifest)
            if member and "item" in resource.get("type", ""):
                told[member] = tuple(_labels(resource))
    return told


def _labels(resource: Any) -> Iterator[str]:
    seen = set()
    for one in _all(resource, "keyword", "label"):
        text = markup.plain_of("".join(one.itertext()))
        if text and text not in seen:
            seen.add(text)
            yield text


def _item(root: Any, place: _Place, stimuli: dict[str, Passage]) -> Question | SetAside:
    title, identifier = _get(root, "title"), _get(root, "identifier")
    name = title or identifier
    body = _first(root, "itembody")
    interactions = [
        one
        for one in (body.iter() if body is not None else ())
        if name_of(one).lower().endswith("interaction")
    ]
    kinds = [name_of(one).replace("-", "").lower() for one in interactions]
    if _get(root, "adaptive").lower() == "true":
        return SetAside(place.source, "adaptive", tell("changes with what is answered (adaptive)"), name)
    if _first(root, "templatedeclaration") is not None:
        return SetAside(place.source, "template", tell("has values drawn by a program (template)"), name)
    if not kinds:
        return SetAside(place.source, "information", tell("asks nothing: a page of information"), name)
    if len(kinds) > 1:
        message = tell(
            "asks {n} things at once ({kinds})", n=len(kinds), kinds=", ".join(dict.fromkeys(kinds))
        )
        return SetAside(place.source, "composite", message, name)
    if kinds[0] != "choiceinteraction":
        message = tell("is a question of the type {kind}, not multiple choice", kind=kinds[0])
        return SetAside(place.source, kinds[0], message, name)
    return _choice_item(root, body, interactions[0], place, stimuli)


class _Declared(NamedTuple):
    """What the declaration of a response says: how many may be marked, which are right, what each earns."""

    name: str
    multiple: bool
    correct: tuple[str, ...]
    mapped: Mapping[str, float]
    default: float
    low: float
    high: float
    notes: tuple[Message, ...]

    def points(self, marked: Sequence[str]) -> float:
        """What options earn by the mapping."""
        return max(self.low, min(self.high, sum(self.mapped.get(one, self.default) for one in marked)))


def _declared(root: Any, identifier: str) -> _Declared:
    found = [one for one in _all(root, "responsedeclaration") if _get(one, "identifier") == identifier]
    if len(found) != 1:
        said = (
            tell("declares its response {n} times", n=len(found)) if found else tell("declares no response")
        )
        return _Declared(identifier, False, (), {}, 0.0, -inf, inf, (said,))
    [one] = found
    correct = _first(one, "correctresponse")
    values = tuple(
        text
        for value in (_all(correct, "value") if correct is not None else ())
        if (text := "".join(value.itertext()).strip())
    )
    mapping = _first(one, "mapping")
    notes: list[Message] = []

    def number(text: str, otherwise: float) -> float:
        try:
            return weights.number(text) if text else otherwise
        except ValueError:
            notes.append(tell("its mapping has {value!r}, not a number", value=text))
            return otherwise

    mapped = {
        _get(entry, "mapKey"): number(_get(entry, "mappedValue"), 0.0)
        for entry in (_all(mapping, "mapentry") if mapping is not None else ())
    }
    default, low, high = (
        number("" if mapping is None else _get(mapping, name), otherwise)
        for name, otherwise in (("defaultValue", 0.0), ("lowerBound", -inf), ("upperBound", inf))
    )
    several = _get(one, "cardinality") in ("multiple", "ordered")
    whole = {} if notes else mapped  # half a mapping would be another one
    return _Declared(
        identifier, several, tuple(dict.fromkeys(values)), whole, default, low, high, tuple(notes)
    )


class _Key(NamedTuple):
    """The right options by their names, what there is to say of them, and why the key is not sure."""

    right: frozenset[str]
    notes: list[Message]
    doubt: Message | None = None


def _key(root: Any, declared: _Declared, names: Sequence[str]) -> _Key:
    """The key as it is declared, where the scoring says no other; else what the scoring proves."""
    notes: list[Message] = []
    right = frozenset(declared.correct)
    if unknown := [one for one in declared.correct if one not in names]:
        return _Key(frozenset(), [], tell("its key {key} is none of its options", key=", ".join(unknown)))
    if len(set(names)) < len(names):
        return _Key(
            frozenset(), [], tell("two of its options have the same identifier, so its key is not clear")
        )
    rules, by_mapping, is_custom = _scorings(root, declared, names)
    if is_custom:
        notes.append(tell("scores by rules of its own: only its key is taken"))
    scorings = [one for one in (rules, by_mapping) if one is not None]
    found = [weights.key_of(len(names), declared.multiple, one) for one in scorings]
    if found and isinstance(found[0], Message):
        return _Key(right, notes, found[0])
    proved = [frozenset(names[place] for place in one) for one in found if not isinstance(one, Message)]
    if not right and proved:
        notes.append(tell("its key is read from its points: it names no right answer"))
        right = proved[0]
    if other := next((one for one in proved if one != right), None):
        shown = ", ".join(name for name in names if name in other ^ right)
        return _Key(right, notes, tell("its points contradict its key: {names}", names=shown))
    return _Key(right, notes)


Earns = Callable[[weights.Answer], float]
_MOST_STEPS = 2_000_000
"""Elements of rules that are carried out for one item: an item of five options takes a few hundred."""


def _scorings(
    root: Any, declared: _Declared, names: Sequence[str]
) -> tuple[Earns | None, Earns | None, bool]:
    """What an answer earns by the rules of the item; what it earns by its mapping; whether it has rules that
    are not carried out here. None for what scores nothing."""
    processing = _first(root, "responseprocessing")
    rules: Earns | None = None
    is_custom = False

    def by_mapping(answer: weights.Answer) -> float:
        return declared.points([names[place] for place in answer])

    mapped = (
        by_mapping
        if max(map(by_mapping, map(frozenset, combinations(range(len(names)), 1))), default=0.0) > 0
        else None
    )
    if processing is None:
        return None, mapped, False
    address = _get(processing, "template") or _get(processing, "templateLocation")
    if any(
        _get(one, "identifier") == "SCORE"
        for one in _all(processing, "setoutcomevalue", "lookupoutcomevalue")
    ):
        rules = _by_rules(root, processing, declared, names)
        is_custom = rules is None
    elif re.search(r"map_response(\.xml)?$", address):
        rules = by_mapping
    else:
        is_custom = bool(address) and not _STANDARD.search(address)
    return rules, mapped, is_custom


def _by_rules(root: Any, processing: Any, declared: _Declared, names: Sequence[str]) -> Earns | None:
    """What an answer earns by rules that are written out; None for those that are not carried out here."""
    sizes = range(len(names) + 1) if declared.multiple and len(names) <= weights.MOST_TRIED else range(2)
    n_answers = sum(comb(len(names), size) for size in sizes)
    if n_answers * sum(1 for _ in processing.iter()) > _MOST_STEPS:
        return None
    response = qti_scoring.Response(declared.name, declared.multiple, declared.correct, declared.points)

    def earned(answer: weights.Answer) -> float:
        marked = tuple(names[place] for place in sorted(answer))
        return qti_scoring.score_of(processing, outcomes, response, marked)

    try:
        outcomes = _outcomes(root)
        for size in sizes:
            for one in combinations(range(len(names)), size):
                earned(frozenset(one))
    except qti_scoring.NotTried:
        return None
    return earned


def _outcomes(root: Any) -> dict[str, qti_scoring.Value]:
    """The outcomes that an item declares, each with the value that it begins with."""
    found: dict[str, qti_scoring.Value] = {}
    for one in _all(root, "outcomedeclaration"):
        value, kind = _first(one, "value"), _get(one, "baseType")
        found[_get(one, "identifier")] = (
            qti_scoring.typed("".join(value.itertext()), kind)
            if value is not None
            else 0.0
            if kind in ("float", "integer")
            else None
        )
    return found


def _choice_item(
    root: Any,
    body: Any,
    interaction: Any,
    place: _Place,
    stimuli: dict[str, Passage],
) -> Question:
    declared = _declared(root, _get(interaction, "responseIdentifier", "RESPONSE"))
    options = list(_all(interaction, "simplechoice"))
    names = [_get(one, "identifier") for one in options]
    key = _key(root, declared, names)
    doubt, most = key.doubt, _get(interaction, "maxChoices")
    if doubt is None and declared.multiple and most.isdigit() and 0 < int(most) < len(key.right):
        doubt = tell("allows at most {most} marked options, but its key has {n}", most=most, n=len(key.right))
    notes = [*declared.notes, *key.notes]
    stimulus = _stimulus(root, place, stimuli)
    lacks = [_get(one, "href") for one in _all(root, "include")]
    if stimulus is None and (shared := _first(root, "assessmentstimulusref")) is not None:
        lacks.append(_get(shared, "href"))
    notes += [tell("the text {name} that it belongs to is not read with it", name=one) for one in lacks]
    modal = _modal(root, place)
    choices = tuple(
        Choice(
            markup.from_element(one, place.picture, "lines", _FEEDBACK),
            name in key.right,
            declared.mapped.get(name, declared.default) if declared.mapped else None,
            _feedback(one, place) or modal.pop(name, None),
            _get(one, "fixed").lower() == "true",
        )
        for one, name in zip(options, names, strict=True)
    )
    kind: Kind = "multiple" if declared.multiple else "single"
    notes += _rubric(body)
    question = Question(
        id=_get(root, "identifier") or place.source,
        source=place.source,
        kind=kind,
        stem=markup.from_element(body, place.picture, "stem", _NOT_OF_THE_STEM),
        choices=choices,
        points=_points(root),
        name=_get(root, "title"),
        shuffle=_get(interaction, "shuffle", "false").lower() == "true",
        feedback=next(iter(modal.values()), None),
        stimulus=stimulus,
        warnings=tuple(notes),
        doubt=doubt,
    )
    return weights.with_concerns(question)


def _feedback(option: Any, place: _Place) -> Passage | None:
    own = [markup.from_element(one, place.picture, "lines") for one in _all(option, "feedbackinline")]
    return own[0] if own and own[0] else None


def _modal(root: Any, place: _Place) -> dict[str, Passage]:
    found: dict[str, Passage] = {}
    for one in _all(root, "modalfeedback"):
        if text := markup.from_element(one, place.picture, "stem"):
            found.setdefault(_get(one, "identifier"), text)
    return found


def _rubric(body: Any) -> Iterator[Message]:
    if any(markup.plain_of("".join(one.itertext())) for one in _all(body, "rubricblock")):
        yield tell("its notes for scorers and others (rubric) are left out")
    if any(True for one in _all(body, "printedvariable")):
        yield tell("shows values of a program, which are left out")


def _points(root: Any) -> float | None:
    for one in _all(root, "outcomedeclaration"):
        if _get(one, "identifier") == "MAXSCORE":
            value = _first(one, "value")
            try:
                return weights.number("".join(value.itertext())) if value is not None else None
            except ValueError:
                return None
    return None


def _stimulus(root: Any, place: _Place, stimuli: dict[str, Passage]) -> tuple[str, Passage] | None:
    """The text that the item shares with others (QTI 3)."""
    reference = _first(root, "assessmentstimulusref")
    if reference is None or place.archive is None:
        return None
    member = place.archive.find(unquote(_get(reference, "href")), place.member)
    if member is None:
        return None
    if member not in stimuli:
        beside = _Place(f"{place.archive.name}/{member}", member, place.archive)
        try:
            shared = foreign.xml(place.archive.read(member), beside.source)
        except Refused:
            return None
        text = _first(shared, "stimulusbody")
        whole = shared if text is None else text
        stimuli[member] = markup.from_element(whole, beside.picture, "stimulus", frozenset(("stylesheet",)))
    return _get(reference, "identifier") or member, stimuli[member]
