"""Every place in the package that reads bytes from a file, found in its source."""

import ast

from tests.sources import ROOT, tree_of

# What opens or parses a file, by the last part of the call's name
CALLS = {
    "open", "open_plain", "read_bytes", "read_text", "read_json", "read_object", "loads", "load", "File", "ZipFile",
    "open_archive", "safe_open", "ParquetFile", "read_schema", "InferenceSession", "Interpreter", "from_preset",
    "GetRootAs", "mmap", "reader", "DictReader", "load_weights", "frombuffer", "fromfile", "memmap", "fromstring",
    "ParseFromString", "extractall", "builder", "builder_from_directory", "unpack_from", "read_csv", "read_parquet",
    "load_assets", "get_tensor", "parse", "open_tensors", "read_tensors",
}  # fmt: skip
# What has such a name and reads nothing itself
OTHERS = (
    "Run.open(", "kerasft.Run.open(", "cache.open(", "session.cache.open(", "os.open(", "image.load(", "other.load(",
    "extras.load(", "load(listing", "load(locate", "point.load(", "builder(task.name", "csv.reader([typed]",
)  # fmt: skip
WRITES = {"w", "wb", "xb", "a", "w+"}


def found() -> dict[str, list[str]]:
    """Returns what reads, as "room/file.py:Class.function", with the calls that read."""
    places: dict[str, list[str]] = {}
    for path in sorted(ROOT.rglob("*.py")):
        _visit(tree_of(path), path.relative_to(ROOT).as_posix() + ":", places)
    return places


def _visit(node: ast.AST, where: str, places: dict[str, list[str]]) -> None:
    for child in ast.iter_child_nodes(node):
        inner = where
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            inner = f"{where}{'' if where.endswith(':') else '.'}{child.name}"
        if isinstance(child, ast.Call) and _reads(child):
            places.setdefault(where, []).append(ast.unparse(child)[:60])
        _visit(child, inner, places)


def _reads(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    words = {each.value for each in [*call.args, *(keyword.value for keyword in call.keywords)]
             if isinstance(each, ast.Constant) and isinstance(each.value, str)}  # fmt: skip
    return name in CALLS and not words & WRITES and not ast.unparse(call).startswith(OTHERS)
