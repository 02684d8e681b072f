"""`python -m kerasft`: the command line, where the command `kerasft` is not on the path."""

from kerasft.cli.main import main

raise SystemExit(main())
