"""Every parser of what comes from outside, and hostile bytes for each: a value or an error of ours, in bounded time."""
