"""Simulated scans of the sheets of an exam, with their truth (README.md).

python -m tests.scanning.simulated EXAM OUT --seed N [--level 0…5] [--marks tidy|usual|odd] [--candidates N]
    [--format pdf|jpeg|tiff|png] [--workspace DIR]
"""

import argparse
from pathlib import Path

from tests.scanning.simulated.pages import SimulationOptions
from tests.scanning.simulated.scans import simulate_scans

parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
parser.add_argument("exam", type=Path)
parser.add_argument("out", type=Path)
parser.add_argument("--seed", type=int, required=True)
parser.add_argument("--level", type=int, default=2, choices=range(6))
parser.add_argument("--marks", default="usual", choices=("tidy", "usual", "odd"))
parser.add_argument("--candidates", type=int)
parser.add_argument("--format", default="pdf", choices=("pdf", "jpeg", "tiff", "png"))
parser.add_argument("--workspace", type=Path, default=Path())
asked = parser.parse_args()
wanted = SimulationOptions(asked.level, asked.seed, asked.marks)
simulate_scans(asked.exam, asked.workspace, asked.out, wanted, asked.candidates, asked.format)
