"""What one candidate is told, and the press that prints it by the thousand."""
