"""`benchmarks.two_phase`: tables, ratios, processes, and one tiny run of the real thing."""

import json
import subprocess
import sys

import pytest

import kerasft
from benchmarks import gpu, ladder, processes, tables, two_phase
from benchmarks.cases import CASES, Case, chosen
from benchmarks.clock import Clock, by_phase

CASE = "mobilenet-512"


def row(way, head, tune, repeat=0, case=CASE, **more):
    phases = [
        {"phase": name, "cpu": cpu, "wall": 2 * cpu, "peak_mb": 500 + index, "accuracy": 0.25 + index / 4}
        for index, (name, cpu) in enumerate((("head", head), ("tune", tune)))
        if cpu
    ]
    cpu = head + tune
    return {"case": case, "way": way, "repeat": repeat, "cpu": cpu, "wall": 2 * cpu, "peak_mb": 501,
            "accuracy": 0.5, "phases": phases, **more}  # fmt: skip


def entry(rows, way, phase, case=CASE):
    (found,) = [e for e in tables.summarize(rows) if (e["case"], e["way"], e["phase"]) == (case, way, phase)]
    return found


def test_ratios_are_of_medians_against_keras_as_it_comes_for_each_phase():
    rows = [row("plain", head, 60, repeat) for repeat, head in enumerate((20, 30, 90))]
    rows += [row("kerasft", 3, 12), row("plain-oneDNN", 60, 120)]
    assert entry(rows, "plain", "head")["cpu"] == 30 and entry(rows, "plain", "head")["runs"] == 3
    assert entry(rows, "kerasft", "head")["of"] == {"plain": 10, "plain-oneDNN": 20}
    assert entry(rows, "kerasft", "tune")["of"] == {"plain": 5, "plain-oneDNN": 10}
    assert entry(rows, "kerasft", "all")["of"] == {"plain": 6, "plain-oneDNN": 12}
    assert entry(rows, "plain", "all")["of"]["plain"] == 1


def test_without_plain_there_is_no_ratio_and_no_column_for_it():
    rows = [row("kerasft", 3, 12), row("pytorch", 30, 50)]
    assert entry(rows, "pytorch", "all")["of"] == {}
    header, _, *lines = tables.to_markdown(rows).splitlines()
    assert header == "| case | way | phase | CPU s | wall s | peak MB | accuracy |"
    assert lines[2] == "| mobilenet-512 | kerasft | all | 15.0 | 30.0 | 501 | 0.500 |"


def test_a_case_of_one_phase_has_one_line():
    rows = [row("plain", 80, 0, case="mobilenet-head"), row("kerasft", 5, 0, case="mobilenet-head")]
    assert [e["phase"] for e in tables.summarize(rows)] == ["head", "head"]
    found = entry(rows, "kerasft", "head", "mobilenet-head")
    assert found["of"] == {"plain": 16}


def test_lines_stand_in_the_order_of_cases_ways_and_phases():
    rows = [
        row("fastai", 1, 1, case="resnet50-512"),
        row("bare", 1, 1),
        row("plain", 1, 1),
        row("kerasft", 1, 1),
    ]
    found = [(e["case"], e["way"], e["phase"]) for e in tables.summarize(rows)]
    assert [way for _, way, _ in found[::3]] == ["plain", "kerasft", "bare", "fastai"]
    assert [phase for *_, phase in found[:3]] == ["head", "tune", "all"]


def test_the_header_says_what_as_it_comes_means_here():
    on = tables.describe([row("plain", 1, 1, onednn=True), row("kerasft", 1, 1, onednn=True)])
    off = tables.describe([row("plain", 1, 1, onednn=False), row("kerasft", 1, 1, onednn=True)])
    assert "oneDNN is on: plain is the same as plain+oneDNN" in on
    assert "oneDNN is off: plain is the same as plain-oneDNN" in off
    assert "torch 9.9" in tables.describe([row("pytorch", 1, 1, versions={"torch": "9.9"})])


def test_vnni_is_read_from_the_flags(tmp_path, monkeypatch):
    read, path = tables._cpuinfo, tmp_path / "cpuinfo"
    monkeypatch.setattr(tables, "_cpuinfo", lambda key: read(key, path))
    for flags, expected in (("fpu avx512f avx512_vnni", True), ("avx_vnni", True), ("avx2 avx512f", False)):
        path.write_text(f"processor\t: 0\nmodel name\t: Some CPU\nflags\t\t: {flags}\n")
        assert tables.has_vnni() is expected and tables.processor() == "Some CPU"


