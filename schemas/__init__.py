"""What OnRecord's things look like: shapes and their validation. No I/O, no decisions."""
