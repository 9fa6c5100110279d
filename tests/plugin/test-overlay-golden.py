#!/usr/bin/python3
"""emotionoverlay's pictures beside golden ones: test-overlay-golden.py OVERLAY-PICTURE [--update]

Versions of FreeType and Cairo place and smooth letters differently, by a part of a pixel; so both pictures are smoothed
before they are compared. That this still sees what matters is tested as well: pictures with a face moved by three pixels,
with another emotion, without labels and with smaller ones must all fail.
"""
import os
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image, ImageFilter

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'overlay-golden')
FONT = '/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf'
# A smoothed pixel differs from so many grey levels on.
LEVELS = 24
# So many pixels of a scene may differ: of letters, and where a label is a pixel wider. Without text none has a reason to.
MAY = {'label': 500, 'full': 1500, 'border': 1000, 'blur': 0}
# Those changed on purpose must differ by twice as many, and by these at least.
MUST = 500
CHANGES = {'label': ['moved', 'other', 'bare', 'small'], 'full': ['moved', 'other', 'bare', 'small'],
           'border': ['other', 'bare', 'small'], 'blur': ['moved', 'other']}


def draw(program, scene, change=''):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'out.ppm')
        subprocess.run([program, scene, path] + ([change] if change else []), check=True)
        return Image.open(path).convert('RGB')


def smooth(image):
    return np.asarray(image.filter(ImageFilter.BoxBlur(1)), np.int32)


def count_different(image, golden):
    if image.size != golden.size:
        return golden.width * golden.height
    return int((np.abs(smooth(image) - smooth(golden)).max(2) > LEVELS).sum())


def main():
    program = sys.argv[1]
    if not os.path.exists(FONT):
        print('skipped: no', FONT)
        return 77
    failed = False
    for scene, may in MAY.items():
        path = os.path.join(FOLDER, scene + '.png')
        image = draw(program, scene)
        if '--update' in sys.argv:
            image.save(path, optimize=True)
            continue
        golden = Image.open(path).convert('RGB')
        n = count_different(image, golden)
        print(f'{scene}: {n} pixels differ, {may} may')
        if n > may:
            image.save(scene + '-failed.png')
            print(f'  see {scene}-failed.png')
            failed = True
        for change in CHANGES[scene]:
            n = count_different(draw(program, scene, change), golden)
            must = max(2 * may, MUST)
            print(f'{scene}, {change}: {n} pixels differ, {must} must')
            failed |= n < must
    return failed


sys.exit(main())
