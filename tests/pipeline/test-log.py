"""All that GStreamer can log, of all four elements at work: what an element gives the log must be there to be written.

Only then is it looked at: without a log, arguments of GST_LOG_OBJECT() and its like are not evaluated.
"""
import os
import re
import subprocess
import tempfile
import unittest

import outcome

ROOT = os.environ['REN_SOURCE_ROOT']
MODEL = os.environ['REN_DEFAULT_MODEL']
ELEMENTS = 'faceroi', 'resemotenet', 'emotionoverlay', 'emotionpublish'
# time, process, thread, level, category, place in the source, and of which element or pad
LINE = re.compile(r'^\S+ +\d+ +\S+ (\w+) +\S+ \S+:\d+:\w+:<(?:(%s)0|(%s)0:\w+)> .*' % (('|'.join(ELEMENTS),) * 2), re.M)


@unittest.skipUnless(os.path.exists(MODEL), 'there is no models/resemotenet.safetensors')
class Log(unittest.TestCase):
    def test_elements(self):
        with tempfile.TemporaryDirectory() as folder:
            log = os.path.join(folder, 'log')
            out = os.path.join(folder, 'out.jsonl')
            r = subprocess.run(
                ['gst-launch-1.0', '-m', 'filesrc', 'location=' + os.path.join(ROOT, 'pipelines', 'sample', 'astronaut.jpg'),
                 '!', 'jpegdec', '!', 'imagefreeze', 'num-buffers=5', '!', 'faceroi', '!', 'resemotenet', 'model=' + MODEL,
                 'post-messages=true', '!', 'emotionoverlay', '!', 'emotionpublish', 'location=' + out, '!', 'fakesink'],
                env=dict(os.environ, GST_DEBUG='*:7', GST_DEBUG_FILE=log, GST_DEBUG_NO_COLOR='1'),
                capture_output=True, text=True, timeout=300)
            self.assertEqual((r.returncode, r.stderr), (0, ''))
            with open(out) as f:
                self.assertEqual(['"happy"' in line for line in f], [True] * 5)
            with open(log, errors='replace') as f:
                lines = list(LINE.finditer(f.read()))
        self.assertEqual({line[2] or line[3] for line in lines}, set(ELEMENTS))
        # nothing is wrong with this stream
        self.assertEqual([line[0] for line in lines if line[1] in ('ERROR', 'WARN')], [])


outcome.main()
