"""Features of accounts and days: pure functions from Ibis tables to Ibis tables.

Nothing is computed here; `traffic.warehouse` materialises them where the logs are. Each must give
the same rows on every backend (`tests/backends`); what differs between engines is met in this
folder by four habits, each with its reason where it is used:

- time becomes whole microseconds once (`clock`), then it is integer arithmetic;
- `lag` is given its default, which ClickHouse would otherwise choose by itself;
- distinct values are counted by grouping twice, since `nunique` is approximate there;
- joins are inner, on keys that both have: what an outer join finds missing is 0 there, not NULL.
"""
