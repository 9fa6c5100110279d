"""What a soak's rows say: slopes with their errors, percentiles, and whether that is good enough.

Decoders, pools and malloc's arenas grow to what they need in ever smaller and rarer steps: the first third is warm-up and
does not count. What is left is cut into blocks in which each camera goes through all of its faults once, so that blocks
are alike, and a block is the median of its seconds. A line is fitted to blocks by least squares; its standard error is that
of the residuals, made larger where neighbours resemble each other (an effective number of blocks, from the correlation of
residuals at lag 1, as is usual for time series).
"""
import math
import statistics
from dataclasses import dataclass

WARM_UP = 1 / 3
MAX_SLOPE = .5          # MB an hour
# with fewer, hours are said of minutes
MIN_BLOCKS = 6
# of a block's median, between the first and the last third of blocks
MAX_DRIFT = 1
MAX_GAP = 45            # seconds without a frame
MB = 1e6


@dataclass
class Slope:
    per_hour: float
    error: float        # half the width of the interval that holds the true one in 95 of 100 cases

    def __str__(self):
        return f'{self.per_hour:+.2f} ± {self.error:.2f}'


def t_quantile(n):
    """Student's, 97.5 %, for n degrees of freedom; within .01 from 4 on (Cornish and Fisher's expansion)."""
    z = 1.959964
    return (z + (z**3 + z) / (4 * n) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * n**2)
            + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * n**3))


def fit(seconds, values):
    """Of four points or more."""
    n = len(values)
    x0, y0 = statistics.fmean(seconds), statistics.fmean(values)
    xx = sum((x - x0)**2 for x in seconds)
    slope = sum((x - x0) * (y - y0) for x, y in zip(seconds, values)) / xx
    rest = [y - y0 - slope * (x - x0) for x, y in zip(seconds, values)]
    squares = sum(r * r for r in rest)
    alike = sum(a * b for a, b in zip(rest, rest[1:])) / squares if squares else 0
    alike = min(max(alike, 0), .9)
    error = math.sqrt(squares / (n - 2) / xx * (1 + alike) / (1 - alike))
    return Slope(slope * 3600, error * 3600 * t_quantile(n - 2))


def percentile(values, percent):
    """The nearest rank."""
    ordered = sorted(values)
    return ordered[max(math.ceil(percent / 100 * len(ordered)), 1) - 1] if ordered else math.nan


