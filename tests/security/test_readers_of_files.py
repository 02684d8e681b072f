"""Whatever reads bytes of others is known, and has a test that damages such a file; see docs/threat_model.md.

A new place that opens or parses a file fails here, until it is in the list: with a target of tests/fuzz/targets.py, a
test of its own, or the reason why nobody else writes what it reads.
"""

import ast
import re
from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS
from tests.security.readers import found

ROOT = Path(__file__).parent.parent.parent
OURS, CACHE, OUTPUT, CALLER, SYSTEM = (
    "ours: a file of the package",
    "ours: a cache or a folder that this computer wrote, compared by hash or checksum",
    "ours: what this process has just written",
    "ours: passes on what another place of this list has read",
    "ours: what the operating system tells",
)
TRUSTED = "tests/security/test_trust.py::test_one_from_elsewhere_is_not_loaded_until_it_is_trusted"
MUTATED = "tests/security/test_mutated_json.py::test_every_value_of_a_run_of_pictures"
READERS = {
    # exported files
    "artifact.py:read_embedded": "description in a .tflite",
    "artifact.py:hash_of_start": "description in a .tflite",
    "artifact.py:parse_description": "description in a .tflite",
    "artifact.py:read_saved_model": "description of a SavedModel",
    "text_artifact.py:is_text": "description in a .tflite",
    "text_artifact.py:read_embedded_text": "description in a .tflite",
    "text_artifact.py:parse_text_description": "description in a .tflite",
    "text_artifact.py:read_text_saved_model": "description of a SavedModel of texts",
    "tflite_start.py:check_is_tflite": "model in a .tflite",
    "tflite_start.py:check_has_graph": "model in a .tflite",
    "tflite_start.py:_count_graphs": "model in a .tflite",
    "predictors.py:open_interpreter": "model in a .tflite",
    "benchmarking/tflite_graph.py:read_graph": "model in a .tflite",
    "benchmarking/worker.py:_tflite.answer": CALLER,
    "predictors.py:TFLitePredictor._predict_one": CALLER,
    "onnx_contents.py:check_contents": "contents of an .onnx",
    "onnx_predictors.py:open_onnx": "model in an .onnx",
    "onnx_predictors.py:_session": "model in an .onnx",
    "onnx_predictors.py:OnnxFile._values": "tests/fuzz/test_values.py::test_any_description_of_an_exported_file",
    "predictors.py:SavedModelPredictor.__init__": TRUSTED,
    "text_predictors.py:TextSavedModelPredictor.__init__": TRUSTED,
    # runs and bundles
    "bundle_file.py:unpack_into": "bundle",
    "bundle_file.py:_manifest": "bundle",
    "zip_members.py:open_archive": "bundle",
    "zip_members.py:Archive._chunks": "weights in .npz",
    "files.py:read_json": "JSON of a run",
    "files.py:sha256_of": "bundle",
    "bounded.py:read_bytes": "JSON of a run",
    "untrusted.py:read_object": "JSON of a run",
    "run.py:Run.open": MUTATED,
    "run.py:Run.result": MUTATED,
    "run.py:Run.load_model": "tests/fuzz/test_archives.py::test_damaged_weights_are_read_or_refused",
    "run_folder.py:write_result": OUTPUT,
    "calibration.py:read_calibration": "calibration",
    "calibration.py:write_calibration": "calibration",
    "history.py:read_history": "history",
    "checkpoint.py:_read": "checkpoint",
    "checkpoint.py:_write": OUTPUT,
    "resuming.py:check_unchanged": "checkpoint",
    "resuming.py:check_splits": OUTPUT,
    "training.py:_session": CALLER,
    "training.py:_run": OUTPUT,
    "fitting.py:run_phases": OUTPUT,
    "locking.py:locked": "tests/test_locking.py",
    "data/splits.py:read_split_rows": "list of splits",
    "data/earlier.py:_rows": "earlier.csv",
    "data/placing.py:_earlier_group": "JSON of a run",
    "reporting/facts.py:_exports": MUTATED,
    "exporting/model_card.py:measured_files": MUTATED,
    "benchmarking/measure.py:accuracy_of": MUTATED,
    "comparing/cells.py:read_cells": "comparison",
    "bundling.py:_add": CALLER,
    # weights and presets
    "backbones/hdf5.py:read_shapes": "weights in HDF5",
    "backbones/attributes.py:check": "weights in HDF5",
    "backbones/attributes.py:check_heaps": "weights in HDF5",
    "backbones/weights.py:load_weights_file": "weights in HDF5",
    "backbones/weights.py:_load": "tests/security/test_weights_of_strangers.py",
    "backbones/weights.py:_weights_of_archive": "tests/security/test_weights_of_strangers.py",
    "model.py:load_weights": "tests/security/test_weights_of_strangers.py",
    "npy.py:read_npz": "weights in .npz",
    "npy.py:npz_sizes": "weights in .npz",
    "npy.py:_array": "weights in .npz",
    "backbones/hub.py:build_hub": CALLER,
    "backbones/text.py:build_text_backbone": CALLER,
    "backbones/preset_folders.py:check_preset_folder": "preset",
    "backbones/preset_folders.py:check_index": "preset",
    "backbones/preset_folders.py:check_vocabulary": "vocabulary",
    "backbones/presets.py:find_preset": "tests/security/test_presets_of_strangers.py",
    "backbones/presets.py:Preset.load_weights": "tests/security/test_presets_of_strangers.py",
    "backbones/text_presets.py:find_text_preset": "tests/security/test_presets_of_strangers.py",
    "backbones/text_presets.py:_read_keras": "tests/security/test_presets_of_strangers.py",
    "backbones/text_presets.py:_read_hugging_face": "tests/security/test_presets_of_strangers.py",
    "backbones/text_presets.py:_pooling": "tests/security/test_presets_of_strangers.py",
    "backbones/text_presets.py:_load_parts": "preset",
    "backbones/text_presets.py:TextPreset.load_weights": "safetensors",
    "backbones/text_presets.py:_check_layers": "safetensors",
    "backbones/text_tokenizers.py:build_tokenizer": "vocabulary",
    "backbones/text_tokenizers.py:load_tokenizer": "tokenizer's config",
    "catalog.py:_preset_size": "size of a preset",
    "fetching/__init__.py:cached": CACHE,
    "fetching/pinned.py:_unzip": "tests/text/test_fetching.py",
    "fetching/presets.py:copy_preset": "tests/text/test_fetching.py",
    "cli/fetch.py:run.work": CACHE,
    # data
    "data/digits.py:_shows": "tests/data/test_splits.py",
    "data/avif_boxes.py:_boxes": "picture",
    "data/avif_boxes.py:_image": "picture",
    "data/avif_boxes.py:_items": "picture",
    "data/avif_boxes.py:_size": "picture",
    "data/avif_boxes.py:_streams": "picture",
    "data/loading.py:_read": "picture",
    "data/decode.py:_decode": "picture",
    "data/decode.py:_open": "picture",
    "data/decode.py:read_bytes": "picture",
    "data/container.py:open_container": "picture",
    "data/depth.py:read_pnm": "picture",
    "data/exif.py:orientation_of": "picture",
    "data/plain_pixels.py:check_bmp": "picture",
    "data/png_chunks.py:pixels_only": "picture",
    "data/tiff_tags.py:check": "picture",
    "data/tiff_tags.py:_directory": "picture",
    "data/tiff_tags.py:_numbers": "picture",
    "data/signatures.py:_head": "suffix of content",
    "doctor/picture_files.py:read_header": "picture's header",
    "data/dialect.py:decode_table": "CSV of texts",
    "data/dialect.py:_quoted_rows": "CSV of texts",
    "data/texts/table.py:read_table": "CSV of texts",
    "data/texts/table.py:_json_object": "JSON lines",
    "data/texts/parquet.py:parquet_columns": "Parquet",
    "data/texts/parquet.py:read_parquet": "Parquet",
    "data/texts/text_folder.py:row_of_file": "file of a text",
    "data/tfds.py:open_builder": "tests/security/test_places.py",
    "data/tfds_files.py:_read": "features.json of TFDS",
    "data/tfds_files.py:_objects": "features.json of TFDS",
    # nobody else's
    "feature_cache/disk.py:DiskPart._open": OUTPUT,
    "feature_cache/disk.py:DiskPart._take_up": CACHE,
    "feature_cache/disk.py:DiskPart._has_header": "header of .npy",
    "feature_cache/disk.py:DiskPart._checksum": CACHE,
    "feature_cache/disk.py:DiskRows.__init__": CACHE,
    "benchmarking/measure.py:_in_a_process": OUTPUT,
    "benchmarking/worker.py:memory": SYSTEM,
    "data/store.py:available_memory": SYSTEM,
    "data/store.py:_system_memory": SYSTEM,
    "kernels.py:_flags": SYSTEM,
    "cli/recipes.py:_copy": OURS,
    "doctor/page.py:write_page": OURS,
    "explaining/page.py:write_page": OURS,
    "reporting/page.py:_asset": OURS,
    "keras_settings.py:read_settings": "ours: the settings of Keras of this user",
    "doctor/facts.py:_probe": OUTPUT,
    "explaining/writing.py:_is_ours": "ours: the first bytes, compared with a mark",
    "exporting/attaching.py:with_metadata": OUTPUT,
    "exporting/comparing.py:_signals": OUTPUT,
    "exporting/comparing.py:_operations": OUTPUT,
    "exporting/image_plan.py:ImagePlan.worst_operations": OUTPUT,
    "exporting/image_plan.py:ImagePlan._with_finer_kernels": OUTPUT,
    "exporting/kernels.py:use_kernels": OUTPUT,
    "exporting/runtime_version.py:needed_runtime": OUTPUT,
    "exporting/runtime_version.py:tflite_version": OUTPUT,
    "exporting/runtime_version.py:_opset": OUTPUT,
    "doctor/near_texts.py:_runs": CALLER,
    "exporting/text_plan.py:TextPlan.worst_operations": OUTPUT,
    "exporting/measuring.py:_encoded": CALLER,
    "exporting/onnx_file.py:converted": OUTPUT,
    "exporting/selective.py:readers_of": OUTPUT,
    "exporting/selective.py:_ranked": OUTPUT,
    "exporting/text_files.py:tokenizer_files": OUTPUT,
    "exporting/text_tflite.py:_in_the_models_order": OUTPUT,
    "exporting/tflite.py:require_builtin_operators": OUTPUT,
    "exporting/tflite.py:_require_integer": OUTPUT,
}


