"""What the benchmarks share: processes that take turns."""
import argparse
import json
import os
import select
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))


# What a library compiles for a model takes seconds; longer than this it does not come to an end.
ANSWER_SECONDS = 300


class Ended(SystemExit):
    """A process that ended before it answered, or was ended because it did not."""


class Worker:
    """A process that works when it is told to: a line of JSON for each request, and one for each answer. What it says
    first is in `first`. `env` changes its environment; None takes a variable away."""

    def __init__(self, command, env=None):
        env = {k: v for k, v in {**os.environ, **(env or {})}.items() if v is not None}
        self.process = subprocess.Popen([str(a) for a in command], env=env,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.first = self.answer()

    def answer(self, seconds=0):
        limit = ANSWER_SECONDS + seconds
        # nothing is left of the last line: each request has one
        if not select.select([self.process.stdout], [], [], limit)[0]:
            self.process.kill()
            self.process.wait()
            raise Ended(f'bench: {" ".join(self.process.args)} did not answer for {limit:g} s')
        line = self.process.stdout.readline()
        if not line:
            raise Ended(f'bench: a process ended with status {self.process.wait()}: its message is above')
        return json.loads(line)

    def ask(self, request, seconds):
        """The answer to a request that is to take so many seconds."""
        try:
            print(json.dumps(request), file=self.process.stdin, flush=True)
        except BrokenPipeError:
            pass    # it ended since it answered last: answer() says so
        return self.answer(seconds)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def processor():
    try:
        with open('/proc/cpuinfo') as f:
            for line in f:
                if line.startswith('model name'):
                    return line.split(':', 1)[1].strip()
    except OSError:
        pass
    return os.uname().machine


def positive(text):
    n = int(text)
    if n < 1:
        raise argparse.ArgumentTypeError(f'{n} is not 1 or more')
    return n


def thread_count(text):
    n = positive(text)
    if n > 64:
        raise argparse.ArgumentTypeError(f'{n} is more than 64')
    return n


def seconds(text):
    s = float(text)
    if not 0 <= s <= 3600:
        raise argparse.ArgumentTypeError(f'{text} is not from 0 to 3600')
    return s


def add_build(parser):
    parser.add_argument('--build', default=os.path.join(HERE, '../../build'), help='build folder (default build)')


def library_of(parser, o):
    library = os.environ.get('REN_LIBRARY') or os.path.join(o.build, 'core', 'libresemotenet-1.0.so')
    if not os.path.exists(library):
        parser.error(f'{library} is missing: build first, or name the build folder with --build DIR')
    return library
