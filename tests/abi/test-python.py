"""Both libraries from Python, through their typelibs: a picture's faces with the core alone, a stream's with a pad probe,
and those of another process."""
import contextlib
import inspect
import io
import json
import os
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import outcome  # noqa: E402

try:
    import gi
    from PIL import Image
    gi.require_version('Resemotenet', '1.0')
    from gi.repository import GLib, Resemotenet
except (ImportError, ValueError) as e:      # GStreamer comes where it is needed
    print(f'skipped: {e}')
    sys.exit(77)

ROOT = os.environ['REN_SOURCE_ROOT']
PICTURE = os.path.join(ROOT, 'pipelines', 'sample', 'astronaut.jpg')
FACE = 165, 65, 115, 120        # of the picture: who smiles
LABELS = ['calm', 'glad']


def rect(x, y, w, h):
    r = Resemotenet.Rect()
    r.x, r.y, r.w, r.h = x, y, w, h
    return r


def load_gstreamer():
    """GStreamer with the plugin under test and what these tests take; no scan of all that is installed."""
    if not os.environ.get('REN_PLUGIN'):
        raise unittest.SkipTest('the plugin is not built')
    try:
        for name in 'Gst', 'GstVideo', 'GstResemotenet':
            gi.require_version(name, '1.0')
        from gi.repository import Gst, GstResemotenet, GstVideo
    except (ImportError, ValueError) as e:
        raise unittest.SkipTest(str(e))
    os.environ['GST_REGISTRY_DISABLE'] = 'yes'
    Gst.init(None)
    folder = os.environ['REN_GST_PLUGINS']
    for path in [os.path.join(folder, f'libgst{n}.so') for n in ('coreelements', 'app')] + [os.environ['REN_PLUGIN']]:
        Gst.Plugin.load_file(path)
    return Gst, GstResemotenet, GstVideo


def has_unixfd(Gst):
    path = os.path.join(os.environ['REN_GST_PLUGINS'], 'libgstunixfd.so')
    return os.path.exists(path) and Gst.Plugin.load_file(path) is not None


