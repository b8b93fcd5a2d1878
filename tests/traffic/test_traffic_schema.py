"""The schema of request logs: names are unique, and nothing in it can hold what was said."""

from assay.traffic.schema import COLUMNS, CONTENT, REQUIRED, column, content_among


def test_every_name_leads_to_one_column() -> None:
    names = [name for one in COLUMNS for name in (one.name, one.otel)]
    assert len(set(names)) == len(names)
    assert all(column(name).name in name or column(name).otel == name for name in names)
    assert {one.name for one in COLUMNS} >= set(REQUIRED)


def test_no_column_of_ours_is_content() -> None:
    assert content_among(one.name for one in COLUMNS) == []
    assert content_among(one.otel for one in COLUMNS) == []


def test_content_is_known_in_any_case_and_in_parts() -> None:
    assert content_among(CONTENT) == list(CONTENT)
    assert content_among(["INPUT", "gen_ai.output.messages.3.parts"]) != []
    assert content_among(["input_tokens", "messages_count", "responses"]) == []


def test_linkage_and_evidence_are_apart() -> None:
    uses = {one.name: one.use for one in COLUMNS}
    assert uses["payment"] == uses["prefix"] == uses["agent"] == "linkage"
    assert uses["time"] == uses["template"] == uses["model"] == "evidence"
