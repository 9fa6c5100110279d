"""What classify writes, and which faces it takes."""
import csv
import io
import os
import socket
import subprocess
import unittest
import urllib.parse

import cli
cli.need('numpy', 'PIL')


class Forms(cli.Case):
    def setUp(self):
        super().setUp()
        self.files = [self.path(f'{i}.png') for i in range(3)]
        for i, name in enumerate(self.files):
            cli.picture(seed=i).save(name)

    def classify(self, *args, **kw):
        return self.run_ok('classify', '-m', cli.model(), *args, **kw)

    def test_csv(self):
        r = self.classify('--csv', *self.files)
        rows = r.rows()
        self.assertEqual(list(rows[0]), ['file', 'x', 'y', 'w', 'h', 'label', 'confidence'] + cli.LABELS)
        self.assertEqual([row['file'] for row in rows], self.files)
        for row in rows:
            scores = {n: float(row[n]) for n in cli.LABELS}
            self.assertAlmostEqual(sum(scores.values()), 1, delta=1e-4)    # seven roundings to five digits
            self.assertEqual(row['label'], max(scores, key=scores.get))
            self.assertEqual(float(row['confidence']), max(scores.values()))
            self.assertEqual([row[n] for n in 'xywh'], [''] * 4)

    def test_json_agrees_with_csv(self):
        out = self.classify('--json', '--logits', *self.files).json()
        rows = self.classify('--csv', *self.files).rows()
        self.assertEqual(out['model']['labels'], cli.LABELS)
        self.assertFalse(out['model']['labels_assumed'])
        self.assertEqual(out['skipped'], [])
        for face, row in zip(out['faces'], rows, strict=True):
            self.assertEqual((face['file'], face['label']), (row['file'], row['label']))
            self.assertEqual(cli.LABELS[face['label_id']], face['label'])
            self.assertNotIn('crop', face)
            for n in cli.LABELS:
                self.assertAlmostEqual(face['scores'][n], float(row[n]), delta=2e-5)
        logits = self.logits(*self.files)
        for face in out['faces']:
            for n, v in zip(cli.LABELS, logits[face['file']]):
                self.assertAlmostEqual(face['logits'][n], v, delta=2e-5)

    def test_text(self):
        r = self.classify(*self.files)
        lines = r.out.splitlines()
        for line, row in zip(lines, self.classify('--csv', *self.files).rows(), strict=True):
            self.assertTrue(line.startswith(row['file']))
            self.assertIn(f"{row['label']} ", line)
            self.assertIn(f"{100 * float(row['confidence']):.0f} %", line)
        self.assertNotIn('\033', r.out + r.err)     # no terminal
        self.assertIn('3 faces: ', r.err)
        self.assertEqual(self.classify('-q', *self.files).err, '')
        for option in '--scores', '--logits':
            lines = self.classify(option, *self.files).out.splitlines()
            self.assertEqual(lines[0].split(), cli.LABELS)
            self.assertEqual(len(lines), 4)

    def test_batches_and_threads(self):
        for model, delta in (cli.model(), 0), (cli.float_model(), 2e-3):     # floats: sums in another order
            self.model = lambda: model
            expected = self.logits(*self.files * 7)
            for args in ['-b', '1'], ['-b', '2', '-t', '1'], ['-b', '256', '-t', '3'], ['-b', '5', '-t', '2']:
                names = self.files * 7 + [self.path('missing.jpg')] * 9 + self.files
                r = self.run_ok('classify', '-m', model, '--logits', '--csv', *args, *names)
                rows = r.rows()
                self.assertEqual([row['file'] for row in rows], self.files * 8)
                for row in rows:
                    for n, v in zip(cli.LABELS, expected[row['file']]):
                        self.assertAlmostEqual(float(row[n]), v, delta=delta)

    def test_model_from_environment(self):
        r = self.run_ok('classify', '--csv', *self.files, env={'RESEMOTENET_MODEL': cli.model()})
        self.assertEqual(r.out, self.classify('--csv', *self.files).out)

    def test_labels(self):
        other = ['a', 'b,c'.replace(',', '-'), 'ü', 'd d', 'e', 'f', 'g']
        for locale in 'C', 'C.UTF-8':
            r = self.classify('--csv', '--labels', ','.join(other), *self.files, env={'LC_ALL': locale})
            self.assertEqual(list(r.rows()[0])[7:], other)
        for wrong in 'a,b', 'a,b,c,d,e,f,g,h', '', 'a,a,b,c,d,e,f', 'a,,b,c,d,e,f':
            r = cli.run('classify', '-m', cli.model(), '--labels', wrong, *self.files)
            self.assertIn(r.status, (1, 2), wrong)
        self.run_fails(2, 'classify', '-m', cli.model(), '-l', 'a,b', *self.files)


