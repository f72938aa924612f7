"""The exam package on disk: the only code that knows its file names.

    exam.yaml                 blueprint, bank hash, seed, versions, SHA-256 of every file below
    papers/                   may leave the building, only what is printed or handed out: booklets, answer
                              sheets and their sheet.json, answers-template.csv, papers of rooms
    secure/                   under lock (mode 0700): key.csv, forms.csv, key sheets, candidates.csv,
                              snapshot items.yaml
    results/                  the released run, before any release the newest; runs/ in it holds every one
    reports/                  under lock (mode 0700): what people read of runs
    analysis/                 under lock (mode 0700): what runs say of the items, a folder for each

Everything is written to a temporary name and then renamed; nothing is ever half there.
"""
