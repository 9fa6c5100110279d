"""Where results go: files of JSON, and the documentation."""
import json
import os
import re
import sys

import report
from turns import HERE

ROOT = os.path.normpath(os.path.join(HERE, '../..'))
BEGIN, END = '<!-- made by tests/bench/run -->\n', '<!-- end -->\n'


def write(path, text):
    with open(path, 'w', encoding='utf-8') as f:
        f.write(text)


def read_results(path):
    try:
        with open(path, encoding='utf-8') as f:
            results = json.load(f)
    except OSError as e:
        sys.exit(f'bench: {path}: {e.strerror}')
    except ValueError:
        results = None
    try:
        # makes use of all that there has to be
        report.text(results)
        report.markdown(results)
        whole = bool(results['runs'])
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        whole = False
    if not whole:
        sys.exit(f'bench: {path} is not what --json wrote')
    return results


def has_objects(value):
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(isinstance(m, dict) or has_objects(m) for m in members)


def json_of(value, indent=''):
    """A line for each contender of a run: what has no objects inside is on one."""
    if not has_objects(value):
        return json.dumps(value)
    inner = indent + ' '
    if isinstance(value, dict):
        left, right = '{}'
        parts = [f'{json.dumps(k)}: {json_of(v, inner)}' for k, v in value.items()]
    else:
        left, right = '[]'
        parts = [json_of(v, inner) for v in value]
    return f'{left}\n' + ',\n'.join(inner + part for part in parts) + f'\n{indent}{right}'


def write_json(results, path):
    write(path, json_of(results) + '\n')


def draw_chart(results, path):
    import chart    # needs Pillow, which a measurement does not
    chart.draw(results, path)


def replace(path, text):
    """Puts it between the two lines that say where."""
    with open(path, encoding='utf-8') as f:
        old = f.read()
    parts = re.split(f'({BEGIN}).*?({END})', old, flags=re.DOTALL)
    if len(parts) != 4:
        sys.exit(f'bench: {path} does not have, once, the lines {BEGIN.strip()} and {END.strip()}')
    write(path, f'{parts[0]}{BEGIN}\n{text}\n{END}{parts[3]}')


def files(root=ROOT):
    """Of the documentation: figures, chart, tables, and the summary."""
    return [os.path.join(root, name) for name in ('docs/speed.json', 'docs/speed.png', 'docs/speed.md', 'README.md')]


def update(results, root=ROOT):
    """Remakes what the documentation shows."""
    figures, picture, tables, summary = files(root)
    write_json(results, figures)
    draw_chart(results, picture)
    replace(tables, report.markdown(results))
    replace(summary, report.summary(results))
