/** Is this host fit for the LNS, and if not, what mends it. */
export { evaluate } from './evaluate.js';
export { examineDialHost, examineHost } from './examine.js';
export type { Check, HostFacts, HostNeeds } from './facts.js';
export { needsOf } from './needs.js';
export { formatReport } from './report.js';
