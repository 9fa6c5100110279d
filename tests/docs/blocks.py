"""Fenced blocks of the documentation, and what stands for what a test has not: cameras, screens, brokers, data sets.

    sh        commands, run in order in one folder; lines that end in a backslash go on
    console   after `$ ` a command, then lines that its output must have, in this order; … stands for anything
    c, python, json, ini, conf   see test-programs.py
"""
import pathlib
import re

# pages whose commands are run
PAGES = ['README.md', 'docs/**/*.md']

# What a command says, and what is run in its place.
STANDS_FOR = [
    (r'rtspsrc location=\S+( latency=\d+)?', 'filesrc location=talk.mp4'),
    (r'v4l2src( device=\S+)? ! videoconvert', 'filesrc location=talk.mp4 ! decodebin ! videoconvert'),
    (r'v4l2src( device=\S+)? ! decodebin', 'filesrc location=talk.mp4 ! decodebin'),
    (r'\bautovideosink( sync=false)?', 'fakesink'),
    (r'(?<=resemotenet-watch )(rtsp://camera\.local/stream|/dev/video0)', 'talk.mp4'),
    (r' --display\b', ''),
    (r'--http (\S+:)?8080', r'--http \g<1>0'),
    (r'mqtt://broker\.local', 'mqtt://127.0.0.1:{mqtt}'),
    (r'=/etc/resemotenet/mqtt\b', '=mqtt-credentials'),
    (r'kafka=kafka://[^/]+/', 'kafka=kafka://127.0.0.1:{kafka}/'),
    (r'=/etc/resemotenet/kafka\b', '=kafka-config'),
    (r'spool=/var/spool/resemotenet/', 'spool=spool-'),
    (r'--spool /var/tmp/', '--spool spool-'),
]

# Commands that are not run, and why.
SKIPPED = [
    (r'\./pipelines/demo|\./tests/run', 'installs packages, builds and tests: what runs this test does so'),
    (r'scripts/install-packages|apt-get', 'installs packages'),
    (r'ninja|meson setup', 'builds and installs: the suite `install` does so'),
    (r'dpkg-buildpackage', 'builds all once more: `tests/run --long` does so on bare machines'),
    (r'systemctl|journalctl', 'changes the machine\'s services'),
    (r'^export GST_PLUGIN_PATH=', 'names the build folder, which the test has set already'),
    (r'tests/bench/run', 'fetches other runtimes and takes ten minutes; the suite `bench` sees that it works'),
    (r'resemotenet train\b|run1/|mine\.safetensors', 'trains for hours; the suite `cli` trains for seconds'),
    (r'resemotenet bench( --layers| --pipeline -t 1)', 'measures for half a minute; the suite `cli` runs it'),
    (r'resemotenet explain', 'takes long; the suite `cli` runs it'),
    (r'--report fer\.html|--data mine/', 'of a data set that is not part of the repository; the suite `cli` runs it'),
]


class Block:
    def __init__(self, page, line, language, text):
        self.page, self.line, self.language, self.text = page, line, language, text

    def __str__(self):
        return f'{self.page}:{self.line}'


def find(root, *languages):
    """The blocks of all pages in these languages; {page: [Block]} in the order of the pages."""
    found = {}
    for pattern in PAGES:
        for path in sorted(pathlib.Path(root).glob(pattern)):
            page = str(path.relative_to(root))
            for match in re.finditer(r'^```(\w*)\n(.*?)^```$', path.read_text(), re.M | re.S):
                if match[1] in languages:
                    line = path.read_text()[:match.start()].count('\n') + 1
                    found.setdefault(page, []).append(Block(page, line, match[1], match[2]))
    return found


def commands(text):
    """The commands of a block, with lines that go on joined."""
    lines = re.sub(r' *\\\n *', ' ', text).split('\n')
    return [line.strip() for line in lines if line.strip() and not line.startswith('#')]


def transcript(text):
    """[(command, [line of output])] of a console block."""
    parts = []
    for line in text.rstrip('\n').split('\n'):
        if line.startswith('$ '):
            parts.append((line[2:], []))
        else:
            parts[-1][1].append(line)
    return parts


def skipped(command):
    """Why it is not run, or None."""
    return next((why for pattern, why in SKIPPED if re.search(pattern, command)), None)


def runnable(command, **ports):
    """What is run in its place."""
    for pattern, replacement in STANDS_FOR:
        command = re.sub(pattern, replacement, command)
    for name, port in ports.items():
        command = command.replace('{%s}' % name, str(port))
    return command
