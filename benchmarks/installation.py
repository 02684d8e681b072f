"""What an installation brings, what it costs, and where it can be had.

    python -m benchmarks.installation             resolve for each Python and platform, by uv; nothing is installed
    python -m benchmarks.installation --downloads the sizes of the files that pip fetches, and what GPUs add
    python -m benchmarks.installation --measure   also install into an empty environment, and weigh it

uv (`pip install uv`) resolves for other platforms than this one, against wheels only. That it resolves says that pip
finds wheels of all packages, not that they work there.
"""

from __future__ import annotations

import argparse
import configparser
import json
import os
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
PYTHONS = ("3.11", "3.12", "3.13")
PLATFORMS = {
    "Linux, x86-64": "x86_64-manylinux_2_28",
    "Linux, ARM": "aarch64-manylinux_2_28",
    "macOS, Apple silicon": "aarch64-apple-darwin",
    "macOS, Intel": "x86_64-apple-darwin",
    "Windows, x86-64": "x86_64-pc-windows-msvc",
}
GPUS = ("tensorflow[and-cuda]==2.21.*", "jax[cuda12]")  # with drivers of the machine's own
EXTRAS = ("onnx", "parquet", "tfds", "lessons")
_SIZES = """
import json, os
from importlib import metadata
sizes = {}
for each in metadata.distributions():
    files = [each.locate_file(file) for file in each.files or ()]
    sizes[each.metadata["Name"]] = sum(os.path.getsize(file) for file in files if os.path.isfile(file)) / 1e6
print(json.dumps(sizes))
"""


def requirements(extras: Sequence[str] = ()) -> list[str]:
    """Returns what setup.cfg asks for, with extras."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    lines = config["options"]["install_requires"]
    lines += "".join(config["options.extras_require"][extra] for extra in extras)
    return [line for line in lines.splitlines() if line.strip() and not line.strip().startswith("#")]


def resolve(platform: str, python: str, extras: Sequence[str] = ()) -> tuple[int, str]:
    """Returns how many packages would be installed, or 0 and why they can't be had."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "-q", "--no-header", "--no-annotate", "-"]
    wheels = [
        "--only-binary",
        ":all:",
        "--no-binary",
        "promise",
    ]  # TFDS needs it; plain Python, without a wheel
    target = ["--python-platform", platform, "--python-version", python]
    given = "\n".join(requirements(extras))
    done = subprocess.run([*command, *wheels, *target], input=given, capture_output=True, text=True, cwd=ROOT)
    if done.returncode == 0:
        return len(done.stdout.split()), ""
    return 0, " ".join(done.stderr.split())[:400]


def downloads(asked: Sequence[str], platform: str, python: str = "3.11") -> dict[str, float]:
    """Returns the MB of the file that pip fetches of each package, by name."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "-q", "--format", "pylock.toml", "-"]
    target = ["--python-platform", platform, "--python-version", python, "-c", str(ROOT / "constraints.txt")]
    done = subprocess.run(
        [*command, *target], input="\n".join(asked), capture_output=True, text=True, check=True, cwd=ROOT
    )
    found = {}
    for package in tomllib.loads(done.stdout)["packages"]:
        kept = [*package.get("wheels", ()), *([package["sdist"]] if "sdist" in package else [])]
        own = [each for each in kept if f"cp{python.replace('.', '')}-" in each["url"]]
        found[package["name"]] = (own or kept)[0]["size"] / 1e6
    return found


def print_downloads() -> None:
    """Prints what pip fetches on each platform, and what each library for GPUs adds on Linux."""
    print("| | packages | MB to fetch | largest |\n| --- | --: | --: | --- |")
    core = {
        name: downloads(requirements(), platform)
        for name, platform in PLATFORMS.items()
        if "Intel" not in name
    }
    linux, platform = next(iter(core.values())), next(iter(PLATFORMS.values()))
    rows = dict(core)
    for gpu in GPUS:
        all_of_it = downloads([*requirements(), gpu], platform)
        rows[f"{gpu} adds"] = {name: size for name, size in all_of_it.items() if name not in linux}
    for name, sizes in rows.items():
        largest = sorted(sizes.items(), key=lambda each: -each[1])[:3]
        named = ", ".join(f"{each} {size:.0f}" for each, size in largest)
        print(f"| {name} | {len(sizes)} | {sum(sizes.values()):,.0f} | {named} |")


def resolutions() -> None:
    """Prints how many packages the core, and the core with all extras, bring on each platform and Python."""
    print(
        "| | "
        + " | ".join(f"Python {python}" for python in PYTHONS)
        + " |\n| --- |"
        + " --- |" * len(PYTHONS)
    )
    reasons: dict[str, None] = {}
    for name, platform in PLATFORMS.items():
        cells = []
        for python in PYTHONS:
            found = [resolve(platform, python, extras) for extras in ((), EXTRAS)]
            reasons |= {f"{name}: {reason}": None for _, reason in found if reason}
            cells.append(", ".join(str(count or "no") for count, _ in found))
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)
    print("\n".join(reasons))


def measure(extras: str) -> None:
    """Installs into an empty environment and prints what it took and what is large."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        python = Path(folder) / ("Scripts" if os.name == "nt" else "bin") / "python"
        target = f"{ROOT}[{extras}]" if extras else str(ROOT)
        start, before = time.perf_counter(), os.times()
        subprocess.run(
            [python, "-m", "pip", "install", "-q", "-c", ROOT / "constraints.txt", target],
            check=True,
            cwd=folder,
        )
        after, seconds = os.times(), time.perf_counter() - start
        cpu = after.children_user + after.children_system - before.children_user - before.children_system
        told = subprocess.run([python, "-c", _SIZES], check=True, capture_output=True, text=True, cwd=folder)
        sizes = json.loads(told.stdout)
    print(f"\n{len(sizes)} packages, {sum(sizes.values()):.0f} MB, {seconds:.0f} s, {cpu:.0f} CPU-s")
    for name, size in sorted(sizes.items(), key=lambda each: -each[1])[:15]:
        print(f"  {name:<24}{size:6.0f} MB")


def main() -> None:
    """Resolves, and measures if asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--measure", action="store_true", help="install into an empty environment, too")
    parser.add_argument("--extras", default="", help="with --measure, extras by commas: onnx,tfds")
    parser.add_argument(
        "--downloads", action="store_true", help="tell the sizes of what is fetched, and no more"
    )
    arguments = parser.parse_args()
    if arguments.downloads:
        print_downloads()
        return
    resolutions()
    if arguments.measure:
        measure(arguments.extras)


if __name__ == "__main__":
    main()
