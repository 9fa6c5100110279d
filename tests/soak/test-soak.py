"""What the soak says of rows that are made up: a leak is found, noise is not, and what is short is not judged."""
import math
import os
import random
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

import chart
import outcome
from figures import MB, Soak, fit, percentile, t_quantile
from rows import Row, read_rows, write_head, write_row
from streams import STATUS, SUMMARY

HERE = os.path.dirname(os.path.abspath(__file__))

STEP = 30


def make(minutes, per_hour=0, files=0, threads=0, dead=None, noise=.1):
    """Two streams; the first one's growth an hour."""
    r = random.Random(7)
    streams = []
    for i in range(2):
        rows = []
        for second in range(int(minutes * 60)):
            hours = second / 3600 if i == 0 else 0
            memory = 50 + per_hour * hours + 5 * (1 - math.exp(-second / 200)) + r.gauss(0, noise)
            frames = second * 5 if dead is None or second < dead else dead * 5
            rows.append(Row(second, i, round(memory * MB), round(30 + files * hours), round(40 + threads * hours),
                            frames, second // STEP, 'gone' if second % STEP == 0 else '',
                            [r.choice((20, 30, 90))]))
        streams.append(rows)
    return Soak(streams, 6 * STEP)


def verdicts(soak):
    return {what: ok for what, ok, _ in soak.checks()}


class Figures(unittest.TestCase):
    def test_fit(self):
        s = fit([0, 3600, 7200, 10800], [1, 3, 5, 7])
        self.assertAlmostEqual(s.per_hour, 2)
        self.assertAlmostEqual(s.error, 0)
        # by hand: residuals -.2 .6 -.6 .2, of 2 degrees of freedom, over 5 hours²
        s = fit([0, 3600, 7200, 10800], [0, 1, 0, 1])
        self.assertAlmostEqual(s.per_hour, .2)
        self.assertAlmostEqual(s.error, math.sqrt(.8 / 2 / 5) * t_quantile(2))
        for n, t in (4, 2.776), (5, 2.571), (10, 2.228), (100, 1.984):
            self.assertAlmostEqual(t_quantile(n), t, delta=.01)

    def test_error_holds(self):
        """Of 100 series of noise without a slope, the interval misses 0 in about 5."""
        r = random.Random(1)
        missed = 0
        for _ in range(100):
            s = fit([i * 180 for i in range(13)], [r.gauss(0, .1) for _ in range(13)])
            missed += abs(s.per_hour) > s.error
        self.assertTrue(0 < missed < 12, missed)

    def test_percentile(self):
        self.assertEqual([percentile(range(1, 101), p) for p in (50, 95, 99)], [50, 95, 99])
        self.assertEqual(percentile([3], 50), 3)


class Verdicts(unittest.TestCase):
    def test_flat(self):
        soak = make(60)
        self.assertEqual(set(verdicts(soak).values()), {True}, soak.checks())
        # what grows in the beginning does not count
        self.assertLess(abs(soak.slope().per_hour), .2)

    def test_leak(self):
        for per_hour in .7, 5:
            v = verdicts(make(60, per_hour))
            self.assertEqual((v['memory of all'], v['memory of each']), (False, False))
        self.assertAlmostEqual(make(60, 5).slope().per_hour, 5, delta=.2)

    def test_descriptors_and_threads(self):
        self.assertEqual(verdicts(make(60, files=6))['descriptors'], False)
        self.assertEqual(verdicts(make(60, threads=6))['threads'], False)

    def test_dead(self):
        self.assertEqual(verdicts(make(60, dead=600))['streams alive'], False)
        self.assertEqual(verdicts(make(60, dead=3580))['streams alive'], True)

    def test_short(self):
        v = verdicts(make(1))
        self.assertEqual((v['memory of all'], v['descriptors'], v['streams alive']), (None, None, True))


class Outputs(unittest.TestCase):
    def test_rows(self):
        soak = make(1)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'soak.csv')
            with open(path, 'w', newline='') as f:
                write_head(f)
                for rows in zip(*soak.streams):
                    for row in rows:
                        write_row(f, row)
            self.assertEqual(read_rows(path), soak.streams)

    def test_chart(self):
        soak = make(60)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'soak.svg')
            chart.draw(soak, 'a < b', path)
            xml.etree.ElementTree.parse(path)
        self.assertEqual(len(chart.lines(soak)), 8)
        self.assertEqual(len(soak.table()), 4)

    def test_status_line(self):
        m = STATUS.match('1:02:03  1 face  4.9 fps  latency 23 ms  0 skipped  1 reconnect')
        self.assertEqual(m.groups(), ('23', '1'))
        m = SUMMARY.match('12 frames, 1 face; 0 frames skipped, latency 9 ms (at most 20), 3 reconnects; JSON lines in -')
        self.assertEqual(m.groups(), ('12', '3'))


class Trial(unittest.TestCase):
    @unittest.skipUnless('REN_LONG' in os.environ, 'takes half a minute: REN_LONG')
    def test_run(self):
        with tempfile.TemporaryDirectory() as folder:
            r = subprocess.run([sys.executable, os.path.join(HERE, 'run'), '.5', '--streams', '2', '--step', '8',
                                '--build', os.environ['REN_BUILD'], '--out', folder],
                               stdout=subprocess.PIPE, text=True, timeout=100)
            print(r.stdout)
            self.assertEqual(r.returncode, 0)
            self.assertEqual(r.stdout.splitlines()[-1], '2 passed, 0 failed, 4 skipped')
            streams = read_rows(os.path.join(folder, 'soak.csv'))
            for rows in streams:
                self.assertGreater(rows[-1].frames, 20)
                self.assertGreater(rows[-1].reconnects, 0)


outcome.main()
