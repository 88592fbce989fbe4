"""Pages made of many areas: customer list, one customer, home."""
