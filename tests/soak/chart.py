"""A soak over time: a picture for a browser (SVG), and lines of blocks for a terminal."""
import math
import statistics
from html import escape

from figures import MB, percentile

WIDTH, PANEL, LEFT, RIGHT, TOP, GAP = 900, 130, 70, 20, 40, 42
# Okabe and Ito's, which colour-blind people tell apart
BLUE, ORANGE, GREEN, PURPLE = '#0072b2', '#e69f00', '#009e73', '#cc79a7'
INK, PALE, LINE = '#1f2328', '#59636e', '#d1d9e0'
BARS = '▁▂▃▄▅▆▇█'
COLUMNS = 60


def panels(soak):
    """[(title, [(name, colour, points)])]; points are (second, value)."""
    def rate(name):
        points = soak.series(name)
        return [(x, max(y - before, 0)) for (_, before), (x, y) in zip(points, points[1:])]

    step = max(soak.seconds // 120, 10)
    delays = {p: [] for p in (50, 95, 99)}
    for begin in range(0, soak.seconds, step):
        values = soak.latencies(None, begin, begin + step)
        for p in delays if values else ():
            delays[p].append((begin + step / 2, percentile(values, p)))
    frames = thin(rate('frames'), step)
    return [
        ('memory, MB', [('all', BLUE, [(x, y / MB) for x, y in soak.series('memory')])]),
        ('descriptors and threads', [('descriptors', BLUE, soak.series('descriptors')),
                                     ('threads', ORANGE, soak.series('threads'))]),
        ('frame to result, ms', [(f'p{p}', color, delays[p])
                                 for p, color in ((50, BLUE), (95, ORANGE), (99, PURPLE))]),
        ('frames a second', [('frames a second', GREEN, frames)]),
        ('reconnects so far', [('reconnects', BLUE, soak.series('reconnects'))]),
    ]


def thin(points, step):
    """Means of `step` seconds."""
    parts = {}
    for x, y in points:
        parts.setdefault(int(x // step), []).append(y)
    return [((i + .5) * step, statistics.fmean(ys)) for i, ys in sorted(parts.items())]


def ticks(low, high):
    """Three or four round numbers."""
    step = 10 ** math.floor(math.log10(max(high - low, 1e-9)))
    step = next(step * f for f in (.2, .25, .5, 1, 2, 5) if (high - low) / (step * f) <= 4)
    return [k * step for k in range(math.ceil(low / step), math.floor(high / step) + 1)]


def text(x, y, words, color=INK, anchor='start', size=12, weight='normal'):
    return (f'<text x="{x:.1f}" y="{y:.1f}" fill="{color}" text-anchor="{anchor}" font-size="{size}" '
            f'font-weight="{weight}">{escape(words)}</text>')


def panel(title, lines, y, soak):
    values = [v for _, _, points in lines for _, v in points] or [0]
    low, high = min(values), max(values)
    # what hardly moves is not to look as if it did
    room = max((high - low) * .08, abs(high) * .02, .5)
    low, high = max(low - room, 0), high + room
    across = (WIDTH - LEFT - RIGHT) / soak.seconds
    up = PANEL / (high - low)
    out = [text(LEFT, y - 8, title, weight='bold')]
    at = WIDTH - RIGHT
    for name, color, _ in reversed(lines if len(lines) > 1 else []):
        out.append(text(at, y - 8, name, color, 'end', weight='bold'))
        at -= 8 * len(name) + 12
    warm = LEFT + soak.begin * across
    out.append(f'<rect x="{LEFT}" y="{y}" width="{warm - LEFT:.1f}" height="{PANEL}" fill="#f3f5f7"/>')
    for tick in ticks(low, high):
        ty = y + PANEL - (tick - low) * up
        out.append(f'<path d="M{LEFT} {ty:.1f}H{WIDTH - RIGHT}" stroke="{LINE}"/>')
        out.append(text(LEFT - 6, ty + 4, f'{tick:g}', PALE, 'end', 11))
    for _, color, points in lines:
        if points:
            path = 'L'.join(f'{LEFT + px * across:.1f} {y + PANEL - (py - low) * up:.1f}' for px, py in points)
            out.append(f'<path d="M{path}" fill="none" stroke="{color}" stroke-width="1.3"/>')
    return out


def draw(soak, title, path):
    all_panels = panels(soak)
    height = TOP + len(all_panels) * (PANEL + GAP) + 24
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
           'font-family="DejaVu Sans, sans-serif">', f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
           text(LEFT, 18, title, weight='bold', size=14)]
    for i, (name, lines) in enumerate(all_panels):
        out += panel(name, lines, TOP + 14 + i * (PANEL + GAP), soak)
    across = (WIDTH - LEFT - RIGHT) / soak.seconds
    for tick in ticks(0, soak.seconds / 60):
        out.append(text(LEFT + tick * 60 * across, height - 28, f'{tick:g}', PALE, 'middle', 11))
    out.append(text(WIDTH - RIGHT, height - 10, 'minutes; grey: warm-up, which does not count', PALE, 'end', 11))
    with open(path, 'w') as f:
        f.write('\n'.join([*out, '</svg>\n']))


def spark(points, seconds):
    """Means, from the least to the most of them."""
    means = thin(points, seconds / COLUMNS)
    low, high = min(y for _, y in means), max(y for _, y in means)
    cells = [' '] * COLUMNS
    for x, y in means:
        cells[min(int(x / seconds * COLUMNS), COLUMNS - 1)] = BARS[
            int((y - low) / (high - low) * (len(BARS) - 1) + .5) if high > low else 0]
    return ''.join(cells), low, high


def lines(soak):
    """For a terminal."""
    out = []
    for title, parts in panels(soak):
        for name, _, points in parts:
            if points:
                cells, low, high = spark(points, soak.seconds)
                label = title if len(parts) == 1 else f'{name}, ms' if title.endswith('ms') else name
                out.append(f'{label:>17} {cells} {low:.5g} to {high:.5g}')
    return out
