// What the app sends, and what the page says about it.
import { Faces, element, setText } from './faces.js';
import { Timeline } from './timeline.js';

const $ = (id) => document.getElementById(id);
const SILENT_MS = 12000; // the app says something every 5 s
const STALE_MS = 3000;   // without a frame, while the source plays
const RETRY_MS = 3000;

let colors = {};
const colorOf = (label) => colors[label] ?? '#888888';
const faces = new Faces($('faces'), colorOf);
const timeline = new Timeline($('people'), colorOf);

let events = null;
let link = 'connecting'; // connecting, open, ended, lost, refused, full
let heard = 0;           // when the app was last heard of, by this page's clock
let framed = 0;          // when the last frame came, likewise
let instance = null;
let source = '';
let status = { state: 'connecting', detail: '' };
let clock = { app: 0, page: 0 }; // the same moment on both clocks
let latestTime = -Infinity;      // of the last frame, on the app's clock
let latest = null;               // a frame that is not shown yet

// ---- state ---------------------------------------------------------------------

// Headline and advice for what is not a live picture.
function situation() {
  const { state, detail } = status;
  switch (link) {
    case 'connecting': return ['connecting', 'Connecting', ''];
    case 'ended': return ['ended', 'resemotenet-watch has ended', 'This page goes on when it runs again here.'];
    case 'lost': return ['lost', 'No connection to resemotenet-watch', 'Trying again every few seconds.'];
    case 'refused': return ['lost', 'The token is no longer right', 'Open the address that resemotenet-watch printed.'];
    case 'full': return ['lost', 'Too many pages are open', 'Close others; trying again every few seconds.'];
  }
  switch (state) {
    case 'connecting': return ['connecting', 'Connecting to the source', detail];
    case 'reconnecting': return ['reconnecting', 'Reconnecting to the source', detail];
    case 'ended': return ['ended', 'The video has ended', detail];
    case 'failed': return ['failed', 'Stopped by an error', detail];
  }
  if (framed && performance.now() - framed > STALE_MS) {
    // not in the headline, which would be read out each second
    return ['reconnecting', 'No new frames', `for ${Math.round((performance.now() - framed) / 1000)} s`];
  }
  return ['playing', 'Live', ''];
}

function showState() {
  const [state, headline, advice] = situation();
  const live = state === 'playing';
  const [strong, span] = $('notice').children;
  $('state').dataset.state = state;
  setText($('state'), headline);
  $('notice').hidden = live;
  setText(strong, headline);
  setText(span, advice ?? '');
  $('screen').classList.toggle('stale', !live);
  const name = source ? `${source} – resemotenet` : 'resemotenet';
  const title = live ? name : `(${headline}) ${name}`;
  if (document.title !== title) document.title = title;
  setText($('no-faces'), live ? 'No face in view.' : 'Nothing is seen now.');
  if (!live) setText($('now'), '–');
}

function showFigures() {
  const number = (x, unit = '', digits = 0) => (Number.isFinite(x) ? x.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits }) + unit : '–');
  setText($('fps'), number(status.fps, '', 1));
  setText($('latency'), number(status.latency_ms, ' ms'));
  setText($('frames'), number(status.frames));
  setText($('skipped'), number(status.skipped));
}

function showLegend() {
  $('legend').replaceChildren(...timeline.labels.map((label) => {
    const swatch = element('span', 'swatch');
    swatch.style.setProperty('--color', colorOf(label));
    return element('li', '', swatch, label);
  }));
}

function showAxis() {
  const n = timeline.span > 60e3 ? 5 : 4;
  const tick = (i) => {
    const s = Math.round((timeline.span / 1000) * (1 - i / n));
    return s === 0 ? 'now' : `−${s < 60 ? `${s} s` : `${Math.round(s / 60)} min`}`;
  };
  $('axis').replaceChildren(element('div', '', ...Array.from({ length: n + 1 }, (_, i) => element('span', '', tick(i)))));
}

// ---- picture ----------------------------------------------------------------------

let pictures = 0;
let pictureTimer = 0;

function startPicture() {
  clearTimeout(pictureTimer);
  if (link !== 'open' || document.hidden) return;
  $('live').src = `/pictures?${++pictures}`;
}

