"""The results of a cohort."""
