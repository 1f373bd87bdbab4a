"""What the assistant knows: records, the index over them, and how to find the right one."""
