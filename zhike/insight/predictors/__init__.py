"""What a customer will do next, out of tables of any bank: how a question is put, learned, judged and said (domain §3.4, §4.6)."""
