"""The report of an exam's analysis: a planted wrong key first, figures as in the document, no foreign glyph."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from examgen import exam as packages
from examgen.resources import fonts
from examgen.workflow.exam_analyses import analyse_exam
from examgen.workflow.exam_reports import write_report
from examgen.workflow.scoring_runs import score_exam
from examgen.workflow.simulation import simulate
from tests.sittings import build

WORKSPACE = Path(__file__).parents[2]
