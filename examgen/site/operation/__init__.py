"""What whoever runs the site has: its health, its load, whether it is safely set up, its log, a backup."""
