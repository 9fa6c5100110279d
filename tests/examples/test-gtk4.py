"""The window of the example gtk4, on a screen that is only memory: its picture and its chart are looked at.

With REN_SCREENSHOT=FILE.png, the window is kept as a picture.
"""
import os
import signal
import subprocess
import tempfile
import time
import unittest

import numpy as np
import outcome
from example import ROOT, SANITIZED, Example, last_frame, make_sample
from PIL import Image
from screen import Screen

TWO_PEOPLE = os.path.join(ROOT, '../shared/data/two-people.webm')
# emotionoverlay's colours
COLORS = {'happy': 0xf0e442, 'surprise': 0xe69f00, 'sad': 0x0072b2, 'anger': 0xd55e00, 'disgust': 0x009e73,
          'fear': 0xcc79a7, 'neutral': 0x8f979e}
# the window's size, and the length of a bar of 100 %, as the example has them
WINDOW = 840, 520
BORDER = 5
TRACK = 128


def rgb(color):
    return np.array([color >> 16, color >> 8 & 255, color & 255])


def is_color(pixels, color):
    return np.abs(pixels - color).max(-1) <= 2


def runs(row):
    """(start, length) of each stretch of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], row.astype(np.int8), [0]))))
    return [(int(a), int(b - a)) for a, b in zip(edges[::2], edges[1::2])]


def find_picture(pixels, picture):
    """(x, y, width, height) of where the window shows it; None where it shows another, or none."""
    # on the window's middle row, within its border, what is not its ground; a picture may have some of its colour
    row = pixels[WINDOW[1] // 2, BORDER:WINDOW[0] - 280]
    ground = np.abs(row - row[-3]).max(-1) <= 2
    for x, gap in runs(ground):
        if gap <= 8 and 0 < x and x + gap < len(row):
            ground[x:x + gap] = False
    x, width = max(runs(~ground), key=lambda run: run[1], default=(0, 0))
    x += BORDER
    if width < 200:
        return None
    height = round(width * picture.height / picture.width)
    expected = np.asarray(picture.resize((width, height)), np.int16)[::4, ::4]
    differences = [np.abs(pixels[y:y + height:4, x:x + width:4] - expected).mean()
                   for y in range(30, WINDOW[1] - height)]
    # a frame of video beside the picture it was made of: compressed, scaled, with a label
    if not differences or min(differences) > 5:
        return None
    return x, 30 + int(np.argmin(differences)), width, height


class Panel:
    """What the chart shows of one person: `bars`, (label, share) from top to bottom; `now`, the shares in its history's
    last column."""

    def __init__(self):
        self.bars = []
        self.now = None


def read_chart(pixels):
    chart = pixels[60:WINDOW[1] - 50, WINDOW[0] - 280:WINDOW[0]]
    labels = np.full(chart.shape[:2], -1)
    for i, color in enumerate(COLORS.values()):
        labels[is_color(chart, rgb(color))] = i
    panels = [Panel()]
    for y, height in runs((labels >= 0).any(1)):
        if height <= 13:
            row = labels[y + height // 2]
            found = row[row >= 0]
            panels[-1].bars.append((list(COLORS)[found[0]], len(found) / TRACK))
        else:   # the history is a person's last
            column = labels[y:y + height, np.flatnonzero((labels[y:y + height] >= 0).any(0))[-1]]
            panels[-1].now = {label: float((column == i).mean()) for i, label in enumerate(COLORS)}
            panels.append(Panel())
    return panels[:-1]


class Window(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not Screen.is_possible():
            raise unittest.SkipTest('no Xvfb')
        cls.tmp = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.tmp.cleanup)
        cls.example = Example('gtk4/main.c')
        cls.addClassCleanup(cls.example.close)
        cls.screen = Screen()
        cls.addClassCleanup(cls.screen.close)

    def start(self, command, **env):
        p = self.example.start(command, **self.screen.environment, **env)
        self.addCleanup(p.stderr.close)
        self.addCleanup(p.wait)
        self.addCleanup(p.kill)
        return p

    def stop(self, p):
        """Ends it as a terminal does. Returns what it complained of."""
        p.send_signal(signal.SIGINT)
        _, complaints = p.communicate(timeout=60)
        self.assertEqual(p.returncode, 0, complaints)
        return complaints

    def wait_for(self, what, seconds=90):
        """Looks until `what` finds something in the pixels."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = what(self.screen.pixels())
            if found is not None:
                return found
            time.sleep(.3)
        self.fail(f'{what.__name__}: not seen on the screen in {seconds} s')

    def play(self, clip, **env):
        """What the screen shows at the clip's end."""
        last = Image.open(last_frame(clip, tempfile.mkdtemp(dir=self.tmp.name))).convert('RGB')
        p = self.start('./emotions ' + clip, **env)

        def the_end(pixels):
            return find_picture(pixels, last)
        self.wait_for(the_end)
        time.sleep(.5)  # all is drawn
        pixels = self.screen.pixels()
        self.assertEqual(self.stop(p), '')
        return pixels

    def test_sample(self):
        self.assertEqual(self.example.runs, ['./emotions talk.mp4'])
        clip = self.example.path('talk.mp4')
        make_sample(clip)
        pixels = self.play(clip)
        if 'REN_SCREENSHOT' in os.environ:
            picture = Image.fromarray(pixels[:WINDOW[1], :WINDOW[0]].astype(np.uint8))
            picture.save(os.environ['REN_SCREENSHOT'], optimize=True)
        panel, = read_chart(pixels)
        label, share = panel.bars[0]
        self.assertEqual(label, 'happy')
        self.assertTrue(.85 <= share <= .99, panel.bars)
        # as high as the bar is long, but for edges that are blurred
        self.assertAlmostEqual(panel.now['happy'], share, delta=.02)
        self.assertGreater(pixels[100, WINDOW[0] - 10].mean(), 200, 'a light theme is light')

    @unittest.skipUnless(os.path.exists(TWO_PEOPLE), 'two-people.webm is not at hand')
    @unittest.skipIf(SANITIZED, 'runs no other code than the sample')
    def test_two_people_in_the_dark(self):
        pixels = self.play(TWO_PEOPLE, GTK_THEME='Adwaita:dark')
        panels = read_chart(pixels)
        self.assertEqual(len(panels), 2)
        for panel in panels:
            # scores add up to 1, each bar being cut to whole pixels
            self.assertAlmostEqual(sum(share for _, share in panel.bars), 1, delta=7 / TRACK)
            # the history is some 30 pixels high here, and edges are blurred over two
            best, share = max(panel.bars, key=lambda bar: bar[1])
            self.assertEqual(max(panel.now, key=panel.now.get), best)
            self.assertAlmostEqual(panel.now[best], share, delta=.15)
        self.assertLess(pixels[100, WINDOW[0] - 10].mean(), 90, 'a dark theme is dark')

    def test_error(self):
        """Stands in the window."""
        p = self.start('./emotions nothing.mp4')

        def red_text(pixels):
            low = pixels[WINDOW[1] - 60:WINDOW[1], :WINDOW[0]]
            return (low[..., 0] - low[..., 1] > 80).sum() > 50 or None
        self.wait_for(red_text)
        self.assertRegex(self.stop(p), r'\Aemotions: .+\n\Z')


if __name__ == '__main__':
    outcome.main()