def test_phases_add_up_to_the_whole():
    clocks = [Clock(1.0, 10.0, 100), Clock(3.5, 14.0, 300), Clock(4.0, 20.0, 250)]
    found = by_phase(clocks, ("head", "tune"), (0.5, 0.75))
    assert (found["cpu"], found["wall"], found["accuracy"]) == (3.0, 10.0, 0.75)
    assert [(p["phase"], p["cpu"], p["wall"], p["peak_mb"]) for p in found["phases"]] == [
        ("head", 2.5, 4.0, 300), ("tune", 0.5, 6.0, 250)
    ]  # fmt: skip
    with pytest.raises(ValueError):
        by_phase(clocks, ("head",), (0.5,))


def test_cases_are_chosen_by_name_and_travel_as_json():
    assert [case.name for case in chosen(["minilm-head", CASE])] == [CASE, "minilm-head"]
    assert all(Case.from_json(case.to_json()) == case for case in CASES)
    assert all(case.name.endswith("-quick") and case.size <= 32 for case in chosen([], quick=True))
    with pytest.raises(SystemExit, match="no case mobilnet; choose from mobilenet-512, "):
        chosen(["mobilnet"])


def test_only_what_can_do_the_work_is_run():
    pictures, texts, all_trains = chosen(["mobilenet-512", "minilm-1000", "resnet50-all"])
    assert processes.fits(pictures, "fastai") and not processes.fits(pictures, "trainer")
    assert processes.fits(texts, "trainer") and not processes.fits(texts, "pytorch")
    assert processes.fits(pictures, "bare") and not processes.fits(all_trains, "bare")
    assert processes.fits(all_trains, "plain") and processes.fits(all_trains, "kerasft")


def test_plain_leaves_onednn_to_tensorflow_whatever_the_caller_has_set(monkeypatch):
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "1")
    seen = {}

    def run(command, env, **_):
        seen[command[-1]] = env.get("TF_ENABLE_ONEDNN_OPTS")
        return subprocess.CompletedProcess(command, 0, 'noise\n{"cpu": 1}\n', "")

    monkeypatch.setattr(processes.subprocess, "run", run)
    for way in ("plain", "plain+oneDNN", "plain-oneDNN", "kerasft", "bare"):
        assert processes.run_one(CASES[0], way) == {"cpu": 1}
    assert seen == {"plain": None, "plain+oneDNN": "1", "plain-oneDNN": "0", "kerasft": "1", "bare": "1"}


def test_peers_run_in_their_interpreter_offline_without_spinning_on_data_written_once(monkeypatch):
    commands = []

    def run(command, env, **_):
        commands.append(
            (command[0], command[2], command[-1], env.get("OMP_WAIT_POLICY"), env.get("HF_HUB_OFFLINE"))
        )
        return subprocess.CompletedProcess(command, 0, '{"cpu": 1}\n', "")

    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setattr(processes.subprocess, "run", run)
    processes._data.cache_clear()
    for way in ("pytorch", "fastai"):
        processes.run_one(CASES[0], way, "/other/python")
    (writer, module, folder, *_), *peers = commands
    assert (writer, module) == (sys.executable, "benchmarks.peer_data")
    assert peers == [("/other/python", "benchmarks.peers", folder, "PASSIVE", "1")] * 2
    processes._data.cache_clear()


def test_a_peer_that_is_not_installed_is_left_out_with_a_note(monkeypatch, capsys):
    monkeypatch.setitem(processes.PEERS, "fastai", (("json", "no_such_package"), False))
    assert two_phase.runnable(["kerasft", "fastai"], sys.executable) == ["kerasft"]
    assert "without fastai, which needs no_such_package:" in capsys.readouterr().err
    with pytest.raises(SystemExit, match=r"--peers-python is no Python.*received: /no/python"):
        two_phase.runnable(["fastai"], "/no/python")


def test_a_peer_that_fails_stops_nothing_and_a_way_of_keras_does(tmp_path, monkeypatch, capsys):
    failing = {"pytorch"}

    def run_one(case, way, python):
        if way in failing:
            raise processes.ProcessFailed("it broke")
        return {key: value for key, value in row(way, 2, 4).items() if key not in ("case", "way", "repeat")}

    monkeypatch.setattr(two_phase, "run_one", run_one)
    monkeypatch.setattr(two_phase, "missing_packages", lambda way, python: [])
    path = tmp_path / "rows.jsonl"
    command = [
        CASE,
        "--repeats",
        "2",
        "--json",
        str(path),
        "--summary",
        str(tmp_path / "table.json"),
        "--ways",
    ]
    two_phase.main([*command, "pytorch", "trainer", "kerasft"])  # trainer: not for images
    assert [json.loads(line)["way"] for line in path.read_text().splitlines()] == ["kerasft", "kerasft"]
    out, err = capsys.readouterr()
    assert err.count("without pytorch: it broke") == 1 and "| kerasft | all | 6.0 |" in out
    assert {e["runs"] for e in json.loads((tmp_path / "table.json").read_text())} == {2}
    two_phase.main([CASE, "--repeats", "0", "--json", str(path)])
    assert "| kerasft | all | 6.0 |" in capsys.readouterr().out
    failing.add("kerasft")
    with pytest.raises(SystemExit, match="it broke"):
        two_phase.main([*command, "kerasft"])


