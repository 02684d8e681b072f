"""Windows, as far as it can be simulated: names of files, open files, paths, shells, and modules that it lacks."""

import ast
import csv
import errno
import io
import json
import os
import random
import re
import shlex
import sys
from pathlib import PureWindowsPath
from types import SimpleNamespace

import numpy as np
import pytest

from kerasft.base import counter as counters
from kerasft.base import files, memory, places, shells, terminal
from kerasft.base.counter import counter
from kerasft.base.file_names import FileNames, plain_stem
from kerasft.benchmarking import worker
from kerasft.reporting.facts import _command
from kerasft.targets.classes.measuring import measure
from tests.sources import PATHS, ROOT, nodes_of

fcntl = pytest.importorskip("fcntl", reason="this is Windows itself")
DEVICES = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10)),
}
POSIX_MODULES = {
    "crypt",
    "fcntl",
    "grp",
    "posix",
    "pty",
    "pwd",
    "readline",
    "resource",
    "syslog",
    "termios",
    "tty",
}
POSIX_NAMES = {
    "fork", "forkpty", "getuid", "geteuid", "getgid", "getpgid", "killpg", "mkfifo", "nice", "posix_fallocate",
    "sched_getaffinity", "setsid", "statvfs", "sysconf", "uname", "wait4", "O_NOFOLLOW", "O_NONBLOCK", "O_DIRECTORY",
    "SIGALRM", "SIGHUP", "SIGKILL", "SIGUSR1", "alarm", "pause", "setitimer",
}  # fmt: skip


def is_name_on_windows(name):
    """By the rules of Microsoft, "Naming Files, Paths, and Namespaces"."""
    odd = re.search(r'[<>:"/\\|?*\x00-\x1f]', name) or name[-1:] in ("", ".", " ")
    return not odd and name.split(".")[0].rstrip().casefold() not in DEVICES


@pytest.fixture
def windows(monkeypatch):
    """Files as Windows has them; in the list are those that other programs have open, and for how many tries."""
    opened, fsync, rename, open_file = {}, os.fsync, os.replace, os.open

    def written_out(descriptor):
        if fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
            raise OSError(errno.EBADF, "Bad file descriptor")
        fsync(descriptor)

    def without_folders(path, *given, **options):
        if os.path.isdir(path) and sys._getframe(1).f_code.co_filename == files.__file__:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return open_file(path, *given, **options)

    def unless_open(source, target):
        if opened.get(str(target), 0) > 0:
            opened[str(target)] -= 1
            raise PermissionError(errno.EACCES, "Access is denied", str(target))
        rename(source, target)

    monkeypatch.setattr(files, "ON_WINDOWS", True)
    monkeypatch.setattr(files.os, "fsync", written_out)
    monkeypatch.setattr(files.os, "open", without_folders)
    monkeypatch.setattr(files.os, "replace", unless_open)
    monkeypatch.setattr(files.time, "sleep", lambda seconds: None)
    return opened


def test_files_and_folders_are_written_whole(windows, tmp_path):
    for content in ("one", "two"):
        assert files.write_text(tmp_path / "a.txt", content).read_text() == content
        with files.atomic_path(tmp_path / "model") as temporary:
            temporary.mkdir()
            (temporary / "b.txt").write_text(content)
        assert (tmp_path / "model" / "b.txt").read_text() == content
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.txt", "model"]


def test_a_file_that_is_open_for_a_moment_is_replaced_and_one_that_stays_open_is_told(windows, tmp_path):
    target = files.write_text(tmp_path / "a.html", "old")
    windows[str(target)] = 3  # a scanner of viruses
    assert files.write_text(target, "new").read_text() == "new"
    windows[str(target)] = 99
    with pytest.raises(PermissionError) as error:
        files.write_text(target, "newer")
    assert target.read_text() == "new" and [each.name for each in tmp_path.iterdir()] == ["a.html"]
    problem = str(files.file_problem(error.value))
    assert problem.endswith(f"(received: {target}); close the program that has it open, or write to a folder "
                            "that can be written")  # fmt: skip


def test_a_path_that_is_too_long_is_told_apart_from_one_that_is_not_there(windows):
    for length, said in ((300, "the path is longer than Windows takes"), (100, None)):
        problem = files.file_problem(FileNotFoundError(errno.ENOENT, "No such file", "C:\\" + length * "a"))
        assert (problem and problem.what) == said


