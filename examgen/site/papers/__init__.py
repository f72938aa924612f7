"""Papers of an exam: the candidate list mended, booklets printed, files of each room taken away."""
