"""Records that a body keeps and shows besides results: certificates, the data of persons, the accreditation
file."""
