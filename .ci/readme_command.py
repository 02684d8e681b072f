"""Prints a command of the README, by the name in the comment above it, so that CI runs what users are told."""

import re
import sys
from pathlib import Path

readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
found = re.search(rf"<!-- command: {sys.argv[1]} -->\n```bash\n(.*?)\n```", readme, re.DOTALL)
if not found:
    raise SystemExit(f"the README has no command named {sys.argv[1]}")
print(found.group(1))
