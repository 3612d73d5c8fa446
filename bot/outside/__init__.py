"""The only doors: processes, Git, the disk, and (in time) GitHub and the model."""
