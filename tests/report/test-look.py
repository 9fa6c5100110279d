"""The report in a browser: its policy lets its own style sheet through and nothing is refused; areas and faces are seen."""
import os
import shutil
import subprocess
import sys
import tempfile

browser = shutil.which('chromium')
try:
    from PIL import Image
except ImportError:
    Image = None
if not browser or not Image:
    print('skipped: needs chromium and python3-pil')
    sys.exit(77)

with tempfile.TemporaryDirectory() as folder:
    subprocess.run([sys.argv[1], '-p', '/report-page/medium'], env={**os.environ, 'REN_REPORT_DIR': folder}, check=True)
    shot = os.path.join(folder, 'shot.png')
    # in a sandbox of its own it does not run as root
    run = subprocess.run(
        [browser, '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--hide-scrollbars',
         '--disable-background-networking', '--disable-component-update', '--disable-sync', '--enable-logging=stderr',
         f'--user-data-dir={folder}/profile', f'--screenshot={shot}', '--window-size=1280,1900',
         f'file://{folder}/medium.html'], capture_output=True, text=True, timeout=100)
    complaints = [line for line in run.stderr.splitlines() if 'CONSOLE' in line]
    assert not complaints, complaints
    assert os.path.exists(shot), run.stderr
    picture = Image.open(shot).convert('RGB')
    colors = dict((c, n) for n, c in picture.getcolors(1 << 24))

pixels = picture.width * picture.height
# sad, anger, neutral: of the palette; the panels of the style sheet; white
for color, least in (((0x00, 0x72, 0xb2), .01), ((0xd5, 0x5e, 0x00), .002), ((0x8f, 0x97, 0x9e), .01),
                     ((0xf3, 0xf5, 0xf8), .05), ((0xff, 0xff, 0xff), .4)):
    assert colors.get(color, 0) > least * pixels, (color, colors.get(color, 0) / pixels)
# skin of the faces that are drawn for the test, through JPEG
skin = sum(n for (r, g, b), n in colors.items() if r > 150 and 25 < r - g < 70 and g > b + 15)
assert skin > .001 * pixels, skin / pixels
print('areas, panels and faces are seen, and nothing was refused')
