"""What the works know of a task: types only."""
