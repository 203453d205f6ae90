import { randomFillSync } from 'node:crypto';

declare const kind: unique symbol;

/**
 * A public identifier of one kind of row. It names, it never opens: a function that expects a `Secret`
 * (kernel/secrets.ts) does not accept an `Id`, and the other way round.
 */
export type Id<Kind extends string = string> = string & { readonly [kind]: Kind };

export type ProjectId = Id<'Project'>;
export type UserId = Id<'User'>;
export type ClientId = Id<'ClientApplication'>;
export type MembershipId = Id<'ProjectMembership'>;
export type PolicyId = Id<'AccessPolicy'>;
export type LoginId = Id<'Login'>;
export type SessionId = Id<'Session'>;
export type DeliveryId = Id<'EmailDelivery'>;

const pool = Buffer.alloc(16 * 256);
let used = pool.length;
let lastMs = 0;
let sequence = 0;

/**
 * A new UUID of version 7 (RFC 9562 section 5.7): time-ordered, so that index pages fill from one side.
 * Within one millisecond the 12 bits of `rand_a` count up from a random start (method 1 of section 6.2),
 * so that ids of one process sort in the order in which they were made.
 */
export function newId<Kind extends string>(nowMs: number): Id<Kind> {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const bytes = pool.subarray(used, used + 16);
  used += 16;
  if (nowMs > lastMs) {
    lastMs = nowMs;
    sequence = bytes.readUInt16BE(6) & 0x7ff;
  } else if (++sequence > 0xfff) {
    lastMs += 1;
    sequence = 0;
  }
  bytes.writeUIntBE(lastMs, 0, 6);
  bytes.writeUInt16BE(0x7000 | sequence, 6);
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` as Id<Kind>;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Reads an id that came from outside; `undefined` when the text is no lower-case UUID (then no row can have it). */
export function parseId<Kind extends string>(text: unknown): Id<Kind> | undefined {
  return typeof text === 'string' && uuid.test(text) ? (text as Id<Kind>) : undefined;
}
