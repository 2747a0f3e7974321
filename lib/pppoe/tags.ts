import { type AccessLine, accessLineVendor, decodeTr101, encodeTr101 } from '../access-line/index.js';
import { Reader, text, utf8, Writer } from '../wire/index.js';

/** Tag types (RFC 2516 appendix A; PPP-Max-Payload: RFC 4638). */
export const tagType = {
  endOfList: 0x0000,
  serviceName: 0x0101,
  acName: 0x0102,
  hostUniq: 0x0103,
  acCookie: 0x0104,
  vendorSpecific: 0x0105,
  relaySessionId: 0x0110,
  maxPayload: 0x0120,
  serviceNameError: 0x0201,
  acSystemError: 0x0202,
  genericError: 0x0203,
} as const;

/** The tags of a discovery packet. */
export interface Tags {
  /** In order; an empty one stands for any service. */
  readonly serviceNames: readonly string[];
  readonly acName?: string | undefined;
  readonly hostUniq?: Uint8Array | undefined;
  readonly acCookie?: Uint8Array | undefined;
  readonly relaySessionId?: Uint8Array | undefined;
  /** PPP-Max-Payload, in octets. */
  readonly maxPayload?: number | undefined;
  /** TR-101: what the access node tells of the line. */
  readonly accessLine?: AccessLine | undefined;
  readonly serviceNameError?: string | undefined;
  readonly acSystemError?: string | undefined;
  readonly genericError?: string | undefined;
}

type MutableTags = { -readonly [K in keyof Tags]: Tags[K] };

/** Octets of the identifier that a relay may add (RFC 2516 appendix A). */
const maxRelaySessionId = 12;

/**
 * Reads the tags of a discovery packet. Copies what it keeps. Unknown tags are read over (RFC 2516 section 5), and
 * of a tag that may be there once the first counts.
 * @returns `undefined` where a tag reaches beyond the packet, or cannot be what it says
 */
export function decodeTags(payload: Uint8Array): Tags | undefined {
  const serviceNames: string[] = [];
  const tags: MutableTags = { serviceNames };
  const reader = new Reader(payload);
  while (reader.remaining > 0) {
    if (reader.remaining < 4) return undefined;
    const type = reader.u16();
    const length = reader.u16();
    if (length > reader.remaining) return undefined;
    if (type === tagType.endOfList) break;
    const value = reader.bytes(length);
    switch (type) {
      case tagType.serviceName:
        serviceNames.push(text(value));
        break;
      case tagType.acName:
        tags.acName ??= text(value);
        break;
      case tagType.hostUniq:
        tags.hostUniq ??= value.slice();
        break;
      case tagType.acCookie:
        tags.acCookie ??= value.slice();
        break;
      case tagType.relaySessionId:
        if (length > maxRelaySessionId) return undefined;
        tags.relaySessionId ??= value.slice();
        break;
      case tagType.maxPayload:
        if (length !== 2) return undefined;
        tags.maxPayload ??= ((value[0] as number) << 8) | (value[1] as number);
        break;
      case tagType.vendorSpecific:
        tags.accessLine ??= accessLineIn(value);
        break;
      case tagType.serviceNameError:
        tags.serviceNameError ??= text(value);
        break;
      case tagType.acSystemError:
        tags.acSystemError ??= text(value);
        break;
      case tagType.genericError:
        tags.genericError ??= text(value);
        break;
      default:
    }
  }
  return tags;
}

/** Writes tags; what is `undefined` is left out. */
export function encodeTags(tags: Tags): Uint8Array {
  const writer = new Writer(128);
  const add = (type: number, value: Uint8Array | undefined): void => {
    if (value !== undefined) writer.u16(type).u16(value.length).bytes(value);
  };
  const addText = (type: number, value: string | undefined): void => {
    if (value !== undefined) add(type, utf8(value));
  };
  for (const name of tags.serviceNames) addText(tagType.serviceName, name);
  addText(tagType.acName, tags.acName);
  add(tagType.hostUniq, tags.hostUniq);
  add(tagType.acCookie, tags.acCookie);
  add(tagType.relaySessionId, tags.relaySessionId);
  if (tags.maxPayload !== undefined) writer.u16(tagType.maxPayload).u16(2).u16(tags.maxPayload);
  if (tags.accessLine !== undefined) {
    const line = new Writer(128).u32(accessLineVendor);
    encodeTr101(line, tags.accessLine);
    add(tagType.vendorSpecific, line.finish());
  }
  addText(tagType.serviceNameError, tags.serviceNameError);
  addText(tagType.acSystemError, tags.acSystemError);
  addText(tagType.genericError, tags.genericError);
  return writer.finish();
}

/** TR-101 section 3.9.2: vendor number, then sub-options. */
function accessLineIn(value: Uint8Array): AccessLine | undefined {
  if (value.length < 4) return undefined;
  const reader = new Reader(value);
  return reader.u32() === accessLineVendor ? decodeTr101(reader) : undefined;
}
