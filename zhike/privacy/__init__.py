"""The rights of customers over their data: what they ask, by when it is answered, what they are given (R25, E1)."""
