"""What every package stands on: models, messages, problems, files, the exam package, signing, Thai."""
