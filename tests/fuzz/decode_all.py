"""Decodes mangled images and prints what came of it as JSON; run in a process of its own, with a limit of memory."""

import collections
import json
import sys
import time
import warnings

from kerasft.benchmarking.worker import memory
from kerasft.inputs.images.decode import MAX_PIXELS, BrokenImageError, decode_image
from tests.fuzz.mangling import mangled, pictures


def main(count: int, seed: int) -> dict:
    warnings.simplefilter("ignore")
    originals = pictures()
    for each in originals:
        decode_image(each)
    outcomes: collections.Counter = collections.Counter()
    reasons: collections.Counter = collections.Counter()
    slowest = 0.0
    before = memory("VmHWM")
    for content in mangled(originals, count, seed):
        start = time.process_time()
        try:
            pixels = decode_image(content)
            right = pixels.dtype == "uint8" and pixels.ndim == 3 and pixels.shape[2] == 3
            outcomes["decoded" if right and 0 < pixels[..., 0].size <= MAX_PIXELS else "wrong"] += 1
        except BrokenImageError as error:
            outcomes[
                "refused" if 0 < len(str(error)) < 200 and "\n" not in str(error) else "wrong message"
            ] += 1
            reasons[str(error).split(":")[0].split(",")[0][:30]] += 1
        except BaseException as error:
            outcomes[f"{type(error).__name__}: {error}"[:100]] += 1
        slowest = max(slowest, time.process_time() - start)
    grown = memory("VmHWM") - before
    cpu = time.process_time()
    told = {
        "formats": len(originals),
        "outcomes": dict(outcomes),
        "slowest_seconds": slowest,
        "cpu_seconds": cpu,
    }
    return {**told, "grown_megabytes": grown, "reasons": dict(reasons.most_common(9))}


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]))))
