/**
 * Makes an element. Text only ever enters as text, never as markup: what peers and subscribers call themselves is
 * shown as it is. `on` holds listeners; everything else becomes an attribute.
 */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

const SVG = 'http://www.w3.org/2000/svg';

/** The same for SVG. */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, { on = {}, ...attributes }, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, '');
    else if (value !== undefined && value !== false) element.setAttribute(name, value);
  }
  for (const [type, listener] of Object.entries(on)) element.addEventListener(type, listener);
  element.append(...children.flat().filter((child) => child !== undefined));
  return element;
}

/** Changes the text of an element where it differs, so that what stays the same costs no layout. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Runs `task` now and then every `interval` ms after its end, until `signal` aborts; not in a hidden tab. */
export function repeat(task, interval, signal) {
  let timer;
  const run = async () => {
    clearTimeout(timer);
    if (!document.hidden) await task();
    if (!signal.aborted) timer = setTimeout(run, interval);
  };
  const shown = () => void (document.hidden || run());
  document.addEventListener('visibilitychange', shown, { signal });
  signal.addEventListener('abort', () => clearTimeout(timer));
  void run();
}
