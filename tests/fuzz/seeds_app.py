"""Seeds of the fuzzers of the command, the plugin and resemotenet-watch; see seeds.py."""
import math
import struct
import zlib

FER2013 = 'emotion,pixels,Usage\n0,1 2 3 255,Training\n6,0 0 0 0 9 9 9 9 9,PublicTest\n3,7,PrivateTest\n'
FERPLUS_HEAD = ('Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF\n')
FERPLUS = (FERPLUS_HEAD + 'Training,fer0.png,4,0,0,1,3,2,0,0,0,0\nTraining,,0,0,0,0,0,0,0,0,0,10\n'
           'PublicTest,fer1.png,0,10,0,0,0,0,0,0,0,0\nPrivateTest,fer2.png,0,0,5,0,0,0,5,0,0,0\n'
           'Training,fer3.png,0,0,0,0,0,0,1,1,8,0\nPublicTest,fer4.png,0,0,0,0,0,0,0,9,1,0\n')
AFFECTNET = ('subDirectory_filePath,face_x,face_y,face_width,face_height,facial_landmarks,expression,valence,arousal\n'
             '1/a.jpg,0,0,10,12,1;2,1,0.5,0.1\n2/b.jpg,NULL,NULL,NULL,NULL,,8,-2,-2\n3/c.png,5,5,20,20,,7,0,0\n')
EXPW = 'a.jpg 0 5 6 70 80 12.5 3\nb.jpg 1 0 0 9 9 1 6\n'
RAF_DB = 'train_00001.jpg 5\ntest_0001.jpg 4\ntrain_2.jpg 7\n'
LISTS = 'ImageName,Label,split,x,y,w,h\na.jpg,happy,train,1,2,3,4\n/b.png,5,val,,,,\n"c,""d""\n.png",contempt,test,,,,\n'


def chunk(name, data):
    return struct.pack('>I', len(data)) + name + data + struct.pack('>I', zlib.crc32(name + data))


EXIF = b'MM\0*\0\0\0\x08\0\x02\x01\0\0\x03\0\0\0\x01\0\x01\0\0\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0'
EXIF_SMALL = b'II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x03\0\0\0\0\0\0\0'


