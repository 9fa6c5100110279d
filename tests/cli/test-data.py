"""data check: data sets in the forms that people have them, and what is in them twice."""
import csv
import os
import struct
import subprocess
import unittest

import cli
cli.need('numpy', 'PIL')
import numpy as np      # noqa: E402
from PIL import Image   # noqa: E402

SPLITS = 'train', 'validation', 'test'


def pixels(seed):
    return np.asarray(cli.picture(48, 48, seed).convert('L'))


def npy(descr, data, shape='()'):
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b'\x93NUMPY\x01\x00' + struct.pack('<H', len(header)) + header + data


class Case(cli.Case):
    def setUp(self):
        super().setUp()
        self.seed = 100

    def picture(self, *names, seed=None, size=(48, 48)):
        """A picture that is no other's twin, unless it is asked for."""
        self.seed += 1
        path = self.path('set', *names)
        cli.picture(*size, seed or self.seed).save(path)
        return path

    def data(self, name=''):
        return os.path.join(self.dir, 'set', name) if name else os.path.join(self.dir, 'set')

    def text(self, name, text):
        return self.write('set/' + name, text)

    def check(self, *args, path=None, **kw):
        return self.run_ok('data', 'check', '-d', path or self.data(), '--json', *args, **kw).json()

    def listed(self, *args, path=None):
        """{file below the set: (label, split, box …)}, by the list that is written. Returns notes, too."""
        out = self.path('list.csv')
        r = self.run_ok('data', 'check', '-d', path or self.data(), '--exact', '-o', out, *args)
        with open(out, newline='') as f:
            rows = list(csv.reader(f))
        return {os.path.relpath(row[0], self.data()): tuple(row[1:]) for row in rows[1:]}, r.err

    def fails(self, text, *args, path=None, status=1):
        r = self.run_fails(status, 'data', 'check', '-d', path or self.data(), *args)
        self.assertIn(text, r.err)
        self.assertNotRegex(r.err, '[\x00-\x09\x0b-\x1f\x7f-\x9f]')
        return r


class Folders(Case):
    def test_plain(self):
        for name in 'Happiness', 'sad':
            self.picture(name, 'a.png')
        files, notes = self.listed()
        self.assertEqual(files, {'Happiness/a.png': ('happy', ''), 'sad/a.png': ('sad', '')})
        self.assertIn('has no picture of: surprise, anger, disgust, fear, neutral', notes)

    def test_splits(self):
        for folder, split in {'train': 'train', 'valid': 'validation', 'PrivateTest': 'test'}.items():
            for name in 'fear', 'angry':
                self.picture(folder, name, 'a.png')
        files, _ = self.listed()
        self.assertEqual(files['valid/fear/a.png'], ('fear', 'validation'))
        self.assertEqual({v[1] for v in files.values()}, set(SPLITS))
        out = self.check('--split', 'test')
        self.assertEqual((out['kind'], list(out['splits']), out['pictures']), ('folders', ['test'], 2))
        # a split by itself takes all
        self.assertEqual(self.check('--split', 'train', path=self.data('valid'))['pictures'], 2)
        os.rename(self.data('PrivateTest'), self.data('other'))
        self.fails('other')
        os.rename(self.data('other'), os.path.join(self.dir, 'other'))
        self.fails('its splits are: train, validation', '--split', 'test')

    def test_contempt(self):
        for name in 'contempt', 'sad', 'fear':
            self.picture(name, 'a.png')
        files, notes = self.listed()
        self.assertEqual(len(files), 2)
        self.assertRegex(notes, "left out .* 1 picture: the model has no class 'contempt'")
        files, notes = self.listed('--labels', 'sad,fear,contempt')
        self.assertEqual(files['contempt/a.png'], ('contempt', ''))
        self.assertNotIn('left out', notes)

    def test_one_class(self):
        self.picture('happy', 'a.png')
        os.mkdir(self.data('sad'))
        self.assertIn('all pictures are of one class: happy', self.listed()[1])

    def test_numbers(self):
        for i in range(1, 8):
            self.picture('train', str(i), 'a.png')
        self.assertEqual(self.listed()[0]['train/5/a.png'], ('sad', 'train'))           # RAF-DB
        self.assertEqual(self.listed('--kind', 'affectnet')[0]['train/5/a.png'], ('disgust', 'train'))
        os.rename(self.data('train/7'), self.data('train/0'))
        self.fails('--kind raf-db or --kind affectnet')

    def test_unknown(self):
        for name in 'happy', 'b\x1b[2Jored':
            self.picture(name, 'a.png')
        self.assertIn("the model's classes are: happy, surprise", self.fails('ored').err)


