"""What is computed from staged rows: one file per grain, which the first line of each function says."""
