"""Papers of an exam: correcting the candidate list, printing booklets, and downloading the files of each
room."""
