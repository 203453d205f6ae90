import { Injectable, type OnModuleInit } from '@nestjs/common';
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import { AuditService } from '../audit/audit.service.js';
import type { Actor } from '../kernel/actor.js';
import { RightsCache } from '../kernel/cache.js';
import { Clock } from '../kernel/clock.js';
import { Db } from '../kernel/db.js';
import { Notices } from '../kernel/notices.js';
import { Purges } from '../kernel/purges.js';
import { Sealer } from '../kernel/secrets.js';
import type { Tx } from '../kernel/tx.js';
import { type JwkSet, KeyRing, keyState, privateKeyPlace, type VerificationKey } from './key-ring.js';
import { noSigningKey, signingKeyNotFound } from './keys.errors.js';
import { KeysStore } from './keys.store.js';
import type { SigningAlg, SigningKey } from './signing-key.entity.js';

/** How long the JWK Set may be cached by others, in seconds. */
export const jwksMaxAge = 300;

const skewMs = 60_000;
/** A new key is published this long before it signs, so that every cached JWK Set has it by then. */
const publishAheadMs = jwksMaxAge * 1000 + skewMs;
/** A retired key verifies until the longest token that it signed has ended: 24 h, and an hour of margin. */
const overlapMs = 25 * 3_600_000;

/** What admins see of a key: never its private part. */
export interface SigningKeyView {
  readonly kid: string;
  readonly alg: SigningAlg;
  readonly state: 'pending' | 'active' | 'retiring' | 'erased' | 'revoked';
  readonly createdAt: Date;
  readonly activatesAt: Date;
  readonly retiresAt: Date | null;
  readonly erasesAt: Date | null;
}

/** Signing keys: create, rotate with overlap, publish, sign. Private key bytes never leave this folder. */
@Injectable()
export class KeysService implements OnModuleInit {
  private readonly cache: RightsCache<KeyRing>;

  constructor(
    private readonly db: Db,
    private readonly store: KeysStore,
    private readonly sealer: Sealer,
    private readonly clock: Clock,
    private readonly audit: AuditService,
    notices: Notices,
    private readonly purges: Purges,
  ) {
    this.cache = new RightsCache(notices, 'signing-keys', { max: 1 });
  }

  onModuleInit(): void {
    this.purges.register({
      table: 'signing_key',
      life: 'private part: until 25 hours after the key stopped signing; the public part stays for the record',
      purge: (tx, now) => this.store.erase(tx, now),
    });
  }

  /**
   * Signs claims as a JWT with the active key of `alg`; `typ` goes into the header (RFC 9068: `at+jwt`).
   * @throws AppError `no-signing-key`
   */
  async sign(alg: SigningAlg, typ: string, claims: object): Promise<string> {
    const token = (await this.ring()).sign(alg, typ, claims, this.clock.now());
    if (!token) throw noSigningKey({ detail: alg });
    return token;
  }

  /** The public key behind a `kid`; `undefined` when it is unknown, erased or revoked. */
  async verificationKey(kid: string): Promise<VerificationKey | undefined> {
    return (await this.ring()).verification(kid, this.clock.now());
  }

  /** The published JWK Set (RFC 7517), pending and retiring keys included. */
  async jwks(): Promise<JwkSet> {
    return (await this.ring()).jwks(this.clock.now());
  }

  /** Every key with its state, oldest first. */
  async list(): Promise<SigningKeyView[]> {
    const rows = await this.db.read((tx) => this.store.all(tx));
    return rows.map((row) => this.view(row));
  }

  /** Makes a signing key for each algorithm that has none; for the first start. */
  async ensure(tx: Tx, actor: Actor): Promise<void> {
    await this.store.lock(tx);
    const now = this.clock.now();
    const rows = await this.store.all(tx);
    for (const alg of ['ES256', 'RS256'] as const) {
      if (rows.some((row) => row.alg === alg && ['active', 'pending'].includes(keyState(row, now)))) continue;
      await this.add(tx, actor, await this.generate(alg, new Date(now)), 'key.created');
    }
  }

  /**
   * Rotates the key of one algorithm: the new key is published now and signs from `now` + 6 minutes, when every
   * cached JWK Set has it; the old one then verifies for another 25 hours.
   * @returns the new key.
   */
  async rotate(tx: Tx, actor: Actor, alg: SigningAlg): Promise<SigningKeyView> {
    await this.store.lock(tx);
    const activatesAt = this.clock.date(publishAheadMs);
    const row = await this.generate(alg, activatesAt);
    await this.add(tx, actor, row, 'key.rotated');
    await this.store.retireOthers(tx, alg, row.kid, activatesAt, new Date(activatesAt.getTime() + overlapMs));
    return this.view(row);
  }

  /**
   * Emergency: refuses every token of a key from now on, erases it, and puts a new one to work at once if no other
   * key of its algorithm is active.
   * @throws AppError `signing-key-not-found`
   */
  async revoke(tx: Tx, actor: Actor, kid: string): Promise<void> {
    await this.store.lock(tx);
    if (!(await this.store.revoke(tx, kid, this.clock.date()))) throw signingKeyNotFound();
    this.audit.record(tx, {
      type: 'key.revoked',
      actor,
      projectId: null,
      target: { type: 'SigningKey', id: kid },
    });
    tx.invalidate(this.cache.name, ringKey);
    const now = this.clock.now();
    const rows = await this.store.all(tx);
    const alg = rows.find((row) => row.kid === kid)?.alg;
    if (alg && !rows.some((row) => row.alg === alg && keyState(row, now) === 'active')) {
      await this.add(tx, actor, await this.generate(alg, new Date(now)), 'key.created');
    }
  }

  private async ring(): Promise<KeyRing> {
    const cached = this.cache.peek(ringKey);
    if (cached) return cached;
    const ring = await this.cache.get(
      ringKey,
      async () => new KeyRing(await this.db.read((tx) => this.store.all(tx)), this.sealer),
    );
    return ring!;
  }

  private async generate(alg: SigningAlg, activatesAt: Date): Promise<SigningKey> {
    const pair = await generateKeyPair(alg, { extractable: true, modulusLength: 2048 });
    const publicJwk = (await exportJWK(pair.publicKey)) as Record<string, string>;
    const kid = await calculateJwkThumbprint(publicJwk);
    return {
      kid,
      alg,
      publicJwk,
      sealedPrivateJwk: this.sealer.seal(
        privateKeyPlace(kid),
        JSON.stringify(await exportJWK(pair.privateKey)),
      ),
      createdAt: this.clock.date(),
      activatesAt,
      retiresAt: null,
      erasesAt: null,
      revokedAt: null,
    };
  }

  private async add(
    tx: Tx,
    actor: Actor,
    row: SigningKey,
    type: 'key.created' | 'key.rotated',
  ): Promise<void> {
    await this.store.insert(tx, row);
    this.audit.record(tx, {
      type,
      actor,
      projectId: null,
      target: { type: 'SigningKey', id: row.kid },
      detail: { alg: row.alg },
    });
    tx.invalidate(this.cache.name, ringKey);
  }

  private view(row: SigningKey): SigningKeyView {
    const { kid, alg, createdAt, activatesAt, retiresAt, erasesAt } = row;
    return { kid, alg, createdAt, activatesAt, retiresAt, erasesAt, state: keyState(row, this.clock.now()) };
  }
}

const ringKey = 'all';
