"""The commands that the build has, what their --help-all lists, and their manual pages."""
import os
import re
import subprocess
import sys
from typing import NamedTuple

sys.path.insert(0, os.path.join(os.environ['REN_SOURCE_ROOT'], 'completions'))
import manual

PAGES = os.environ['REN_PAGES'].split(':')
COMPLETIONS = os.environ['REN_COMPLETIONS']
PROGRAMS = {os.path.basename(path): path for path in os.environ['REN_PROGRAMS'].split(':')}
ENVIRONMENT = {**os.environ, 'LC_ALL': 'C.UTF-8'}


class Option(NamedTuple):
    letter: str
    name: str
    argument: str


def run(*words, cwd=None):
    return subprocess.run([PROGRAMS[words[0]], *words[1:]], env=ENVIRONMENT, cwd=cwd, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60)


def help_text(words, option='--help'):
    r = run(*words, option)
    if r.returncode != 0 or r.stderr:
        raise AssertionError(f'{words} {option}: status {r.returncode}, {r.stderr}')
    return r.stdout


def listed_options(words):
    found = re.findall(r'^  (?:-(\w), )?--([\w-]+)(?:=(\S+))?  ', help_text(words, '--help-all'), re.M)
    return {Option(*option) for option in found}


def pages():
    """Page of each command that has options of its own."""
    return [page for page in map(manual.read, PAGES) if page.name != 'resemotenet']
