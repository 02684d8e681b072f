"""The recipes: flat scripts, one job each. Installed as `kerasft.recipes`."""
