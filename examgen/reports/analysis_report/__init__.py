"""Report of an exam analysis: page, figures and tables."""
