"""The named rules of `bank check`: the code, severity and source of each, and the function that checks it.

A new rule needs a function in one of these modules, a line here, its page `docs/rules/<code>.md` and labelled
items in `tests/data/rules`. Faults of structure are not rules; `bank/checks.py` checks them.
"""

from examgen.bank.rules import (
    across,
    clues,
    explanations,
    likeness,
    option_references,
    options,
    options_alone,
    references,
    shapes,
    stems,
    unit,
)
from examgen.bank.rules.patterns import SARA_AE, SARA_E
from examgen.bank.rules.rule import ALONE, HDR, THAI, Rule, RuleFault, Setting
from examgen.core.words import tell

NEAR_DUPLICATE = "near-duplicate"
"""The rule that compares all units, so that a function of a single unit is not enough."""
MAY_REFER = "may-refer-to-options"
"""The rule about words that may refer to other options, which also an import tells."""
KEY_IN_WORDS = "key-in-words"
"""The rule about marked options and about rationales that contradict the key."""

RULES: tuple[Rule, ...] = (
    Rule("key-longest", "warning", tell("the key is much longer than every distractor"), f"{HDR} 24, 28d", options.key_longest, options.Longest),
    Rule("key-echoes-stem", "warning", tell("a word of the question is only in the key"), f"{HDR} 28b", clues.key_echoes_stem, clues.Echo, compares=True),
    Rule("all-or-none-of-the-above", "error", tell("an option refers to the other options"), f"{HDR} 9, 25, 26", option_references.all_or_none),
    Rule("option-by-letter", "error", tell("a stem or rationale names an option by its letter or place"), f"{HDR} 9", option_references.option_by_letter),
    Rule(MAY_REFER, "warning", tell("a text may refer to other options"), f"{HDR} 9", option_references.may_refer),
    Rule(KEY_IN_WORDS, "error", tell("an option is marked as right or wrong, or a rationale contradicts the key"), f"{HDR} 28", explanations.key_in_words),
    Rule("rationale-not-compared", "notice", tell("rationales could not be compared with their keys"), f"{HDR} 28", explanations.rationale_not_compared, compares=True),
    Rule("negative-not-emphasised", "warning", tell("a negative in the question is not emphasised"), f"{HDR} 17", stems.negative_not_emphasised),
    Rule("absolutes", "warning", tell("absolute words give the key away"), f"{HDR} 28a", clues.absolutes),
    Rule("grammar-cue", "warning", tell("grammar gives the key away"), f"{HDR} 23, 28c", clues.grammar_cue),
    Rule("convergence", "warning", tell("the key is combined from parts of the distractors"), f"{HDR} 28", shapes.convergence, shapes.Hub),
    Rule("odd-one-out", "warning", tell("all distractors have the same form and the key has another"), f"{HDR} 23, 28e", shapes.odd_one_out, shapes.Alike),
    Rule("denied-in-stem", "warning", tell("the stem rules out a distractor in its own words"), f"{HDR} 27, 29", shapes.denied_in_stem, shapes.Denied),
    Rule("options-not-in-numeric-order", "warning", tell("quantities are not in order"), f"{HDR} 21", options.not_in_order),
    Rule("options-contain-each-other", "warning", tell("one option includes another"), f"{HDR} 22", options.contain_each_other),
    Rule("stem-asks-nothing", "warning", tell("the stem asks nothing or has no subject"), f"{HDR} 14, 15", stems.stem_asks_nothing),
    Rule("options-overlong", "warning", tell("an option is too long"), f"{HDR} 13", options.overlong, options.Lengths),
    Rule("options-uneven", "warning", tell("options differ much in length"), f"{HDR} 24", options.uneven, options.Evenness),
    Rule(NEAR_DUPLICATE, "warning", tell("the stem resembles another stem of the bank"), f"{HDR} 4", None, likeness.Likeness),
    Rule("gives-away-another", "warning", tell("the key can be read in another item"), f"{HDR} 4", clues.gives_away_another, clues.Clue, compares=True),
    Rule("lure-never-right", "notice", tell("a word is in many distractors and in no key"), f"{HDR} 29", across.lure_never_right, across.Lure),
    Rule("context-missing", "warning", tell("the stem refers to a picture, table or text that is not there"), f"{HDR} 14", stems.context_missing),
    Rule("mixed-digits", "warning", tell("Thai and Arabic digits in one item"), THAI, stems.mixed_digits, languages=("th",)),
    Rule("double-sara-e", "warning", tell("{sara_ae} is typed as two {sara_e}", sara_ae=SARA_AE, sara_e=SARA_E), THAI, stems.double_sara_e, languages=("th",)),
    Rule("double-space", "warning", tell("two spaces in a row, or a space before a mark"), f"{HDR} 11", stems.double_space),
    Rule("signs-not-printed", "warning", tell("a typed star, underscore or backslash is not printed"), "examgen's papers", stems.signs_not_printed),
    Rule("unbalanced-marks", "warning", tell("a bracket or quotation mark is not closed"), f"{HDR} 12", stems.unbalanced_marks),
    Rule("repeated-marks", "warning", tell("a mark is typed twice or out of order"), f"{HDR} 12; {THAI}", stems.repeated_marks),
    Rule("glyph-missing", "error", tell("the fonts lack a character"), "examgen's papers", stems.glyph_missing),
    Rule("formula-unreadable", "error", tell("a formula cannot be drawn"), "examgen's papers", stems.formula_unreadable),
    Rule("reference-without-section", "warning", tell("a law is cited without its section"), f"{HDR} 5", references.reference_without_section),
    Rule("level-without-written-test", "warning", tell("the level is not assessed by a written test"), "section 18 of the unit document", unit.level_without_written_test),
    Rule("level-claim", "warning", tell("too many levels, or levels that do not fit what is asked"), "qualification levels; Bloom's taxonomy, revised", unit.level_claim, unit.Claims),
    Rule("image-too-coarse", "warning", tell("an image has too few pixels for print"), "printing practice", unit.image_too_coarse, unit.Resolution),
    Rule("alt-text-missing", "error", tell("an image has no alternative text"), "WCAG 2.2, 1.1.1; ISO 14289-1", unit.alt_text_missing),
    Rule("keys-unbalanced", "warning", tell("keys are in one position too often"), f"{HDR} 20", unit.keys_unbalanced, unit.Spread),
    Rule("key-longest-often", "warning", tell("the key is the longest option too often"), f"{HDR} 24, 28d", unit.key_longest_often, unit.Often),
    Rule("key-shortest-often", "warning", tell("the key is the shortest option too often"), f"{HDR} 24, 28d", unit.key_shortest_often, unit.Shortest),
    Rule("key-seldom-longest", "warning", tell("the key is the longest option too rarely"), f"{HDR} 24, 28d", unit.key_seldom_longest, unit.SeldomLongest),
    Rule("key-uncovered", "warning", tell("distractors are too rarely the key of other items"), f"{HDR} 29; {ALONE}", options_alone.key_uncovered, options_alone.Covered, compares=True),
    Rule("because-in-options", "warning", tell("an option contains its own reason"), ALONE, options_alone.because_in_options),
    Rule("verdict-pairs", "warning", tell("options are a verdict and its denial"), ALONE, options_alone.verdict_pairs),
    Rule("decided-elsewhere", "warning", tell("too many items test reading or recall"), f"{HDR} 3; {ALONE}", options_alone.decided_elsewhere, options_alone.Decided),
    Rule("level-framed", "warning", tell("a word of the story gives the level away"), "qualification levels", options_alone.level_framed, options_alone.Frame),
    Rule("cognitive-unbalanced", "notice", tell("one cognitive category dominates"), f"{HDR} 1, 3", unit.cognitive_unbalanced, unit.Mix),
)  # fmt: skip

__all__ = ["KEY_IN_WORDS", "MAY_REFER", "NEAR_DUPLICATE", "RULES", "Rule", "RuleFault", "Setting", "likeness"]
