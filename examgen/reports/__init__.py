"""Scored runs → what people read and other bodies receive: reports, uploads, verified codes.

Nothing is imported here, so that scoring need not load the modules that draw reports.
"""
