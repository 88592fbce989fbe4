"""What the bank sells."""
