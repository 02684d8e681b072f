"""Doctor points out what may belong together, and says what training takes for it."""

from types import SimpleNamespace

import pytest

import kerasft
from kerasft.data.group_column import column_hint
from kerasft.data.group_findings import group_finding


@pytest.mark.parametrize(
    "name", ["patient", "Patient ID", "PatientID", "customer_no", "subject-id", "user.key", "Video"]
)
def test_columns_by_their_names(name):
    assert column_hint(["path", name]).what == f"the column {name!r} may say what belongs together"


@pytest.mark.parametrize(
    "name", ["path", "grouping notes", "usernote", "id", "videos of cats", "personality"]
)
def test_other_columns(name):
    assert column_hint([name]) is None


def test_columns_in_use_and_classes_are_no_groups():
    assert column_hint(["path", "person", "car"], {"person", "car"}) is None
    assert str(column_hint(["patient id"])).endswith(
        "--group 'patient id' keeps each patient id in one split"
    )


def finding(header=(), used=(), names=("a:1",), given=(), noun="text"):
    return group_finding(header, used, [SimpleNamespace(id=name) for name in names], 2, given, noun)


def test_the_finding_says_what_training_takes():
    found = finding(["text", "customer"], {"text"})
    assert (
        found.level == "warn"
        and found.next_step == "train with --group customer: it keeps each customer in one split"
    )
    frames = [f"{'ab'[n % 2]}/clip{n // 8}_{n % 8}.png" for n in range(80)]
    named = finding(names=frames, noun="image")
    assert named.what.startswith("file names suggest 10 groups, such as ")
    assert (
        named.next_step
        == "train with --group FILE, a CSV with the columns id and group: it keeps each in one split"
    )
    quiet = finding(names=[f"{n}.png" for n in range(80)])
    assert quiet.level == "ok" and quiet.what.startswith("no file name looks like one")
    brought = finding(["customer"], given=("train", "validation", "test"))
    assert brought.level == "note" and brought.next_step.endswith(
        "refuses a group that is in two of the given splits"
    )


def test_doctor_looks_at_tables_of_texts(tmp_path, monkeypatch):
    monkeypatch.setenv("KERASFT_HOME", str(tmp_path))
    table = tmp_path / "mails.csv"
    lines = [f"mail number {n} of many,{'ab'[n % 2]},c{n // 3}" for n in range(60)]
    table.write_text("message,kind,customer\n" + "\n".join(lines) + "\n", "utf-8")
    found = kerasft.diagnose(table, text="message", label="kind", suspect_labels=False).find("groups")
    assert found.level == "warn" and found.what.startswith(
        "the column 'customer' may say what belongs together; "
    )
    labels = kerasft.diagnose(table, text="message", label="customer", suspect_labels=False)
    assert labels.find("groups").level == "ok"