class Output(cli.Case):
    def setUp(self):
        super().setUp()
        self.file = self.path('a.png')
        cli.picture().save(self.file)
        self.args = ['classify', '-m', cli.model(), '--csv', self.file]
        self.expected = self.run_ok(*self.args).out

    def read(self, path):
        with open(path) as f:
            return f.read()

    def test_to_a_file(self):
        out = self.path('out', 'a.csv')
        r = self.run_ok(*self.args, '-o', out)
        self.assertEqual((r.out, self.read(out)), ('', self.expected))
        self.assertEqual(os.listdir(os.path.dirname(out)), ['a.csv'])
        self.assertEqual(self.run_ok(*self.args, '-o', '-').out, self.expected)
        mask = os.umask(0)
        os.umask(mask)
        self.assertEqual(os.stat(out).st_mode & 0o777, 0o666 & ~mask)

    def test_earlier_file(self):
        out = self.write('a.csv', 'earlier')
        self.run_fails(1, 'classify', '-m', cli.model(), '--csv', self.path('missing.jpg'), '-o', out)
        self.assertEqual(self.read(out), 'earlier')
        self.run_ok(*self.args, '-o', out)
        self.assertEqual(self.read(out), self.expected)

    def test_link_and_device(self):
        real, link = self.write('real', ''), self.path('link')
        os.symlink('real', link)
        self.run_ok(*self.args, '-o', link)
        self.assertTrue(os.path.islink(link))
        self.assertEqual(self.read(real), self.expected)
        fifo = self.path('fifo')
        os.mkfifo(fifo)
        with subprocess.Popen(['timeout', '60', 'cat', fifo], stdout=subprocess.PIPE, text=True) as reader:
            self.run_ok(*self.args, '-o', fifo)
            self.assertEqual(reader.stdout.read(), self.expected)
        self.assertEqual(sorted(os.listdir(self.dir)), ['a.png', 'fifo', 'link', 'real'])

    def test_cannot_write(self):
        # Special files of our own: were one of the system's replaced by a fault, all of it would suffer.
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(self.path('socket'))
        for out in self.path('no', 'such') + '/folder/a.csv', self.dir, '/proc/nothing', self.path('socket'):
            r = self.run_fails(1, *self.args, '-o', out)
            self.assertIn('cannot write ' + out, r.err)


class Names(cli.Case):
    ODD = ['comma,name.png', 'quote"name.png', 'new\nline.png', 'carriage\rreturn.png', '=1+2.png', ' space .png',
           'ümläut.png', "it's.png", '-dash.png', '\x1b[31mred.png']

    def setUp(self):
        super().setUp()
        cli.picture().save(self.path('a.png'))
        self.folder = self.path('odd', 'x')[:-2]
        for name in self.ODD:
            os.link(self.path('a.png'), os.path.join(self.folder, name))
        try:
            os.link(self.path('a.png').encode(), self.folder.encode() + b'/\xff\xfe.png')
            self.bytes = True
        except OSError:     # a file system that knows only UTF-8
            self.bytes = False

    def names(self):
        return sorted((os.path.join(self.folder, n) for n in os.listdir(self.folder)), key=os.fsencode)

    def test_csv(self):
        r = self.run_ok('classify', '-m', cli.model(), '--csv', self.folder)
        self.assertEqual([row['file'] for row in r.rows()], self.names())

    def test_json(self):
        r = self.run_ok('classify', '-m', cli.model(), '--json', self.folder)
        found = []
        for face in r.json()['faces']:
            name = face['file']
            if 'uri' in face:
                self.assertIn('\ufffd', name)
                name = os.fsdecode(urllib.parse.unquote_to_bytes(face['uri'].removeprefix('file://')))
            found.append(name)
        self.assertEqual(found, self.names())

    def test_text(self):
        r = self.run_ok('classify', '-m', cli.model(), self.folder)
        self.assertEqual(len(r.out.splitlines()), len(self.names()))
        self.assertNotRegex(r.out, '[\x00-\x09\x0b-\x1f\x7f]')
        r.out.encode()      # valid UTF-8

    def test_table_of_them(self):
        """What one run writes, another reads."""
        r = self.run_ok('classify', '-m', cli.model(), '--csv', self.folder)
        r2 = self.run_ok('classify', '-m', cli.model(), '--csv', '--list', '-', stdin=r.bytes)
        self.assertEqual(r.bytes, r2.bytes)


