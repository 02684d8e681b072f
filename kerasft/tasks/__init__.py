"""One folder per task: the only place where a kind of input meets a kind of target."""
