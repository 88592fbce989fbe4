"""The payment network: with whom our customers' money moves, who of them is no customer yet, and how customers hang together (S41, S59)."""
