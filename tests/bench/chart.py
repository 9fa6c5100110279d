"""What was measured, as a picture for README.md: bars of ms a face, a group for each batch size."""
from PIL import Image, ImageDraw, ImageFont

from contenders import CONTENDERS
from report import axes, count, figures, find, machine, times, title

SCALE = 2                           # pixels of the file for one on the page
WIDTH, MARGIN, NAMES = 900, 16, 200     # on the page, as all that follows
ROW, BAR, GROUP, HEAD, FOOT = 18, 13, 34, 74, 28
GAP = 6                             # between what is as exact and what is not
LABEL = 130                         # what is written right of the longest bar
# Okabe and Ito's, which colour-blind people tell apart
COLORS = {'ours': '#0072b2', 'onnxruntime': '#e69f00', 'opencv': '#009e73',
          'torchscript': '#cc79a7', 'pytorch': '#cc79a7'}
NOTE = ('Each batch size has a scale of its own. Trimmed: without the weights that cannot matter. '
        'Bars with a gap are longer than they are drawn.')
INK, PALE, LINE = '#1f2328', '#59636e', '#d1d9e0'


class Page:
    """A picture that is drawn on in pixels of the page."""

    def __init__(self, width, height):
        self.image = Image.new('RGB', (width * SCALE, height * SCALE), 'white')
        self.draw = ImageDraw.Draw(self.image)
        self.fonts = {}

    def font(self, size, bold):
        if (size, bold) not in self.fonts:
            name = 'DejaVuSans-Bold.ttf' if bold else 'DejaVuSans.ttf'
            self.fonts[size, bold] = ImageFont.truetype(name, round(size * SCALE))
        return self.fonts[size, bold]

    def text(self, x, y, text, size=11, color=INK, bold=False, anchor='lm'):
        """Returns where it ends."""
        font = self.font(size, bold)
        self.draw.text((x * SCALE, y * SCALE), text, color, font, anchor)
        return x + font.getlength(text) / SCALE

    def box(self, x0, y0, x1, y1, color):
        """At least a pixel of the file wide and high."""
        x0, y0, x1, y1 = (round(v * SCALE) for v in (x0, y0, x1, y1))
        self.draw.rectangle((x0, y0, max(x0, x1 - 1), max(y0, y1 - 1)), color)

    def whisker(self, x0, x1, y):
        self.box(x0, y - .5, x1, y + .5, INK)
        for x in x0, x1:
            self.box(x - .5, y - 3, x + .5, y + 3, INK)

    def cut(self, x, y, height):
        """A gap that says that a bar is longer."""
        x, y, half = x * SCALE, y * SCALE, height * SCALE / 2 + 1
        self.draw.polygon([(x, y + half), (x + half / 2, y - half), (x + half / 2 + 4 * SCALE, y - half),
                           (x + 4 * SCALE, y + half)], 'white')


def longest_of(results, batch):
    """In milliseconds, whatever the number of threads: of ours and ONNX Runtime's, where there are both. What is much
    slower would leave nothing of them."""
    of_kind = {kind: [figures(run, name).most for run in results['runs'] if run['batch'] == batch
                      for name in run['rows'] if CONTENDERS[name].kind == kind] for kind in COLORS}
    return max(of_kind['ours'] + (of_kind['onnxruntime'] or sum(of_kind.values(), [])))


def draw_bar(page, x, y, run, name, per_ms, reach):
    """What comes near the end of what bars can reach is drawn up to there, with a gap."""
    f = figures(run, name)
    color = COLORS[CONTENDERS[name].kind]
    if f.median * per_ms > .9 * reach:
        end = x + reach
        page.box(x, y - BAR / 2, end, y + BAR / 2, color)
        page.cut(end - 12, y, BAR)
    else:
        end = x + min(f.most * per_ms, reach)
        page.box(x, y - BAR / 2, x + f.median * per_ms, y + BAR / 2, color)
        page.whisker(x + f.least * per_ms, end, y)
    end = page.text(end + 6, y, f'{f.median:.2f}')
    if f.exported:
        end = page.text(end + 7, y, times(f.exported, 1), bold=True, color=COLORS['ours'])
    if f.fastest:
        page.text(end + 5, y, f'({times(f.fastest, 1)})', size=10, color=PALE)


def rows_of(results):
    """(name, how far down), and where the last one ends. What is as exact stands together."""
    rows, y, precision = [], 0, None
    for name in CONTENDERS:
        if not any(name in run['rows'] for run in results['runs']):
            continue
        exact = CONTENDERS[name].precision != 'int8'
        y += GAP if rows and exact != precision else 0
        rows.append((name, y + ROW / 2))
        y, precision = y + ROW, exact
    return rows, y


def draw_group(page, results, batch, y, columns):
    rows, height = rows_of(results)
    page.box(MARGIN, y, WIDTH - MARGIN, y + .5, LINE)
    page.text(MARGIN, y + GROUP / 2, f'{count(batch, "face")} at a time', bold=True)
    for name, down in rows:
        page.text(MARGIN + NAMES - 8, y + GROUP + down, title(results, name), 10.5,
                  bold=CONTENDERS[name].kind == 'ours', anchor='rm')
    for threads, x, width in columns:
        run = find(results, threads, batch)
        reach = width - LABEL
        per_ms = reach / (1.2 * longest_of(results, batch))
        for name, down in rows:
            if run and name in run['rows']:
                draw_bar(page, x, y + GROUP + down, run, name, per_ms, reach)
        page.box(x - .5, y + GROUP, x, y + GROUP + height, LINE)


def draw(results, path):
    all_threads, batches = axes(results)
    group = GROUP + rows_of(results)[1] + 10
    height = HEAD + len(batches) * group + FOOT
    page = Page(WIDTH, height)
    page.text(MARGIN, 20, 'Milliseconds a face: shorter is faster', 14, bold=True)
    page.text(WIDTH - MARGIN, 20, machine(results), 10.5, PALE, anchor='rm')
    at = page.text(MARGIN, 41, '4.2×', bold=True, color=COLORS['ours'])
    at = page.text(at + 5, 41, 'as fast as ONNX Runtime of the same precision (fp16 weights: fp32)', color=PALE)
    at = page.text(at + 20, 41, '(2.1×) as the fastest peer', color=PALE)
    page.whisker(at + 20, at + 40, 41)
    page.text(at + 46, 41, 'least and most of the rounds', color=PALE)
    width = (WIDTH - 2 * MARGIN - NAMES) / len(all_threads)
    columns = [(threads, MARGIN + NAMES + i * width, width) for i, threads in enumerate(all_threads)]
    for threads, x, _ in columns:
        page.text(x, 62, count(threads, 'thread'), 12, bold=True)
    for i, batch in enumerate(batches):
        draw_group(page, results, batch, HEAD + i * group, columns)
    page.text(MARGIN, height - FOOT / 2, NOTE, 10, PALE)
    # few colours: a third of the bytes
    page.image.quantize(64).save(path, 'PNG', optimize=True)
