"""Measures the contenders in turns. What comes out is what `--json` writes and `--from` reads:

    processor, processors, seconds, rounds
    versions        {contender: version}
    skipped         {peer: why}
    runs            of each number of threads and batch size: threads, batch,
      rows          {contender: face_ms, turns, peak_bytes, off}
      limits        {ours: multiply_adds_per_face, weight_bytes_per_turn, multiply_adds_limit, read_limit}

`face_ms` are milliseconds a face, the median of each round; `turns` how many batches they are from; `off` how far the
logits are from those of ours in fp32; the limits are of a second.
"""
import json
import os
import statistics
import subprocess
import sys
import tempfile

from contenders import CONTENDERS, TOLERANCE, install_onnxruntime, ours, start, write_files
from turns import processor

LIMITS = 'multiply_adds_limit', 'read_limit'


def check_logits(workers):
    """They must be doing the same work."""
    expected = workers['fp32'].first['logits']
    spread = max(max(row) for row in expected) - min(min(row) for row in expected)
    off = {}
    for name, worker in workers.items():
        off[name] = max(abs(a - b) for x, y in zip(worker.first['logits'], expected) for a, b in zip(x, y))
        if not off[name] <= TOLERANCE[CONTENDERS[name].precision] * max(1, spread):
            sys.exit(f'bench: logits of {name} are off by {off[name]:.2g} from fp32\'s: not the same work')
    return off


def start_all(threads, o, folder, skipped):
    workers = {}
    for name, contender in CONTENDERS.items():
        if contender.kind in o.without:
            continue
        workers[name], why = start(contender, folder, threads, o)
        if why:
            del workers[name]
            if contender.kind == 'ours':
                sys.exit(f'bench: {name}: {why}')
            if name not in skipped:
                print(f'bench: without {name}: {why}', file=sys.stderr)
            skipped[name] = why
    return workers


def bench(name, batch, threads, o, folder):
    """What the command says of a model: its work, and what there can be of it in a second."""
    r = subprocess.run([o.command, 'bench', '--model', os.path.join(folder, CONTENDERS[name].file), '--json', '--quiet',
                        '--batch', str(batch), '--threads', str(threads), '--seconds', str(o.seconds)],
                       check=True, stdout=subprocess.PIPE, text=True)
    run = json.loads(r.stdout)['runs'][0]
    if run['precision'] != CONTENDERS[name].precision:
        sys.exit(f'bench: {name} runs in {run["precision"]}: give --model what `resemotenet quantize` made')
    return run


def measure_batch(batch, threads, o, folder, workers, off):
    rows = {name: {'face_ms': [], 'turns': 0, 'off': off[name]} for name in workers}
    said = {name: [] for name in ours()}
    for i in range(o.rounds):
        # forth and back: nobody always follows the same one
        for name, worker in list(workers.items())[::-1 if i % 2 else 1]:
            answer = worker.ask({'batch': batch, 'seconds': o.seconds}, o.seconds)
            row = rows[name]
            row['face_ms'].append(round(1e3 * statistics.median(answer['times']) / batch, 4))
            row['turns'] += len(answer['times'])
            row['peak_bytes'] = answer['peak_bytes']
        for name in said:
            said[name].append(bench(name, batch, threads, o, folder))
    limits = {name: {'multiply_adds_per_face': s[0]['multiply_adds_per_face'],
                     'weight_bytes_per_turn': s[0]['weight_bytes_per_turn'],
                     **{key: statistics.median(x[key] for x in s) for key in LIMITS}} for name, s in said.items()}
    return {'threads': threads, 'batch': batch, 'rows': rows, 'limits': limits}


def measure(o, report):
    """All of it; calls report(results) whenever there is one more run."""
    results = {'processor': o.processor or processor(), 'processors': os.cpu_count(), 'seconds': o.seconds,
               'rounds': o.rounds, 'versions': {}, 'skipped': {}, 'runs': []}
    if 'onnxruntime' not in o.without:
        o.node_path, o.no_onnxruntime = install_onnxruntime(o)
    with tempfile.TemporaryDirectory() as folder:
        write_files(folder, o)
        for threads in o.threads:
            workers = start_all(threads, o, folder, results['skipped'])
            results['versions'].update({name: w.first['version'] for name, w in workers.items()})
            off = check_logits(workers)
            for batch in o.batch:
                results['runs'].append(measure_batch(batch, threads, o, folder, workers, off))
                report(results)
            for worker in workers.values():
                worker.close()
    return results