class Core(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not os.path.exists(os.environ['REN_INT8_MODEL']):
            raise unittest.SkipTest('there is no models/resemotenet.safetensors')
        cls.model = Resemotenet.Model.load(os.environ['REN_INT8_MODEL'])
        cls.image = Image.open(PICTURE).convert('RGB')

    def plan(self):
        return Resemotenet.Plan.new(self.model, Resemotenet.Precision.AUTO, 4, 1)

    def test_classify(self):
        """As an app would do it."""
        model = Resemotenet.Model.load(os.environ['REN_INT8_MODEL'])
        plan = Resemotenet.Plan.new(model, Resemotenet.Precision.AUTO, 8, 0)
        width, height = self.image.size
        scores = plan.classify_pixels(Resemotenet.PixelFormat.RGB, self.image.tobytes(), 3 * width, width, height,
                                      [rect(*FACE)])
        best = max(range(len(scores)), key=scores.__getitem__)
        self.assertEqual(model.label(best), 'happy')
        self.assertGreater(scores[best], .9)
        self.assertEqual(len(scores), model.n_classes())
        self.assertAlmostEqual(sum(scores), 1, places=5)

    def test_faces(self):
        """Several, one of them outside, none; the same pixels in another order."""
        plan, n = self.plan(), self.model.n_classes()
        width, height = self.image.size
        rects = [rect(*FACE), rect(width, 0, 50, 50), rect(0, 0, width, height)]
        scores = plan.classify_pixels(Resemotenet.PixelFormat.RGB, self.image.tobytes(), 3 * width, width, height, rects)
        self.assertEqual(len(scores), 3 * n)
        self.assertEqual(scores[n:2 * n], [0] * n)
        self.assertNotEqual(scores[:n], scores[2 * n:])
        turned = self.image.tobytes('raw', 'BGRX')
        self.assertEqual(plan.classify_pixels(Resemotenet.PixelFormat.BGRA, turned, 4 * width, width, height, rects), scores)
        self.assertEqual(plan.classify_pixels(Resemotenet.PixelFormat.BGRA, turned, 4 * width, width, height, []), [])

    def test_errors(self):
        with self.assertRaises(GLib.Error) as caught:
            self.plan().classify_pixels(Resemotenet.PixelFormat.GRAY8, bytes(63), 8, 8, 8, [rect(0, 0, 8, 8)])
        self.assertTrue(caught.exception.matches(Resemotenet.error_quark(), Resemotenet.Error.ARGUMENT))
        with self.assertRaises(GLib.Error) as caught:
            Resemotenet.Model.load('/nowhere.safetensors')
        self.assertTrue(caught.exception.matches(Resemotenet.error_quark(), Resemotenet.Error.OPEN))

    def test_lifetime(self):
        """A plan outlives Python's last model; references are not lost or dropped twice."""
        for _ in range(50):
            model = Resemotenet.Model.load(os.environ['REN_INT8_MODEL']).annotate('license', 'none')
            plan = Resemotenet.Plan.new(model, Resemotenet.Precision.INT8, 1, 1)
            self.assertEqual(model.metadata('license'), 'none')
            del model
            self.assertEqual(plan.ref().precision(), Resemotenet.Precision.INT8)

    def test_describe(self):
        self.assertIn('labels', self.model.metadata_keys())
        self.assertEqual(Resemotenet.precision_from_name('int8'), (True, Resemotenet.Precision.INT8))
        self.assertGreater(self.plan().cost(2).multiply_adds, self.plan().cost(1).multiply_adds)
        other = self.model.relabel([str(i) for i in range(self.model.n_classes())])
        self.assertEqual(other.label(1), '1')


class Stream(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gst = load_gstreamer()

    def test_pad_probe(self):
        """The emotion of every face, printed, in no more than ten lines."""
        Gst, GstResemotenet, GstVideo = self.gst
        if not os.path.exists(os.environ['REN_INT8_MODEL']):
            self.skipTest('there is no models/resemotenet.safetensors')

        def print_emotions(pad, info):
            buffer = info.get_buffer()
            for i in range(GstResemotenet.buffer_get_n_emotion_meta(buffer)):
                face = GstResemotenet.buffer_get_emotion_meta(buffer, i)
                print(f'{face.get_label()} {face.confidence:.0%} at {face.x},{face.y} {face.w}×{face.h}')
            return Gst.PadProbeReturn.OK

        self.assertLessEqual(len(inspect.getsource(print_emotions).splitlines()), 10)
        image = Image.open(PICTURE).convert('RGB')
        pipeline = Gst.parse_launch(
            'appsrc name=src format=time caps=video/x-raw,format=RGB,width=512,height=512,framerate=25/1 '
            f'! resemotenet model={os.environ["REN_INT8_MODEL"]} ! fakesink name=sink')
        pipeline.get_by_name('sink').get_static_pad('sink').add_probe(Gst.PadProbeType.BUFFER, print_emotions)
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            pipeline.set_state(Gst.State.PLAYING)
            buffer = Gst.Buffer.new_wrapped(image.tobytes())
            buffer.pts = 0
            for x in FACE[0], 0:
                GstVideo.buffer_add_video_region_of_interest_meta(buffer, 'face', x, *FACE[1:])
            pipeline.get_by_name('src').emit('push-buffer', buffer)
            pipeline.get_by_name('src').emit('end-of-stream')
            message = pipeline.get_bus().timed_pop_filtered(30 * Gst.SECOND, Gst.MessageType.EOS | Gst.MessageType.ERROR)
            pipeline.set_state(Gst.State.NULL)
        self.assertEqual(message.type, Gst.MessageType.EOS)
        lines = said.getvalue().splitlines()
        self.assertEqual(len(lines), 2)
        self.assertRegex(lines[0], r'^happy 9\d% at 165,65 115×120$')

    def test_fields(self):
        """Written and read from Python; arrays are arrays, and of the right length."""
        Gst, GstResemotenet, _ = self.gst
        buffer = Gst.Buffer.new()
        classes = GstResemotenet.EmotionClasses.new('tiny', LABELS)
        GstResemotenet.buffer_add_emotion_meta(buffer, classes, [.25, .75], -1, 2, 3, 4)
        meta = GstResemotenet.buffer_get_emotion_meta(buffer, 0)
        self.assertIsNone(GstResemotenet.buffer_get_emotion_meta(buffer, 1))
        self.assertEqual(meta.get_scores(), [.25, .75])
        self.assertEqual((meta.get_label(), meta.get_model_id(), meta.get_score('calm')), ('glad', 'tiny', .25))
        self.assertEqual((meta.x, meta.y, meta.w, meta.h, meta.track_id), (-1, 2, 3, 4, -1))
        self.assertEqual([meta.classes.get_label(i) for i in range(meta.classes.get_n_labels())], LABELS)
        with self.assertRaises(TypeError):  # how Python sees that there are none
            GstResemotenet.EmotionClasses.new('none', [])

    def test_other_process(self):
        """What goes into unixfdsink comes out of another process's unixfdsrc."""
        Gst, GstResemotenet, _ = self.gst
        if not has_unixfd(Gst):
            self.skipTest('there is no unixfdsink (GStreamer 1.24, plugins-bad)')
        gi.require_version('GstAllocators', '1.0')
        from gi.repository import GstAllocators
        GstAllocators.ShmAllocator.init_once()
        shared = GstAllocators.ShmAllocator.get()
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'socket')
            pipeline = Gst.parse_launch('appsrc name=src format=time caps=video/x-raw,format=GRAY8,width=8,height=8,'
                                        f'framerate=25/1 ! unixfdsink sync=false socket-path={path}')
            pipeline.set_state(Gst.State.PLAYING)
            with subprocess.Popen([sys.executable, __file__, '--receive', path], stdout=subprocess.PIPE, text=True) as other:
                # frames that come before it is connected go nowhere
                for i in range(600):
                    if other.poll() is not None:
                        break
                    buffer = Gst.Buffer.new_allocate(shared, 64, None)
                    buffer.pts = i * 40 * Gst.MSECOND
                    classes = GstResemotenet.EmotionClasses.new('tiny', LABELS)
                    GstResemotenet.buffer_add_emotion_meta(buffer, classes, [.25, .75], -1, 2, 3, 4)
                    meta = GstResemotenet.buffer_add_emotion_meta(buffer, classes, [1, 0], 5, 6, 7, 8)
                    meta.track_id, meta.age_ns = 2 ** 40, 2 ** 33
                    pipeline.get_by_name('src').emit('push-buffer', buffer)
                    time.sleep(.05)
                else:
                    other.kill()
                out = other.stdout.read()
            pipeline.set_state(Gst.State.NULL)
        self.assertEqual(other.returncode, 0)
        self.assertEqual(json.loads(out), [['tiny', 'glad', [.25, .75], [-1, 2, 3, 4], -1, 0],
                                           ['tiny', 'calm', [1, 0], [5, 6, 7, 8], 2 ** 40, 2 ** 33]])


def receive(path):
    Gst, GstResemotenet, _ = load_gstreamer()
    has_unixfd(Gst)
    GstResemotenet.emotion_meta_get_info()
    pipeline = Gst.parse_launch(f'unixfdsrc socket-path={path} num-buffers=1 ! appsink name=sink sync=false')
    pipeline.set_state(Gst.State.PLAYING)
    sample = pipeline.get_by_name('sink').emit('try-pull-sample', 20 * Gst.SECOND)
    buffer = sample.get_buffer()
    faces = [GstResemotenet.buffer_get_emotion_meta(buffer, i)
             for i in range(GstResemotenet.buffer_get_n_emotion_meta(buffer))]
    print(json.dumps([[f.get_model_id(), f.get_label(), f.get_scores(), [f.x, f.y, f.w, f.h], f.track_id, f.age_ns]
                      for f in faces]))
    pipeline.set_state(Gst.State.NULL)


if __name__ == '__main__':
    if sys.argv[1:2] == ['--receive']:
        receive(sys.argv[2])
    else:
        outcome.main()
