"""Bank files in: layouts, reading, checks, quarantine, merging, batches."""
