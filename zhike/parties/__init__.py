"""Who the customers are and how they are linked."""
