"""What was seen of a stream in a second: a row of the file that everything else is made from."""
import csv
from dataclasses import dataclass, field, fields


@dataclass
class Row:
    second: int
    stream: int
    memory: int         # bytes that are the process's own, in memory or swapped out
    descriptors: int
    threads: int
    frames: int         # since its start, as lines of JSON
    reconnects: int     # since its start
    fault: str = ''     # what its camera began to do
    latencies: list = field(default_factory=list)   # in milliseconds


def write_head(file):
    csv.writer(file).writerow(f.name for f in fields(Row))


def write_row(file, row):
    values = [getattr(row, f.name) for f in fields(Row)]
    csv.writer(file).writerow([*values[:-1], ' '.join(map(str, row.latencies))])


def read_rows(path):
    """A list for each stream, of its rows in the order of time."""
    streams = {}
    with open(path, newline='') as f:
        for values in csv.DictReader(f):
            row = Row(**{k: v if k == 'fault' else [int(ms) for ms in v.split()] if k == 'latencies' else int(v)
                         for k, v in values.items()})
            streams.setdefault(row.stream, []).append(row)
    return [streams[i] for i in sorted(streams)]
