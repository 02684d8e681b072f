"""From a run to its page, by function and by command."""

import dataclasses
import json
import shutil

import pytest

import kerasft
from kerasft.base import files
from kerasft.base.errors import InputError
from kerasft.cli.main import main
from kerasft.reporting.facts import Facts


@pytest.fixture(scope="module")
def copy(run, tmp_path_factory):
    """The run in a folder that may be written into."""
    return kerasft.Run.open(shutil.copytree(run.run_dir, tmp_path_factory.mktemp("reports") / "flowers"))


@pytest.fixture(scope="module")
def written(copy):
    return kerasft.report(copy)


def test_the_page_is_in_the_run_folder_and_measures_by_itself(written, copy, splits):
    assert written.path == copy.run_dir / "report.html"
    assert not (copy.run_dir / "evaluation").exists()
    assert written.evaluation.accuracy == kerasft.evaluate(copy).accuracy
    html = written.path.read_text("utf-8")
    assert "<title>flowers – kerasft report</title>" in html
    assert f"{len(splits.train)} images to learn from" in html
    for name in ("config.json", "splits.csv", "best.weights.safetensors"):
        assert files.sha256_of(copy.run_dir / name) in html
    assert str(written) == f"wrote {written.path} ({len(html.encode()) / 1e6:.1f} MB)"


def test_the_phases_are_what_trained(copy):
    facts = Facts.of(copy)
    assert [each["name"] for each in facts.phases] == ["head", "tune"]
    assert facts.phases[0]["layers"] == ["logits"]
    assert facts.phases[0]["parameters"] == copy.result["phases"]["head"]["trained_parameters"]
    assert [row.phase for row in facts.history][:3] == ["head"] * 3
    assert facts.seconds == pytest.approx(sum(each["seconds"] for each in copy.result["phases"].values()))


def test_a_phase_can_be_looked_at_by_itself(copy, tmp_path):
    best = copy.result["best"]
    for name in ("head", "tune"):
        text = kerasft.report(copy.at(name), output=tmp_path / "page.html").path.read_text("utf-8")
        assert f"The answers in this report are of the phase <strong>{name}</strong>" in text
        assert ("the best on the validation split." in text) == (name == best)
        assert f"{name}.weights.safetensors" in text


def test_a_run_without_a_test_split_is_refused(copy, splits):
    empty = dataclasses.replace(splits, test=splits.test.subset([]))
    with pytest.raises(InputError, match="no test split to report on.*--test-share"):
        kerasft.report(dataclasses.replace(copy, in_memory=empty))


def test_a_given_evaluation_is_used_and_a_foreign_one_refused(copy, splits, tmp_path, monkeypatch):
    monkeypatch.setattr("kerasft.reporting.reporter.evaluate", lambda run: pytest.fail("measured again"))
    own = kerasft.evaluate(copy)
    again = kerasft.report(copy, own, output=tmp_path / "page.html")
    assert again.evaluation is own and (tmp_path / "page.html").is_file()
    with pytest.raises(InputError, match="not of this run's test split.*leave it out"):
        kerasft.report(copy, kerasft.evaluate(copy, splits.train), output=tmp_path / "other.html")
    assert not (tmp_path / "other.html").exists()


def test_exports_are_listed_and_what_changed_since_is_told(made_by_recipe, tmp_path):
    moved = kerasft.Run.open(shutil.copytree(made_by_recipe, tmp_path / "run"))
    made = moved.run_dir / "exports" / "model_int8.tflite"
    (export,) = Facts.of(moved).exports
    assert (export["file"], export["quantization"], export["state"]) == (made.name, "int8", "")
    assert (export["score_name"], export["score"]) == ("accuracy", kerasft.evaluate(made).accuracy)
    assert export["megabytes"] == made.stat().st_size / 1e6
    with open(made, "ab") as file:
        file.write(b"x")
    assert Facts.of(moved).exports[0]["state"] == "changed since"
    made.unlink()
    assert Facts.of(moved).exports[0]["state"] == "missing"
    (moved.run_dir / "exports" / "odd.json").write_text('{"measured": {"file": 3}}')
    (moved.run_dir / "exports" / "broken.json").write_text("{")
    assert len(Facts.of(moved).exports) == 1


