"""Every relative link and anchor of all *.md and of the API reference leads somewhere; addresses elsewhere are only parsed."""
import glob
import html
import os
import re
import subprocess
import unittest
import urllib.parse

import outcome

ROOT = os.environ['REN_SOURCE_ROOT']
HTML = os.environ.get('REN_API_DOCS', '')


def slug(heading):
    """GitHub's anchor of a heading, which gi-docgen's is, too, for the headings we have."""
    text = re.sub(r'\[([^]]*)\]\([^)]*\)', r'\1', heading).replace('`', '')
    return re.sub(r'[^\w\- ]', '', text.strip().lower()).replace(' ', '-')


def without_code(text):
    text = re.sub(r'^```.*?^```', '', text, flags=re.M | re.S)
    return re.sub(r'`[^`\n]*`', '', text)


def markdown_anchors(path):
    with open(path) as f:
        text = re.sub(r'^```.*?^```', '', f.read(), flags=re.M | re.S)
    anchors, times = set(), {}
    for heading in re.findall(r'^#+ (.*)$', text, re.M):
        name = slug(heading)
        n = times.get(name, 0)
        times[name] = n + 1
        anchors.add(f'{name}-{n}' if n else name)
    return anchors | set(re.findall(r'<a (?:name|id)="([^"]+)"', text))


def html_anchors(path):
    with open(path) as f:
        return set(re.findall(r'\b(?:id|name)="([^"]+)"', f.read()))


class Links(unittest.TestCase):
    def check(self, page, links, anchors):
        for link in links:
            with self.subTest(page=os.path.relpath(page, ROOT), link=link):
                parts = urllib.parse.urlsplit(link)
                if parts.scheme in ('http', 'https'):
                    self.assertRegex(parts.netloc, r'^[\w.-]+(:\d+)?$')
                    self.assertNotRegex(link, r'\s')
                    continue
                self.assertIn(parts.scheme, ('', 'mailto'))
                if parts.scheme:
                    continue
                target = os.path.normpath(os.path.join(os.path.dirname(page), urllib.parse.unquote(parts.path))) \
                    if parts.path else page
                self.assertTrue(os.path.exists(target), 'leads nowhere')
                if parts.fragment and target.endswith(('.md', '.html')):
                    self.assertIn(parts.fragment, anchors(target), f'{os.path.relpath(target, ROOT)} has no such anchor')

    def test_markdown(self):
        files = subprocess.run(['git', '-C', ROOT, 'ls-files', '-co', '--exclude-standard', '*.md'], capture_output=True,
                               text=True)
        pages = files.stdout.split() if files.returncode == 0 else \
            [os.path.relpath(p, ROOT) for d in ('', 'docs/**/', '[a-z]*/') for p in glob.glob(f'{ROOT}/{d}*.md', recursive=True)]
        self.assertGreater(len(pages), 15)
        n = 0
        for page in pages:
            path = os.path.join(ROOT, page)
            with open(path) as f:
                text = without_code(f.read())
            links = re.findall(r'\]\(([^)\s]+)\)', text)
            n += len(links)
            self.check(path, links, markdown_anchors)
        self.assertGreater(n, 100)

    @unittest.skipUnless(HTML, 'the API reference is not built: needs gi-docgen and introspection')
    def test_html(self):
        with open(os.path.join(ROOT, 'docs', 'api', 'urlmap.js')) as f:
            self.known = f.read()
        pages = glob.glob(os.path.join(HTML, '*-1.0', '*.html'))
        self.assertGreater(len(pages), 50)
        for page in pages:
            with open(page) as f:
                text = f.read()
            links = [html.unescape(link) for link in re.findall(r'(?:href|src)="([^"]+)"', text)]
            # of other libraries: main.js makes them of urlmap.js
            links = [link for link in links if link != 'javascript:void(0)']
            self.check(page, links, html_anchors)
            for namespace in re.findall(r'data-namespace="(\w+)"', text):
                self.assertIn(f'["{namespace}", ', self.known, page)


if __name__ == '__main__':
    outcome.main()
