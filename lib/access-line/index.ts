/** The line that a subscriber comes by, as TR-101, RFC 4679 (RADIUS) and RFC 5515 (L2TP) tell of it: one table. */
export {
  type AccessLine,
  accessLineEntries,
  type AccessLineField,
  accessLineFields,
  type AccessLineFormat,
  accessLineVendor,
  type AccessLoopEncapsulation,
} from './fields.js';
export { decodeTr101, encodeTr101 } from './tr101.js';
