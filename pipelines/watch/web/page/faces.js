// A card with bars for each face in view.

const GONE_MS = 1500; // a face that is missed for a moment keeps its card

export const percent = (x) => `${Math.round(100 * x)} %`;

export function element(name, className, ...children) {
  const e = document.createElement(name);
  if (className) e.className = className;
  e.append(...children);
  return e;
}

export function setText(e, text) {
  if (e.textContent !== text) e.textContent = text;
}

// Who a face belongs to: its track, or its place in the list where nobody tracks.
export function personOf(face, index) {
  return Number.isInteger(face.id) ? `Person ${face.id}` : `Face ${index + 1}`;
}

// Persons in the order of their numbers.
export const byNumber = ([a], [b]) => a.localeCompare(b, 'en', { numeric: true });

class Card {
  constructor(person, colors) {
    this.colors = colors;
    this.since = performance.now();
    this.age = element('span');
    this.top = element('span');
    this.share = element('span', 'share');
    this.swatch = element('span', 'swatch');
    this.swatch.ariaHidden = 'true';
    this.bars = element('ul', 'bars');
    this.rows = new Map();
    this.root = element('li', 'face',
      element('div', 'who', element('b', '', person), this.age),
      element('div', 'top', this.swatch, this.top, this.share),
      this.bars);
  }

  row(label) {
    let row = this.rows.get(label);
    if (!row) {
      const fill = element('span');
      const bar = element('span', 'bar', fill);
      bar.ariaHidden = 'true';
      fill.style.setProperty('--color', this.colors(label));
      row = { fill, value: element('span', 'value') };
      row.root = element('li', '', element('span', 'name', label), bar, row.value);
      this.rows.set(label, row);
      this.bars.append(row.root);
    }
    return row;
  }

  show(emotion, now) {
    const age = emotion.age ?? 0;
    this.seen = now;
    this.root.classList.remove('gone');
    setText(this.age, age > 0 ? `result ${age} frame${age === 1 ? '' : 's'} old` : `seen ${Math.round((now - this.since) / 1000)} s`);
    setText(this.top, emotion.label);
    setText(this.share, percent(emotion.confidence));
    this.swatch.style.setProperty('--color', this.colors(emotion.label));
    for (const [label, score] of Object.entries(emotion.scores ?? {})) {
      const row = this.row(label);
      row.fill.style.setProperty('--share', Math.min(1, Math.max(0, score)));
      setText(row.value, percent(score));
      row.root.classList.toggle('first', label === emotion.label);
    }
  }

  miss() {
    this.root.classList.add('gone');
    setText(this.age, 'no longer seen');
  }
}

export class Faces {
  constructor(list, colors) {
    this.list = list;
    this.colors = colors;
    this.cards = new Map();
  }

  // Shows a frame's faces; returns how many cards there are.
  show(frame) {
    const now = performance.now();
    frame.objects.forEach((face, index) => {
      if (!face.emotion) return;
      const person = personOf(face, index);
      let card = this.cards.get(person);
      if (!card) {
        card = new Card(person, this.colors);
        this.cards = new Map([...this.cards, [person, card]].sort(byNumber));
        const next = [...this.cards.values()][[...this.cards.keys()].indexOf(person) + 1];
        this.list.insertBefore(card.root, next?.root ?? null);
      }
      card.show(face.emotion, now);
    });
    return this.expire(now);
  }

  // Removes cards of faces that have not been seen for a while.
  expire(now = performance.now()) {
    for (const [person, card] of this.cards) {
      if (now - card.seen > GONE_MS) {
        card.root.remove();
        this.cards.delete(person);
      } else if (now - card.seen > 250) {
        card.miss();
      }
    }
    return this.cards.size;
  }

  clear() {
    this.list.replaceChildren();
    this.cards.clear();
  }
}
