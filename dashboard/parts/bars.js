import { h } from '../dom.js';

/** A list of names with a number and a bar: `show` takes `{ label, number, part, href?, limits? }`, `part` from 0 to 1. */
export function bars({ empty, tone = '' }) {
  const element = h('div');
  const show = (entries) => {
    element.replaceChildren(
      entries.length === 0
        ? h('div', { class: 'empty' }, empty)
        : h('ul', { class: `bars ${tone}` }, entries.map(bar)),
    );
  };
  show([]);
  return { element, show };
}

function bar({ label, number, part, href, limits }) {
  const meter = h('meter', { min: 0, max: 1, value: part, 'aria-label': `${label}: ${number}` });
  if (limits !== undefined) {
    meter.low = limits.high;
    meter.high = limits.warn;
    meter.optimum = 0;
  }
  const text =
    href === undefined ? h('span', { class: 'label' }, label) : h('a', { class: 'label', href }, label);
  return h('li', {}, text, h('span', { class: 'number' }, number), meter);
}
