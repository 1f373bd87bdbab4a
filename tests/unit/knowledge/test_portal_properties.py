"""Whatever the portal sends, every row is imported, internal, or rejected with a reason."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.portal import ImportReport, import_records, read_raw_records
from knowledge.procedure import Procedure
from tests.unit.knowledge.samples import DAY, component, execution_case, fee_line, method, portal_record, variant

quick = settings(max_examples=120, deadline=None)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
FIELDS = sorted({*portal_record(), *method(), *fee_line(0), *variant(1), *component("x"), *execution_case("x"), "qty"})
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)
# A good record with some of its fields, or fields further down, replaced by anything.
damaged = st.dictionaries(st.sampled_from(sorted(portal_record())), values, max_size=4).map(
    lambda changes: portal_record(**changes)
)
deep = st.builds(
    lambda m, f, c, v: portal_record(
        executionMethods=[method(**m, fees=[fee_line(0) | f])],
        executionCases=[execution_case("Hồ sơ gồm:", component("Tờ khai") | c)],
        cases=[variant(1) | v],
    ),
    st.dictionaries(
        st.sampled_from(["submissionMethod", "processingTime", "processingTimeUnit", "description"]), values
    ),
    st.dictionaries(st.sampled_from(["value", "description", "type", "currencyName"]), values),
    st.dictionaries(st.sampled_from(["name", "originalQty", "copyQty", "attachments"]), values),
    st.dictionaries(st.sampled_from(["id", "name", "code", "processingDay"]), values),
)
objects = st.dictionaries(st.text(max_size=8) | st.sampled_from(FIELDS), values, max_size=6)


def accounted(rows) -> tuple[list[Procedure], ImportReport]:
    report = ImportReport()
    procedures = list(import_records(rows, checked_on=DAY, report=report))
    assert report.imported == len(procedures)
    assert report.read == report.imported + report.internal + len(report.rejected)
    assert all(r.code and r.reason for r in report.rejected)
    return procedures, report


@quick
@given(st.lists(damaged | deep | objects, max_size=4))
def test_every_object_is_accounted_for(rows):
    procedures, report = accounted(rows)
    assert report.read == len(rows)
    assert len({p.code for p in procedures}) == len(procedures)


@quick
@given(deep)
def test_an_imported_record_survives_being_stored(row):
    for procedure in accounted([row])[0]:
        assert Procedure.model_validate_json(procedure.model_dump_json(exclude_defaults=True)) == procedure


@quick
@given(damaged | deep)
def test_nothing_is_guessed_beside_what_is_known(row):
    """A paper, a fee and a time always have words or a number; keys are never empty."""
    for procedure in accounted([row])[0]:
        assert all(d.key and d.name for d in procedure.documents())
        assert all(f.amount is not None or f.text for f in procedure.fees)
        assert all(t.quantity or t.text for t in procedure.times)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | objects.map(json.dumps), max_size=5))
def test_every_line_of_a_file_is_accounted_for(tmp_path_factory, lines):
    path = tmp_path_factory.mktemp("lines") / "procedures.jsonl"
    written = "\n".join(lines).encode()
    path.write_bytes(written)
    filled = sum(bool(line.strip()) for line in written.split(b"\n"))  # JSON lines end in a line feed, nothing else
    assert accounted(read_raw_records(path))[1].read == filled
