"""What each analysis is asked: its files, and its options as the command has them, by the same names.

A file is one of those that who asks has sent to the unit, or an exam of it. Every option that is left empty
is left out; what a value means, and what does not go together, the analysis says, as for the command.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.html import format_html

from examgen.core.models.scoring import FIRST_BUDDHIST_YEAR
from examgen.core.words import tell
from examgen.site.abuse import Watched
from examgen.site.language import said
from examgen.site.sittings.forms import MEGABYTE, Files

LONGEST = 500
EXAM = "exam:"
"""Begins the value of a choice that is an exam, not a file."""


class SentFiles(Watched):
    """Files for analyses."""

    given = Files(
        label=said(tell("Files")),
        help_text=said(tell("responses, totals, parameters, keys, ratings: CSV, CSV.GZ, XLSX or Parquet")),
        most=200 * MEGABYTE,
    )


class Source(forms.ChoiceField):
    """A file, or with `exams` an exam of the unit; without `files` an exam alone."""

    def __init__(
        self, label: str, help: str = "", *, exams: bool = False, files: bool = True, needed: bool = False
    ) -> None:
        super().__init__(label=said(label), help_text=said(help), required=needed)
        self.exams, self.files = exams, files


class Sources(forms.MultipleChoiceField):
    """Files, or with `exams` an exam of the unit."""

    def __init__(self, label: str, help: str = "", *, exams: bool = False, needed: bool = False) -> None:
        super().__init__(
            label=said(label), help_text=said(help), required=needed, widget=forms.CheckboxSelectMultiple
        )
        self.exams, self.files = exams, True


def _words(label: str, help: str = "", initial: str = "") -> forms.CharField:
    return forms.CharField(
        label=said(label), help_text=said(help), required=False, max_length=LONGEST, initial=initial
    )


def _number(label: str, help: str = "", **more: Any) -> forms.FloatField:
    return forms.FloatField(label=said(label), help_text=said(help), required=False, **more)


def _whole(label: str, help: str = "", **more: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=said(label), help_text=said(help), required=False, max_value=2**31, **more
    )


def _yes(label: str, help: str = "") -> forms.BooleanField:
    return forms.BooleanField(label=said(label), help_text=said(help), required=False)


def _one_of(label: str, help: str, *names: str, free: bool = True) -> forms.ChoiceField:
    first = [("", said(tell("left open")))] if free else []
    return forms.ChoiceField(
        label=said(label),
        help_text=said(help),
        required=not free,
        choices=[*first, *((name, name) for name in names)],
    )


class Asked(Watched):
    """Files and options; `cleaned_data` has what JSON can hold. Labels name the options of the command."""

    NOT_OPTIONS = frozenset[str]()
    """Fields that stand for what the command takes without a name."""

    @property
    def responses(self) -> frozenset[str]:
        """Its fields of what files of responses do not tell."""
        return RESPONSES & self.fields.keys()

    @property
    def others(self) -> frozenset[str]:
        """Options that are seldom said: those that `field_order` does not name."""
        return frozenset(self.fields) - {*(self.field_order or self.fields)} - self.responses

    @property
    def has_faulty_others(self) -> bool:
        """Whether one of these is not right yet."""
        return self.is_bound and not self.others.isdisjoint(self.errors)

    @property
    def has_said_responses(self) -> bool:
        """Whether one of these was filled in."""
        return self.is_bound and any(self.data.get(name) for name in self.responses)

    def __init__(self, *args: Any, exams: Mapping[str, str], files: Mapping[str, str], **more: Any) -> None:
        super().__init__(*args, **more)
        for name, field in self.fields.items():
            if isinstance(field, Source | Sources):
                own = [(EXAM + exam, title) for exam, title in exams.items()] if field.exams else []
                sent = [*files.items()] if field.files else []
                groups: list[Any] = []
                if own:
                    groups.append((said(tell("Exams")), own))
                if sent:
                    groups.append((said(tell("Files that you sent")), sent))
                first = [("", "–")] if isinstance(field, Source) else []
                field.choices = [*first, *groups]
            if name not in self.NOT_OPTIONS:
                option = name.rstrip("_").replace("_", "-")
                field.label = format_html("{} <code>--{}</code>", field.label, option)


class Responses(Asked):
    """What is said of files of responses."""

    key = Source(tell("Key"), tell("Columns `item` and `key`: the cells are options."))
    control = Source(tell("Item control file"), tell("An item control file as Iteman's, in place of a key."))
    exclude = _words(tell("Left out"), tell("Columns that are not items."))
    omitted = _words(tell("Omitted"), tell("Cells of omitted items."))
    not_reached = _words(tell("Not reached"), tell("Cells of items not reached."))
    not_administered = _words(tell("Not administered"), tell("Cells of items not administered."))
    blank = _one_of(
        tell("Blanks"),
        tell(
            "What a blank is: omitted (with a key, where left out: wrong), not_reached or not_administered."
        ),
        "omitted",
        "not_reached",
        "not_administered",
    )


RESPONSES = frozenset(Responses.base_fields)


class Equating(Responses):
    """Scores of one form as scores of another."""

    NOT_OPTIONS = frozenset({"x", "y"})
    x = Source(
        tell("X: whose scores are converted"),
        tell(
            "The form whose scores are converted, then the other: CSV, XLSX or Parquet of totals (`total`, "
            "`anchor`) or of scored items; exam folders; or one file with `scale`, `xcount`, `ycount`."
        ),
        exams=True,
        needed=True,
    )
    y = Source(
        tell("Y: to whose scale"),
        tell("left empty where X is one exam with both forms, or has the counts of both"),
        exams=True,
    )
    design = forms.ChoiceField(
        label=said(tell("Design")),
        help_text=said(
            tell("eg: groups that are alike, as at random; neat: other groups, with common items.")
        ),
        choices=[("eg", "eg"), ("neat", "neat")],
    )
    method = _one_of(
        tell("Method"),
        tell(
            "eg: identity, mean, linear, circle-arc, equipercentile, kernel. neat: tucker, tucker-mean, "
            "levine, levine-mean, levine-true, braun-holland, nominal-weights, frequency-estimation, "
            "chained-mean, chained-linear, chained-equipercentile, chained-circle-arc. Else by the number of "
            "candidates."
        ),
        *("identity", "mean", "linear", "circle-arc", "equipercentile", "kernel"),
        *("tucker", "tucker-mean", "levine", "levine-mean", "levine-true", "braun-holland"),
        *("nominal-weights", "frequency-estimation"),
        *("chained-mean", "chained-linear", "chained-equipercentile", "chained-circle-arc"),
    )
    forms = _words(tell("Forms of the exams"), tell("Of exam folders: which form is which."))
    runs = _words(
        tell("Runs of the exams"), tell("Of exam folders: the run of each; else the one people are told.")
    )
    cut = _words(tell("Cut on Y"), tell("A cut score on Y: told as the score on X that is worth it."))
    anchor = _one_of(
        tell("Anchor"),
        tell("internal: a part of the total; external: beside it."),
        *("internal", "external"),
        free=False,
    )
    not_anchor = _words(tell("Not in the anchor"), tell("Common items that are not to count as anchor."))
    smooth = _one_of(
        tell("Smoothing"),
        tell("Of equipercentile methods, beforehand: none or loglinear."),
        *("none", "loglinear"),
    )
    degree = _words(tell("Degree"), tell("Of that smoothing; with an anchor 4,4,2: total, anchor, products."))
    select = _one_of(
        tell("Degree chosen by"),
        tell("What chooses the degree where it is left out: aic, bic or lr."),
        *("aic", "bic", "lr"),
        free=False,
    )
    kernel = _yes(tell("Kernels"), tell("Make distributions continuous by Gaussian kernels."))
    bandwidth = _number(tell("Bandwidth"), tell("Of the kernels, in points; else by their penalty."))
    weight = _number(
        tell("Weight of X"),
        tell("Of those who took X in the synthetic population; else their share."),
    )
    weighing = _one_of(
        tell("What is weighed"),
        tell("What --weight weighs: shares, or counts as R's equate does."),
        *("shares", "counts"),
        free=False,
    )
    points = _words(tell("Full scores"), tell("Full score of both forms, or of X and of Y."))
    anchor_points = _words(tell("Full score of the anchor"), tell("Full score of the anchor."))
    step = _words(tell("Step"), tell("How far apart possible scores are; else 1."))
    bootstrap = _whole(
        tell("Bootstrap samples"),
        tell("Standard errors and intervals by so many samples drawn again."),
        initial=0,
    )
    seed = _whole(tell("Seed"), tell("Of the bootstrap."), min_value=0, initial=1)
    decimals = _whole(
        tell("Decimals"),
        tell("Of scaled scores that scoring tells by that file."),
        min_value=0,
        initial=0,
    )
    field_order = ("x", "y", "design", "method", "forms", "runs", "cut", "anchor", "not_anchor")


class Linking(Responses):
    """The scale of one calibration carried to that of another."""

    NOT_OPTIONS = frozenset({"old", "new"})
    old = Source(
        tell("OLD: the scale to stay on"),
        tell("parameters, or responses; of an exam, the matrix of its analysis (choose a model)"),
        exams=True,
        needed=True,
    )
    new = Source(
        tell("NEW: what is carried to it"),
        tell("parameters, or responses; of an exam, the matrix of its analysis (choose a model)"),
        exams=True,
        needed=True,
    )
    method = _one_of(
        tell("Method"),
        tell("mean-mean, mean-sigma, haebara or stocking-lord."),
        *("stocking-lord", "haebara", "mean-sigma", "mean-mean"),
        free=False,
    )
    model = _one_of(
        tell("Model"),
        tell("OLD and NEW are responses: calibrate them first by rasch, 1pl, 2pl or 3pl."),
        *("rasch", "1pl", "2pl", "3pl"),
    )
    prior_c = _words(tell("Prior of c"), tell("With --model 3pl: norm:-1.1:0.5 or beta:5:17."))
    symmetric = _yes(tell("Symmetric"), tell("Haebara and Stocking–Lord in both directions."))
    weights = _one_of(
        tell("Weights of abilities"),
        tell("What abilities from -4 to 4 count: normal or equal."),
        *("normal", "equal"),
        free=False,
    )
    purify = _yes(tell("Without drifted items"), tell("Link again without common items that have drifted."))
    drift_z = _number(tell("Drift: z"), tell("An item drifts beyond this robust z …"), initial=1.645)
    drift_rmsd = _number(
        tell("Drift: RMSD"), tell("… where its curve differs by this much, too."), initial=0.08
    )
    free_slope = _yes(tell("Free slope"), tell("Estimate the slope even where all items' slopes are alike."))
    equate = _one_of(
        tell("Scores equated"),
        tell("Scores of NEW as scores of OLD: true or observed scores."),
        *("true", "observed"),
    )
    new_weight = _number(
        tell("Weight of NEW"),
        tell("Of observed: share of NEW's candidates in the population, 0 to 1."),
        initial=0.0,
    )
    decimals = Equating.base_fields["decimals"]
    field_order = ("old", "new", "method", "model", "equate", "purify")


class Decisions(Responses):
    """How often pass and fail would repeat, and how often they are right."""

    NOT_OPTIONS = frozenset({"of"})
    of = Sources(
        tell("An exam, or files of responses or totals"),
        tell("An exam is judged by its own pass rule; files by the cut that you name."),
        exams=True,
        needed=True,
    )
    cut = _words(
        tell("Cuts"), tell("The least number of points that passes; several, with commas between: levels.")
    )
    run = _words(tell("Run"), tell("Of an exam: a scored run; else the released one, or the newest."))
    items = Source(tell("Parameters"), tell("Known parameters: `item`, `a`, `b`, `c`; else our own."))
    model = _one_of(
        tell("Model"),
        tell("rasch, 1pl or 2pl; of partial scores grm, pcm or gpcm. Else by the number of candidates."),
        *("rasch", "1pl", "2pl", "grm", "pcm", "gpcm"),
    )
    beta = _one_of(
        tell("Parameters of the beta"),
        tell("Parameters of the distribution of true scores: 4 (2 where 4 do not exist) or 2."),
        *("4", "2"),
        free=False,
    )
    reliability = _number(tell("Reliability"), tell("In place of Cronbach's alpha."))
    max_score = _number(tell("Full score"), tell("The full score; of totals it must be said."))
    min_score = _number(tell("Lowest score"), tell("The lowest score there can be."), initial=0.0)
    seed = _whole(
        tell("Seed"), tell("Of the simulation by which an exam's rule is judged."), min_value=0, initial=1
    )
    field_order = ("of", "cut", "run", "max_score", "min_score")


class Copying(Responses):
    """Pairs of candidates with more answers in common than chance gives."""

    NOT_OPTIONS = frozenset({"of"})
    of = Sources(tell("An exam, or files of responses"), exams=True, needed=True)
    run = _words(tell("Run"), tell("Of an exam package: which run; else the released one."))
    rooms = _yes(tell("Within rooms"), tell("Of an exam package: compare within the rooms of its roster."))
    room = _words(tell("Column of rooms"), tell("Compare candidates of the same room only."))
    index = _one_of(
        tell("Index"),
        tell("Which index rules the list: m4, gbt, omega, k, k1, k2, s1 or s2."),
        *("m4", "gbt", "omega", "k", "k1", "k2", "s1", "s2"),
        free=False,
    )
    adjust = _one_of(
        tell("Adjustment"),
        tell("For as many pairs as are compared: holm, bh or bonferroni."),
        *("holm", "bh", "bonferroni"),
        free=False,
    )
    alpha = _number(tell("Level"), tell("Level after that adjustment."), initial=0.05)
    model = _one_of(
        tell("Model"),
        tell("nominal (of options, where there is a key) or 2pl (of right and wrong)."),
        *("nominal", "2pl"),
    )
    pairs = Source(tell("Only these pairs"), tell("Only these: columns `source` and `copier`; all indices."))
    items = Source(
        tell("Parameters"),
        tell("Known parameters: `item`, `option`, `a`, `c`; of right and wrong `item`, `a`, `b`, `c`."),
    )
    abilities = Source(tell("Abilities"), tell("Known abilities: `candidate_id`, `theta`."))
    field_order = ("of", "run", "rooms", "room", "index", "adjust", "alpha")


# ── standard setting ─────────────────────────────────────────────────────────────────────────


class Setting(Asked):
    """What every method of standard setting is told beside its own tables."""

    NOT_OPTIONS = frozenset({"ratings", "shares", "bookmarks", "candidates", "limits", "placed", "on_record"})
    exam = Source(
        tell("Exam"),
        tell("The exam package: its forms, items and points; needed for --out."),
        exams=True,
        files=False,
    )
    run = _words(tell("Run"), tell("Scores of candidates from this run of the exam."))
    totals = Source(tell("Scores"), tell("Scores of candidates: columns `candidate_id`, `score`, `form`."))
    points = _whole(tell("Full score"), tell("The full score, where no exam is named."), min_value=1)
    adjust_se = _words(
        tell("Moved by standard errors"),
        tell("Move the cut by so many of its standard errors, -3 to 3; -1 favours candidates."),
        initial="0",
    )
    out = _yes(tell("Write the cut as a file"), tell("Write the file that `score --cut` reads."))
    by = _words(tell("Cut decided by"), tell("Who decided on the cut."))
    reason = _words(tell("Why"), tell("Why, or by which minutes."))
    date = forms.DateField(
        label=said(tell("Day of the decision")),
        help_text=said(tell("The day of the decision.")),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    @property
    def others(self) -> frozenset[str]:
        """None: what a cut is to say is seen by whoever sets it."""
        return frozenset()

    def clean_date(self) -> str:
        """The day; refused in a year of the Buddhist era, and where it is still to come."""
        day: date | None = self.cleaned_data["date"]
        if day is not None and day.year >= FIRST_BUDDHIST_YEAR:
            raise forms.ValidationError(
                said(tell("this year is of the Buddhist era: write {year}", year=day.year - 543))
            )
        if day is not None and day > timezone.localdate():
            raise forms.ValidationError(said(tell("that day is still to come")))
        return day.isoformat() if day is not None else ""


_SCALE = tell("share (0 to 1) or percent, where it cannot be told.")
_STATISTICS = tell("Of items: `item`, `facility`, `a`, `b`, `c`; else what the exam knows of its own.")
_JUDGED = tell(
    "Candidates that judges know: `candidate_id` or `score`, `group` (competent, borderline, not "
    "competent); `judge`, `form`."
)


class Angoff(Setting):
    """How many of the borderline candidates judges expect to answer each item rightly."""

    ratings = Sources(
        tell("Ratings"),
        tell(
            "Ratings, shares or percentages, yes or no: `judge`, `item`, `rating`, or a column for each "
            "item or judge; `round` where there are several."
        ),
    )
    bank = _yes(tell("By ratings on record"), tell("In place of files: the ratings on record in this bank."))
    kind = _one_of(
        tell("Kind of ratings"),
        tell("angoff or angoff-yes-no, where the bank has both."),
        *("angoff", "angoff-yes-no"),
    )
    round_ = _whole(tell("Round"), tell("The last one if left out."), min_value=1)
    scale = _one_of(tell("Scale"), _SCALE, *("share", "percent"))
    statistics = Source(tell("Statistics of items"), _STATISTICS)
    field_order = ("exam", "ratings", "bank", "kind", "round_", "scale", "statistics")


class Ebel(Setting):
    """Items in a grid of difficulty and relevance, and the share of each cell that judges expect."""

    placed = Source(
        tell("Where items stand"),
        tell("Where items stand: `item`, `difficulty`, `relevance`; `judge`."),
        needed=True,
    )
    shares = Source(
        tell("Shares of the cells"),
        tell("What judges expect of each cell: `judge`, `difficulty`, `relevance`, `share`."),
        needed=True,
    )
    scale = _one_of(tell("Scale"), _SCALE, *("share", "percent"))
    statistics = Source(tell("Statistics of items"), _STATISTICS)
    field_order = ("exam", "placed", "shares", "scale", "statistics")


class Bookmark(Setting):
    """The first item, from easy to hard, that a borderline candidate does not master."""

    bookmarks = Source(
        tell("Bookmarks"),
        tell("`judge`, `bookmark` (a page of the booklet, or an item), and `round`."),
        needed=True,
    )
    parameters = Source(
        tell("Parameters"), tell("`item`, `a`, `b`, `c` of `analyse irt`; else what the exam knows.")
    )
    rp = _words(
        tell("Response probability"),
        tell("The response probability: 0.67, 2/3, 0.5."),
        initial="2/3",
    )
    no_guessing = _yes(tell("Without guessing"), tell("Order items by who knows them, guessing taken off."))
    place = _one_of(
        tell("Place of a bookmark"),
        tell("Which item a bookmark stands for: the one before it, at it, or between both."),
        *("before", "at", "between"),
        free=False,
    )
    centre = _one_of(
        tell("Centre"),
        tell("The panel's cut: the median or the mean of its judges."),
        *("median", "mean"),
        free=False,
    )
    round_ = _whole(tell("Round"), tell("The last one if left out."), min_value=1)
    field_order = ("exam", "bookmarks", "parameters", "rp", "place", "centre", "round_", "no_guessing")


class Borderline(Setting):
    """The median score of those whom judges hold to be on the border."""

    candidates = Source(tell("Judged candidates"), _JUDGED, needed=True)
    centre = _one_of(
        tell("Centre"),
        tell("The median of the group, or its mean."),
        *("median", "mean"),
        free=False,
    )
    field_order = ("exam", "candidates", "centre")


class Contrasting(Setting):
    """The score from which a candidate is rather held competent than not."""

    candidates = Source(tell("Judged candidates"), _JUDGED, needed=True)
    at = _number(
        tell("Likelihood at the cut"),
        tell("How likely somebody at the cut is held competent."),
        initial=0.5,
    )
    equal_groups = _yes(tell("Groups as if equal"), tell("As if as many had been held competent as not."))
    field_order = ("exam", "candidates", "at", "equal_groups")


class Regression(Setting):
    """The score that a line through grades and scores has at the border."""

    candidates = Source(
        tell("Graded candidates"),
        tell("Graded candidates: `candidate_id` or `score`, `grade`; `judge`, `form`."),
        needed=True,
    )
    border = forms.FloatField(
        label=said(tell("Grade at the border")),
        help_text=said(tell("The grade of those on the border.")),
    )
    field_order = ("exam", "candidates", "border")


class Hofstee(Setting):
    """Where the share who fail crosses what judges hold bearable."""

    limits = Source(
        tell("Limits"),
        tell("What judges can bear: `judge`, `min_cut`, `max_cut`, `min_fail`, `max_fail`."),
        needed=True,
    )
    field_order = ("exam", "limits")
