"""`python -m examgen.web.jobs [short]`: a worker of the site that the environment names; a `short` one takes
no jobs that may last."""

import os
import sys

import django

django.setup()

from examgen.web.jobs.worker import work  # noqa: E402 # models can be loaded only now

if hasattr(os, "nice"):
    os.nice(10)  # pages go before jobs
work(is_short="short" in sys.argv[1:])
