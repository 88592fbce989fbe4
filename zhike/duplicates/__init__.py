"""Customers who stand in the bank twice: finding, judging, merging and taking apart again."""
