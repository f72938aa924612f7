"""Analyses of the command line on pages: equating, linking, decisions, copying, standard setting; kept."""
