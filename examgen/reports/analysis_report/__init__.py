"""What an exam analysis found, as a page, figures and tables."""
