// The last minutes of each person as stacked areas, with the emotion written where it lasts.
import { byNumber, element, percent, personOf, setText } from './faces.js';

const STEP_MS = 450;  // between two samples
const GAP_MS = 2000;  // longer without a sample is a gap
const MAX_ROWS = 12;

const best = (scores) => scores.reduce((m, s, i) => (s > scores[m] ? i : m), 0);

class Person {
  constructor(name) {
    this.samples = []; // { t, scores } in order of t
    this.title = element('span', 'name', name);
    this.most = element('span', 'most');
    this.canvas = element('canvas');
    this.canvas.setAttribute('role', 'img');
    this.root = element('li', 'person', element('div', 'label', this.title, this.most), this.canvas);
  }
}

export class Timeline {
  constructor(list, colors) {
    this.list = list;
    this.colors = colors;
    this.labels = []; // order of the model
    this.people = new Map();
    this.keep = 5 * 60e3;
    this.span = this.keep;
  }

  clear() {
    this.people.clear();
    this.list.replaceChildren();
  }

  add(t, frame) {
    frame.objects.forEach((face, index) => {
      const scores = face.emotion?.scores;
      if (!scores) return;
      for (const label of Object.keys(scores)) if (!this.labels.includes(label)) this.labels.push(label);
      const name = personOf(face, index);
      let person = this.people.get(name);
      if (!person) this.people.set(name, person = new Person(name));
      const last = person.samples.at(-1);
      if (!last || t - last.t >= STEP_MS) person.samples.push({ t, scores: this.labels.map((l) => scores[l] ?? 0) });
    });
  }

  forget(now) {
    for (const [name, person] of this.people) {
      const first = person.samples.findIndex((s) => s.t >= now - this.keep);
      if (first < 0) this.people.delete(name);
      else person.samples.splice(0, first);
    }
  }

  // Those seen longest, where there is not room for all.
  shown(now) {
    const seen = [...this.people].sort(byNumber)
      .map(([, person]) => ({ person, samples: person.samples.filter((s) => s.t >= now - this.span) }))
      .filter((row) => row.samples.length > 0);
    if (seen.length <= MAX_ROWS) return seen;
    const few = new Set([...seen].sort((a, b) => b.samples.length - a.samples.length).slice(0, MAX_ROWS));
    return seen.filter((row) => few.has(row));
  }

  // Draws all rows; now is the time of the app's clock. Returns how many there are.
  draw(now) {
    this.forget(now);
    const rows = this.shown(now);
    const wanted = rows.map((row) => row.person.root);
    if (wanted.length !== this.list.children.length || wanted.some((e, i) => this.list.children[i] !== e)) {
      this.list.replaceChildren(...wanted);
    }
    for (const { person, samples } of rows) {
      this.describe(person, samples);
      this.paint(person, samples, now);
    }
    return rows.length;
  }

  describe(person, samples) {
    const counts = this.labels.map(() => 0);
    for (const s of samples) counts[best(s.scores)]++;
    const order = counts.map((n, i) => i).filter((i) => counts[i] > 0).sort((a, b) => counts[b] - counts[a]);
    const share = (i) => `${this.labels[i]} ${percent(counts[i] / samples.length)}`;
    setText(person.most, `mostly ${share(order[0])}`);
    person.canvas.setAttribute('aria-label', `${person.title.textContent}: ${order.map(share).join(', ')} of the time`);
  }

  paint(person, samples, now) {
    const { canvas } = person;
    const scale = window.devicePixelRatio || 1;
    const width = canvas.clientWidth;
    const height = canvas.clientHeight;
    if (canvas.width !== Math.round(width * scale)) canvas.width = Math.round(width * scale);
    if (canvas.height !== Math.round(height * scale)) canvas.height = Math.round(height * scale);
    const g = canvas.getContext('2d');
    g.setTransform(scale, 0, 0, scale, 0, 0);
    g.clearRect(0, 0, width, height);
    const x = (t) => width * (1 - (now - t) / this.span);
    for (const run of runs(samples, (a, b) => b.t - a.t > GAP_MS)) this.areas(g, run, x, height);
    for (const run of runs(samples, (a, b) => b.t - a.t > GAP_MS || best(a.scores) !== best(b.scores))) {
      this.write(g, this.labels[best(run[0].scores)], x(run[0].t), x(run.at(-1).t), height);
    }
  }

  areas(g, run, x, height) {
    const below = run.map(() => 0);
    // one sample is as wide as the time it stands for
    const at = (i) => (i < run.length ? x(run[i].t) : x(run.at(-1).t + STEP_MS));
    this.labels.forEach((label, k) => {
      g.beginPath();
      for (let i = 0; i <= run.length; i++) g.lineTo(at(i), height * (1 - below[Math.min(i, run.length - 1)]));
      run.forEach((s, i) => { below[i] += s.scores[k] ?? 0; });
      for (let i = run.length; i >= 0; i--) g.lineTo(at(i), height * (1 - below[Math.min(i, run.length - 1)]));
      g.fillStyle = this.colors(label);
      g.fill();
    });
  }

  write(g, label, from, to, height) {
    const style = getComputedStyle(this.list);
    g.font = `600 12px ${style.fontFamily}`;
    const width = g.measureText(label).width + 10;
    from = Math.max(from, 0);
    if (to - from < width + 4) return;
    const middle = (from + to) / 2;
    g.fillStyle = 'rgb(255 255 255 / 88%)';
    g.beginPath();
    g.roundRect(middle - width / 2, height / 2 - 9, width, 18, 5);
    g.fill();
    g.fillStyle = '#17202b';
    g.textAlign = 'center';
    g.textBaseline = 'middle';
    g.fillText(label, middle, height / 2 + .5);
  }

  // What is under a pointer, in words; '' if nothing is.
  read(canvas, offsetX, now) {
    const person = [...this.people.values()].find((p) => p.canvas === canvas);
    if (!person) return '';
    const t = now - this.span * (1 - offsetX / canvas.clientWidth);
    const s = person.samples.findLast((sample) => sample.t <= t && t - sample.t < GAP_MS);
    if (!s) return '';
    const order = s.scores.map((v, i) => i).sort((a, b) => s.scores[b] - s.scores[a]).slice(0, 3);
    return `${person.title.textContent}, ${ago(now - s.t)}: ${order.map((i) => `${this.labels[i]} ${percent(s.scores[i])}`).join(', ')}`;
  }
}

export function ago(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  return s < 60 ? `${s} s ago` : `${Math.floor(s / 60)} min ${s % 60} s ago`;
}

// Samples cut where cut(a, b) says so of two neighbours.
function runs(samples, cut) {
  const all = [];
  samples.forEach((s, i) => {
    if (i === 0 || cut(samples[i - 1], s)) all.push([]);
    all.at(-1).push(s);
  });
  return all;
}
