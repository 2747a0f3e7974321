import { h, setText } from './dom.js';
import uPlot from './vendor/uplot/uPlot.esm.js';

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/**
 * Lines over time. `series` are `{ label, tone, format, scale?, area? }`; `tone` names a colour of the theme. The
 * legend shows the values under the pointer, and the latest ones otherwise.
 */
export class TimeChart {
  element;
  legend;
  #series;
  #height;
  #values;
  #plot;
  #data;
  #observer;
  #themed = () => this.#build();

  constructor({ label, series, height = 210 }) {
    this.#series = series;
    this.#height = height;
    this.#data = [[], ...series.map(() => [])];
    this.#values = series.map(() => h('b'));
    this.element = h('div', { class: 'chart', role: 'img', 'aria-label': label });
    this.element.style.height = `${height}px`;
    this.legend = h(
      'div',
      { class: 'legend' },
      series.map(({ label: name, tone }, index) =>
        h('span', { class: `c-${tone}` }, h('i'), h('span', { class: 'muted' }, name), this.#values[index]),
      ),
    );
    this.#observer = new ResizeObserver(() => this.#resize());
    this.#observer.observe(this.element);
    document.addEventListener('theme', this.#themed);
  }

  /** Times in seconds, then a column for each series. */
  setData(columns) {
    this.#data = columns;
    if (this.#plot === undefined) this.#build();
    else this.#plot.setData(columns);
    this.#tell(this.#plot?.cursor.idx);
  }

  dispose() {
    this.#observer.disconnect();
    document.removeEventListener('theme', this.#themed);
    this.#plot?.destroy();
  }

  #resize() {
    const width = this.element.clientWidth;
    if (width === 0) return;
    if (this.#plot === undefined) this.#build();
    else if (this.#plot.width !== width) this.#plot.setSize({ width, height: this.#height });
  }

  #build() {
    const width = this.element.clientWidth;
    if (width === 0) return;
    this.#plot?.destroy();
    const line = color('line');
    const axis = {
      stroke: color('muted'),
      grid: { stroke: line, width: 1 },
      ticks: { show: false },
      font: '11px system-ui',
    };
    const scales = [...new Set(this.#series.map(({ scale = 'y' }) => scale))];
    this.#plot = new uPlot(
      {
        width,
        height: this.#height,
        padding: [10, 6, 0, 0],
        legend: { show: false },
        cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
        scales: Object.fromEntries(scales.map((name) => [name, { range: fromZero }])),
        series: [{}, ...this.#series.map((one) => this.#line(one))],
        axes: [
          { ...axis, size: 26, space: 70, values: timeLabels },
          ...scales.map((name, index) => ({
            ...axis,
            scale: name,
            side: index === 0 ? 3 : 1,
            size: 76,
            space: 34,
            grid: { show: index === 0, stroke: line, width: 1 },
            values: (_plot, ticks) =>
              ticks.map(this.#series.find(({ scale = 'y' }) => scale === name).format),
          })),
        ],
        hooks: { setCursor: [(plot) => this.#tell(plot.cursor.idx)] },
      },
      this.#data,
      this.element,
    );
  }

  #format(scale) {
    return this.#series.find(({ scale: own = 'y' }) => own === scale).format;
  }

  #line({ tone, scale = 'y', area = false }) {
    const stroke = color(tone);
    return {
      scale,
      stroke,
      width: 1.75,
      points: { show: false },
      ...(area && { fill: `color-mix(in srgb, ${stroke} 16%, transparent)` }),
    };
  }

  #tell(index) {
    for (const [at, { format }] of this.#series.entries()) {
      const column = this.#data[at + 1];
      const value = column[index ?? column.length - 1];
      setText(this.#values[at], value === undefined || value === null ? '–' : format(value));
    }
  }
}

/** `50.0 Mbit/s` as `50 Mbit/s`. */
const shortened = (text) => text.replace(/(\.\d*?)0+(?!\d)/, '$1').replace(/\.(?!\d)/, '');

/** From 0, with some room above; never a flat line at the very top. */
const fromZero = (_plot, _low, high) => [0, high > 0 ? high * 1.12 : 1];

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { weekday: 'short', hour: '2-digit', minute: '2-digit' });
const second = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });

function timeLabels(plot, ticks, _axis, _space, step) {
  const span = plot.scales.x.max - plot.scales.x.min;
  const format = step < 60 ? second : span > 100_000 ? day : clock;
  return ticks.map((tick) => format.format(tick * 1000));
}
