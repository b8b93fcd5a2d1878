"""How long does linking so many accounts take? `python bench/traffic_linkage.py 100000`."""

from __future__ import annotations

import resource
import sys
import time

import duckdb

from assay.traffic.clusters import clusters
from assay.traffic.linkage import link

POOL = 40
"""Accounts of a pool; one account in twenty is in one."""
LINKS = """
CREATE TABLE links AS
WITH accounts AS (
    SELECT 'a' || i AS account, i, i % 20 = 0 AS pooled, i // (20 * {pool}) AS pool
    FROM range({n}) r(i)
), held AS (
    SELECT account, 'payment' AS field,
           CASE WHEN pooled THEN 'p' || pool || '-' || (i // 20 % 4)
                WHEN i % 10 = 1 THEN 'c' || (i // 100) ELSE 's' || i END AS value FROM accounts
    UNION ALL SELECT account, 'org', 'o' || (i // 10 // 5) FROM accounts WHERE i % 10 = 1
    UNION ALL SELECT account, 'prefix', CASE WHEN pooled
           THEN 'p' || pool || '-' || hash(i * 7 + k) % 12 ELSE 'n' || hash(i * 3 + k) % {n} END
           FROM accounts, range(3) t(k)
    UNION ALL SELECT account, 'prefix', 'carrier' || (i % 7) FROM accounts WHERE i % 3 = 1
    UNION ALL SELECT account, 'asn', 'as' || hash(i) % 900 FROM accounts
    UNION ALL SELECT account, 'agent', 'u' || hash(i * 11) % 400 FROM accounts
    UNION ALL SELECT account, 'tls', 't' || hash(i * 13) % 90 FROM accounts
    UNION ALL SELECT account, 'email', CASE WHEN pooled THEN 'disposable'
           WHEN i % 3 = 0 THEN 'company' ELSE 'free' END FROM accounts
)
SELECT account, field, value, 1 AS requests FROM held
"""


def main(accounts: int) -> None:
    """Make accounts, link them, and print seconds, pairs and memory."""
    connection = duckdb.connect(config={"threads": 2})
    connection.execute(LINKS.format(n=accounts, pool=POOL))
    before, wall = time.process_time(), time.perf_counter()
    found = link(connection)
    linked = time.process_time() - before, time.perf_counter() - wall
    before = time.process_time()
    groups = clusters(connection)
    print(
        f"{found.accounts:,} accounts, {found.compared:,} pairs compared, {found.linked:,} linked"
    )
    print(f"link: {linked[0]:.1f} processor seconds, {linked[1]:.1f} on the clock")
    print(f"clusters: {len(groups):,} in {time.process_time() - before:.1f} processor seconds")
    pools = sum(abs(len(group.accounts) - POOL) <= 2 for group in groups)
    print(f"pools of {POOL} found whole, give or take two: {pools:,} of {accounts // 20 // POOL:,}")
    print(f"most memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.1f} GiB")
    print(found.note)


if __name__ == "__main__":
    main(int(sys.argv[1]))
