"""A screen that is only memory, to look at what windows show."""
import mmap
import os
import shutil
import struct
import subprocess
import tempfile

import numpy as np

WIDTH, HEIGHT = 1024, 640


class Screen:
    """Xvfb, which keeps its pixels in a file, in the format of xwd."""

    def __init__(self):
        self._tmp = tempfile.TemporaryDirectory()
        read, write = os.pipe()
        self._server = subprocess.Popen(
            ['Xvfb', '-displayfd', str(write), '-screen', '0', f'{WIDTH}x{HEIGHT}x24', '-nolisten', 'tcp',
             '-fbdir', self._tmp.name], pass_fds=[write], stderr=subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read) as f:
            number = f.readline().strip()   # written when it is ready
        if not number:
            self.close()
            raise AssertionError('Xvfb does not start')
        # cairo: without a graphics processor, nor drivers that leak; no bus of a desktop, nor its settings
        self.environment = {'DISPLAY': ':' + number, 'GDK_BACKEND': 'x11', 'GSK_RENDERER': 'cairo',
                            'GDK_DISABLE': 'gl,vulkan', 'GTK_A11Y': 'none', 'GSETTINGS_BACKEND': 'memory',
                            'GTK_USE_PORTAL': '0', 'DBUS_SESSION_BUS_ADDRESS': 'disabled:'}

    @staticmethod
    def is_possible():
        return shutil.which('Xvfb') is not None

    def pixels(self):
        """Height × width × RGB."""
        with open(os.path.join(self._tmp.name, 'Xvfb_screen0'), 'rb') as f, \
                mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ) as data:
            header = struct.unpack('>25I', data[:100])
            size, width, height, line, colors = (header[i] for i in (0, 4, 5, 12, 19))
            start = size + 12 * colors
            raw = np.frombuffer(data[start:start + line * height], np.uint8)
        return raw.reshape(height, line // 4, 4)[:, :width, 2::-1].astype(np.int16)

    def close(self):
        self._server.terminate()
        self._server.wait()
        self._tmp.cleanup()
