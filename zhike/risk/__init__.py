"""Who may be offered what: risk profiles of customers held against the risk levels of products."""
