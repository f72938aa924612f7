"""The accreditation file of one administration: one archive, indexed by section and by clause, signed."""