// A page that nobody sees has the app encode nothing.
function stopPicture() {
  clearTimeout(pictureTimer);
  $('live').removeAttribute('src');
  $('live').hidden = true;
}

$('live').addEventListener('load', () => { $('live').hidden = false; });
$('live').addEventListener('error', () => {
  $('live').hidden = true;
  clearTimeout(pictureTimer);
  pictureTimer = setTimeout(startPicture, RETRY_MS);
});
document.addEventListener('visibilitychange', () => (document.hidden ? stopPicture() : startPicture()));

// ---- events ----------------------------------------------------------------------

const appNow = () => clock.app + (performance.now() - clock.page);

function onHello(hello) {
  if (hello.instance !== instance) { // another run of the app: its persons are others
    instance = hello.instance;
    latestTime = -Infinity;
    framed = 0;
    timeline.clear();
    faces.clear();
  }
  source = hello.source;
  clock = { app: hello.now, page: performance.now() };
  timeline.keep = hello.span;
  setText($('source'), source || 'resemotenet');
  link = 'open';
  startPicture();
}

function onColors(all) {
  colors = all;
  faces.clear(); // bars have theirs from when they were made
  showLegend();
}

function onFrame({ t, frame }) {
  if (t <= latestTime) return; // sent again after a reconnection
  latestTime = t;
  framed = performance.now() - Math.max(0, appNow() - t);
  timeline.add(t, frame);
  if (!latest) requestAnimationFrame(showFrame);
  latest = frame;
}

function showFrame() {
  const frame = latest;
  latest = null;
  const { width, height } = frame.resolution ?? {};
  if (width > 0 && height > 0) $('screen').style.setProperty('--ratio', `${width} / ${height}`);
  setText($('now'), String(frame.objects.length));
  showFaces(faces.show(frame));
}

function showFaces(n) {
  $('no-faces').hidden = n > 0;
  document.querySelector('main').classList.toggle('crowd', n > 3);
}

function on(name, handle) {
  events.addEventListener(name, (event) => {
    heard = performance.now();
    handle(JSON.parse(event.data));
    showState();
  });
}

let retryTimer = 0;

function connect() {
  events?.close();
  clearTimeout(retryTimer);
  heard = performance.now();
  events = new EventSource('/events');
  on('hello', onHello);
  on('colors', onColors);
  on('frame', onFrame);
  on('ping', () => {});
  on('status', (s) => { status = s; showFigures(); });
  on('end', () => drop('ended'));
  events.addEventListener('error', () => drop(link === 'ended' ? 'ended' : 'lost'));
}

// The connection is gone; finds out why, as far as can be, and tries again.
async function drop(why) {
  events.close();
  link = why;
  showState();
  clearTimeout(retryTimer);
  retryTimer = setTimeout(connect, RETRY_MS);
  try {
    const answer = await fetch('/events', { method: 'HEAD' });
    if (answer.status === 403) link = 'refused';
    if (answer.status === 503) link = 'full';
  } catch { /* nobody there */ }
  showState();
}

// ---- the page ------------------------------------------------------------------------

let labels = 0;

function tick() {
  if (link === 'open' && performance.now() - heard > SILENT_MS) drop('lost');
  showState();
  showFaces(faces.expire());
  const rows = timeline.draw(appNow());
  $('no-people').hidden = rows > 0;
  $('axis').hidden = rows === 0;
  if (timeline.labels.length !== labels) {
    labels = timeline.labels.length;
    showLegend();
  }
}

for (const button of document.querySelectorAll('.spans button')) {
  button.addEventListener('click', () => {
    timeline.span = Number(button.dataset.minutes) * 60e3;
    for (const b of document.querySelectorAll('.spans button')) b.setAttribute('aria-pressed', String(b === button));
    showAxis();
    tick();
  });
}
$('people').addEventListener('pointermove', (event) => {
  setText($('readout'), event.target.localName === 'canvas' ? timeline.read(event.target, event.offsetX, appNow()) : '');
});
$('people').addEventListener('pointerleave', () => setText($('readout'), ''));

showAxis();
connect();
setInterval(tick, 500);
