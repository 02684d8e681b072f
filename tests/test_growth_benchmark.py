"""`benchmarks.growth`: it goes on with what is missing, and draws."""

import csv

import pytest

from benchmarks import growth, processes


def test_growth_measures_what_is_missing_and_draws(tmp_path, monkeypatch, capsys):
    measured = []

    def run_one(case, way):
        measured.append((case.name, way))
        if len(measured) == 6:
            raise processes.ProcessFailed("out of power")
        cpu = case.examples * sum(case.epochs) * (2 if way == "plain" else 0.5)
        return {"cpu": cpu, "wall": cpu, "peak_mb": 1, "accuracy": 0.1, "phases": [{"phase": "head"}]}

    monkeypatch.setattr(growth, "run_one", run_one)
    monkeypatch.setattr(growth, "describe", lambda rows: "")
    with pytest.raises(SystemExit, match="out of power"):
        growth.main(["--quick", "--out", str(tmp_path)])
    growth.main(["--quick", "--out", str(tmp_path)])
    assert len(measured) == 9 and len(set(measured)) == 8  # four places, two ways; the one that failed twice
    assert "| epochs | 2 | 640.0 | 160.0 | 4.0 |" in capsys.readouterr().out
    with (tmp_path / "growth.csv").open() as file:
        assert len(list(csv.DictReader(file))) == 8
    assert (tmp_path / "growth.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(SystemExit, match="nothing was measured yet"):
        growth.main(["--redraw", "--out", str(tmp_path / "empty")])
