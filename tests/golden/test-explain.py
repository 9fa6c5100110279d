"""The colours that `resemotenet explain` draws, against the maps of the core."""
import os
import subprocess
import sys
import tempfile

try:
    import numpy as np
    from PIL import Image
except ImportError as e:
    print(f'skipped: {e}')
    sys.exit(77)
import core

CHECKPOINT = os.environ.get('REN_CHECKPOINT', '')
if not os.path.exists(CHECKPOINT):
    print('skipped: no checkpoint to explain')
    sys.exit(77)

# Of the picture that is drawn: see trainer/explain-picture.c.
PANEL, GAP, MARGIN, HEAD, CAPTION = 320, 22, 26, 66, 40


with tempfile.TemporaryDirectory() as tmp:
    # one grey, so that all that differs between pixels of a panel is the map
    grey = np.full((PANEL, PANEL), 128, np.uint8)
    picture, out = os.path.join(tmp, 'grey.png'), os.path.join(tmp, 'why.png')
    Image.fromarray(grey).save(picture)
    r = subprocess.run([os.environ['REN_COMMAND'], 'explain', picture, '--all', '-m', CHECKPOINT, '-o', out],
                       capture_output=True, text=True)
    if 'without drawings' in r.stderr:
        print('skipped: the command was built without Cairo')
        sys.exit(77)
    assert r.returncode == 0, r.stderr
    drawn = np.asarray(Image.open(out).convert('L')).astype(float)

model = core.Model(CHECKPOINT)
maps, _ = model.gradcam(core.crop(core.gray_picture(grey), (0, 0, PANEL, PANEL)))
compared = 0
for i, cam in enumerate(maps):
    left = MARGIN + (i + 1) % 4 * (PANEL + GAP)
    top = MARGIN + HEAD + (i + 1) // 4 * (PANEL + CAPTION)
    cell = PANEL // 16
    # the middles of cells, where nothing is interpolated
    got = drawn[top + cell // 2:top + PANEL:cell, left + cell // 2:left + PANEL:cell]
    assert got.shape == cam.shape
    if not cam.any():
        assert np.ptp(got) == 0, i
        continue
    # The more a place counts, the lighter it is: 80 levels from end to end. A pixel lies half a pixel, a fortieth of
    # a cell, beside its middle, which is 2 levels each where neighbours differ most, and colours are rounded.
    rising = got.ravel()[np.argsort(cam.ravel(), kind='stable')]
    fall = (np.maximum.accumulate(rising) - rising).max()
    print(f'class {i}: falls by {fall:.0f} at most, rises by {rising[-1] - rising[0]:.0f}')
    assert fall <= 6, (i, fall)
    assert rising[-1] - rising[0] > 60, i
    compared += 1
assert compared > 0, 'all maps are empty: nothing was compared'
