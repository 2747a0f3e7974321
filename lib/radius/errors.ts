import { WireError } from '../wire/index.js';

/** A RADIUS packet, attribute or value that breaks the format. */
export class RadiusError extends WireError {
  override name = 'RadiusError';
}