class Soak:
    """`streams` as of read_rows(); `block`: seconds in which each camera's faults come once."""

    def __init__(self, streams, block):
        self.streams, self.block = streams, block
        self.seconds = max((s[-1].second for s in streams), default=0) + 1
        self.begin = math.ceil(self.seconds * WARM_UP)
        self.n_blocks = (self.seconds - self.begin) // block
        # whole blocks, up to the end
        self.begin = self.seconds - self.n_blocks * block if self.n_blocks else self.begin

    def blocks(self, series):
        """[(its middle, its median)] of [(second, value)]."""
        parts = [[] for _ in range(self.n_blocks)]
        for second, value in series:
            if second >= self.begin and self.n_blocks:
                parts[(second - self.begin) // self.block].append(value)
        return [(self.begin + (i + .5) * self.block, statistics.median(p)) for i, p in enumerate(parts) if p]

    def series(self, name, stream=None):
        """Of one stream, or the sum of all over the seconds in which each was looked at."""
        chosen = self.streams if stream is None else [self.streams[stream]]
        sums = {}
        for rows in chosen:
            for row in rows:
                n, total = sums.get(row.second, (0, 0))
                sums[row.second] = n + 1, total + getattr(row, name)
        return [(second, total) for second, (n, total) in sorted(sums.items()) if n == len(chosen)]

    @property
    def is_long(self):
        return self.n_blocks >= MIN_BLOCKS

    def slope(self, stream=None):
        """MB an hour, or None where that would be a guess."""
        blocks = self.blocks(self.series('memory', stream))
        if len(blocks) < MIN_BLOCKS:
            return None
        return fit([x for x, _ in blocks], [y / MB for _, y in blocks])

    def drift(self, name, stream):
        """(first, last): of what is to be as many in the end as at the beginning."""
        values = [y for _, y in self.blocks(self.series(name, stream))]
        third = max(len(values) // 3, 1)
        return statistics.median(values[:third]), statistics.median(values[-third:])

    def latencies(self, stream=None, begin=0, end=math.inf):
        chosen = self.streams if stream is None else [self.streams[stream]]
        return [ms for rows in chosen for row in rows if begin <= row.second < end for ms in row.latencies]

    def gap(self, stream):
        """The longest time without a frame, in seconds."""
        rows = self.streams[stream]
        longest, last, frames = 0, rows[0].second, rows[0].frames
        for row in rows:
            if row.frames != frames:
                last, frames = row.second, row.frames
            longest = max(longest, row.second - last)
        return longest

    def faults(self, stream):
        return sum(row.fault != '' for row in self.streams[stream])

    # ---- what is good enough: [(what, whether it is, or None where it cannot be said yet, why)]

    def check_memory(self):
        longer = f'the slope needs a longer run: {MIN_BLOCKS} × {self.block} s after a third of warm-up'
        total = self.slope()
        if total is None:
            return [('memory of all', None, longer), ('memory of each', None, longer)]
        each = [self.slope(i) for i in range(len(self.streams))]
        worst = max(range(len(each)), key=lambda i: each[i].per_hour)
        sure = 'surely' if total.per_hour + total.error < MAX_SLOPE else 'though 95 % of the error reaches above'
        return [
            ('memory of all', total.per_hour < MAX_SLOPE,
             f'{total} MB an hour, to be below {MAX_SLOPE}' + (f', {sure}' if total.per_hour < MAX_SLOPE else '')),
            ('memory of each', each[worst].per_hour < MAX_SLOPE,
             f'at most {each[worst]} MB an hour (stream {worst}), to be below {MAX_SLOPE}')]

    def check_flat(self, name):
        if not self.is_long:
            return name, None, 'needs a longer run'
        drifts = [self.drift(name, i) for i in range(len(self.streams))]
        worst = max(range(len(drifts)), key=lambda i: abs(drifts[i][1] - drifts[i][0]))
        first, last = drifts[worst]
        return (name, abs(last - first) <= MAX_DRIFT,
                f'at most from {first:g} to {last:g} (stream {worst}), to be {MAX_DRIFT} apart at most')

    def check_life(self):
        gaps = [self.gap(i) for i in range(len(self.streams))]
        worst = max(range(len(gaps)), key=gaps.__getitem__)
        return ('streams alive', gaps[worst] <= MAX_GAP and all(s[-1].frames for s in self.streams),
                f'at most {gaps[worst]} s without a frame (stream {worst}), to be at most {MAX_GAP}')

    def checks(self):
        return [*self.check_memory(), self.check_flat('descriptors'), self.check_flat('threads'), self.check_life()]

    def table(self):
        """Lines of text."""
        head = ('stream', 'MB: first', 'warm', 'last', 'an hour', 'files', 'most', 'threads', 'most', 'ms: p50', 'p95',
                'p99', 'frames', 'faults', 'reconnects', 'gap s')
        lines = [head]
        n = len(self.streams)
        for i in [*range(n), None]:
            chosen = self.streams if i is None else [self.streams[i]]
            memory = self.series('memory', i)
            slope, delays = self.slope(i), self.latencies(i)
            warm = next((y for x, y in memory if x >= self.begin), memory[-1][1])
            lines.append((
                'all' if i is None else str(i), *(f'{y / MB:.1f}' for y in (memory[0][1], warm, memory[-1][1])),
                str(slope) if slope else '–',
                *(str(f(y for _, y in self.series(name, i))) for name in ('descriptors', 'threads')
                  for f in (lambda v: round(statistics.median(v)), max)),
                *(f'{percentile(delays, p):.0f}' for p in (50, 95, 99)),
                *(str(sum(v)) for v in ([s[-1].frames for s in chosen],
                                        [self.faults(k) for k in ([i] if i is not None else range(n))],
                                        [s[-1].reconnects for s in chosen])),
                str(max(self.gap(k) for k in ([i] if i is not None else range(n))))))
        widths = [max(len(line[k]) for line in lines) for k in range(len(head))]
        return ['  '.join(text.rjust(width) for text, width in zip(line, widths)) for line in lines]