def test_every_place_that_reads_a_file_is_known():
    places = found()
    new, gone = places.keys() - READERS.keys(), READERS.keys() - places.keys()
    assert not new, (
        f"they read files: give each a test that damages them {[(k, places[k]) for k in sorted(new)]}"
    )
    assert not gone, f"they read no files any more: {sorted(gone)}"


def test_a_new_reader_would_be_found(tmp_path, monkeypatch):
    from tests.security import readers

    text = "def read(path):\n    return open(path, 'rb').read()\n\ndef write(path):\n    open(path, 'w')\n"
    (tmp_path / "new.py").write_text(text)
    monkeypatch.setattr(readers, "ROOT", tmp_path)
    assert list(readers.found()) == ["new.py:read"]


def exists(test):
    """Whether a test is there that is named as pytest names it, or a file of tests."""
    path, _, name = test.partition("::")
    if not (ROOT / path).is_file():
        return False
    names = {each.name for each in ast.walk(ast.parse((ROOT / path).read_text("utf-8")))
             if isinstance(each, ast.FunctionDef)}  # fmt: skip
    return name in names if name else any(each.startswith("test_") or each == "main" for each in names)


@pytest.mark.parametrize("held_by", sorted(set(READERS.values())))
def test_what_damages_a_file_exists(held_by):
    assert held_by in TARGETS or held_by.startswith("ours: ") or exists(held_by)


@pytest.mark.parametrize("page", ["SECURITY.md", "docs/threat_model.md"])
def test_every_test_that_a_page_names_exists(page):
    named = re.findall(r"`(tests/[\w/]+\.py(?:::\w+)?)`", (ROOT / page).read_text("utf-8"))
    assert len(named) > 8 and [test for test in named if not exists(test)] == []
