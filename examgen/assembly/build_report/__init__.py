"""The figures of a build, as a page and as lines for the terminal."""
