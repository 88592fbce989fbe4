"""Every contact with a customer."""
