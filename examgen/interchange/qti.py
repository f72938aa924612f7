"""Reads QTI 2.1, 2.2 and 3.0: single items and packages of items.

References
----------
IMS Question & Test Interoperability: Assessment Test, Section and Item Information Model, 2.1 (2012), 2.2
(2015), 3.0 (2022), and Content Packaging 1.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, takewhile
from math import inf
from typing import Any, NamedTuple
from urllib.parse import unquote

from examgen.core import foreign
from examgen.core.problems import Problem, Refused
from examgen.core.words import Message, joined, listed, tell
from examgen.interchange import markup, weights
from examgen.interchange.line_kinds import POINTS
from examgen.interchange.markup import name_of
from examgen.interchange.question_context import Rubric, under
from examgen.interchange.questions import (
    Choice,
    Kind,
    Passage,
    Question,
    QuestionFile,
    QuestionPicture,
    RefusedQuestion,
)
from examgen.interchange.questions import joined as joined_passages

VERSIONS = {"imsqti_v2p0": "qti21", "imsqti_v2p1": "qti21", "imsqti_v2p2": "qti22", "imsqtiasi_v3p0": "qti30"}
"""The format by the end of the namespace of items."""

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
_ITEM = re.compile(rb"<(\w+:)?(qti-assessment-item|assessmentItem)[\s>]")
_TEST = re.compile(rb"<(\w+:)?(qti-assessment-(?:test|section)|assessment(?:Test|Section))[\s>]")
_MANIFEST = "imsmanifest.xml"
_BRANCHES = frozenset(("responsecondition", "responseif", "responseelseif", "responseelse"))
_POINTS = frozenset(("basevalue", "mapresponse"))
"""The elements that give the points in a standard rule."""


def version_of(root: Any) -> str | None:
    """Return the format of an item from its namespace; None if the element is not an item."""
    if name_of(root) not in ("assessmentItem", "assessment-item"):
        return None
    space = root.tag.partition("}")[0].rpartition("/")[2]
    return next((format for name, format in VERSIONS.items() if space.startswith(name)), "qti21")


def _all(element: Any, *names: str) -> Iterator[Any]:
    """Yield every descendant with one of the names, ignoring hyphens and case."""
    wanted = {name.lower() for name in names}
    for one in element.iter():
        if _plain_name(one) in wanted:
            yield one


def _first(element: Any, name: str) -> Any:
    return next(_all(element, name), None)


def attribute(element: Any, name: str, default: str = "") -> str:
    """Return an attribute: `maxChoices` in QTI 2, `max-choices` in QTI 3."""
    found = element.get(name)
    if found is None:
        found = element.get(re.sub("[A-Z]", lambda one: "-" + one[0].lower(), name))
    return default if found is None else found.strip()


class _ItemPlace(NamedTuple):
    """The location of an item: its name in messages, and the archive with the files around it."""

    source: str
    member: str = ""
    archive: foreign.Archive | None = None

    def picture(self, address: str) -> QuestionPicture | None:
        """Return the picture at an address in the item; None if the address is on another site."""
        if re.match(r"(https?:)?//", address):
            return None
        path = unquote(address.partition("#")[0].partition("?")[0])
        found = self.archive.find(path, self.member) if self.archive else None
        if found is None or self.archive is None:
            return QuestionPicture(path, None)
        try:
            return QuestionPicture(found, self.archive.read(found))
        except Refused:
            return QuestionPicture(found, None)


def read_item(data: bytes, name: str) -> QuestionFile:
    """Read the question in a file with a single item."""
    root = foreign.xml(data, name)
    format = version_of(root)
    if format is None:
        message = tell("has <{tag}>, not an assessment item, as its root", tag=name_of(root))
        raise foreign.refusal(name, "not-qti", message)
    reading = QuestionFile(format)
    _add(reading, _item(root, _ItemPlace(name), {}))
    return reading


def _add(reading: QuestionFile, found: Question | RefusedQuestion) -> None:
    if isinstance(found, Question):
        reading.questions.append(found)
    else:
        reading.set_aside.append(found)


def is_item(data: bytes) -> bool:
    """Return whether the bytes are an item of QTI 2 or 3."""
    return bool(_ITEM.search(data[:8192]))


def is_package(archive: foreign.Archive) -> bool:
    """Return whether an archive contains items of QTI 2 or 3."""
    return any(is_item(archive.head(member) or b"") for member in archive.members if _may_be_xml(member))


def _may_be_xml(member: str) -> bool:
    return member.lower().endswith(".xml")


def read_package(archive: foreign.Archive) -> QuestionFile:
    """Read the questions of a package, in the order of its members. A damaged member is listed as refused."""
    reading = QuestionFile("")
    tags: dict[str, tuple[str, ...]] = {}
    manifests = [member for member in archive.members if member.rpartition("/")[2] == _MANIFEST]
    if not manifests:
        reading.notes.append(tell("has no imsmanifest.xml; its items are read anyway"))
    for manifest in manifests:
        try:
            root = foreign.xml(archive.read(manifest), manifest)
        except Refused as error:
            reading.notes.append(
                tell("its manifest {why}; its items are read anyway", why=error.problems[0].message)
            )
            continue
        reading.notes += _lacking(archive, manifest, root)
        for resource in _all(root, "resource"):
            member = archive.find(unquote(resource.get("href") or ""), manifest)
            if member and "item" in resource.get("type", ""):
                words = [
                    markup.plain_of("".join(one.itertext())) for one in _all(resource, "keyword", "label")
                ]
                tags[member] = tuple(dict.fromkeys(filter(None, words)))
    stimuli: dict[str, Passage] = {}
    above = _read_above(archive)
    for member in archive.members:
        if not _may_be_xml(member):
            continue
        head = archive.head(member)  # None: damaged, and told by name below
        if head is not None and not is_item(head):
            continue
        place = _ItemPlace(f"{archive.name}/{member}", member, archive)
        try:
            root = foreign.xml(archive.read(member), place.source)
        except Refused as error:
            reading.set_aside.append(
                RefusedQuestion(place.source, "damaged", tell("{why}", why=error.problems[0].message))
            )
            continue
        reading.format = reading.format or version_of(root) or ""
        found = _item(root, place, stimuli, *_above(member, above))
        if isinstance(found, Question) and tags.get(member):
            found = replace(found, tags=tags[member])
        _add(reading, found)
    reading.format = reading.format or "qti21"
    reading.notes += archive.outside_messages()
    return reading


def _read_above(archive: foreign.Archive) -> dict[str, list[tuple[str, str, Sequence[Passage]]]]:
    """Return what candidates read above each item or section to which a test or section of the package
    refers: the member that refers to it, the titles of its sections, and their instructions.
    """
    found: dict[str, list[tuple[str, str, Sequence[Passage]]]] = {}
    for member in filter(_may_be_xml, archive.members):
        if not _TEST.search((archive.head(member) or b"")[:8192]):
            continue
        place = _ItemPlace(f"{archive.name}/{member}", member, archive)
        try:
            root = foreign.xml(archive.read(member), place.source)
        except Refused:
            continue
        for one in _all(root, "assessmentitemref", "assessmentsectionref"):
            around = [*one.iterancestors()][::-1]
            titles = [attribute(part, "title") for part in around if attribute(part, "visible") != "false"]
            texts = [
                markup.from_element(rubric, place.picture, "stem")
                for part in around
                for rubric in part
                if _plain_name(rubric) == "rubricblock" and _is_for_candidates(rubric)
            ]
            target = archive.find(unquote(attribute(one, "href")), member) or ""
            found.setdefault(target, []).append((member, " ".join(titles), texts))
    return found


def _above(
    member: str, found: Mapping[str, list[tuple[str, str, Sequence[Passage]]]], seen: tuple[str, ...] = ()
) -> tuple[str, list[Passage]]:
    """Return the titles and instructions above a member, from the test down, each instruction once."""
    titles = ""
    texts: dict[str, Passage] = {}
    for around, title, said in found.get(member, ()) if member not in seen else ():
        before, outer = _above(around, found, (*seen, member))
        titles += f" {before} {title}"
        texts |= {one.markdown: one for one in (*outer, *said) if one}
    return titles.strip(), [*texts.values()]


def _is_for_candidates(rubric: Any) -> bool:
    words = markup.plain_of("".join(rubric.itertext()))
    return "candidate" in attribute(rubric, "view").split() and not POINTS.fullmatch(words)


def package_faults(archive: foreign.Archive) -> list[Problem]:
    """Return the faults of an archive without questions: members that lead out of it, damaged XML, and
    members that its manifest lists but that are missing.
    """
    found = [Problem(archive.name, "outside", one) for one in archive.outside_messages()]
    for member in filter(_may_be_xml, archive.members):
        try:
            root = foreign.xml(archive.read(member), f"{archive.name}/{member}")
        except Refused as error:
            found += error.problems
            continue
        if member.rpartition("/")[2] == _MANIFEST:
            found += [Problem(archive.name, "lacking", one) for one in _lacking(archive, member, root)]
    return found[:50]


def _lacking(archive: foreign.Archive, manifest: str, root: Any) -> Iterator[Message]:
    """Yield a message for each member that a manifest lists but the archive lacks."""
    for resource in _all(root, "resource"):
        hrefs = [resource.get("href"), *(one.get("href") for one in _all(resource, "file"))]
        for href in dict.fromkeys(unquote(one) for one in hrefs if one):
            if archive.find(href, manifest) is None and not re.match(r"https?:", href):
                yield tell("its manifest refers to {href}, which is not in the package", href=href)


def _item(
    root: Any,
    place: _ItemPlace,
    stimuli: dict[str, Passage],
    titles: str = "",
    above: Sequence[Passage] = (),
) -> Question | RefusedQuestion:
    """Return the question of an item with a single choice interaction, below the instructions `above` it; any
    other item is refused.
    """
    title, identifier = attribute(root, "title"), attribute(root, "identifier")
    name = title or identifier
    body = _first(root, "itembody")
    interactions = [
        one
        for one in (body.iter() if body is not None else ())
        if name_of(one).lower().endswith("interaction")
    ]
    kinds = [_plain_name(one) for one in interactions]
    if attribute(root, "adaptive").lower() == "true":
        return RefusedQuestion(place.source, "adaptive", tell("changes with the answers (adaptive)"), name)
    if _first(root, "templatedeclaration") is not None:
        return RefusedQuestion(
            place.source, "template", tell("has values computed by a program (template)"), name
        )
    if not kinds:
        return RefusedQuestion(place.source, "information", tell("asks nothing (information page)"), name)
    if len(kinds) > 1:
        message = tell(
            "asks {n} things at once ({kinds})", n=len(kinds), kinds=", ".join(dict.fromkeys(kinds))
        )
        return RefusedQuestion(place.source, "composite", message, name)
    if kinds[0] != "choiceinteraction":
        message = tell("is a question of type {kind}, not multiple choice", kind=kinds[0])
        return RefusedQuestion(place.source, kinds[0], message, name)
    [interaction] = interactions
    declared = _declared(root, attribute(interaction, "responseIdentifier", "RESPONSE"))
    options = list(_all(interaction, "simplechoice"))
    names = [attribute(one, "identifier") for one in options]
    right, notes, doubt = _key(root, declared, names)
    most = attribute(interaction, "maxChoices")
    least = attribute(interaction, "minChoices")
    if doubt is None and declared.multiple and most.isdigit() and 0 < int(most) < len(right):
        doubt = tell("allows at most {most} marked options, but its key has {n}", most=most, n=len(right))
    if doubt is None and least.isdigit() and len(right) < int(least):
        doubt = tell("asks for {least} marked options, but its key has {n}", least=least, n=len(right))
    if any(True for _ in _all(body, "printedvariable")):
        doubt = doubt or tell("shows computed values, which are left out")
    if any(attribute(one, "templateIdentifier") or attribute(one, "showHide") == "hide" for one in options):
        doubt = doubt or tell("has options that a program shows or hides")
    notes = [*declared.notes, *notes]
    stimulus = _stimulus(root, place, stimuli)
    lacks = [attribute(one, "href") for one in _all(root, "include")]
    if stimulus is None and (shared := _first(root, "assessmentstimulusref")) is not None:
        lacks.append(attribute(shared, "href"))
    for one in lacks:
        doubt = doubt or tell("the text {name} that it belongs to is not imported", name=one)
    modal: dict[str, Passage] = {}
    for one in _all(root, "modalfeedback"):
        if text := markup.from_element(one, place.picture, "stem"):
            modal.setdefault(attribute(one, "identifier"), text)
    told = [  # what is said of each option, in it
        next(
            (markup.from_element(said, place.picture, "lines") for said in _all(one, "feedbackinline")), None
        )
        for one in options
    ]
    choices = tuple(
        Choice(
            markup.from_element(one, place.picture, "lines", _FEEDBACK),
            name in right,
            declared.mapped.get(name, declared.default) if declared.mapped else None,
            own or modal.pop(name, None),
            attribute(one, "fixed").lower() == "true",
        )
        for one, name, own in zip(options, names, told, strict=True)
    )
    kind: Kind = "multiple" if declared.multiple else "single"
    rubrics = [one for one in _all(body, "rubricblock") if markup.plain_of("".join(one.itertext()))]
    for rubric in rubrics:
        if _is_for_candidates(rubric):
            rubric.tag = "div"  # what candidates read stands in the stem
    if any(rubric.tag != "div" for rubric in rubrics):
        notes.append(tell("its notes for scorers and others (rubric) are left out"))
    shown = _all(body, "feedbackblock", "feedbackinline", "templateblock", "templateinline", "infocontrol")
    outside = [
        one for one in shown if not any(_plain_name(above) == "simplechoice" for above in one.iterancestors())
    ]
    said = [markup.plain_of("".join(one.itertext())) for one in outside]
    if any(said):
        texts = joined(filter(None, said), " / ")
        notes.append(tell("text that a program shows is left out: {texts}", texts=texts))
    if min((declared.default, *declared.mapped.values())) < 0:
        notes.append(tell("deducts points for wrong options, which is set in the exam's scoring here"))
    most_points = [
        one for one in _all(root, "outcomedeclaration") if attribute(one, "identifier") == "MAXSCORE"
    ]
    value = _first(most_points[0], "value") if most_points else None
    question = Question(
        id=identifier or place.source,
        source=place.source,
        kind=kind,
        stem=joined_passages(
            [*above, markup.from_element(body, place.picture, "stem", _NOT_OF_THE_STEM)], "stem"
        ),
        choices=choices,
        points=None if value is None else weights.number_or_none("".join(value.itertext())),
        name=title,
        shuffle=attribute(interaction, "shuffle", "false").lower() == "true",
        feedback=joined_passages([*modal.values()], "stem") or None,
        stimulus=stimulus,
        warnings=tuple(notes),
        doubt=doubt,
    )
    rubric = Rubric()
    rubric.read(titles)
    return under(weights.with_concerns(question), rubric.over_next())


class _Declared(NamedTuple):
    """The declaration of a response: whether several options may be marked, which are right, and the points
    of each.
    """

    name: str
    multiple: bool
    correct: tuple[str, ...]
    mapped: Mapping[str, float]
    default: float
    low: float
    high: float
    notes: tuple[Message, ...]

    def points(self, marked: Sequence[str]) -> float:
        """Return the points for these options by the mapping."""
        return max(self.low, min(self.high, sum(self.mapped.get(one, self.default) for one in marked)))


def _declared(root: Any, identifier: str) -> _Declared:
    found = [one for one in _all(root, "responsedeclaration") if attribute(one, "identifier") == identifier]
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
        attribute(entry, "mapKey"): number(attribute(entry, "mappedValue"), 0.0)
        for entry in (_all(mapping, "mapentry") if mapping is not None else ())
    }
    default, low, high = (
        number("" if mapping is None else attribute(mapping, name), otherwise)
        for name, otherwise in (("defaultValue", 0.0), ("lowerBound", -inf), ("upperBound", inf))
    )
    several = attribute(one, "cardinality") in ("multiple", "ordered")
    whole = {} if notes else mapped  # half a mapping would be another one
    return _Declared(
        identifier, several, tuple(dict.fromkeys(values)), whole, default, low, high, tuple(notes)
    )


def _key(
    root: Any, declared: _Declared, names: Sequence[str]
) -> tuple[frozenset[str], list[Message], Message | None]:
    """Return the identifiers of the right options, notes on them, and the reason if the key is uncertain.

    The declared key is used unless the scoring contradicts it; without a declared key, the one that the
    scoring proves.
    """
    notes: list[Message] = []
    right = frozenset(declared.correct)
    if unknown := [one for one in declared.correct if one not in names]:
        return frozenset(), [], tell("its key {key} is not one of its options", key=", ".join(unknown))
    if unknown := _not_options(root, declared, names):
        message = tell("its scoring names {names}, which is not one of its options", names=listed(unknown))
        return frozenset(), [], message
    if len(set(names)) < len(names):
        return frozenset(), [], tell("two of its options have the same identifier, so its key is not clear")

    def by_mapping(answer: weights.Answer) -> float:
        return declared.points([names[place] for place in answer])

    processing = _first(root, "responseprocessing")
    by_points = any(by_mapping(frozenset((place,))) > 0 for place in range(len(names)))
    if processing is not None:
        address = attribute(processing, "template") or attribute(processing, "templateLocation")
        outcomes = [
            one
            for one in _all(processing, "setoutcomevalue", "lookupoutcomevalue")
            if attribute(one, "identifier") == "SCORE"
        ]
        if outcomes and not _is_standard(processing, outcomes, declared.name):
            return (
                right,
                notes,
                tell("has scoring rules of its own. Check its key, and write a standard rule."),
            )
        is_mapped = _first(processing, "mapresponse") is not None
        by_points = by_points or is_mapped or bool(re.search(r"map_response(\.xml)?$", address))
        if address and not outcomes and not _STANDARD.search(address):
            notes.append(tell("has its own scoring rules, from which only the key is taken"))
    scorings = [by_mapping] if by_points else []
    found = [weights.key_of(len(names), declared.multiple, one) for one in scorings]
    if found and isinstance(found[0], Message):
        return right, notes, found[0]
    proved = [frozenset(names[place] for place in one) for one in found if not isinstance(one, Message)]
    if not right and proved:
        notes.append(tell("names no right answer, so its key is taken from its points"))
        right = proved[0]
    if other := next((one for one in proved if one != right), None):
        shown = ", ".join(name for name in names if name in other ^ right)
        return right, notes, tell("its points contradict its key: {names}", names=shown)
    return right, notes, None


def _not_options(root: Any, declared: _Declared, names: Sequence[str]) -> list[str]:
    """Return the identifiers in the mapping or in comparisons of a rule that are not options."""
    found = [name for name, points in declared.mapped.items() if points]
    for comparison in _all(root, "match", "member", "contains"):
        is_response = any(
            attribute(one, "identifier") == declared.name for one in _all(comparison, "variable")
        )
        if is_response:
            found += ["".join(one.itertext()).strip() for one in _all(comparison, "basevalue")]
    return [name for name in dict.fromkeys(found) if name not in names]


def _is_standard(processing: Any, outcomes: Sequence[Any], response: str) -> bool:
    """Return whether explicit rules equal those of a standard template: points for the declared answer or by
    the mapping, and none for any other answer.
    """
    above = [takewhile(lambda one: one is not processing, outcome.iterancestors()) for outcome in outcomes]
    branches = {_plain_name(one) for one in chain(*above)}
    if branches - _BRANCHES or {_plain_name(one) for outcome in outcomes for one in outcome} - _POINTS:
        return False
    for outcome in outcomes:
        branch = outcome.getparent()
        tested = [
            one
            for one in branch
            if _plain_name(one) in ("match", "isnull", "not", "and", "or", "member", "equal")
        ]
        tests = {_plain_name(one) for test in tested for one in test.iter()} | {"responseelse"} & {
            _plain_name(branch)
        }
        points = [
            weights.number_or_none("".join(one.itertext()))
            for one in outcome
            if _plain_name(one) == "basevalue"
        ]
        is_match = tests == {"match", "variable", "correct"}
        if not (is_match or tests in ({"responseelse"}, {"isnull", "variable"}, set())):
            return False
        if any(one is None or (one <= 0 if is_match else one > 0) for one in points):
            return False
        used = [attribute(one, "identifier") for test in tested for one in test]
        if any(name != response for name in used):
            return False
    return True


def _plain_name(element: Any) -> str:
    """Return the name of an element in lower case without hyphens, which is the same in QTI 2 and 3."""
    return name_of(element).replace("-", "").lower()


def _stimulus(root: Any, place: _ItemPlace, stimuli: dict[str, Passage]) -> tuple[str, Passage] | None:
    """Return the text that the item shares with others (QTI 3), with its name; None if there is none."""
    reference = _first(root, "assessmentstimulusref")
    if reference is None or place.archive is None:
        return None
    member = place.archive.find(unquote(attribute(reference, "href")), place.member)
    if member is None:
        return None
    if member not in stimuli:
        beside = _ItemPlace(f"{place.archive.name}/{member}", member, place.archive)
        try:
            shared = foreign.xml(place.archive.read(member), beside.source)
        except Refused:
            return None
        text = _first(shared, "stimulusbody")
        whole = shared if text is None else text
        stimuli[member] = markup.from_element(whole, beside.picture, "stimulus", frozenset(("stylesheet",)))
    return attribute(reference, "identifier") or member, stimuli[member]
