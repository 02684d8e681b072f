"""The command that runs tests by other instructions: which settings there are, whose turn it is, and its table."""

import datetime

import pytest

from tests import processors

AVX2 = {"sse4_1", "avx2"}
AVX512 = AVX2 | {"avx512f", "avx512bw", "avx512dq", "avx512vl"}


def test_a_processor_has_the_settings_of_its_instructions(tmp_path):
    (tmp_path / "cpuinfo").write_text("model name\t: x\nflags\t\t: fpu sse4_1 avx2\n")
    assert processors.instructions(tmp_path / "cpuinfo") >= AVX2
    assert processors.instructions(tmp_path / "none") == set()
    assert processors.available(AVX512) == list(processors.SETTINGS)
    assert processors.available(AVX2) == ["own", "SSE41", "AVX2", "no oneDNN"]
    assert processors.available(set()) == ["own", "no oneDNN"]


@pytest.mark.parametrize(
    ("found", "others"),
    [(AVX512, {"SSE41", "AVX2", "no oneDNN"}), (AVX2, {"SSE41", "no oneDNN"}), (set(), {"no oneDNN"})],
)
def test_all_but_the_processors_own_take_turns_by_date(found, others):
    day, names = datetime.date(2026, 11, 29), processors.available(found)
    turns = [processors.turn_of(day + datetime.timedelta(days=number), names) for number in range(6)]
    assert set(turns) == others and len(set(turns[: len(others)])) == len(others)


def test_a_setting_that_the_processor_lacks_is_refused(monkeypatch, capsys):
    monkeypatch.setattr(processors, "instructions", lambda: AVX2)
    with pytest.raises(SystemExit):
        processors.main(["--setting", "AVX512_CORE"])
    assert "this processor has no AVX512_CORE; it has own, SSE41, AVX2, no oneDNN" in capsys.readouterr().err


def test_a_setting_that_fails_fails_the_command_and_the_table_says_what_was_seen(monkeypatch, capsys):
    seen = {"own": (0, 1e-6), "no oneDNN": (1, 0.0)}

    def run(name, more):
        code, apart = seen[name]
        return code, processors.largest([{"kind": "ONNX", "apart": apart, "limit": 2e-5}])

    monkeypatch.setattr(processors, "instructions", set)
    monkeypatch.setattr(processors, "run", run)
    assert processors.main([]) == 1
    said = capsys.readouterr().out
    assert "| compared | limit | own | no oneDNN |" in said and "| ONNX | 2.0e-05 | 1.0e-06 | 0 |" in said
    assert "failed: no oneDNN" in said and "lacks the instructions: SSE41, AVX2, AVX512_CORE" in said
    assert processors.main(["--setting", "own"]) == 0


def test_of_a_kind_the_one_nearest_to_its_limit_is_shown():
    notes = [{"kind": "a", "apart": 2.0, "limit": 20.0}, {"kind": "a", "apart": 1.0, "limit": 2.0}]
    assert processors.largest(notes) == {"a": notes[1]}
