"""`python -m examgen.site.jobs [short]`: a worker of the site described by the environment variables. With
`short`, it does no jobs of long kinds."""

import logging
import os
import sys

import django

django.setup()

from examgen.core.problems import ExamgenError  # noqa: E402 # models can be loaded only now
from examgen.site.jobs.worker import work  # noqa: E402

if hasattr(os, "nice"):
    os.nice(10)  # pages go before jobs
try:
    work(is_short="short" in sys.argv[1:])
except ExamgenError as error:
    logging.getLogger("examgen.jobs").error("%s", error)
    sys.exit(error.exit_code)
