"""The lab: somebody puts a question about the future to the profile without code, and gets an honest answer beside the month ends that came (S40, domain §3.6)."""
