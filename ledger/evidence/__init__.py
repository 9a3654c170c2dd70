"""What was seen, kept: captures as WARC files under their hashes, their text, and what leaves with a bundle."""