class Tables(Case):
    def test_of_splits(self):
        """As the network's authors have them."""
        for i, (split, name) in enumerate((('train', 'train'), ('valid', 'validation'), ('test', 'test'))):
            self.picture(split, f'{split}_1_fear.png')
            self.picture(split, f'{split}_2_sad.png')
            self.text(f'{split}_labels.csv', f'{split}_1_fear.png,5\n{split}_2_sad.png,2\n')
        files, notes = self.listed()
        self.assertEqual(files['valid/valid_1_fear.png'], ('fear', 'validation'))
        self.assertEqual(len(files), 6)
        self.assertIn("taken in the model's order: happy, surprise", notes)
        files, _ = self.listed(path=self.data('test_labels.csv'))
        self.assertEqual(files, {'test/test_1_fear.png': ('fear', 'test'), 'test/test_2_sad.png': ('sad', 'test')})
        # tables elsewhere than the pictures
        os.mkdir(self.path('tables'))
        os.rename(self.data('train_labels.csv'), self.path('tables/train_labels.csv'))
        files, _ = self.listed('--images', self.data(), path=self.path('tables'))
        self.assertEqual(sorted(files), ['train/train_1_fear.png', 'train/train_2_sad.png'])

    def test_folder_of_another_name(self):
        """A split has several names; that of its folder need not be that of its table."""
        for split, folder in ('train', 'Training'), ('valid', 'val'):
            self.picture(folder, f'{split}_1.png')
            self.text(f'{split}_labels.csv', f'{split}_1.png,2\n')
        self.assertEqual(self.listed()[0], {'Training/train_1.png': ('sad', 'train'),
                                            'val/valid_1.png': ('sad', 'validation')})

    def test_split_column(self):
        for i in range(4):
            self.picture(f'{i}.png')
        table = self.text('t.csv', 'split,label,file,x,y,w,h\ntrain,sad,0.png,,,,\nPublicTest,fear,1.png,1,2,30,20\n'
                                   'test,sad,2.png,,,,\n,anger,3.png,,,,\n')
        files, _ = self.listed(path=table)
        self.assertEqual(files['0.png'], ('sad', 'train', '', '', '', ''))
        self.assertEqual(files['1.png'], ('fear', 'validation', '1', '2', '30', '20'))
        self.assertEqual(files['3.png'][:2], ('anger', ''))
        # the list is a data set again
        again, _ = self.listed(path=self.path('list.csv'))
        self.assertEqual(again, files)

    def test_wrong(self):
        self.picture('0.png')
        for text, message in {
                'file,label,split\n0.png,sad,some\n': "line 2: 'some' is no split",
                'file,label\n0.png,7\n': "'7' is none of the model's classes, nor one of their numbers 0 to 6",
                'file,label\n0.png,99999999999999999999999\n': 'line 2',
                'file,label\n,sad\n': 'line 2: no file name', 'file,label\n"0.png\n\n,sad\n': 'line 2: a quote',
                'file,label\n0.png,sad,\0\n': 'not a text file', 'file,label\n"0.png"x,sad\n': 'line 2: text follows',
                'file,label,x,y,w,h\n0.png,sad,1,2,0,4\n': 'line 2: x, y, w, h',
                'file,label,x,y,w,h\n0.png,sad,1,2,3\n': 'line 2: x, y, w, h',
                'file,label\n0.png,b\x1b[2Jored\n': 'ored'}.items():
            self.fails(message, path=self.text('t.csv', text))
        self.fails(r"'\xff\xfe'", path=self.write('set/t.csv', b'file,label\n0.png,\xff\xfe\n'))
        self.fails('No such file', path=self.data('none.csv'))
        os.mkdir(self.data('empty'))
        self.fails('train_labels.csv', '--kind', 'csv', path=self.data('empty'))

    def test_names_need_not_be_text(self):
        os.rename(self.picture('a.png'), os.path.join(self.data().encode(), b'\xff\xfe.png'))
        table = self.write('set/t.csv', b'file,label\n\xff\xfe.png,sad\n')
        out = self.path('list.csv')
        self.run_ok('data', 'check', '-d', table, '-o', out)
        with open(out, 'rb') as f:
            self.assertIn(b'/\xff\xfe.png,sad,\n', f.read())
        self.check(path=out)


