"""What signs: keys in encrypted files, keys in an ssh-agent, and where passphrases come from."""
