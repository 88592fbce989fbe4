"""The warehouse: landed history and what is computed from it."""
