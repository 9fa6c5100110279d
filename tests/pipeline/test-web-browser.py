"""The page of resemotenet-watch --http in a browser: Chromium without a window, driven by selenium."""
import os
import shutil
import socket
import tempfile
import time
import unittest

import outcome
from web_driver import Driver

CHROMIUM, CHROMEDRIVER = shutil.which('chromium'), shutil.which('chromedriver')
try:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
except ImportError:
    webdriver = None
FLAGS = ('--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
         '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage')


@unittest.skipUnless(webdriver and CHROMIUM and CHROMEDRIVER, 'no chromium, chromium-driver and python3-selenium')
class Browser(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # chromedriver looks for the browser there, and a bare machine need not have it
        try:
            socket.getaddrinfo('localhost', None)
        except OSError:
            raise unittest.SkipTest('the name localhost leads nowhere: chromedriver needs it in /etc/hosts')
        cls.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        options = webdriver.ChromeOptions()
        for flag in (*FLAGS, f'--user-data-dir={cls.profile.name}'):
            options.add_argument(flag)
        options.binary_location = CHROMIUM
        options.set_capability('goog:loggingPrefs', {'browser': 'ALL'})
        # what the browser's libraries warn of is not ours
        environment = {k: v for k, v in os.environ.items() if k != 'G_DEBUG'}
        cls.b = webdriver.Chrome(service=Service(CHROMEDRIVER, env=environment), options=options)

    @classmethod
    def tearDownClass(cls):
        cls.b.quit()
        cls.profile.cleanup()

    def size(self, width, height):
        self.b.execute_cdp_cmd('Emulation.setDeviceMetricsOverride',
                               {'width': width, 'height': height, 'deviceScaleFactor': 1, 'mobile': width < 600})

    def js(self, expression):
        return self.b.execute_script('return ' + expression)

    def text(self, selector):
        return self.js(f'document.querySelector({selector!r}).innerText')

    def wait(self, what, seconds=15):
        """For a condition in JavaScript."""
        end = time.monotonic() + seconds
        while not (value := self.js(what)):
            self.assertLess(time.monotonic(), end, f'{what}; the page says: {self.text("body")}')
            time.sleep(.05)
        return value

    def wait_state(self, state, seconds=15):
        self.wait(f'document.querySelector("#state").dataset.state === {state!r}', seconds)

    def errors(self):
        return [e['message'] for e in self.b.get_log('browser') if e['level'] == 'SEVERE']

    def open(self, d):
        self.b.get_log('browser')
        self.b.get(d.url)
        self.wait_state('playing')

    def test_page(self):
        with Driver('--faces', '2', still=False) as d:
            self.size(1280, 800)
            self.open(d)
            self.wait('document.querySelector("#live").naturalWidth === 640')
            self.wait('document.querySelectorAll("#faces .face").length === 2')
            self.wait('document.querySelectorAll("#people canvas").length === 2')
            self.assertEqual(self.js('document.querySelectorAll("#faces .bar").length'), 14)
            self.assertRegex(self.text('#faces'), 'Person 1\n.*\n(happy|surprise|sad|anger|disgust|fear|neutral)\n\\d+ %')
            self.assertEqual(self.text('#source'), 'two-people.webm')
            self.assertEqual(self.text('#fps'), '30.0')
            self.assertEqual(self.text('#latency'), '38 ms')
            # colours are the app's, and something is painted in them
            self.assertEqual(self.js('getComputedStyle(document.querySelector("#legend .swatch")).backgroundColor'),
                             'rgb(230, 159, 0)')
            self.wait('''(() => { const c = document.querySelector("#people canvas");
                const p = c.getContext("2d").getImageData(c.width - 4, 5, 1, 1).data; return p[3] === 255; })()''')
            self.assertTrue(self.js('[...document.querySelectorAll("#people canvas")].every(c => c.ariaLabel.includes("% of the time"))'))
            for width in (320, 390, 768, 1280, 1920):
                self.size(width, 800)
                self.assertLessEqual(self.js('document.documentElement.scrollWidth'), width, 'nothing sticks out')
            d.tell('faces 5')
            self.wait('document.querySelectorAll("#faces .face").length === 5')
            self.size(320, 800)
            self.assertLessEqual(self.js('document.documentElement.scrollWidth'), 320)
            d.tell('faces 0')
            self.wait('document.querySelectorAll("#faces .face").length === 0')
            self.assertEqual(self.text('#no-faces'), 'No face in view.')
            self.assertEqual(self.errors(), [])

    def test_states(self):
        self.size(1280, 800)
        with Driver(still=False) as d:
            self.open(d)
            for state, words in (('reconnecting', 'Reconnecting to the source'), ('ended', 'The video has ended'),
                                 ('failed', 'Stopped by an error'), ('connecting', 'Connecting to the source')):
                d.tell(f'state {state} because of <b>a test</b>')
                self.wait_state(state)
                self.assertEqual(self.text('#notice'), words + '\nbecause of <b>a test</b>')
                self.assertIn(words, self.js('document.title'))
            d.tell('state playing')
            self.wait_state('playing')
            self.assertTrue(self.js('document.querySelector("#notice").hidden'))
            d.tell('stop')
            self.wait('document.querySelector("#notice").innerText.startsWith("No new frames\\nfor ")')
            d.tell('go')
            self.wait_state('playing')
            self.assertEqual(self.errors(), [])

    def test_app_goes_and_comes(self):
        with Driver(still=False) as d:
            self.open(d)
            d.end()
            self.wait_state('ended')
            self.assertIn('resemotenet-watch has ended', self.text('#notice'))
        with Driver('--listen', str(d.port), still=False) as d:
            self.wait_state('playing')
            self.wait('document.querySelector("#live").naturalWidth === 640')
            d.process.kill()
            self.wait_state('lost')
            self.assertIn('No connection', self.text('#notice'))
        # another run may have another token
        with Driver('--listen', str(d.port), env={'RESEMOTENET_HTTP_TOKEN': 'a-token-of-16-or-more'}):
            self.wait('document.querySelector("#state").innerText.startsWith("The token")')

    def test_token(self):
        with Driver('--listen', '0.0.0.0:0', still=False) as d:
            self.b.get(f'http://127.0.0.1:{d.port}/?token={d.token}')
            self.wait(f'location.href === "http://127.0.0.1:{d.port}/"')
            self.wait_state('playing')
            self.wait('document.querySelector("#live").naturalWidth === 640')
            self.assertEqual(self.js('document.cookie'), '')
            self.b.refresh()
            self.wait_state('playing')

    def test_page_left(self):
        with Driver(still=False) as d:
            self.open(d)
            self.wait('document.querySelector("#live").naturalWidth === 640')
            self.b.get('about:blank')
            time.sleep(2.5)
            self.assertFalse(d.wants()[0], 'nothing is encoded for nobody')
            self.open(d)
            # as when its tab is hidden
            self.js('''(() => { Object.defineProperty(document, "hidden", { value: true, configurable: true });
                document.dispatchEvent(new Event("visibilitychange")); })()''')
            time.sleep(2.5)
            self.assertFalse(d.wants()[0], 'nothing is encoded for a tab that is hidden')
            self.js('''(() => { Object.defineProperty(document, "hidden", { value: false });
                document.dispatchEvent(new Event("visibilitychange")); })()''')
            self.wait('document.querySelector("#live").naturalWidth === 640')


if __name__ == '__main__':
    outcome.main()
