"""What the forms of a build show, counted and measured anew."""
