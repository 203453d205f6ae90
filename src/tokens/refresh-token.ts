import { type Id, newId } from '../kernel/ids.js';
import { presentedSecret, type Sealer, type Secret, sameBytes } from '../kernel/secrets.js';

/** Names the family of a refresh token. */
export type FamilyId = Id<'RefreshFamily'>;

/** The parts of a refresh token that carries a genuine tag. */
export interface RefreshTokenParts {
  readonly familyId: FamilyId;
  readonly generation: number;
}

const idBytes = 16;
const generationBytes = 4;
const secretBytes = 32;
const tagBytes = 16;
const bodyBytes = idBytes + generationBytes + secretBytes;

/**
 * Builds a refresh token: base64url of family id (16 bytes), generation (4), secret (32) and tag (16). The tag is keyed,
 * so that only a token that was really handed out can end its family when it is replayed; whoever merely knows a
 * family's id cannot.
 */
export function buildRefreshToken(
  sealer: Sealer,
  familyId: FamilyId,
  generation: number,
  secret: Buffer,
): Secret {
  const body = Buffer.alloc(bodyBytes);
  Buffer.from(familyId.replaceAll('-', ''), 'hex').copy(body);
  body.writeUInt32BE(generation, idBytes);
  secret.copy(body, idBytes + generationBytes);
  return presentedSecret(
    Buffer.concat([body, tagOf(sealer, body, sealer.currentKeyId)]).toString('base64url'),
  );
}

/** Reads a refresh token; `undefined` when this server (with any of its sealing keys) never handed it out. */
export function parseRefreshToken(sealer: Sealer, token: Secret): RefreshTokenParts | undefined {
  const bytes = Buffer.from(token, 'base64url');
  if (bytes.length !== bodyBytes + tagBytes || bytes.toString('base64url') !== token) return undefined;
  const body = bytes.subarray(0, bodyBytes);
  const tag = bytes.subarray(bodyBytes);
  if (!sealer.keyIds.some((keyId) => sameBytes(tag, tagOf(sealer, body, keyId)))) return undefined;
  const hex = body.toString('hex', 0, idBytes);
  const familyId =
    `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` as FamilyId;
  return { familyId, generation: body.readUInt32BE(idBytes) };
}

/**
 * The token that follows a presented one: derived, so that it can be handed out again within the grace although only
 * hashes are stored (rulings 31).
 */
export function successorOf(
  sealer: Sealer,
  familyId: FamilyId,
  generation: number,
  presented: Secret,
): Secret {
  const secret = sealer.keyedHash('refresh-successor', `${familyId} ${generation} ${presented}`);
  return buildRefreshToken(sealer, familyId, generation, secret);
}

/** A new family id. */
export function newFamilyId(nowMs: number): FamilyId {
  return newId<'RefreshFamily'>(nowMs);
}

function tagOf(sealer: Sealer, body: Buffer, keyId: string): Buffer {
  return sealer.keyedHash('refresh-tag', body.toString('base64url'), keyId).subarray(0, tagBytes);
}
