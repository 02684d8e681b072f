"""Killed, out of room or without permission: no partial file under the final name, and an earlier one stays."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

EXPORT = """if True:
    import sys, time
    from pathlib import Path
    import kerasft
    from kerasft.formats import tflite
    write = tflite.write_content
    def slowly(content, description, path, about=None):
        write(content, description, path, about)
        Path(sys.argv[2]).touch()
        time.sleep(60)
    tflite.write_content = slowly
    kerasft.export(kerasft.Run.open(sys.argv[1]))
"""


def files_of(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def copy(run, tmp_path):
    import shutil

    return Path(shutil.copytree(run.run_dir, tmp_path / "run"))


@pytest.mark.slow
@pytest.mark.parametrize("earlier", [False, True])
def test_a_killed_export_leaves_no_file_under_its_name(earlier, copy, tmp_path):
    exports = copy / "exports"
    if earlier:
        exports.mkdir()
        (exports / "model_float32.tflite").write_bytes(b"an earlier one")
    process = subprocess.Popen([sys.executable, "-c", EXPORT, str(copy), str(tmp_path / "written")])
    end = time.monotonic() + 120
    while not (tmp_path / "written").exists() and time.monotonic() < end:
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    visible = {name: data for name, data in files_of(exports).items() if ".partial-" not in str(name)}
    assert visible == ({Path("model_float32.tflite"): b"an earlier one"} if earlier else {})


@pytest.mark.slow
def test_a_full_disk_leaves_nothing_and_says_so(copy):
    """A limit on the size of files stands in for the disk: the same error from the same calls."""
    code = """if True:
        import resource, signal, sys
        from kerasft.cli.main import main
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        import kerasft.formats.tflite as tflite
        write = tflite.write_content
        def full(*arguments):
            resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
            write(*arguments)
        tflite.write_content = full
        sys.exit(main(["export", sys.argv[1]]))
    """
    done = subprocess.run([sys.executable, "-c", code, str(copy)], capture_output=True, text=True)
    assert done.returncode == 2 and "the export can't be written (File too large)" in done.stderr
    assert "make room, or make the folder writable" in done.stderr and "Traceback" not in done.stderr
    assert files_of(copy / "exports") == {}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_an_unwritable_folder_is_told_before_the_work(monkeypatch, toy_run):
    from kerasft.base.errors import InputError
    from kerasft.exporting import export

    toy_run.run_dir.mkdir(mode=0o555)
    monkeypatch.setattr(type(toy_run), "load_model", lambda self: pytest.fail("too late"))
    with pytest.raises(
        InputError, match="the export can't be written .Permission denied.*make the folder writable"
    ):
        export(toy_run)


def test_what_belongs_beside_the_file_may_fail_too(monkeypatch, toy_run):
    """The file itself was measured and has its name by then; the message names what is missing."""
    from kerasft.base import files
    from kerasft.base.errors import InputError
    from kerasft.exporting import export

    def full(target, text):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "write_text", full)
    with pytest.raises(InputError, match="can't be written .No space left on device"):
        export(toy_run)
    assert [path.name for path in (toy_run.run_dir / "exports").iterdir()] == ["model_float32.tflite"]