class Folders(cli.Case):
    def test_folder(self):
        for name in ('b.jpg', 'a.PNG', 'sub/c.jpeg', 'sub/deep/d.jpg', 'folder.jpg/e.png', 'z.JPG'):
            cli.picture().save(self.path('set', name), 'PNG')
        for name in '.hidden.jpg', 'notes.txt', 'sub/list.csv', '.cache/f.jpg':
            self.write(os.path.join('set', name), b'x')
        os.symlink('..', self.path('set', 'loop'))
        r = self.run_ok('classify', '-m', cli.model(), '--csv', self.path('set', 'x')[:-2])
        self.assertEqual([os.path.relpath(row['file'], self.path('set', 'x')[:-2]) for row in r.rows()],
                         ['a.PNG', 'b.jpg', 'folder.jpg/e.png', 'sub/c.jpeg', 'sub/deep/d.jpg', 'z.JPG'])
        self.assertIn('3 files that are neither', r.err)

    def test_empty_folder(self):
        os.mkdir(self.path('empty'))
        r = self.run_fails(1, 'classify', '-m', cli.model(), self.path('empty'))
        self.assertIn('has no .jpg or .png', r.err)

    def test_nested_too_deep(self):
        deep = os.path.join(self.dir, *['d'] * 100)
        os.makedirs(deep)
        self.assertIn('too deep', self.run_fails(1, 'classify', '-m', cli.model(), self.dir).err)


class Crops(cli.Case):
    def setUp(self):
        super().setUp()
        self.image = cli.picture(200, 150)
        self.image.save(self.path('a.png'))

    def expected(self, box):
        self.image.crop(box).save(self.path('crop.png'))
        return self.logits(self.path('crop.png'))[self.path('crop.png')]

    def close(self, a, b):
        self.assertLess(max(abs(x - y) for x, y in zip(a, b, strict=True)), 2e-3)

    def test_crop(self):
        for text, box in {'10,20,100,90': (10, 20, 110, 110), ' 10, 20, 100, 90': (10, 20, 110, 110),
                          '0,0,200,150': (0, 0, 200, 150), '199,149,1,1': (199, 149, 200, 150),
                          # beyond the edge is cut off
                          '-50,-60,100,100': (0, 0, 50, 40), '150,100,1000,1000': (150, 100, 200, 150),
                          '-2147483648,-2147483648,2147483648,2147483648': None}.items():
            if box:
                self.close(self.logits('--crop', text, self.path('a.png'))[self.path('a.png')], self.expected(box))
            else:
                r = self.run_fails(1, 'classify', '-m', cli.model(), '--crop', text, self.path('a.png'))
                self.assertIn('lies outside', r.err)
        for outside in '200,0,10,10', '0,150,10,10', '-10,0,10,10':
            self.run_fails(1, 'classify', '-m', cli.model(), '--crop', outside, self.path('a.png'))

    def test_list(self):
        whole, part = self.expected((0, 0, 200, 150)), self.expected((10, 20, 110, 110))
        for text in ('file,x,y,w,h\na.png,,,,\na.png,10,20,100,90\n', 'a.png,,,,\r\na.png,10,20,100,90',
                     '\ufeffh,w,other,y,x,FILE\n,,"q,\n""",,,a.png\n\n90,100,,20,10,"a.png"\n', 'a.png\n"a.png",10,20,100,90'):
            table = self.write('faces.csv', text)
            r = self.run_ok('classify', '-m', cli.model(), '--csv', '--logits', '--list', table)
            rows = r.rows()
            self.assertEqual([[row[n] for n in ('file', 'x', 'y', 'w', 'h')] for row in rows],
                             [['a.png', '', '', '', ''], ['a.png', '10', '20', '100', '90']])
            self.close([float(rows[0][n]) for n in cli.LABELS], whole)
            self.close([float(rows[1][n]) for n in cli.LABELS], part)
        faces = self.run_ok('classify', '-m', cli.model(), '--json', '--list', table).json()['faces']
        self.assertEqual(faces[1]['crop'], [10, 20, 100, 90])

    def test_list_elsewhere(self):
        table = self.write('lists/faces.csv', 'a.png\n')
        self.assertIn('No such file', self.run_fails(1, 'classify', '-m', cli.model(), '--list', table).err)
        self.run_ok('classify', '-m', cli.model(), '--list', table, '--images', self.dir)
        self.run_ok('classify', '-m', cli.model(), '--list', '-', stdin=b'a.png\n', cwd=self.dir)

    def test_many_crops_of_one_file(self):
        """More than fit between the threads at once."""
        rows = [f'a.png,{i % 100},{i % 50},{50 + i % 7},60' for i in range(300)]
        r = self.run_ok('classify', '-m', cli.model(), '--csv', '-b', '4', '--list', self.write('l.csv', '\n'.join(rows)))
        self.assertEqual([','.join(row[n] for n in ('file', 'x', 'y', 'w', 'h')) for row in r.rows()], rows)

    def test_wrong_lists(self):
        for text, message in {'': 'names no file', 'file,x,y,w,h\n': 'names no file', 'a.png,1,2,3\n': 'line 1',
                              'file,x,y,w,h\na.png,,,,\na.png,1,2,0,4\n': 'line 3', ',1,2,3,4\n': 'line 1',
                              'a.png,1,2,3,x\n': 'line 1', '"a.png': 'quote', '"a"b,c': 'quote',
                              'a.png,1,2,3,9999999999999\n': 'line 1', 'a\0b': 'not a text file',
                              '"a\nb",,,,\na.png,x': 'line 3'}.items():
            r = self.run_fails(1, 'classify', '-m', cli.model(), '--list', self.write('l.csv', text))
            self.assertIn(message, r.err, repr(text))
        self.run_fails(1, 'classify', '-m', cli.model(), '--list', self.path('missing.csv'))
        self.run_fails(1, 'classify', '-m', cli.model(), '--list', self.dir)


