"""One small language for "which ones": the same tree is a list's filter, an audience, a signal's trigger and a routing rule (decision 20).

`trees` what a condition is · `kinds` which operators a field of a kind has · `days` relative dates · `fields` the catalogue, which alone
knows tables · `reading` strict, with every fault and its place · `sql` and `predicate` the two compilers, which agree · `wording` a
condition said in the reader's language. Unknown is never a match unless asked for: a test on nothing is neither true nor false, and
`none` of it is not true either (three-valued, as in SQL).
"""
