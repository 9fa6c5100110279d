"""What was measured, as tables: on a terminal, in docs/speed.md and in README.md."""
import re
import statistics
from typing import NamedTuple, Optional

from contenders import CONTENDERS, TARGETS, ours, rivals


class Figures(NamedTuple):
    """A contender in a run. Times in ms a face; the rest is of ours only: how many times as fast, and shares of 1."""
    median: float
    least: float
    most: float
    megabytes: float
    exported: Optional[float] = None
    trimmed: Optional[float] = None
    fastest: Optional[float] = None
    fastest_name: str = ''
    arithmetic: Optional[float] = None
    memory: Optional[float] = None


def median_of(run, name):
    return statistics.median(run['rows'][name]['face_ms']) if name in run['rows'] else None


def figures(run, name):
    row, contender = run['rows'][name], CONTENDERS[name]
    ms = median_of(run, name)
    of_all = {'median': ms, 'least': min(row['face_ms']), 'most': max(row['face_ms']),
              'megabytes': row['peak_bytes'] / 1e6}
    if contender.kind != 'ours':
        return Figures(**of_all)

    def ratio(peer):
        return median_of(run, peer) / ms if peer in run['rows'] else None

    fastest = min((n for n in rivals(name) if n in run['rows']), key=lambda n: median_of(run, n), default='')
    limits = run['limits'][name]
    return Figures(**of_all, exported=ratio(contender.exported), trimmed=ratio(contender.trimmed),
                   fastest=ratio(fastest), fastest_name=fastest,
                   arithmetic=limits['multiply_adds_per_face'] / (ms / 1e3) / limits['multiply_adds_limit'],
                   memory=limits['weight_bytes_per_turn'] / (ms / 1e3 * run['batch']) / limits['read_limit'])


def title(results, name):
    # 1.13.0a0 is what Debian's PyTorch 1.13 calls itself
    version = re.sub(r'^(\d+\.\d+).*', r'\1', results['versions'].get(name) or '')
    return CONTENDERS[name].title.format(version)


def count(n, what):
    return f'{n} {what}{"s" if n > 1 else ""}'


def machine(results):
    return f'{results["processor"]}, {count(results["processors"], "processor")}'


def times(ratio, digits=2):
    return '–' if ratio is None else f'{ratio:.{digits}f}×'


def percent(share):
    return f'{100 * share:.0f} %'


# ---- on a terminal ------------------------------------------------------------------------------------------------

def text_head(results):
    return (f'{machine(results)}. Times: medians of {count(results["rounds"], "round")}; the least and the most.\n'
            '×ORT: how many times as fast as ONNX Runtime of that precision (fp16 weights: fp32), on all weights;\n'
            '×trim: on those that matter; ×best: as the fastest peer that is as exact. Shares: of the multiply-adds\n'
            'that the processor can do, and of what can be read from memory (above 100 %: caches held it).\n')


def text_run(results, run):
    where = f'batch {run["batch"]}, {count(run["threads"], "thread")}'
    lines = [f'{where:36}ms a face                  MB    ×ORT  ×trim  ×best  arithmetic  memory']
    for name in CONTENDERS:
        if name not in run['rows']:
            continue
        f = figures(run, name)
        spread = f'({f.least:.2f}–{f.most:.2f})'
        line = f'  {title(results, name):33} {f.median:7.2f} {spread:17} {f.megabytes:6.0f}'
        if f.arithmetic is not None:
            target = TARGETS.get((name, run['batch']))
            line += (f'  {times(f.exported):>6} {times(f.trimmed):>6} {times(f.fastest):>6}  '
                     f'{percent(f.arithmetic):>9}  {percent(f.memory):>6}' + (f'  to be {target}×' if target else ''))
        lines.append(line)
    return '\n'.join(lines) + '\n'


def text_tail(results):
    lines = [f'Logits of 8 faces are off from those of resemotenet in fp32 by at most {agreement(results)}.']
    return '\n'.join(lines + skipped(results)) + '\n'


def text(results):
    return '\n'.join([text_head(results), *(text_run(results, run) for run in results['runs']), text_tail(results)])


def skipped(results):
    names = {}
    for name, why in results['skipped'].items():
        names.setdefault(why, []).append(name)
    return [f'Without {", ".join(n)}: {why}.' for why, n in names.items()]


def agreement(results):
    worst = {}
    for run in results['runs']:
        for name, row in run['rows'].items():
            precision = CONTENDERS[name].precision
            worst[precision] = max(worst.get(precision, 0), row['off'])
    return ', '.join(f'{off:.1g} ({precision})' for precision, off in worst.items())


# ---- in the documentation -----------------------------------------------------------------------------------------

def table(head, rows):
    """The first column is of words, the others are of numbers."""
    lines = [head, ['---'] + ['--:'] * (len(head) - 1), *rows]
    return '\n'.join('| ' + ' | '.join(line) + ' |' for line in lines) + '\n'


def find(results, threads, batch):
    return next((r for r in results['runs'] if (r['threads'], r['batch']) == (threads, batch)), None)


def axes(results):
    """The numbers of threads, and the batch sizes."""
    return [list(dict.fromkeys(run[key] for run in results['runs'])) for key in ('threads', 'batch')]


def markdown_times(results, threads, batches):
    def cell(run, name):
        if not run or name not in run['rows']:
            return '–'
        f = figures(run, name)
        return f'{f.median:.2f} ({f.least:.2f}–{f.most:.2f})'

    names = [n for n in CONTENDERS if any(n in run['rows'] for run in results['runs'])]
    return table([f'ms a face, {count(threads, "thread")}', *(f'batch {b}' for b in batches)],
                 [[title(results, n), *(cell(find(results, threads, b), n) for b in batches)] for n in names])


def markdown_ratios(results):
    rows = []
    for run in results['runs']:
        for name in ours():
            f = figures(run, name)
            fastest = f' {title(results, f.fastest_name)}' if f.fastest_name else ''
            rows.append([f'{title(results, name)}; batch {run["batch"]}, {count(run["threads"], "thread")}',
                         times(f.exported), times(f.trimmed), times(f.fastest) + fastest, percent(f.arithmetic),
                         percent(f.memory)])
    head = ['how many times as fast as', 'ONNX Runtime', 'trimmed', 'the fastest peer', 'of arithmetic', 'of memory']
    return table(head, rows)


def markdown(results):
    all_threads, batches = axes(results)
    note = (f'{machine(results)}; medians of {count(results["rounds"], "round")} with turns of {results["seconds"]:g} s '
            '(least–most).\n'
            f'Logits of 8 faces are off from those of resemotenet in fp32 by at most {agreement(results)}.\n')
    return '\n'.join([note, *(line + '\n' for line in skipped(results)),
                      *(markdown_times(results, threads, batches) for threads in all_threads), markdown_ratios(results)])


def summary(results):
    """A few lines for README.md."""
    all_threads, batches = axes(results)

    def cell(run, name):
        if not run:
            return '–'
        f = figures(run, name)
        return f'{f.median:.2f} ms, **{times(f.exported, 1)}** ({times(f.fastest, 1)})'

    def label(name, threads):
        return f'{title(results, name).removeprefix("resemotenet, ")}, {count(threads, "thread")}'

    rows = [[label(name, threads), *(cell(find(results, threads, batch), name) for batch in batches)]
            for threads in all_threads for name in ours()]
    return table([results['processor'], *(f'batch {b}' for b in batches)], rows)