class Terminal(cli.Case):
    """On a pseudo-terminal: the progress bar is there, fits, and leaves nothing behind."""

    def on_terminal(self, *args, columns=80):
        import fcntl
        import pty
        import struct
        import termios
        try:
            parent, child = pty.openpty()
        except OSError as error:    # a chroot without /dev/pts
            self.skipTest(f'no pseudo-terminal: {error}')
        fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack('HHHH', 24, columns, 0, 0))
        process = subprocess.Popen([cli.COMMAND, *args], env=cli.ENVIRONMENT, stdout=subprocess.PIPE, stderr=child,
                                   stdin=subprocess.DEVNULL)
        os.close(child)
        process.stdout.read()
        process.stdout.close()
        seen = b''
        while True:
            try:
                data = os.read(parent, 65536)
            except OSError:     # the other side is closed
                break
            if not data:
                break
            seen += data
        os.close(parent)
        self.assertEqual(process.wait(), 0, seen)
        return seen.decode()

    def test_progress(self):
        import re
        cli.picture().save(self.path('a.png'))
        # seconds of each, so that there is something to show
        half = 200 if not cli.SANITIZED else 40
        table = self.write('l.csv', 'a.png\n' * half + 'missing.png\n' + 'a.png\n' * half)
        for columns in 80, 40, 20:
            seen = self.on_terminal('classify', '-m', cli.model(), '-b', '4', '--csv', '--list', table, columns=columns)
            self.assertIn(f' of {2 * half + 1} pictures'[:columns - 12], seen)
            for draw in re.findall('\r([^\r\n\033]+)\033', seen):
                self.assertLess(len(draw), columns)
            # what is left on the screen once the bar has been wiped
            left = re.sub('\r[^\r\n\033]*\033\\[K', '', seen)
            self.assertEqual(left.count('resemotenet: '), left.count('\n'), left)
        seen = self.on_terminal('classify', '-q', '-m', cli.model(), '-b', '4', '--csv', '--list', table)
        self.assertNotIn('pictures ', seen.replace('pictures could', ''))


cli.main()
