import type { AvpField, AvpValue, avps, MessageName } from './avp-table.js';
import type { GeneralErrorCode } from './result-codes.js';

type Rule<F extends AvpField, M> = M extends keyof (typeof avps)[F]['in'] ? (typeof avps)[F]['in'][M] : never;

type FieldsOf<M, P> = {
  [F in AvpField]: Rule<F, M> extends never ? never : P extends Rule<F, M> ? F : never;
}[AvpField];

/** One control message with its AVPs as fields; which there are, and which must be, is read off the AVP table. */
export type Message<M extends MessageName> = { readonly type: M } & {
  readonly [F in FieldsOf<M, 'must'>]: AvpValue<F>;
} & { readonly [F in FieldsOf<M, 'may'>]?: AvpValue<F> | undefined };

/** AVPs of a message without its type: what a command takes. */
export type MessageFields<M extends MessageName> = Omit<Message<M>, 'type'>;

export type Sccrq = Message<'SCCRQ'>;
export type Sccrp = Message<'SCCRP'>;
export type Scccn = Message<'SCCCN'>;
export type StopCcn = Message<'StopCCN'>;
export type Hello = Message<'HELLO'>;
export type Ocrq = Message<'OCRQ'>;
export type Ocrp = Message<'OCRP'>;
export type Occn = Message<'OCCN'>;
export type Icrq = Message<'ICRQ'>;
export type Icrp = Message<'ICRP'>;
export type Iccn = Message<'ICCN'>;
export type Cdn = Message<'CDN'>;
export type Wen = Message<'WEN'>;
export type Sli = Message<'SLI'>;

/** A control message that manages the tunnel. */
export type TunnelMessage = Sccrq | Sccrp | Scccn | StopCcn | Hello;
/** A control message that belongs to a call. */
export type CallMessage = Ocrq | Ocrp | Occn | Icrq | Icrp | Iccn | Cdn | Wen | Sli;
/** Any control message of RFC 2661. */
export type ControlMessage = TunnelMessage | CallMessage;

/** AVPs that could be read, by field. */
export type PartialFields = { readonly [F in AvpField]?: AvpValue<F> | undefined };

/** A message whose type is not known to us; the tunnel is to be cleared if `mandatory` (RFC 2661 section 4.4.1). */
export interface UnknownMessage {
  readonly type: 'unknown';
  readonly messageType: number;
  readonly mandatory: boolean;
}

/**
 * A message that cannot be taken: an unknown, malformed or missing AVP (RFC 2661 sections 4.1 and 7.1).
 * The session or tunnel that it belongs to is to be cleared with result 2 and this error code.
 */
export interface FaultyMessage {
  readonly type: 'faulty';
  /** Absent where the Message Type AVP itself is at fault. */
  readonly name: MessageName | undefined;
  readonly errorCode: GeneralErrorCode;
  /** Names the AVP; goes into the Error Message. */
  readonly text: string;
  /** The AVPs that could be read all the same: ids to address the answer to. */
  readonly fields: PartialFields;
}

/** What the body of a control message decodes to. */
export type ReceivedMessage = ControlMessage | UnknownMessage | FaultyMessage;
