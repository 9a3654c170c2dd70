"""A claim's picture for those who show a link to it: words in any script that this machine has a font for."""
