"""train: what it refuses, what it leaves behind, and that a training which is broken off goes on as if it had not been.

A step of the network takes a tenth of a second and a checkpoint 600 MB, so there are few of both."""
import csv
import hashlib
import json
import os
import random
import resource
import shutil
import signal
import struct
import subprocess
import time
import unittest

import cli
cli.need('numpy', 'PIL')

TWO = ['happy', 'sad']
# 2 steps an epoch, everything on that a checkpoint must hold or that is random
SHORT = ['--labels', 'happy,sad', '--epochs', '2', '--batch', '8', '--lr', '0.01', '--warmup', '1', '--mixup', '0.4',
         '--average', '0.9', '--threads', '1']
# trainings again and again: minutes there, and no code that the others do not run
repeats = unittest.skipIf(cli.SANITIZED and not cli.LONG, 'too slow under sanitizers')


class Train(cli.Case):
    def data(self, labels=TWO, n_train=8, n_validation=2, name='set', seed=0):
        """A folder with train/ and validation/, a folder for each class in them."""
        for split, n in ('train', n_train), ('validation', n_validation):
            for label in labels:
                for i in range(n):
                    seed += 1
                    cli.picture(64, 64, seed=seed).convert('L').save(self.path(name, split, label, f'{i}.png'))
        return self.path(name)

    def train(self, *args, **kw):
        return self.run_ok('train', *args, **kw)

    def digest(self, *names):
        with open(self.path(*names), 'rb') as f:
            return hashlib.file_digest(f, 'sha256').hexdigest() if hasattr(hashlib, 'file_digest') else \
                hashlib.sha256(f.read()).hexdigest()

    def log(self, run):
        with open(self.path(run, 'log.csv')) as f:
            rows = list(csv.DictReader(f))
        # speeds differ from run to run
        return [{k: v for k, v in row.items() if k != 'images_per_second'} for row in rows]

    def start(self, *args):
        return subprocess.Popen([cli.COMMAND, 'train', *args], env=cli.ENVIRONMENT, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def wait_for(self, process, path):
        """Until the file is there, or the process has ended."""
        while process.poll() is None and not os.path.exists(path):
            time.sleep(.02)

    def assert_same(self, a, b):
        for name in 'last.safetensors', 'best.safetensors':
            self.assertEqual(self.digest(a, name), self.digest(b, name), name)
        self.assertEqual(self.log(a), self.log(b))


class Wrong(Train):
    def test_usage(self):
        out = ['--output', self.path('run')]
        for args, message in {
                (): 'no data', ('--data', 'x'): '--output DIR', ('x', '--data', 'x', *out): "'x' is too much",
                ('--data', 'x', *out, '--epochs', '0'): '--epochs', ('--data', 'x', *out, '--batch', '1'): '--batch',
                ('--data', 'x', *out, '-b', 'many'): '--batch', ('--data', 'x', *out, '--lr', 'nan'): '--lr',
                ('--data', 'x', *out, '--lr', '-1'): '--lr', ('--data', 'x', *out, '--momentum', '1'): '--momentum',
                ('--data', 'x', *out, '--recipe', 'secret'): 'best|paper',
                ('--data', 'x', *out, '--schedule', 'step'): 'constant|cosine|plateau',
                ('--data', 'x', *out, '--nesterov=maybe'): 'yes|no', ('--data', 'x', *out, '--mixup', '.01'): '--mixup',
                ('--data', 'x', *out, '--seed', '-1'): '--seed', ('--data', 'x', *out, '--warmup', '99'): '--warmup',
                ('--data', 'x', *out, '--nesterov', '--momentum', '0'): '--nesterov needs',
                ('--data', 'x', *out, '--labels', 'happy'): '2 to 32',
                ('--data', 'x', '--output', 'y', '--resume', 'z'): 'leave out --output'}.items():
            self.assertIn(message, self.run_fails(2, 'train', *args).err, args)
        self.assertFalse(os.path.exists(self.path('run')))

    def test_not_utf8(self):
        # what a checkpoint notes is text, and one that cannot be read again is none
        name = os.fsencode(self.dir) + b'/se\xff'
        for args in ('--data', name), ('--data', self.data(), '--validation=' + os.fsdecode(name)):
            r = self.run_fails(2, 'train', *args, '--output', self.path('run'), *SHORT)
            self.assertIn('is not UTF-8', r.err)
        self.assertFalse(os.path.exists(self.path('run')))

    def fails(self, data, *args, status=1):
        r = self.run_fails(status, 'train', '--data', data, '--output', self.path('run'), *SHORT, *args)
        self.assertFalse(os.path.exists(self.path('run', 'last.safetensors')))
        return r.err

    def test_no_validation(self):
        self.assertIn('--validation DIR', self.fails(os.path.join(self.data(), 'train'), status=2))

    def test_split_that_is_not_there(self):
        err = self.run_fails(1, 'train', '--data', self.data(), '--output', self.path('run'), '--validation-split',
                             'test').err
        self.assertIn('its splits are: train, validation', err)
        self.assertIn('--validation-split, or', err)
        # nothing is left of a training that never began
        self.assertFalse(os.path.exists(self.path('run')))

    def test_empty_class(self):
        data = self.data()
        for name in os.listdir(self.path(data, 'train', 'sad')):
            os.unlink(os.path.join(data, 'train', 'sad', name))
        err = self.fails(data)
        self.assertIn('no picture to learn from of: sad', err)
        self.assertIn('--labels', err)
        self.assertIn('of: happy', err)

    def test_unknown_class(self):
        data = self.data()
        os.mkdir(os.path.join(data, 'train', 'bored'))
        self.assertIn('bored', self.fails(data))

    def test_wrong_table(self):
        data = self.data()
        for text, message in {'ImageName,Label\n0.png,bored\n': "'bored'", 'ImageName,Label\n0.png,7\n': "'7'",
                              'ImageName,Label\n0.png\n': 'line 2', '': 'no pictures', '\0': 'text'}.items():
            table = self.write('t.csv', text)
            err = self.fails(table, '--validation', os.path.join(data, 'validation'))
            self.assertIn(message, err, repr(text))

    def test_too_few(self):
        self.assertIn('--batch', self.fails(self.data(n_train=1)))

    def test_same_pictures(self):
        data = self.data()
        err = self.fails(data, '--validation', os.path.join(data, 'train'))
        self.assertIn('also among those to measure with', err)

    def test_many_unreadable(self):
        data = self.data()
        for i in range(3):
            for label in TWO:
                with open(os.path.join(data, 'train', label, f'{i}.png'), 'r+b') as f:
                    f.truncate(100)
        err = self.fails(data)
        self.assertIn('6 of 16 pictures to learn from cannot be read', err)
        self.assertEqual(err.count('left out '), 6, err)

    def test_missing_folder(self):
        """Pictures elsewhere than the table says: not a line for each of thousands."""
        self.write('set/t.csv', 'file,label,split\n' + ''.join(
            f'{i}.png,{TWO[i % 2]},{"validation" if i % 3 else "train"}\n' for i in range(60)))
        os.mkdir(self.path('run'))
        err = self.fails(self.path('set', 't.csv'))
        self.assertEqual(err.count('left out '), 10, err)
        self.assertIn('and 30 more', err)
        self.assertIn(self.path('set', '1.png'), err)
        self.assertIn('--images', err)
        # the user's own folder stays
        self.assertEqual(os.listdir(self.path('run')), [])

    def test_folder(self):
        data = self.data()
        # a file in the way is one for root, too
        r = self.run_fails(1, 'train', '--data', data, '--output', os.path.join(self.write('file', ''), 'run'), *SHORT)
        self.assertIn('cannot make', r.err)
        self.assertIn('no checkpoint', self.run_fails(1, 'train', '--resume', self.dir).err)
        if os.geteuid() != 0:
            os.mkdir(self.path('run'), 0o555)
            self.assertIn('cannot write to', self.fails(data))


class Course(Train):
    """Real trainings. One unbroken run is what the broken ones are compared with."""

    def unbroken(self):
        """Its folder: made once."""
        if not hasattr(Course, 'kept'):
            Course.kept = cli.tempfile.mkdtemp(dir=cli.WORK)
            self.addClassCleanup(shutil.rmtree, Course.kept)
            self.data(name=os.path.join(Course.kept, 'set'))
            Course.output = self.train('--data', os.path.join(Course.kept, 'set'),
                                       '--output', os.path.join(Course.kept, 'run'), *SHORT)
        return Course.kept

    def both(self):
        kept = self.unbroken()
        return os.path.join(kept, 'set'), os.path.join(kept, 'run')

    def test_results(self):
        data, run = self.both()
        out = Course.output
        self.assertIn('16 pictures to learn from, 4 to measure with', out.err)
        rows = self.log(run)
        self.assertEqual([r['epoch'] for r in rows], ['1', '2'])
        best = max(float(r['validation_accuracy']) for r in rows)
        self.assertIn(f'{100 * best:.2f} % right', out.out)
        # eval says the same of the model
        r = self.run_ok('eval', '-m', os.path.join(run, 'best.safetensors'), '-d', os.path.join(data, 'validation'),
                        '--tta', '--json')
        self.assertAlmostEqual(r.json()['accuracy'], best, delta=1e-6)
        r = self.run_ok('info', os.path.join(run, 'best.safetensors'))
        self.assertIn('happy', r.out)
        self.assertIn('--mixup=0.4', r.out)
        # nobody's half-written files
        self.assertLessEqual(set(os.listdir(run)),
                             {'last.safetensors', 'best.safetensors', 'log.csv', 'report.html', 'report.png'})

    @repeats
    def test_again(self):
        data, run = self.both()
        # another run in the same place
        r = self.run_fails(1, 'train', '--data', data, '--output', run, *SHORT)
        self.assertIn('--resume', r.err)
        # one that has ended, and what may not change
        r = self.run_fails(2, 'train', '--resume', run, '--batch', '4')
        self.assertIn('--batch cannot change', r.err)
        before = self.digest(run, 'last.safetensors')
        self.assertIn('has had its 2 epochs', self.train('--resume', run).err)
        self.assertEqual(self.digest(run, 'last.safetensors'), before)
        # from another folder than that in which it began
        os.rename(data, data + '-moved')
        r = self.run_fails(1, 'train', '--resume', run)
        self.assertIn('say by --data where', r.err)
        os.rename(data + '-moved', data)
        # other pictures
        other = self.data(seed=100)
        r = self.run_fails(1, 'train', '--resume', run, '--data', other)
        self.assertIn('not those that this training began with', r.err)
        # one at a time
        data = self.data()
        first = self.start('--data', data, '--output', self.path('busy'), *SHORT, '--epochs', '50')
        try:
            self.wait_for(first, self.path('busy', 'last.safetensors'))
            r = self.run_fails(1, 'train', '--resume', self.path('busy'))
            self.assertIn('another process', r.err)
        finally:
            first.kill()
            first.communicate()

    def test_damaged(self):
        """Notes that somebody changed are refused by name; those of an earlier version get what their recipe says."""
        data, run = self.both()
        mine = self.path('damaged')
        shutil.copytree(run, mine)
        with open(os.path.join(mine, 'last.safetensors'), 'r+b') as f:
            size = struct.unpack('<Q', f.read(8))[0]
            header = json.loads(f.read(size))
            # makes room: a header stays as long as it was
            del header['__metadata__']['sha256']

            def write(key, value):
                notes = {**header['__metadata__'], key: value}
                text = json.dumps({**header, '__metadata__': notes}, separators=(',', ':')).encode()
                f.seek(8)
                f.write(text.ljust(size))
                f.flush()

            for key, value in {
                    'trainer': 'layout 1 seed 1 steps 1 decay nan 0 1', 'trainer.position': '2 0 1 2 0',
                    'trainer.best': '3 0.5 1', 'trainer.schedule': 'nan 0 1', 'trainer.history': '',
                    'trainer.settings': '--lr=nan', 'labels': '["happy"]'}.items():
                write(key, value)
                err = self.run_fails(1, 'train', '--resume', mine).err
                self.assertIn('settings' if 'settings' in key else f"'{key.split('.')[-1]}'", err)
            write('trainer.settings', f'--recipe=paper --data={data} --labels=happy,sad --epochs=2 --batch=8')
            self.train('--resume', mine)
            with open(os.path.join(mine, 'report.html')) as report:
                self.assertIn('--schedule=plateau', report.read())

    def kill_loop(self, n, least, data, run, course):
        mine = self.path('killed')
        last = os.path.join(mine, 'last.safetensors')
        rng = random.Random(n)
        n_killed = 0
        # a checkpoint after every step, so that each attempt gets further
        args = ['--checkpoint-every', '0']
        while True:
            begins = ['--resume', mine] if os.path.exists(last) else ['--data', data, '--output', mine, *course]
            process = self.start(*begins, *(args if n_killed < n else []))
            if n_killed >= n:
                out, err = process.communicate()
                self.assertEqual(process.returncode, 0, err.decode())
                break
            if rng.random() < .7:
                self.wait_for(process, last)
            time.sleep(rng.uniform(0, 2))
            process.kill()
            process.communicate()
            if process.returncode == 0:
                break   # it was faster
            n_killed += 1
        self.assertGreaterEqual(n_killed, least)
        self.assert_same(mine, run)
        # what was being written has been swept up
        self.assertEqual([f for f in os.listdir(mine) if f.count('.') > 1], [])

    @repeats
    def test_killed(self):
        self.kill_loop(3, 1, *self.both(), SHORT)

    @unittest.skipUnless(cli.LONG, 'takes minutes: meson test --setup long')
    def test_killed_often(self):
        data, _ = self.both()
        run = self.path('unbroken')
        course = list(SHORT)
        course[course.index('--epochs') + 1] = '24'
        self.train('--data', data, '--output', run, *course)
        self.kill_loop(20, 20, data, run, course)

    @repeats
    def test_interrupted(self):
        data, run = self.both()
        for number in signal.SIGINT, signal.SIGTERM:
            mine = self.path(f'stopped-{int(number)}')
            process = self.start('--data', data, '--output', mine, *SHORT, '--checkpoint-every', '0')
            self.wait_for(process, os.path.join(mine, 'last.safetensors'))
            process.send_signal(number)
            err = process.communicate()[1].decode()
            self.assertEqual(process.returncode, 130, err)
            self.assertIn('train --resume', err)
            self.train('--resume', mine)
            self.assert_same(mine, run)

    def full(self, mine, limit):
        """Goes on in a place where a second checkpoint has no room; the first one stays."""
        before = self.digest(mine, 'last.safetensors')
        r = subprocess.run([cli.COMMAND, 'train', '--resume', mine, '--epochs', '3'], env=cli.ENVIRONMENT,
                           stdin=subprocess.DEVNULL, capture_output=True, preexec_fn=limit, restore_signals=False)
        self.assertEqual(r.returncode, 1, r.stderr.decode())
        self.assertIn('cannot write', r.stderr.decode())
        self.assertIn('--resume', r.stderr.decode())
        self.assertEqual(self.digest(mine, 'last.safetensors'), before)
        self.assertEqual([f for f in os.listdir(mine) if f.count('.') > 1], [])

    @repeats
    def test_file_too_large(self):
        data, run = self.both()
        mine = self.path('limited')
        shutil.copytree(run, mine)
        # the write fails rather than the process: Python ignores the signal, and so does what it starts here
        self.full(mine, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (50 << 20, 50 << 20)))
        # with room again, it goes on
        self.train('--resume', mine, '--epochs', '3')
        self.assertEqual(len(self.log(mine)), 3)

    @repeats
    def test_disk_full(self):
        data, run = self.both()
        place = self.path('disk', 'x')[:-2]
        size = sum(os.path.getsize(os.path.join(run, f)) for f in os.listdir(run)) + (20 << 20)
        if os.geteuid() != 0 or subprocess.run(['mount', '-t', 'tmpfs', '-o', f'size={size}', 'tmpfs', place],
                                               capture_output=True).returncode:
            self.skipTest('may not mount a small disk')
        try:
            shutil.copytree(run, os.path.join(place, 'run'))
            self.full(os.path.join(place, 'run'), None)
        finally:
            subprocess.run(['umount', place], check=True)


