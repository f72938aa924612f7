"""Records that a certification body keeps and shows besides results: certificates, data about persons, the
accreditation file."""
