"""Who may see and do what: log-in, people, organisation, scope, masks, sealing, audit."""