class Data(Train):
    """What is left out; one step tells."""
    ONE = [*SHORT, '--epochs', '1', '--warmup', '0', '--average', '0']

    def test_unreadable(self):
        data = self.data(n_train=8)
        with open(os.path.join(data, 'train', 'sad', '3.png'), 'r+b') as f:
            f.truncate(100)
        r = self.train('--data', data, '--output', self.path('run'), *self.ONE)
        self.assertIn('left out ' + os.path.join(data, 'train', 'sad', '3.png'), r.err)
        self.assertIn('1 of 16 pictures to learn from could not be read', r.err)
        self.assertIn('15 pictures to learn from', r.err)

    def test_not_a_number(self):
        data = self.data()
        r = self.run_fails(1, 'train', '--data', data, '--output', self.path('run'), *SHORT, '--lr', '100', '--warmup', '0',
                           '--epochs', '9', '--schedule', 'constant', '--average', '0', '--tta', 'no')
        self.assertIn('not a number any more', r.err)
        self.assertIn('--lr below 100', r.err)
        # what was saved before is a checkpoint, if anything was
        if os.path.exists(self.path('run', 'last.safetensors')):
            self.run_ok('info', self.path('run', 'last.safetensors'))

    def test_twins(self):
        data = self.data(n_train=8)
        # the same pixels in another file
        from PIL import Image
        Image.open(os.path.join(data, 'validation', 'sad', '0.png')).convert('RGB').save(
            os.path.join(data, 'train', 'happy', 'copy.png'))
        r = self.train('--data', data, '--output', self.path('run'), *self.ONE)
        self.assertIn('1 picture that is also among those to measure with', r.err)
        self.assertIn('16 pictures to learn from', r.err)
        r = self.train('--data', data, '--output', self.path('kept'), *self.ONE, '--keep-twins')
        self.assertIn('17 pictures to learn from', r.err)

    def test_one_epoch(self):
        """The recipe's warm-up of two gives way; one that is asked for does not."""
        args = ['--data', self.data(), '--output', self.path('run'), '--labels', 'happy,sad,fear', '--epochs', '1',
                '--batch', '8']
        # an error of the data, after the settings
        self.assertIn('no picture to learn from of: fear', self.run_fails(1, 'train', *args).err)
        self.assertIn('--warmup of 2', self.run_fails(2, 'train', *args, '--warmup', '2').err)

    def test_notes_once(self):
        """Both splits of a data set are opened; what concerns all of it is said once."""
        data = self.data(labels=['happy', 'sad', 'fear'])
        r = self.train('--data', data, '--output', self.path('run'), *self.ONE)
        self.assertEqual(r.err.count('left out'), 1, r.err)
        self.assertIn("10 pictures: the model has no class 'fear'", r.err)

    def test_limit(self):
        data = self.data(n_train=16)
        r = self.train('--data', data, '--output', self.path('run'), *self.ONE, '--limit', '20')
        self.assertIn('20 pictures to learn from', r.err)


cli.main()
