import { h, setText } from './dom.js';

const ROW = 38;
/** Rows that one request fetches. */
const PAGE = 100;
/** Rows kept in the document above and below what is seen. */
const MARGIN = 8;
const phone = window.matchMedia('(max-width: 760px)');

let tables = 0;

/**
 * A table of any length: only the rows in sight are in the document, and only the pages in sight are fetched.
 *
 * `columns` are `{ title, width, text(row), sort?, right?, phone?, decorate?(cell, row) }`; `load(offset, limit, sort)`
 * resolves with `{ rows, total }`.
 */
export class VirtualTable {
  element;
  total = 0;
  #columns;
  #load;
  #onOpen;
  #onTotal;
  #sort;
  #scroll;
  #space;
  #titles;
  #pages = new Map();
  #rows = new Map();
  #selected = 0;
  #generation = 0;
  #frame = 0;
  #id = `table${++tables}`;
  #layout = () => this.#relayout();
  #observer = new ResizeObserver(() => this.#schedule());

  constructor({ label, columns, load, onOpen, onTotal = () => {}, sort }) {
    this.#columns = columns;
    this.#load = load;
    this.#onOpen = onOpen;
    this.#onTotal = onTotal;
    this.#sort = sort;
    this.#titles = h('div', { class: 'row titles', role: 'row' });
    this.#space = h('div', { class: 'space', role: 'rowgroup' });
    this.#scroll = h(
      'div',
      {
        class: 'scroll',
        tabindex: 0,
        role: 'grid',
        'aria-label': label,
        on: { scroll: () => this.#schedule(), keydown: (event) => this.#handleKey(event) },
      },
      this.#space,
    );
    this.element = h('div', { class: 'table' }, this.#titles, this.#scroll);
    this.#observer.observe(this.#scroll);
    phone.addEventListener('change', this.#layout);
    this.#drawTitles();
  }

  /** Begins anew at the top: another search or order. */
  reset() {
    this.#generation += 1;
    this.#pages.clear();
    this.#selected = 0;
    this.#scroll.scrollTop = 0;
    this.#drop();
    this.#schedule();
  }

  /** Fetches again what is in sight; what is shown stays until then. */
  async refresh() {
    const wanted = this.#inSight();
    this.#pages = new Map([...this.#pages].filter(([page]) => wanted.includes(page)));
    await Promise.all(wanted.map((page) => this.#fetch(page)));
  }

  focus() {
    this.#scroll.focus();
  }

  dispose() {
    this.#observer.disconnect();
    phone.removeEventListener('change', this.#layout);
    cancelAnimationFrame(this.#frame);
    this.#generation += 1;
  }

  #shown() {
    return phone.matches ? this.#columns.filter((column) => column.phone) : this.#columns;
  }

  #relayout() {
    this.#drop();
    this.#drawTitles();
    this.#schedule();
  }

  #drop() {
    this.#space.replaceChildren();
    this.#rows.clear();
  }

  #drawTitles() {
    const columns = this.#shown();
    const template = columns.map(({ width }) => width).join(' ');
    this.element.style.setProperty('--columns', template);
    this.#titles.style.gridTemplateColumns = template;
    this.#titles.replaceChildren(
      ...columns.map(({ title, sort, right }) => {
        const order = sort === undefined ? undefined : this.#order(sort);
        return h(
          'div',
          { role: 'columnheader', class: right ? 'right' : undefined, 'aria-sort': order },
          sort === undefined
            ? title
            : h('button', { type: 'button', on: { click: () => this.#sortBy(sort) } }, title),
        );
      }),
    );
  }

  #order(sort) {
    if (this.#sort === sort) return 'ascending';
    return this.#sort === `-${sort}` ? 'descending' : 'none';
  }

  #sortBy(sort) {
    this.#sort = this.#sort === `-${sort}` ? sort : `-${sort}`;
    this.#drawTitles();
    this.reset();
  }

  #range() {
    const first = Math.floor(this.#scroll.scrollTop / ROW);
    return { first, last: first + Math.ceil(this.#scroll.clientHeight / ROW) };
  }

  #inSight() {
    const { first, last } = this.#range();
    const from = Math.floor(Math.max(0, first - MARGIN) / PAGE);
    const end = Math.max(this.total - 1, 0);
    const to = Math.floor(Math.min(last + MARGIN, end) / PAGE);
    return Array.from({ length: Math.max(1, to - from + 1) }, (_, index) => from + index);
  }

  #schedule() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => {
      for (const page of this.#inSight()) if (!this.#pages.has(page)) void this.#fetch(page);
      this.#draw();
    });
  }

  async #fetch(page) {
    const generation = this.#generation;
    if (!this.#pages.has(page)) this.#pages.set(page, []);
    try {
      const { rows, total } = await this.#load(page * PAGE, PAGE, this.#sort);
      if (generation !== this.#generation) return;
      this.#pages.set(page, rows);
      if (total !== this.total) {
        this.total = total;
        this.#onTotal(total);
      }
      this.#draw();
    } catch {
      // The caller's `load` has told the person; the next refresh tries again.
      if (generation === this.#generation && this.#pages.get(page)?.length === 0) this.#pages.delete(page);
    }
  }

  #at(index) {
    return this.#pages.get(Math.floor(index / PAGE))?.[index % PAGE];
  }

  #draw() {
    this.#space.style.height = `${this.total * ROW}px`;
    this.#scroll.setAttribute('aria-rowcount', this.total);
    const { first, last } = this.#range();
    const from = Math.max(0, first - MARGIN);
    const to = Math.min(this.total, last + MARGIN);
    for (const [index, row] of this.#rows) {
      if (index >= from && index < to) continue;
      row.element.remove();
      this.#rows.delete(index);
    }
    for (let index = from; index < to; index++) this.#drawRow(index);
    this.#scroll.setAttribute('aria-activedescendant', `${this.#id}-${this.#selected}`);
  }

  #drawRow(index) {
    let row = this.#rows.get(index);
    if (row === undefined) {
      row = this.#makeRow(index);
      this.#rows.set(index, row);
      this.#space.append(row.element);
    }
    const value = this.#at(index);
    for (const [at, column] of this.#shown().entries()) {
      setText(row.cells[at], value === undefined ? '' : column.text(value));
      if (value !== undefined) column.decorate?.(row.cells[at], value);
    }
    row.element.setAttribute('aria-selected', String(index === this.#selected));
  }

  #makeRow(index) {
    const cells = this.#shown().map(({ right }) =>
      h('div', { role: 'gridcell' }, h('span', { class: right ? 'right' : undefined })),
    );
    for (const [at, { right }] of this.#shown().entries()) if (right) cells[at].classList.add('right');
    const element = h(
      'div',
      {
        class: 'row',
        role: 'row',
        id: `${this.#id}-${index}`,
        'aria-rowindex': index + 1,
        on: {
          click: () => {
            this.#selected = index;
            this.#open();
          },
        },
      },
      cells,
    );
    element.style.transform = `translateY(${index * ROW}px)`;
    element.style.gridTemplateColumns = this.#titles.style.gridTemplateColumns;
    return { element, cells: cells.map((cell) => cell.firstChild) };
  }

  #open() {
    const row = this.#at(this.#selected);
    if (row !== undefined) this.#onOpen(row);
  }

  #handleKey(event) {
    const sight = Math.max(1, Math.floor(this.#scroll.clientHeight / ROW) - 1);
    const moves = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: sight,
      PageUp: -sight,
      Home: -this.total,
      End: this.total,
    };
    if (event.key === 'Enter') this.#open();
    else if (event.key in moves) this.#select(this.#selected + moves[event.key]);
    else return;
    event.preventDefault();
  }

  #select(index) {
    this.#selected = Math.min(Math.max(index, 0), Math.max(this.total - 1, 0));
    const top = this.#selected * ROW;
    const { scrollTop, clientHeight } = this.#scroll;
    if (top < scrollTop) this.#scroll.scrollTop = top;
    else if (top + ROW > scrollTop + clientHeight) this.#scroll.scrollTop = top + ROW - clientHeight;
    this.#schedule();
  }
}
