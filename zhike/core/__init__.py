"""No business words: server, money, dates, pages, tables, charts, environment readers."""