def png(kind, depth, width=5, height=4, interlace=0, extra=b'', size=None):
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[kind]
    row = b'\0' + bytes(i * 37 % 256 for i in range((width * channels * depth + 7) // 8))
    if interlace:
        # rows of the seven passes, each of its own width
        rows = b''
        for x, y, dx, dy in ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)):
            w = -(-(width - x) // dx)
            h = -(-(height - y) // dy)
            if w > 0 and h > 0:
                rows += (b'\0' + bytes((w * channels * depth + 7) // 8)) * h
    else:
        rows = row * height
    w, h = size or (width, height)
    out = b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', w, h, depth, kind, 0, 0, interlace))
    if kind == 3:
        out += chunk(b'PLTE', bytes(range(3 * 2 ** min(depth, 4))))
    return out + extra + chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b'')


# ---- JPEG, by hand: no encoder writes the same bytes everywhere

def segment(marker, data):
    return bytes([0xff, marker]) + struct.pack('>H', len(data) + 2) + data


def huffman(kind, symbols):
    """A table with all codes of 4 bits: at most 15 symbols."""
    counts = [0, 0, 0, len(symbols)] + [0] * 12
    return segment(0xc4, bytes([kind]) + bytes(counts) + bytes(symbols))


def jpeg(components=1, sof=0xc0, size=(16, 16), sampling=0x11, extra=b'', scans=None, end=True, adobe=None):
    """Grey levels all the same: each block is a DC difference of 0 and an end of block."""
    out = b'\xff\xd8' + extra
    if adobe is not None:
        out += segment(0xee, b'Adobe\0\x64\0\0\0\0' + bytes([adobe]))
    out += segment(0xdb, b'\0' + bytes([16] * 64))
    out += segment(sof, struct.pack('>BHHB', 8, size[1], size[0], components) + b''.join(
        bytes([i + 1, sampling if i == 0 else 0x11, 0]) for i in range(components)))
    out += huffman(0x00, [0, 1, 2, 3]) + huffman(0x10, [0, 1, 0x11, 0xf0])
    every = bytes([components]) + b''.join(bytes([i + 1, 0]) for i in range(components))
    blocks = -(-size[0] // 8) * -(-size[1] // 8)
    for spectral, approximation, data in scans or [((0, 63), 0, None)]:
        out += segment(0xda, every + bytes(spectral) + bytes([approximation]))
        out += data if data is not None else bytes(blocks * components * 3)
    return out + (b'\xff\xd9' if end else b'')


def images():
    yield 'grey.jpg', jpeg()
    yield 'rgb.jpg', jpeg(3, extra=segment(0xe1, b'Exif\0\0' + EXIF))
    yield 'sampled.jpg', jpeg(3, sampling=0x22)
    yield 'cmyk.jpg', jpeg(4, adobe=0)
    yield 'ycck.jpg', jpeg(4, adobe=2)
    yield 'two.jpg', jpeg(2)
    yield 'progressive.jpg', jpeg(sof=0xc2, scans=[((0, 0), 0x01, bytes(4)), ((1, 5), 0x02, bytes(4)), ((1, 5), 0x21, bytes(4)),
                                                     ((0, 0), 0x10, bytes(4))])
    yield 'arithmetic.jpg', jpeg(sof=0xc9, scans=[((0, 63), 0, bytes(8))])
    yield 'scans.jpg', jpeg(sof=0xc2, size=(8, 8), scans=[((0, 0), 0, bytes(1))] * 510)
    yield 'cut.jpg', jpeg(size=(64, 64), scans=[((0, 63), 0, bytes(9))], end=False)
    yield 'huge.jpg', jpeg(size=(65500, 65500), scans=[((0, 63), 0, b'')])
    for kind, depths in ((0, (1, 8, 16)), (2, (8, 16)), (3, (1, 4, 8)), (4, (8,)), (6, (8, 16))):
        for depth in depths:
            yield f'{kind}-{depth}.png', png(kind, depth)
    yield 'interlaced.png', png(2, 8, interlace=1)
    yield 'exif.png', png(0, 8, extra=chunk(b'eXIf', EXIF_SMALL))
    yield 'exif-last.png', png(0, 8)[:-12] + chunk(b'eXIf', EXIF) + chunk(b'IEND', b'')
    yield 'transparent.png', png(3, 4, extra=chunk(b'tRNS', b'\0\x80\xff'))
    yield 'texts.png', png(2, 8, extra=chunk(b'tEXt', b'a\0b') + chunk(b'zTXt', b'a\0\0' + zlib.compress(b'c' * 99)))
    yield 'huge.png', png(0, 8, size=(1 << 30, 1 << 30))
    yield 'cut.png', png(2, 8)[:-30]
    yield 'broken-end.png', png(2, 8)[:-6]
    yield 'exif', EXIF
    yield 'exif-little', EXIF_SMALL
    for label, head in (('gif', b'GIF89a'), ('webp', b'RIFF\0\0\0\0WEBP'), ('avif', b'\0\0\0\x1cftypavif'), ('heif', b'\0\0\0\x1cftypheic'),
                        ('tiff', b'II*\0\0\0\0\0'), ('tiff-big', b'MM\0*'), ('bmp', b'BM'), ('text', b'hello'), ('empty', b'')):
        yield label, head


def csvs():
    yield 'rows', b'a,b,c\n1,"2,\n""3""",4\r\n\n"",x\n'
    yield 'bom', b'\xef\xbb\xbffile,x,y,w,h\na.jpg,1,2,3,4\nb.jpg,,,,\n'
    yield 'headless', b'a.jpg,1,2,3,4\n/b.jpg\n'
    yield 'wrong', b'file,x,y,w,h\na.jpg,1,2,-3,4\n'
    yield 'nameless', b'file,x\n,1\n'
    yield 'open', b'a,"b\n'
    yield 'behind', b'"a"b\n'
    yield 'zero', b'a\0b\n'
    yield 'log', b'epoch,images_per_second\n1,20.5\n2,\n3,nan\n'
    yield 'return', b'a,"b"\r,c\r\n"d"\r\n'


def npy(descr, data, shape='()', version=1, head=None):
    text = head if head is not None else f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}"
    text = text.encode() + b'\n'
    size = struct.pack('<H' if version == 1 else '<I', len(text))
    return b'\x93NUMPY' + bytes([version, 0]) + size + text + data


def npys():
    yield 'int64', npy('<i8', struct.pack('<q', 3))
    yield 'int8', npy('|i1', b'\xff', shape='(1,)')
    yield 'unsigned', npy('<u8', b'\xff' * 8, version=2)
    yield 'double', npy('<f8', struct.pack('<d', 7), version=3)
    yield 'float', npy('<f4', struct.pack('<f', 2.5))
    yield 'bytes', npy('|S2', b'7\0')
    yield 'text', npy('<U1', b'5\0\0\0')
    yield 'wide', npy('<U1', b'5\1\0\0')
    yield 'long', npy('<U64', b'5\0\0\0' * 64)
    yield 'object', npy('|O', b'cos\nsystem\n')
    yield 'bare-object', npy('O', b'')
    yield 'big-endian', npy('>i8', bytes(8))
    yield 'short', npy('<i8', bytes(4))
    yield 'many', npy('<i8', bytes(16), shape='(2,)')
    yield 'headless', npy('', b'', head='{}')
    yield 'cut', b'\x93NUMPY\1\0\xff\xff{}'
    yield 'other', b'hello, world'
    yield 'large', bytes(5000)


def datasets():
    def one(kind, text, rest=0x80):
        return bytes([kind, rest]) + (text if isinstance(text, bytes) else text.encode())

    yield 'csv', one(1, LISTS)
    yield 'csv-headless', one(1, 'a.jpg,0\nb.jpg,6\n')
    yield 'csv-unknown', one(0, LISTS + 'x.jpg,hunger,,,,,\n')
    yield 'csv-split', one(1, 'file,label,split\na,happy,dinner\n', 0x81)
    yield 'fer2013', one(0, FER2013, 0x81)
    yield 'fer2013-odd', one(2, FER2013 + '1,1 2,Training\n')
    yield 'fer2013-class', one(2, FER2013 + '7,1,Training\n')
    for votes in range(3):
        yield f'ferplus-{votes}', one(3, FERPLUS, 0x80 + 4 * votes)
        yield f'ferplus-seven-{votes}', one(3, FERPLUS, 4 * votes + 1)
    pixels = 'emotion,pixels,Usage\n' + '\n'.join(f'0,1 2 3 4,{usage}' for usage in (
        'Training', 'Training', 'PublicTest', 'PrivateTest', 'Training', 'PublicTest'))
    yield 'ferplus-pixels', one(3, FERPLUS + '\x1e' + pixels)
    yield 'ferplus-more', one(3, FERPLUS + '\x1e' + pixels + '\n0,1,Training\n')
    yield 'ferplus-fewer', one(3, FERPLUS + '\x1e' + pixels[:80])
    yield 'ferplus-headless', one(3, FERPLUS + '\x1e' + '1,2\n')
    yield 'raf-db', one(4, RAF_DB)
    yield 'affectnet', one(5, AFFECTNET)
    yield 'affectnet-box', one(5, AFFECTNET.replace('10,12', '10,-12'))
    yield 'affectnet-class', one(5, AFFECTNET.replace(',1,0.5', ',11,0.5'))
    yield 'expw', one(6, EXPW)
    yield 'expw-box', one(6, EXPW.replace('70 80', '6 80'))
    yield 'ck', one(7, '3.0')
    yield 'folders', one(8, '')
    yield 'empty', b''


def trees():
    def tree(kind, files, rest=0x80):
        return bytes([kind, rest]) + b'\x1e'.join(
            name.encode() + b'\x1f' + (data if isinstance(data, bytes) else data.encode()) for name, data in files)

    def pictures(folders, names=('a.jpg', 'b.png')):
        return [(f'{folder}/{name}', '') for folder in folders for name in names]

    yield 'folders', tree(0, pictures(['happy', 'Sadness', 'contempt'], ('a.jpg', 'b.PNG', 'c.txt', '.hidden')))
    yield 'folders-splits', tree(8, pictures(['train/angry', 'train/fear', 'val/angry', 'test/happy']), 0x82)
    yield 'folders-other', tree(8, pictures(['train/angry', 'other/x']))
    yield 'folders-unknown', tree(8, pictures(['dogs', 'cats', 'happy']))
    yield 'folders-all-unknown', tree(8, pictures([f'd{i}' for i in range(15)]))
    yield 'folders-numbers', tree(8, pictures(['1', '2', '9']))
    yield 'folders-deep', tree(8, [('happy/' + 'd/' * 34 + 'a.jpg', '')])
    yield 'raf-db', tree(0, pictures([str(i) for i in range(1, 8)]))
    yield 'raf-db-table', tree(4, [('EmoLabel/list_patition_label.txt', RAF_DB), ('Image/aligned/train_00001_aligned.jpg', '')])
    yield 'affectnet-folders', tree(0, pictures([f'class00{i}' for i in range(8)]))
    yield 'affectnet-tables', tree(0, [('training.csv', AFFECTNET), ('validation.csv', AFFECTNET),
                                       ('Manually_Annotated_Images/1/a.jpg', '')])
    annotated = [('images/1.jpg', ''), ('annotations/1_exp.npy', npy('<U1', b'5\0\0\0')), ('images/2.jpg', '')]
    yield 'affectnet-annotated', tree(0, annotated)
    yield 'affectnet-splits', tree(5, [(f'{split}_set/{name}', data) for split in ('train', 'val') for name, data in annotated])
    yield 'affectnet-wrong', tree(5, [('images/1.jpg', ''), ('annotations/1_exp.npy', npy('<i8', struct.pack('<q', 99)))])
    yield 'affectnet-objects', tree(5, [('images/1.jpg', ''), ('annotations/1_exp.npy', npy('|O', b'x'))])
    frames = [(f'cohn-kanade-images/S005/001/S005_001_0000000{i}.png', '') for i in range(1, 6)]
    label = 'Emotion/S005/001/S005_001_00000011_emotion.txt'
    yield 'ck', tree(0, frames + [(label, '   3.0000000e+00\n')])
    yield 'ck-short', tree(7, frames[:2] + [(label, '   3.0000000e+00\n')])
    yield 'ck-none', tree(7, frames + [('Emotion/S005/001/', '')])
    yield 'ck-wrong', tree(7, frames + [(label, 'nan\n')])
    yield 'expw', tree(0, [('label/label.lst', EXPW), ('image/origin/a.jpg', '')])
    yield 'fer2013', tree(0, [('fer2013.csv', FER2013)])
    yield 'ferplus', tree(0, [('fer2013new.csv', FERPLUS), ('FER2013Train/fer0.png', ''), ('FER2013Test/', '')])
    yield 'ferplus-folders', tree(0, [('FER2013Train/label.csv', 'fer0.png,"(0, 0, 48, 48)",4,0,0,1,3,2,0,0,0,0\n'),
                                      ('FER2013Valid/label.csv', 'fer1.png,0,10,0,0,0,0,0,0,0,0\n')])
    yield 'ferplus-pixels', tree(3, [('fer2013new.csv', FERPLUS_HEAD + 'Training,a,9,0,0,0,0,0,0,0,0,0\n'),
                                     ('fer2013.csv', 'emotion,pixels,Usage\n0,1,Training\n')])
    yield 'csv-splits', tree(0, [('train_labels.csv', LISTS), ('valid_labels.csv', LISTS), ('x_labels.csv', ''), ('val/', '')])
    for kind in range(9):
        yield f'nothing-{kind}', tree(kind, [])


def trainings():
    best = ("--data='a b' --validation=v --recipe=paper --epochs=80 --batch=16 --lr=0.001 --labels=a,b --seed=1 "
            '--validation-split=test --votes=soft --limit=0 --keep-twins=no --patience=15 --schedule=plateau --warmup=0 '
            '--plateau-factor=0.1 --momentum=0.9 --nesterov=no --weight-decay=0.0001 --mixup=0.2 --tta=yes')

    def notes(*parts):
        return b'\0'.join(p.encode() for p in parts) + b'\0'

    rest = ('2 7 448 300 12.5', '1 0.5 1.25', '0.5 0 1', '0.05 1.9 0.2 1.8 0.3\n0.04 1.5 0.4 nan nan', 'sha', '2')
    yield 'whole', notes(best, *rest)
    yield 'short', notes('--data=x', '0 0 0 0 0', '0 -1 0', '-1 0 1', '', '')
    yield 'settings', notes('--data=x --cache=1')
    for wrong in ('--data', '--data=x --epochs=0', '--data=x --lr=nan', '--data=x --tta=maybe', '--data=x --seed=-1',
                  '--data=x --votes=all', '--epochs=3', '--data=x --mixup=0.01', '--data=x --warmup=90',
                  '--data=x --nesterov=yes --momentum=0', '"', '--data=x --output=/tmp/y', '--data=\xff'):
        yield f'wrong-{wrong.encode().hex()[-12:]}', wrong.encode('latin-1') + b'\0'
    for i, (line, words) in enumerate((
            ('--data=x', '--epochs=3\n-d\ny\n--nesterov\n'), ('--data=x', '--lr=1\n'), ('--data=x', '--epochs=0\n'),
            ('--data=x', '-z\n'), ('', '-d\nx\n-o\ny\n-e\n1\n'), ('', '--data=x\n--recipe=x\n'), ('', '--recipe=paper\n--data=x\n'))):
        yield f'words-{i}', notes(line, *rest) + words.encode()
    yield 'large', notes(best, '1 0 0 0 0', '0 -1 0', '-1 0 1', '1e308 -1e308 0 1e308 0', 's', '1')
    for i, bad in enumerate(('2 7 448 449 1', '3 0.5 1', '2 0 1', '0.05 1.9', 's', '0')):
        parts = list(rest)
        parts[i] = bad
        yield f'bad-{i}', notes(best, *parts)
    yield 'nothing', b''


def labels():
    yield 'seven', 'happy,surprise,sad,anger,disgust,fear,neutral\nJOY\n1,2,3,4\n'.encode()
    yield 'folded', 'Straße,ΣΑΣ\nSTRASSE\n-5, 6 ,7,8'.encode()
    yield 'bytes', b'a\xff\x1b[31m,\xe2\x80\xae\ntrain\n1,2,0,4\n'
    yield 'wide', '表情表情表情表情,e\u0301e\u0301\nsoft\n1,2,3\n'.encode()
    yield 'paper', b'a\npaper\n99999999999,1,1,1\n'
    yield 'nothing', b''


def trainer_states():
    yield 'whole', b'layout 1 seed 1 steps 64 decay 0.999 0.9 0.5'
    yield 'newer', b'layout 2 x'
    yield 'infinite', b'layout 1 seed 1 steps 64 decay inf 0.9 0.5'
    yield 'words', b'layout 1 seed 1 paces 64 decay 1 1 1'


def spools():
    def record(text, size=None):
        head = struct.pack('<I', len(text) if size is None else size)
        return head + struct.pack('<I', zlib.crc32(text, zlib.crc32(head))) + text

    def slot(n, segment, offset):
        raw = struct.pack('<QQQ', n, segment, offset)
        return raw + struct.pack('<Q', zlib.crc32(raw))

    def spool(segments, states=(), flags=0):
        state = b''.join(states).ljust(64, b'\1')
        return bytes([flags]) + state + b''.join(
            (bytes([n]) if n < 255 else b'\xff' + struct.pack('<Q', n)) + struct.pack('<H', len(data)) + data for n, data in segments)

    a, b, c = (record(b'key\0{"n":%d}' % i) for i in range(3))
    yield 'two', spool([(1, a + b), (2, c)])
    yield 'acknowledged', spool([(1, a + b), (2, c)], [slot(4, 1, len(a)), slot(3, 1, 0)])
    yield 'beyond', spool([(1, a), (2, c)], [slot(4, 9, 5)])
    yield 'all', spool([(2, c)], [slot(4, 2, len(c)), slot(5, 2, 1 << 63)])
    yield 'cut', spool([(1, a + b[:-3]), (2, b'\xff\xff\xff\xff' + c)])
    yield 'keyless', spool([(1, record(b'no key') + a)])
    yield 'checksum', spool([(1, a[:5] + b'x' + a[6:] + b)])
    yield 'zeros', spool([(1, a + bytes(64))])
    yield 'last', spool([((1 << 64) - 1, a)])
    yield 'gap', spool([(7, a), (3, b), ((1 << 64) - 2, c)], flags=3)
    yield 'correct', spool([(1, struct.pack('<II', 4, 0) + b'k\0{}' + struct.pack('<II', 9, 0))],
                           [struct.pack('<QQQQ', 1, 1, 3, 0), struct.pack('<QQQQ', 2, (1 << 64) - 1, 0, 0)], flags=3)
    yield 'no-room', spool([(1, a + b), (2, c), (3, a[:-1])], flags=4)
    yield 'no-room-read', spool([(1, a + b), (2, c + a)], [slot(4, 1, len(a))], flags=4)
    yield 'no-room-odd', spool([(1, b'\xff' * 40), (2, bytes(70))], [slot(4, 1, (1 << 64) - 3)], flags=4)
    yield 'nothing', b''


def secrets():
    yield 'two', b'username=me\n  password = a=b \n# no\n\npassword=last'
    yield 'nameless', b'=x\n'
    yield 'word', b'a=b\nsecret\n'
    yield 'zero', b'a=b\0c\nd=e'
    yield 'large', b'a=b\n' * 20000


def face(kind, flags=0, x=1, y=2, w=31, h=40, who=3, confidence=.5, label=b'happy', model=b'm'):
    return (bytes([kind + 4 * flags]) + struct.pack('<IIIII', *(v & 0xffffffff for v in (x, y, w, h, who))) +
            struct.pack('<d', confidence) + label + b'\n' + model + b'\n')


FRAMES = [
    ('own', face(0, 7) + face(0, 15, who=-1)),
    ('region', face(1, 15) + face(1, 1, x=-5, w=1 << 31)),
    ('types', face(1, 17) + face(1, 7, confidence=math.nan)),
    ('analytics', face(2, 2) + face(2, 8) + face(1, 1)),
    ('times', face(3, 0, x=0xE0000000) + face(0, 2)),
    ('unix', face(3, 1, x=0x17000000) + face(0, 2)),
    ('odd-times', face(3, 2) + face(3, 3) + face(0)),
    ('text', face(0, 3, label=b'<x>&"\'', model=b'\xe2\x80\xae<script>') + face(1, 15, label=b'\x01<x>') +
     face(0, 2, label=b'\xff', model=b'\xff')),
    ('numbers', face(0, 7, confidence=math.inf) + face(0, 0, w=0) + face(0, 0, x=1 << 25) + face(0, 1, confidence=-1)),
    ('crowd', b''.join(face(1, 15, x=7 * i, w=40 + i, h=40 + i, who=40 + i) for i in range(40))),
    ('nothing', b''),
]


def faces():
    for flags in (0, 0x15, 0x2a, 0x6f):
        for label, frame in FRAMES:
            yield f'{label}-{flags}', bytes([flags]) + frame
    yield 'again', b'\x03' + FRAMES[0][1] + b'\x1e' + FRAMES[0][1] + b'\x1e\x1e'


def reports():
    for i, source in enumerate((b'file:///tmp/a%20b.mp4', b'rtsp://me:secret@camera/live?token=x', b'http://a.b/c', b'-', b'',
                                b'a<x>.mp4', b'https://me@a.b/c?d', b'file:///other/a.mp4')):
        label, frame = FRAMES[i]
        yield f'{label}-{i}', source + b'\n' + b''.join(frame + b'\x1e' + bytes([t]) for t in range(5 * i % 9 + 1))
    many = b''.join(face(0, 1, who=100 + i, label=b'l%d' % i, model=b'm%d' % (i % 11 if i < 20 else 0)) for i in range(60))
    yield 'many', b'x\n' + b''.join(many + b'\x1e' + bytes([3 * t]) for t in range(8))
    yield 'back', b'x\n' + b''.join(FRAMES[0][1] + b'\x1e' + bytes([t]) for t in (40, 3, 60, 60, 0))


def json_lines():
    yield 'whole', b'{"a":1}\n{"b":2}\n'
    yield 'cut', b'{"a":1}\n{"b":'
    yield 'first', b'{"a"'
    yield 'other', b'hello\nworld'
    yield 'long', b'{}\n{' + b'x' * 9000
    yield 'nothing', b''


def tags():
    yield 'object', b'{"floor":2,"a":[1,2.5,null,true,"x\\u00e9"]}'
    yield 'list', b'[1]'
    yield 'deep', b'{"a":' + b'[' * 200000
    yield 'cut', b'{"a":'
    yield 'bytes', b'{"a":"\xff"}'


def addresses():
    for i, text in enumerate((b'rtsp://me:secret@camera/live\n/tmp/r.html\n8080\n', b'RTSP://a:b@c@d/e?f@g\nr\n0.0.0.0:80\n',
                              b'http://u@h/p?user=a&password=b;token=c#d\n/x/y\n[::]:1\n', b'file:///etc/hosts\n/etc/r\nlocalhost:80\n',
                              b'-\n\n[::1]\n', b'/dev/video0\n\n127.0.0.1:99999\n', b'.\n\n::1\n', b'/etc/hosts\n\na.b:1\n',
                              b'https://u:p%40%00q@h:9/p\n\n[::1]:0\n', b'a\xff\n\n:80\n', b'v4l2:///dev/video1\n\nlocalhost.evil\n',
                              b'rtsp://h/a;pwd=\xff\n\n127.1\n', b'rtsp://u:p/q@h/\n\n\n')):
        yield str(i), text


def options():
    def line(*words, file=b''):
        return b'\n'.join(words) + b'\x1e' + file

    yield 'source', line(b'a.mp4')
    yield 'all', line(b'-a', b'x.mp4', b'-j', b'-', b'--report', b'r.html', b'--faces', b'f', b'--http', b'8080', b'--display', b'-d', b'5',
                      b'-m', b'm', b'-q', b'rtsp://a:b@c/d')
    yield 'more', line(b'--mqtt', b'mqtt://h/t', b'--kafka', b'kafka://h/t', b'--spool', b's', b'--overlay-style', b'full', b'-i', b'1',
                       b'--smoothing', b'0', b'-p', b'int8', b'-t', b'4', b'--detector', b'facedetect', b'--rtsp-transport', b'tcp', b'x')
    yield 'credentials', line(b'--credentials', b'FILE', b'x', file=b'me:secret\nmore')
    yield 'credentials-wrong', line(b'--credentials=FILE', b'x', file=b'secret')
    yield 'credentials-none', line(b'--credentials', b'/nowhere', b'x')
    for i, words in enumerate((b'--help', b'--help-all', b'--version', b'--nothing', b'a\nb', b'--detector=x\na', b'-p\nbf16\na', b'--overlay-style\nx\na',
                               b'--rtsp-transport\nx\na', b'--spool\nx\na', b'-t\n65\na', b'-i\nnan\na', b'-a\nx.avi\na', b'--json=\na',
                               b'-j\nx\n--report\n./x\na', b'--smoothing\n1e9\na')):
        yield f'words-{i}', words


TOKEN = b'0123456789abcdef'


def webs():
    def web(*requests, flags=0, token=None):
        return bytes([flags | (1 if token is not None else 0)]) + (token + b'\n' if token is not None else b'') + b'\x1e'.join(requests)

    def get(path=b'/', *headers, method=b'GET', version=b'1.1', host=b'localhost'):
        lines = [method + b' ' + path + b' HTTP/' + version] + ([b'Host: ' + host] if host else []) + list(headers)
        return b'\r\n'.join(lines) + b'\r\n\r\n'

    paths = (b'/', b'/style.css', b'/app.js', b'/faces.js', b'/timeline.js', b'/icon.svg', b'/pictures', b'/events', b'/x', b'/../etc/passwd')
    yield 'pages', web(*(get(p) for p in paths))
    yield 'head', web(*(get(p, method=b'HEAD') for p in paths))
    yield 'methods', web(*(get(method=m) for m in (b'POST', b'PUT', b'OPTIONS', b'CONNECT', b'TRACE', b'get')))
    yield 'old', web(get(b'/pictures', version=b'1.0'), get(b'/events', version=b'1.0', host=b''))
    yield 'hosts', web(*(get(host=h) for h in (b'127.0.0.1:80', b'[::1]:8080', b'evil.example', b'localhost.evil', b'', b'[', b'a@localhost')))
    yield 'sites', web(get(b'/', b'Sec-Fetch-Site: cross-site'), get(b'/', b'Sec-Fetch-Site: cross-site', b'Sec-Fetch-Mode: navigate'),
                       get(b'/', b'Sec-Fetch-Site: same-origin'), get(b'/', b'Sec-Fetch-Site: none'))
    yield 'token', web(get(b'/?token=' + TOKEN), get(b'/events', b'Cookie: a=b; resemotenet-1=x'), get(b'/?token=x'), get(), token=TOKEN)
    yield 'cookie', web(get(b'/', b'Cookie: a=b; resemotenet-PORT=' + TOKEN), get(b'/', b'Cookie: resemotenet-PORT=x'), token=TOKEN)
    yield 'token-encoded', web(get(b'/?a=b&token=%30123456789abcdef'), get(b'/?token=%'), token=TOKEN, flags=2)
    yield 'token-short', web(get(), token=b'short')
    yield 'token-odd', web(get(), token=b'0123456789abcde/')
    yield 'token-long', web(get(), token=b'x' * 200)
    yield 'body', web(get(b'/', b'Content-Length: 5') + b'hello', get(b'/', b'Transfer-Encoding: chunked'))
    yield 'last-id', web(get(b'/events', b'Last-Event-ID: 6ac1f425-1'), get(b'/events', b'Last-Event-ID: x'))
    yield 'many', web(*(get(b'/events') for _ in range(18)))
    yield 'cut', web(b'GET / HTTP/1.1\r\nHost: local', b'\x16\x03\x01', b'', b'GET\0', b'G' * 20000)
    yield 'odd', web(get(b'http://localhost/'), get(b'*'), get(b'/%00'), get(b'//x'), get(b'/', b'Range: bytes=0-1,2-3'), b'GET /\r\n\r\n',
                     get(b'/', b'X: ' + b'y' * 9000), get(b'/', b' folded'), get(version=b'9.9'))
    yield 'open', web(get(host=b'anything'), flags=2)
    yield 'two', web(get() + get(b'/events'))


SEEDS = {
    'address': addresses,
    'csv': csvs,
    'dataset': datasets,
    'dataset-tree': trees,
    'faces': faces,
    'image': images,
    'json-lines': json_lines,
    'labels': labels,
    'npy': npys,
    'report': reports,
    'secrets': secrets,
    'spool': spools,
    'tags': tags,
    'trainer-state': trainer_states,
    'training': trainings,
    'watch-options': options,
    'web': webs,
}