def test_the_command_writes_and_prints_json(copy, splits, tmp_path, capsys):
    groups = tmp_path / "groups.csv"
    lines = [f"{name},{'even' if row % 2 else 'odd'}" for row, name in enumerate(splits.test.ids)]
    groups.write_text("id,group\n" + "\n".join(lines) + "\n", "utf-8")
    page = tmp_path / "page.html"
    words = ["report", str(copy.run_dir), "--group", str(groups), "--output", str(page), "--json"]
    assert main(words) == 0
    printed = capsys.readouterr()
    found = json.loads(printed.out)
    assert found["path"] == str(page) and found["groups"]["column"] == "groups"
    assert {each["name"] for each in found["groups"]["groups"]} == {"even", "odd"}
    assert f"wrote {page}" in printed.err
    assert 'id="groups"' in page.read_text("utf-8")


def grouped(copy, splits, tmp_path, groups):
    """The run, as if it had been split by these groups of its test examples."""
    path = tmp_path / "patients.csv"
    lines = [f"{name},{group}" for name, group in zip(splits.test.ids, groups, strict=False)]
    path.write_text("id,group\n" + "\n".join(lines) + "\n", "utf-8")
    data = {**copy.config["data"], "group": str(path)}
    return dataclasses.replace(copy, config={**copy.config, "data": data})


def test_a_run_that_was_split_by_groups_shows_them_and_draws_them(copy, splits, tmp_path):
    count = len(splits.test.ids)
    run = grouped(copy, splits, tmp_path, [f"patient {row // 3}" for row in range(count)])
    written = kerasft.report(run, output=tmp_path / "page.html")
    html = written.path.read_text("utf-8")
    assert 'id="groups"' in html and "Groups: patients" in html
    assert f"so the {-(-count // 3)} groups of the test split were drawn again, 1,000 times" in html
    assert "with so few groups the intervals are still too narrow" in html
    assert str(written).startswith("wrote ")  # on the page, not in the terminal: nobody asked

    measured = kerasft.evaluate(run)
    assert measured.interval == written.evaluation.interval != kerasft.evaluate(copy).interval
    assert f"in {-(-count // 3)} groups (patients), drawn for the interval" in str(measured)
    assert measured.as_dict()["drawn"] == f"{-(-count // 3)} groups (patients)"

    cameras = tmp_path / "cameras.csv"
    lines = [f"{name},{'one' if row % 2 else 'two'}" for row, name in enumerate(splits.test.ids)]
    cameras.write_text("id,group\n" + "\n".join(lines) + "\n", "utf-8")
    html = kerasft.report(run, output=tmp_path / "page.html", group=cameras).path.read_text("utf-8")
    assert "Groups: cameras" in html and "The run was split by patients: intervals draw these again" in html


def test_groups_that_say_nothing_of_the_test_examples_leave_the_page_as_it_is(copy, splits, tmp_path):
    lost = dataclasses.replace(
        copy, config={**copy.config, "data": {**copy.config["data"], "group": str(tmp_path / "gone.csv")}}
    )
    one = grouped(copy, splits, tmp_path, ["patient 1"] * len(splits.test.ids))
    for run in (lost, one):
        html = kerasft.report(run, output=tmp_path / "page.html", explain=False).path.read_text("utf-8")
        assert "Intervals: of shares Wilson’s (1927)" in html


def test_the_command_refuses_what_is_no_run_and_what_is_no_group(copy, tmp_path, capsys):
    assert main(["report", str(tmp_path)]) == 2
    assert "this folder is not a run" in capsys.readouterr().err
    page = tmp_path / "page.html"
    assert main(["report", str(copy.run_dir), "--group", "site", "--output", str(page)]) == 2
    assert "the data is no table, so it has no columns (received: site)" in capsys.readouterr().err
    assert not page.exists()


def test_a_bundle_writes_into_the_current_folder(copy, tmp_path, monkeypatch):
    kerasft.bundle(copy.run_dir, tmp_path / "flowers.kerasft")
    monkeypatch.chdir(tmp_path)
    assert main(["report", "flowers.kerasft"]) == 0
    assert "<title>flowers.kerasft – " in (tmp_path / "report.html").read_text("utf-8")


def test_a_run_without_history_versions_or_sense_still_has_a_page(copy, tmp_path):
    moved = kerasft.Run.open(shutil.copytree(copy.run_dir, tmp_path / "run"))
    (moved.run_dir / "history.csv").write_text("phase,epoch\nhead,one\n")
    config = {**moved.config, "command": "rm -rf", "features": "none", "phases": [3, {"name": []}]}
    odd = dataclasses.replace(moved, config=config)
    facts = Facts.of(odd)
    assert facts.history == () and facts.command == "" and facts.phases[0]["saved"] == ""
    html = kerasft.report(odd).path.read_text("utf-8")
    assert "What trained in each phase" in html and "over 0 epochs" not in html