def test_results_of_another_form_are_refused_before_anything_is_measured(tmp_path, monkeypatch):
    monkeypatch.setattr(two_phase, "run_one", lambda *_: pytest.fail("measured"))
    path = tmp_path / "rows.jsonl"
    for text in ("not JSON", "3", '{"case": "mobilenet-512", "way": "plain", "phases": [{"cpu": 1}]}'):
        path.write_text(text)
        with pytest.raises(SystemExit, match=r"can't be read \(received: .*rows.jsonl.*; move it away"):
            two_phase.main([CASE, "--ways", "kerasft", "--json", str(path)])
        assert path.read_text() == text


@pytest.mark.slow
@pytest.mark.turns(3, share=0)
def test_a_tiny_run_of_plain_keras_kerasft_and_bare(tmp_path):
    path = tmp_path / "rows.jsonl"
    two_phase.main(
        [CASE, "--quick", "--repeats", "1", "--ways", "plain", "kerasft", "bare", "--json", str(path)]
    )
    rows = {found["way"]: found for found in map(json.loads, path.read_text().splitlines())}
    assert list(rows) == ["plain", "kerasft", "bare"]
    for found in rows.values():
        assert [phase["phase"] for phase in found["phases"]] == ["head", "tune"]
        assert sum(phase["cpu"] for phase in found["phases"]) == pytest.approx(found["cpu"], abs=0.02)
        assert all(phase["cpu"] > 0 and phase["peak_mb"] > 200 for phase in found["phases"])
    assert rows["kerasft"]["onednn"] and rows["bare"]["onednn"]
    # One epoch each, so the best weights are the last: the whole model answers alike, and as was reported.
    assert rows["plain"]["accuracy"] == pytest.approx(rows["kerasft"]["accuracy"])
    assert rows["kerasft"]["phases"][-1]["accuracy"] == pytest.approx(rows["kerasft"]["accuracy"])


@pytest.mark.slow
def test_the_data_for_other_interpreters_is_what_kerasft_trains_on(tmp_path):
    import numpy as np

    from benchmarks import peer_data
    from benchmarks.cases import read_splits

    (case,) = chosen([CASE], quick=True)
    peer_data.write(case, tmp_path)
    splits, work = read_splits(case), json.loads((tmp_path / "work.json").read_text())
    with np.load(tmp_path / "images.npz") as arrays:
        for split in (splits.train, splits.validation):
            assert np.array_equal(arrays[f"{split.name}_images"], split.images)
            assert np.array_equal(arrays[f"{split.name}_labels"], split.labels)
    head, tune = (phase["parameters"] for phase in work["phases"])
    assert head == (576 + 1) * 10 and tune == 734770  # the last four blocks, without their BatchNorm


@pytest.mark.slow
@pytest.mark.parametrize("way", processes.PEERS)
def test_a_tiny_run_of_another_library(way, tmp_path):
    lacking = processes.missing_packages(way, sys.executable)
    if lacking:
        pytest.skip(f"not installed: {', '.join(lacking)}")
    path = tmp_path / "rows.jsonl"
    case = "minilm-1000" if processes.PEERS[way][1] else CASE
    two_phase.main([case, "--quick", "--repeats", "1", "--ways", way, "--json", str(path)])
    found = json.loads(path.read_text())
    assert [phase["phase"] for phase in found["phases"]] == ["head", "tune"] and found["cpu"] > 0


@pytest.mark.slow
@pytest.mark.turns(3, share=1)
def test_the_ladder_trains_from_scratch_into_a_run_that_can_be_opened(splits, tmp_path):
    model = kerasft.build_model(
        "image_classification",
        backbone="starter",
        class_names=splits.class_names,
        image_size=16,
        weights=None,
    )
    run = ladder.from_scratch(model, splits, 1, tmp_path / "run")
    assert kerasft.Run.open(run.run_dir).result["best"] == "scratch"
    assert kerasft.evaluate(run.run_dir, splits.test).labels.shape == splits.test.labels.shape


@pytest.mark.slow
@pytest.mark.turns(3, share=2)
@pytest.mark.parametrize("way", gpu.WAYS)
def test_the_benchmark_for_gpus_runs_without_one(way):
    splits = gpu.splits_of(64, 32)
    row = gpu.measure(way, "starter", "float32", splits, (1, 1), batch=16)
    assert (row["backbone"], row["way"]) == ("starter", way)
    assert row["head"]["images_per_second"] > 0 and row["tune"]["steady"] > 0
