"""histogram: quantiles of the gate's histograms of decision and waiting times.

Bucket i counts times in (2^(i-1), 2^i] microseconds, bucket 0 those of at most 1. Within a
bucket times are taken as spread evenly, so a quantile can be off by up to the bucket's width; it
never leaves its bucket.
"""

BUCKETS = 24


def quantile(counts, share):
    """Microseconds; counts by bucket."""
    wanted = share * sum(counts)
    below = 0
    for i, count in enumerate(counts):
        if count and below + count >= wanted:
            low = 0 if i == 0 else 2 ** (i - 1)
            return low + (2 ** i - low) * (wanted - below) / count
        below += count
    return 0.0


class Times:
    """Both histograms at one moment."""

    def __init__(self, decision, queue):
        self.decision, self.queue = decision, queue

    @staticmethod
    def of(daemon):
        status = daemon.ask("status")[0]
        return Times(counts(status["decision_us"]), counts(status["queue_us"]))

    def since(self, before):
        return Times([a - b for a, b in zip(self.decision, before.decision)],
                     [a - b for a, b in zip(self.queue, before.queue)])


def counts(member):
    """{"counts": {"UPPER BOUND": N}} of status, as a list."""
    found = member["counts"]
    return [found.get(str(2 ** i), 0) for i in range(BUCKETS)]
