"""What a measured process holds."""

import resource


def megabytes() -> float:
    """The most it has ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
