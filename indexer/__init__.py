"""Making releases: import, merge, build, evaluate, publish, roll back, sync."""
