"""The analyses of the command line on pages (equating, linking, decisions, copying, DIF, standard setting),
and their saved results."""