class Fer(Case):
    USAGE = 'Training', 'PublicTest', 'PrivateTest'

    def table(self, rows, name='fer2013.csv', header='emotion,pixels,Usage'):
        """rows: (emotion, seed, usage)"""
        return self.text(name, header + '\n' + ''.join(
            f'{e},{" ".join(map(str, pixels(seed).ravel()))},{usage}\n' for e, seed, usage in rows))

    def test_fer2013(self):
        rows = [(e, 10 * e + i, usage) for e in range(7) for i, usage in enumerate(self.USAGE)]
        table = self.table(rows)
        for path in table, self.data():
            out = self.check(path=path)
            self.assertEqual((out['kind'], out['pictures']), ('fer2013', 21))
            for split in SPLITS:
                self.assertEqual(out['splits'][split]['classes'], {n: 1 for n in cli.LABELS})
        # icml_face_data.csv has blanks in its header
        os.rename(table, self.data('icml_face_data.csv'))
        self.assertEqual(self.check()['pictures'], 21)

    def test_list(self):
        """Twins of pixels in a table; the list has the same form. Emotion 4 is sad."""
        table = self.table([(4, 1, 'Training'), (4, 1, 'Training'), (3, 2, 'Training'), (3, 2, 'PrivateTest'),
                            (0, 3, 'PublicTest'), (5, 4, 'Training')])
        out = self.path('list.csv')
        report = self.check('-o', out, path=table)
        self.assertEqual(report['kept'], 4)
        with open(table) as f:
            lines = f.read().splitlines()
        with open(out) as f:
            self.assertEqual(f.read().splitlines(), [lines[i] for i in (0, 1, 4, 5, 6)])
        self.assertEqual(report['identical']['members'][0]['faces'][1]['file'], table + ':3')
        self.assertEqual(self.check(path=out)['identical']['groups'], 0)

    def test_wrong(self):
        good = ' '.join(['1'] * 2304)
        for text, message in {
                f'emotion,pixels,Usage\n7,{good},Training\n': "line 2: emotion is '7'",
                f'emotion,pixels,Usage\n1,{good},Other\n': "line 2: Usage is 'Other'",
                f'emotion,pixels,Usage\n1,{good} 1,Training\n': 'line 2: pixels',
                'emotion,pixels\n1,1 256\n': 'line 2: pixels', 'emotion,pixels\n1,1 2 3 x\n': 'pixels',
                'emotion,pixels\n1,-1\n': 'pixels', 'emotion,pixels\n1,\n': 'pixels',
                'emotion,pixels\n1,00000000000000001\n': 'pixels', 'emotion,pixels\n1\n': 'pixels',
                f'emotion,pixels,Usage\n99999999999999999999,{good},Training\n': 'emotion is'}.items():
            self.fails(message, path=self.text('t.csv', text))
        self.fails('lacks columns of FER2013', '--kind', 'fer2013', path=self.text('t.csv', 'a,b\n1,2\n'))
        self.fails('no pictures', '--kind', 'fer2013', path=self.text('t.csv', ''))

    HEADER = 'Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF\n'
    VOTES = ('Training,fer0000000.png,8,1,1,0,0,0,0,0,0,0\nTraining,,0,0,0,0,0,0,0,0,0,10\n'
             'PublicTest,fer0000002.png,0,0,0,0,0,0,0,10,0,0\nPrivateTest,fer0000003.png,0,0,0,0,0,0,9,0,1,0\n'
             'Training,fer0000004.png,4,0,0,4,1,0,0,0,1,0\nTraining,fer0000005.png,1,0,0,0,1,0,0,0,8,0\n')

    def test_ferplus_folders(self):
        for folder, i in ('FER2013Train', 0), ('FER2013Valid', 2), ('FER2013Test', 3):
            self.picture(folder, f'fer000000{i}.png')
        self.text('fer2013new.csv', self.HEADER + self.VOTES)
        files, notes = self.listed()
        self.assertEqual(files, {'FER2013Train/fer0000000.png': ('neutral', 'train'),
                                 'FER2013Test/fer0000003.png': ('fear', 'test')})
        for reason in ('has no name', "no class 'contempt'", 'no emotion has enough', 'unknown or not a face'):
            self.assertRegex(notes, '1 picture: .*' + reason)
        # as the data set's own program writes it, with or without a column for the box
        os.remove(self.data('fer2013new.csv'))
        self.text('FER2013Train/label.csv', 'fer0000000.png,8,1,1,0,0,0,0,0,0,0\n')
        self.text('FER2013Test/label.csv', 'fer0000003.png,"(0, 0, 48, 48)",0,0,0,0,0,0,9,0,1,0\n')
        self.assertEqual(self.listed()[0], files)

    def test_ferplus_pixels(self):
        self.table([(0, 1, 'Training'), (0, 2, 'Training'), (0, 3, 'PublicTest'), (0, 4, 'PrivateTest'),
                    (0, 5, 'Training'), (0, 6, 'Training')])
        votes = self.text('fer2013new.csv', self.HEADER + self.VOTES)
        for path in self.data(), votes:
            out = self.check(path=path)
            self.assertEqual((out['kind'], out['pictures']), ('ferplus', 2))
            self.assertEqual(out['splits']['test']['classes']['fear'], 1)
        self.table([(0, 1, 'Training')])
        self.fails('fewer rows')
        self.table([(0, i, 'Training') for i in range(6)])
        self.fails('Usage is another')
        self.table([(0, 1, 'Training'), (0, 2, 'Training'), (0, 3, 'PublicTest'), (0, 4, 'PrivateTest'),
                    (0, 5, 'Training'), (0, 6, 'Training'), (0, 7, 'Training')])
        self.fails('more rows')

    def test_ferplus_wrong(self):
        for text, message in {self.HEADER + 'Training,a.png,1,2\n': 'line 2: needs ten',
                              self.HEADER + 'Training,a.png,1,2,3,4,5,6,7,8,9,99999999999999999999\n': 'needs ten',
                              self.HEADER + 'Some,a.png,1,2,3,4,5,6,7,8,9,1\n': "Usage is 'Some'"}.items():
            self.fails(message, path=self.text('fer2013new.csv', text))
        self.fails('lacks columns of FERPlus', '--kind', 'ferplus', path=self.text('fer2013new.csv', 'a,b\n1,2\n'))


