"""What who runs the site looks at: whether it is well, how busy it is, whether it is set up safely."""
