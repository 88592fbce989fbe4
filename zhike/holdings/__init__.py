"""What customers hold: accounts, roles, balances, transactions, loans, cards, orders, positions."""
