"""Long jobs: started on a page and done by a worker process, each at most once, with every outcome
reported."""