class InTheWild(Case):
    def test_raf_db(self):
        for i, split in enumerate(('train', 'train', 'test')):
            self.picture('Image', 'aligned', f'{split}_0000{i}_aligned.jpg')
        self.text('EmoLabel/list_patition_label.txt', 'train_00000.jpg 4\ntrain_00001.jpg 1\r\ntest_00002.jpg 7\n')
        expected = {'Image/aligned/train_00000_aligned.jpg': ('happy', 'train'),
                    'Image/aligned/train_00001_aligned.jpg': ('surprise', 'train'),
                    'Image/aligned/test_00002_aligned.jpg': ('neutral', 'test')}
        for path in self.data(), self.data('EmoLabel/list_patition_label.txt'):
            self.assertEqual(self.listed(path=path)[0], expected)
        for text in 'train_00001.jpg 8\n', 'train_00001.jpg 0\n', 'other.jpg 1\n', 'train_1.jpg\n', '5 train_1.jpg\n':
            self.text('EmoLabel/list_patition_label.txt', text)
            self.fails('line 1: is not like')

    def test_raf_db_beside(self):
        self.picture('train_00001.png')
        self.text('list_patition_label.txt', 'train_00001.png 6\n')
        self.assertEqual(self.listed()[0], {'train_00001.png': ('anger', 'train')})

    def test_affectnet_folders(self):
        for i in range(11):
            self.picture('train_class', f'class{i:03}', 'a.png')
        files, notes = self.listed()
        names = ['neutral', 'happy', 'sad', 'surprise', 'fear', 'disgust', 'anger']
        self.assertEqual(files, {f'train_class/class{i:03}/a.png': (n, 'train') for i, n in enumerate(names)})
        for name in 'contempt', 'none', 'uncertain', 'no face':
            self.assertRegex(notes, f"1 picture: .*'{name}'")
        files, notes = self.listed('--labels', ','.join(names + ['contempt']))
        self.assertEqual(files['train_class/class007/a.png'], ('contempt', 'train'))

    def test_affectnet_numbered(self):
        for i in range(8):
            self.picture('val', str(i), 'a.png')
        self.assertEqual(self.check()['kind'], 'affectnet')
        self.assertEqual(self.listed()[0]['val/4/a.png'], ('fear', 'validation'))

    def test_affectnet_annotations(self):
        for split, values in {'train_set': [('<U1', '1\0\0\0'.encode()), ('<i8', struct.pack('<q', 6))],
                              'val_set': [('<f8', struct.pack('<d', 2)), ('|S1', b'7')]}.items():
            for i, value in enumerate(values):
                self.picture(split, 'images', f'{i}.jpg')
                self.write(f'set/{split}/annotations/{i}_exp.npy', npy(*value))
        np.save(self.data('train_set/annotations/2_exp.npy'), np.array('0'))
        self.picture('train_set', 'images', '2.jpg')
        self.picture('train_set', 'images', '3.jpg')    # has no annotation
        files, notes = self.listed()
        self.assertEqual(files, {
            'train_set/images/0.jpg': ('happy', 'train'), 'train_set/images/1.jpg': ('anger', 'train'),
            'train_set/images/2.jpg': ('neutral', 'train'), 'val_set/images/0.jpg': ('sad', 'validation')})
        self.assertRegex(notes, '1 picture: has no file in annotations')
        self.assertEqual(len(self.listed(path=self.data('train_set'))[0]), 3)
        hostile = {
            npy('|O', b'\x80\x04K\x01.'): 'Python objects', npy('<i8', b'\x0b' + bytes(7)): 'number from 0 to 10',
            npy('<i8', struct.pack('<q', -2)): 'number from 0 to 10',
            npy('<U99', bytes(4)): 'of a type that is no label', npy('<i8', bytes(8), '(1000000000,)'): 'more than one',
            npy('<i8', bytes(3)): 'size',
            b'\x93NUMPY\x02\x00\xff\xff\xff\xff': 'header', b'\x93NUMPY\x01\x00\xff\xff': 'no file of NumPy',
            b'\x93NUMPY\x01\x00\x04\x00{}\n\n': 'makes no sense', b'': 'no file of NumPy',
            b'\x93NUMPY' * 1000: 'too large'}
        for data, message in hostile.items():
            self.write('set/train_set/annotations/0_exp.npy', data)
            self.fails(message)

    def test_affectnet_tables(self):
        header = ('subDirectory_filePath,face_x,face_y,face_width,face_height,facial_landmarks,expression,valence,'
                  'arousal\n')
        self.picture('Manually_Annotated_Images', '1', 'a.jpg', size=(80, 60))
        self.picture('Manually_Annotated_Images', '2', 'b.png', size=(80, 60))
        self.text('training.csv', header + '1/a.jpg,10,5,40,30,1;2;3,4,0.1,0.2\n'
                                           '1/c.jpg,NULL,NULL,NULL,NULL,,10,-2,-2\n')
        self.text('validation.csv', header + '2/b.png,0,0,80,60,,6,0.1,0.2\n')
        files, notes = self.listed()
        self.assertEqual(files, {'Manually_Annotated_Images/1/a.jpg': ('fear', 'train', '10', '5', '40', '30'),
                                 'Manually_Annotated_Images/2/b.png': ('anger', 'validation', '0', '0', '80', '60')})
        self.assertIn("marked as 'no face'", notes)
        self.assertEqual(len(self.listed(path=self.data('validation.csv'))[0]), 1)
        for row, message in {'a,1,2,3,4,,11,0,0\n': "expression is '11'", 'a,1,2,3\n': "expression is ''",
                             'a,1,2,3,-4,,1,0,0\n': 'face_x, face_y',
                             'a,1,2,99999999999999999999,4,,1,0,0\n': 'face_x, face_y',
                             ',1,2,3,4,,1,0,0\n': 'no file name'}.items():
            self.text('training.csv', header + row)
            self.fails('line 2: ' + message)

    def test_expw(self):
        self.picture('image', 'origin', 'a_b.jpg', size=(90, 70))
        self.text('label/label.lst', 'a_b.jpg 0 5 10 50 45 52.3 3\na_b.jpg 1 0 30 89 60 10 6\n')
        for path in self.data(), self.data('label/label.lst'):
            r = self.check(path=path)
            self.assertEqual((r['kind'], r['pictures']), ('expw', 2))
        self.run_ok('data', 'check', '-d', self.data(), '-o', self.path('list.csv'))
        with open(self.path('list.csv')) as f:
            rows = [line.strip().split(',')[1:] for line in f]
        self.assertEqual(rows, [['label', 'split', 'x', 'y', 'w', 'h'], ['happy', '', '10', '5', '40', '40'],
                                ['neutral', '', '30', '0', '59', '60']])
        for row in ('a.jpg 0 5 10 50 45 52.3 7', 'a.jpg 0 5 10 50 45 52.3', 'a.jpg 0 5 10 10 45 52.3 1',
                    'a.jpg 0 5 10 50 99999999999999999999 52.3 1', 'a.jpg 0 5 10 50 45 52.3 1 1'):
            self.text('label/label.lst', row + '\n')
            self.fails('line 1: ')

    def test_ck(self):
        for sequence, n in ('S005/001', 6), ('S010/002', 4), ('S011/001', 5):
            for i in range(1, n + 1):
                self.picture('cohn-kanade-images', sequence, f'{sequence.replace("/", "_")}_{i:08}.png')
        self.text('Emotion/S005/001/S005_001_00000006_emotion.txt', '   3.0000000e+00\n')
        self.text('Emotion/S010/002/S010_002_00000004_emotion.txt', '   7.0000000e+00\n')
        os.makedirs(self.data('Emotion/S011/001'))      # nobody agreed on one
        files, notes = self.listed()
        stem = 'cohn-kanade-images/S005/001/S005_001_0000000'
        self.assertEqual({f: v for f, v in files.items() if 'S005' in f},
                         {f'{stem}{i}.png': ('neutral' if i == 1 else 'disgust', '') for i in (1, 4, 5, 6)})
        self.assertEqual([v[0] for f, v in files.items() if 'S010' in f], ['neutral'] + ['surprise'] * 3)
        self.assertIn('the first frame is taken as neutral and the last 3', notes)
        self.assertIn('5 pictures: in sequences that have no emotion', notes)
        for text in '8.0', '3.5', 'nan', '1e300', '', '-1':
            self.text('Emotion/S005/001/S005_001_00000006_emotion.txt', text)
            self.fails('number from 0 to 7')


