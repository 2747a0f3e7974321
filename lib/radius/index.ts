/** RADIUS: attributes, packets, and what a client knows of its servers. Pure. */
export {
  allOctets,
  allTexts,
  type Attribute,
  decodeAttributes,
  describeAttributes,
  encodeAttributes,
  firstNumber,
  firstOctets,
  firstText,
  firstValue,
  type Hiding,
  type KnownAttribute,
} from './attributes.js';
export { type AttributeDefinition, type AttributeFormat, vendors } from './attribute-definition.js';
export { type AttributeName, attributes, Dictionary } from './dictionary.js';
export { RadiusError } from './errors.js';
export { maxPassword } from './hiding.js';
export {
  type AuthenticityProblem,
  code,
  digestedRequest,
  digestedRequestProblem,
  parsePacket,
  type RadiusPacket,
  response,
} from './packet.js';
export type { ServerOptions, ServerStatus } from './server.js';
export type { GroupEvent, GroupRequest, GroupTransmit } from './requests.js';
export { ServerGroup } from './server-group.js';
export type { AttributeValue } from './values.js';
