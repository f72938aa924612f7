"""One function per command, a module for each room of commands: read files, call the stages, write files.

Nothing here measures anything; a line that decides about measurement belongs in a stage.
"""