@pytest.mark.parametrize(
    ("stem", "expected"),
    [
        ("rose", "rose"), ("日本 é", "日本 é"), ("CON", "CON_"), ("nul.tar", "nul_.tar"), ("Com1", "Com1_"),
        ("console", "console"), ("a.", "a"), ("a. . ", "a"), ("...", "image"), ("", "image"), ('a:b*"c', "a_b__c"),
        ("dir\\b", "dir_b"), ("a\x1b[m\u202e", "a_[m_"), ("x" * 300, "x" * 120),
    ],
)  # fmt: skip
def test_a_foreign_name_becomes_one_that_every_system_takes(stem, expected):
    assert plain_stem(stem) == expected and is_name_on_windows(f"{expected}.png")


def test_names_of_any_characters_are_taken_and_none_comes_twice():
    rng, names = random.Random(0), FileNames()
    letters = 'aAbB.: \\/*?"<>|\x00\n\u202eé日' + "conulpt1"
    found = [names.of("".join(rng.choices(letters, k=rng.randint(0, 5))), ".png") for _ in range(3000)]
    assert all(map(is_name_on_windows, found))
    assert len({each.casefold() for each in found}) == len(found)
    assert [FileNames().of(each) for each in ("a", "b")] == ["a", "b"]


def test_what_a_run_leaves_can_be_copied_to_windows(made_by_recipe):
    paths = [path.relative_to(made_by_recipe) for path in made_by_recipe.rglob("*")]
    assert len(paths) > 20 and all(is_name_on_windows(part) for path in paths for part in path.parts)
    assert len({str(path).casefold() for path in paths}) == len(paths)
    longest = (
        max(len(str(path)) for path in paths) + len(files.PARTIAL_PREFIX) + len("/12345678")
    )  # half written
    assert longest < 130  # of the 260 that a path may have: docs/installation.md
    with open(made_by_recipe / "splits.csv", encoding="utf-8", newline="") as file:
        assert all("\\" not in cell for row in csv.reader(file) for cell in row)
    golden = json.loads((made_by_recipe / "exports" / "model_int8.golden.json").read_text("utf-8"))
    assert all(
        "\\" not in each["image"] and (made_by_recipe / "exports" / each["image"]).is_file()
        for each in golden
    )


def test_classes_are_in_no_name_of_a_file(tmp_path):
    for names in (("CON", "nul"), ("a.", "x:y")):
        labels = np.array([0, 1, 0, 1])
        found = measure(labels, np.eye(2)[labels], names)
        assert {path.name for path in found.write(tmp_path).iterdir()} == {
            "metrics.json", "per_class.csv", "confusion_matrix.csv", "confusion_matrix.png", "predictions.csv",
        }  # fmt: skip


def test_paths_below_a_folder_are_written_with_slashes():
    """`str(path.relative_to(folder))` would have backslashes there, and a table of ids would fit no other system."""
    found = []
    for path in PATHS:
        for call in nodes_of(path):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "str":
                attributes = {getattr(each, "attr", "") for each in ast.walk(call)}
                if "relative_to" in attributes and "as_posix" not in attributes:
                    found.append(f"{path.relative_to(ROOT)}:{call.lineno}")
    assert found == []


def test_paths_of_windows_are_known_for_what_they_are():
    assert places.elsewhere(r"C:\data\flowers") == "" == places.elsewhere("D:/data")
    assert places.elsewhere(r"\\server\share\a.png") == "a path of another computer"
    typed = [
        r"C:\Users\Ann B\venv\Scripts\kerasft.exe",
        "train",
        "image-classification",
        "--data",
        "my flowers",
    ]
    assert _command(typed) == "kerasft train image-classification --data 'my flowers'"
    assert _command([r"C:\work\recipes\mine.py", "--seed", "1"]) == "python mine.py --seed 1"
    assert _command(["recipes/mine.py"]) == "python recipes/mine.py"
    assert PureWindowsPath(r"a\b.png").as_posix() == "a/b.png"


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        (r"C:\runs\flowers", r"C:\runs\flowers"),
        (r"C:\my runs\é", r'"C:\my runs\é"'),
        ("it's & more", '"it\'s & more"'),
        ("a>b", '"a>b"'),
        ("", '""'),
    ],
)
def test_commands_to_type_have_the_quotes_of_the_shell(word, expected, monkeypatch):
    assert shells.quoted(word) == shlex.quote(word)
    assert shells.set_variable("A", "b") == "export A=b" and shells.unset_variable("A") == "unset A"
    monkeypatch.setattr(shells, "ON_WINDOWS", True)
    assert shells.quoted(word) == expected
    assert shells.command_line(["kerasft", word]) == f"kerasft {expected}"
    assert shells.with_variable("A", "b", "kerasft x") == '$env:A = "b"; kerasft x'
    assert shells.unset_variable("A") == "Remove-Item Env:A"


