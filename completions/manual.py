"""What a manual page in man/ says of a command: its options, and what they take.

Pages are in mdoc: `.It Fl p , Fl \\-precision Ns = Ns Ar TYPE` is an option, the `.Cm` words of its text are the values
that it takes, and the name of its argument says which files are meant.
"""
import re
from typing import NamedTuple

MODELS = ('safetensors', 'pth', 'pt')
IMAGES = ('jpg', 'jpeg', 'png')
ANY_FILE = ('*',)
FOLDERS = ('/',)
# What the names of arguments stand for: endings of files, any file, folders …
FILES = {
    'MODEL': MODELS, 'IN': MODELS, 'IMAGE': IMAGES, 'IMAGE|DIR': IMAGES, 'VIDEO': ('mp4', 'mkv', 'webm'),
    'HTML': ('html',), 'CSV': ('csv',), 'LIST': ('csv',), 'FILE': ANY_FILE, 'PATH': ANY_FILE, 'DIR|FILE': ANY_FILE,
    'SOURCE': ANY_FILE, 'DIR': FOLDERS,
}
# … or nothing that a shell could know.
FREE = set('A N P S X MB URL DEGREES EPOCHS MINUTES LABELS KEY=VALUE X,Y,W,H [ADDR:]PORT A,B,… NAME'.split())


class Option(NamedTuple):
    letter: str      # or ''
    name: str
    argument: str    # its name, or ''
    is_optional: bool    # the argument
    values: tuple    # all that it can be, or ()
    text: str        # one line

    @property
    def forms(self):
        return [f'-{self.letter}', f'--{self.name}'] if self.letter else [f'--{self.name}']

    @property
    def files(self):
        """Endings of the files that it takes; () for none."""
        return () if self.values else FILES.get(self.argument, ())


class Page(NamedTuple):
    name: str        # resemotenet-eval
    words: list      # resemotenet, eval: what a command line begins with
    text: str        # one line
    options: list
    files: tuple     # endings of the files that are its arguments; () for none
    commands: list   # (name, text) of those that can follow


def plain(lines):
    """The text of lines of mdoc."""
    words = []
    for line in lines:
        macro, _, rest = line.partition(' ')
        if not macro.startswith('.'):
            words.append(line)
            continue
        rest = re.sub(r' (?=[.,;:]$)', '', rest)
        if macro == '.Fl':
            rest = '-' + rest
        elif macro == '.Pq':
            rest = f'({rest})'
        elif macro == '.Xr':
            rest = rest.split()[0]
        words.append(rest)
    return ' '.join(words).replace(r'\-', '-').replace(r'\(mu', 'x')


def one_line(lines):
    """The first part of the first sentence, which says what it is; more is in the manual."""
    return re.split(r'[.,:;](?= |$)| \(', plain(lines))[0]


def items(lines):
    """(head, text) of each `.It`; a text ends with the list or the next item."""
    head, text = None, []
    for line in lines:
        if line.startswith(('.It ', '.El', '.Sh')):
            if head is not None:
                yield head, text
            head, text = (line[4:], []) if line.startswith('.It ') else (None, [])
        elif head is not None:
            text.append(line)


def option(head, text):
    letter = re.search(r'Fl (\w) , ', head)
    name = re.search(r'Fl \\-([\w-]+)', head).group(1)
    argument = re.search(r'Ar (\S+)', head)
    values = tuple(line.split()[1] for line in text if line.startswith('.Cm ')) if argument else ()
    # a file that may be standard input or output is one
    values = () if values == (r'\-',) else values
    argument = argument.group(1) if argument else ''
    if argument and not values and argument not in FILES and argument not in FREE:
        raise ValueError(f'--{name}: what is {argument}? completions/manual.py does not know')
    return Option(letter.group(1) if letter else '', name, argument, ' Oo ' in head, values, one_line(text))


def read(path):
    with open(path, encoding='utf-8') as f:
        lines = f.read().splitlines()
    name = lines[lines.index('.Sh NAME') + 1].split()[1]
    synopsis = lines[lines.index('.Sh SYNOPSIS') + 1:lines.index('.Sh DESCRIPTION')]
    words = (synopsis[0].split() + [name])[1:]
    words = words[:-1] if len(words) > 1 else words
    arguments = [re.sub(r'^\.(Op )?Ar ', '', line).split()[0] for line in synopsis if re.match(r'\.(Op )?Ar ', line)]
    files = [FILES[a] for a in arguments if a in FILES]
    entries = list(items(lines))
    return Page(name, words, re.sub('^.Nd ', '', next(line for line in lines if line.startswith('.Nd '))),
                [option(head, text) for head, text in entries if 'Fl ' in head],
                files[0] if files else (),
                [(head[3:], one_line(text)) for head, text in entries if head.startswith('Cm ')])
