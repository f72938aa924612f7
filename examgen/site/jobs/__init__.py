"""Long work: asked for on a page, done by a worker process, never twice, and never half in silence."""