def test_the_readme_has_the_same_commands_for_powershell():
    readme = (ROOT.parent / "README.md").read_text("utf-8")
    (typed,) = re.findall(r"```powershell\n(.*)\n```", readme)
    (linux,) = re.findall(r"<!-- command: setup -->\n```bash\n(.*)\n```", readme)
    there = linux.replace("python3 ", "py ").replace(".venv/bin", ".venv/Scripts").replace(" && ", "; ")
    assert typed == there.replace("/", "\\")


def test_no_other_module_quotes_for_a_shell_and_no_hint_has_single_quotes():
    quoting = [path.name for path in PATHS if "shlex" in path.read_text("utf-8")]
    single = [
        path.name for path in PATHS if re.search(r"(pip install|kerasft \w+) '", path.read_text("utf-8"))
    ]
    assert (quoting, single) == (["shells.py"], [])


def test_no_module_needs_what_windows_lacks():
    """What is used of it stands behind `hasattr`, `getattr` or a caught AttributeError, and these are all."""
    modules, names = set(), set()
    for path in PATHS:
        tree = ast.parse(path.read_text("utf-8"))
        for node in tree.body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                imported = (
                    [each.name for each in node.names]
                    if isinstance(node, ast.Import)
                    else [node.module or ""]
                )
                modules |= {
                    f"{path.name}: {each}" for each in imported if each.split(".")[0] in POSIX_MODULES
                }
        names |= {
            f"{path.name}: {node.attr}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and node.attr in POSIX_NAMES
            if getattr(node.value, "id", "") in ("os", "signal")
        }  # fmt: skip
    assert modules == set()
    assert names == {
        "facts.py: sched_getaffinity", "kernels.py: sched_getaffinity", "memory.py: sysconf",
        "store.py: posix_fallocate",
    }  # fmt: skip


def test_the_memory_that_can_be_used_is_what_windows_says(monkeypatch):
    works = [1, 0]

    def tell(status):
        assert status._obj.length == 64  # of MEMORYSTATUSEX, or Windows refuses
        status._obj.available = 7_000_000_000
        return works.pop(0)

    def absent(path, *given):
        raise FileNotFoundError(path)

    monkeypatch.setattr(memory.Path, "read_text", absent)
    kernel = SimpleNamespace(GlobalMemoryStatusEx=tell)
    monkeypatch.setattr(memory.ctypes, "windll", SimpleNamespace(kernel32=kernel), raising=False)
    monkeypatch.delattr(memory.os, "sysconf")
    assert memory.available_memory() == 7_000_000_000
    assert memory.available_memory() == memory._FALLBACK_BYTES


def test_memory_that_no_module_tells_is_none_and_not_a_number(monkeypatch):
    def absent(path, *given):
        raise FileNotFoundError(path)

    monkeypatch.setattr(worker.Path, "read_text", absent)
    monkeypatch.setitem(sys.modules, "resource", None)
    assert np.isnan(worker.memory("VmRSS"))


def test_words_for_terminals_are_in_the_code_page_of_western_windows():
    """A name may be in any script, and is escaped where it can't be shown; our own words need no escape."""
    tables = {
        "printable.py",
        "class_names.py",
        "words.py",
        "cleaning.py",
        "counting.py",
        "languages.py",
        "looks.py",
    }
    pages = {"page.py"}  # HTML
    odd = {
        f"{path.name}: {node.value!r}"
        for path in PATHS
        if path.name not in tables | pages
        for node in nodes_of(path)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        and node.value.encode("cp1252", "replace").decode("cp1252") != node.value
    }  # fmt: skip
    assert odd == set()


@pytest.mark.parametrize("encoding", ["cp1252", "cp437", "cp932"])
def test_a_bar_and_colours_are_drawn_on_a_console_of_windows(encoding, monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(stream, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stderr", terminal.Screen(stream))
    with counter("images 花 \U0001f338") as tell:
        tell(1, 2)
        tell(2, 2)
    terminal.say("fail  花 \udce9", stderr=True)
    assert counters._Counter.drawn == 0
    stream.flush()
    text = stream.buffer.getvalue().decode(encoding)
    assert "2/2" in text and "\x1b[31mfail" in text and r"\udce9" in text