class Twins(Case):
    def same(self, seed, *names):
        self.picture(*names, seed=seed)

    def test_identical(self):
        for i in range(6):
            self.picture('train', 'sad', f'only-{i}.png')
        self.same(1, 'train', 'sad', '1.png')           # in validation, too
        self.same(1, 'train', 'sad', '2.png')
        self.same(1, 'validation', 'sad', '1.png')
        self.same(1, 'validation', 'fear', '1.png')     # two of them, and another label
        self.same(2, 'train', 'fear', '2.png')          # in one split
        self.same(2, 'train', 'fear', '3.png')
        self.same(3, 'train', 'fear', '4.png')          # of two labels
        self.same(3, 'train', 'sad', '4.png')
        self.same(4, 'test', 'sad', '1.png')            # validation and test
        self.same(4, 'validation', 'sad', '2.png')
        out = self.check('-o', self.path('list.csv'))
        twins = out['identical']
        self.assertEqual((twins['groups'], twins['pictures'], twins['groups_whose_labels_differ']), (4, 10, 2))
        self.assertEqual({(a['split'], a['twin_in']): a['pictures'] for a in twins['across_splits']},
                         {('train', 'validation'): 2, ('validation', 'train'): 2, ('validation', 'test'): 1,
                          ('test', 'validation'): 1})
        self.assertEqual(out['near']['groups'], 0)
        with open(self.path('list.csv')) as f:
            kept = {os.path.relpath(row[0], self.data()) for row in list(csv.reader(f))[1:]}
        self.assertEqual(kept, {f'train/sad/only-{i}.png' for i in range(6)} |
                         {'validation/fear/1.png', 'train/fear/2.png', 'test/sad/1.png'})
        self.assertEqual(out['kept'], len(kept))
        again = self.check(path=self.path('list.csv'))
        self.assertEqual((again['pictures'], again['identical']['groups']), (len(kept), 0))

    def test_near(self):
        """Stored otherwise, brighter, scaled, mirrored; but not another face."""
        base = cli.picture(48, 48, 7).convert('L')
        os.makedirs(self.data('train/sad'))
        os.makedirs(self.data('test/sad'))
        base.save(self.data('train/sad/0.png'))
        near = {'stored': base, 'brighter': base.point(lambda v: min(255, int(v * .9 + 20))),
                'scaled': base.resize((96, 96)), 'mirrored': base.transpose(Image.FLIP_LEFT_RIGHT)}
        for name, picture in near.items():
            picture.save(self.data(f'test/sad/{name}.jpg'), quality=80)
        for i in range(40):
            self.picture('train', 'sad', f'other-{i}.png')
        out = self.check('-o', self.path('list.csv'))
        self.assertEqual(out['identical']['groups'], 0)
        group, = out['near']['members']
        self.assertEqual({os.path.basename(f['file']) for f in group['faces']}, {'0.png', *(n + '.jpg' for n in near)})
        self.assertEqual(out['kept'], 41)               # one in test, none of train
        self.assertNotIn('near', self.check('--exact'))
        self.assertEqual(self.check('--exact', '-o', self.path('list.csv'))['kept'], 45)

    def test_plain_grey(self):
        """Pictures without anything in them are twins only if they are identical."""
        for i, level in enumerate((0, 0, 255, 128)):
            Image.new('L', (48, 48), level).save(self.path('set', 'sad', f'{i}.png'))
        out = self.check()
        self.assertEqual((out['identical']['groups'], out['near']['groups']), (1, 0))

    def test_unreadable(self):
        self.picture('sad', 'a.png')
        self.write('set/sad/b.png', b'GIF89a')
        self.write('set/sad/c.jpg', b'')
        self.write('set/sad/d.txt', b'')
        r = self.run_ok('data', 'check', '-d', self.data())
        self.assertIn('2 unreadable', r.out)
        self.assertIn('b.png: is a GIF file', r.out)
        self.assertIn('1 file is neither', r.err)
        self.assertEqual([os.path.basename(s['file']) for s in self.check()['skipped']], ['b.png', 'c.jpg'])
        os.remove(self.data('sad/a.png'))
        self.fails('none of 2 pictures')

    def test_report(self):
        for split in 'train', 'test':
            self.same(1, split, 'sad', '1.png')
        self.same(1, 'train', 'fear', '1.png')
        r = self.run_ok('data', 'check', '-d', self.data())
        self.assertRegex(r.out, r'(?m)^sad +1 +1$')
        self.assertIn('1 groups of together 3 pictures', r.out)
        self.assertIn('1 in test have a twin in train', r.out)
        self.assertIn('fear/1.png: fear', r.out)
        self.assertLessEqual(max(len(line.replace(self.dir, '')) for line in r.out.splitlines()), 80)

    def test_list_cannot_be_written(self):
        self.picture('sad', 'a.png')
        self.fails('cannot write', '-o', self.path('none')[:-4] + 'missing/list.csv')


class Fer2013(cli.Case):
    ARCHIVE = os.path.join(os.environ.get('REN_SHARED', ''), 'data', 'fer2013.tar.xz')

    @unittest.skipUnless(os.path.exists(ARCHIVE), 'needs ../shared/data/fer2013.tar.xz')
    def test_leak(self):
        """280 pictures of the official public test have an identical one in the training set."""
        subprocess.run(['tar', '-xf', self.ARCHIVE, '-C', self.dir], check=True)
        root = self.dir if os.path.isdir(self.path('train')) else self.path(os.listdir(self.dir)[0])
        out = self.run_ok('data', 'check', '-d', root, '--json').json()
        self.assertEqual({k: v['pictures'] for k, v in out['splits'].items()}, {'train': 28709, 'validation': 3589})
        across = {(a['split'], a['twin_in']): a['pictures'] for a in out['identical']['across_splits']}
        self.assertEqual(across[('validation', 'train')], 280)
        self.assertEqual(out['identical']['groups_whose_labels_differ'], 47)


cli.main()
