"""An administration, or files of scores and responses → results of `stats`, and how they are shown."""
