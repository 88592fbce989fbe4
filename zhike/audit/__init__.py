"""Who did and saw what: searching the audit, who looked at a customer, a person's activity, unusual access."""
