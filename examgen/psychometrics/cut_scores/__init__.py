"""Standard setting: what judges said, or how judged candidates did → a cut, its error, who stands apart."""
