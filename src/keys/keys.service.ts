import { Injectable } from '@nestjs/common';
import { RightsCache } from '../kernel/cache.js';
import { Clock } from '../kernel/clock.js';
import { Config } from '../kernel/config.js';
import { Db } from '../kernel/db.js';
import { Notices } from '../kernel/notices.js';
import { Sealer } from '../kernel/secrets.js';
import { type JwkSet, KeyRing, type VerificationKey } from './key-ring.js';
import { type SigningKeyView, viewOf } from './key-times.js';
import { noSigningKey } from './keys.errors.js';
import { KeysStore } from './keys.store.js';
import type { SigningAlg } from './signing-key.entity.js';

/** What a change of any key drops on every node: cache and key. */
export const ringNotice = ['signing-keys', 'all'] as const;

/** Signs, and says what signatures are verified with. Private key bytes never leave this folder. */
@Injectable()
export class KeysService {
  private readonly cache: RightsCache<KeyRing>;

  constructor(
    private readonly db: Db,
    private readonly store: KeysStore,
    private readonly sealer: Sealer,
    private readonly clock: Clock,
    private readonly config: Config,
    notices: Notices,
  ) {
    this.cache = new RightsCache(notices, ringNotice[0], { max: 1 });
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
    const { CAREKEY_KEY_ROTATION_DAYS: days } = this.config.settings;
    return rows.map((row) => viewOf(row, days, this.clock.now()));
  }

  private async ring(): Promise<KeyRing> {
    const [, key] = ringNotice;
    const cached = this.cache.peek(key);
    if (cached) return cached;
    const ring = await this.cache.get(
      key,
      async () => new KeyRing(await this.db.read((tx) => this.store.all(tx)), this.sealer),
    );
    return ring!;
  }
}
