import { Injectable, type OnModuleInit } from '@nestjs/common';
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import { z } from 'zod';
import { AuditService } from '../audit/audit.service.js';
import { type Actor, systemActor } from '../kernel/actor.js';
import { Clock } from '../kernel/clock.js';
import { Config } from '../kernel/config.js';
import { Jobs } from '../kernel/jobs.js';
import { Sealer } from '../kernel/secrets.js';
import { defineTopic } from '../kernel/topics.js';
import type { Tx } from '../kernel/tx.js';
import { privateKeyPlace } from './key-ring.js';
import {
  clockSkewMs,
  keyState,
  overlapMs,
  publishAheadMs,
  rotationDueAt,
  type SigningKeyView,
  viewOf,
} from './key-times.js';
import { signingKeyNotFound } from './keys.errors.js';
import { ringNotice } from './keys.service.js';
import { KeysStore } from './keys.store.js';
import type { SigningAlg, SigningKey } from './signing-key.entity.js';

/** The algorithms that need a key at all times. */
export const signingAlgs = ['ES256', 'RS256'] as const satisfies readonly SigningAlg[];

/** Looks every five minutes which key is due to be replaced, and which private part is not needed any more. */
export const keysTend = defineTopic('keys.tend', z.object({}), { everyMs: 300_000 });

/**
 * The life of signing keys (F123): pending, active, retiring, erased. All of it is times in rows, so that every node
 * switches by its clock and none has to be told; a key signs until the next one of its algorithm does.
 */
@Injectable()
export class KeyRotationService implements OnModuleInit {
  constructor(
    private readonly store: KeysStore,
    private readonly sealer: Sealer,
    private readonly clock: Clock,
    private readonly config: Config,
    private readonly audit: AuditService,
    private readonly jobs: Jobs,
  ) {}

  onModuleInit(): void {
    this.jobs.handle(keysTend, {
      run: async (tx) => {
        await this.rotateDue(tx, systemActor('schedule'));
        await this.forget(tx);
      },
    });
  }

  /** Makes a signing key for each algorithm that has none; for the first start. */
  async ensure(tx: Tx, actor: Actor): Promise<void> {
    await this.store.lock(tx);
    const now = this.clock.now();
    const rows = await this.store.all(tx);
    for (const alg of signingAlgs) {
      if (rows.some((row) => row.alg === alg && ['active', 'pending'].includes(keyState(row, now)))) continue;
      await this.add(tx, actor, await this.generate(alg, new Date(now)), 'key.created');
    }
  }

  /**
   * Rotates the key of one algorithm: the new key is published now and signs from `now` + 7 minutes, when every
   * cached JWK Set has it; the old one then verifies for another 25 hours. While a new key waits for its time,
   * rotating again answers that one: several nodes or people at once make one key.
   * @returns the new key.
   */
  async rotate(tx: Tx, actor: Actor, alg: SigningAlg): Promise<SigningKeyView> {
    await this.store.lock(tx);
    const now = this.clock.now();
    const rows = await this.store.all(tx);
    const waiting = rows.find((row) => row.alg === alg && keyState(row, now) === 'pending');
    if (waiting) return this.view(waiting);
    const row = await this.generate(alg, new Date(now + publishAheadMs));
    await this.add(tx, actor, row, 'key.rotated');
    return this.view(row);
  }

  /** Rotates every algorithm whose newest key is so old that its successor has to be published. */
  async rotateDue(tx: Tx, actor: Actor): Promise<void> {
    await this.store.lock(tx);
    const { CAREKEY_KEY_ROTATION_DAYS: days } = this.config.settings;
    for (const row of await this.store.all(tx)) {
      const due = rotationDueAt(row, days);
      if (due && due.getTime() - publishAheadMs <= this.clock.now()) await this.rotate(tx, actor, row.alg);
    }
  }

  /**
   * Emergency: refuses every token of a key from now on, erases it, and puts a new one to work at once if no other
   * key of its algorithm is active.
   * @throws AppError `signing-key-not-found`
   */
  async revoke(tx: Tx, actor: Actor, kid: string): Promise<void> {
    await this.store.lock(tx);
    const now = this.clock.now();
    if (!(await this.store.revoke(tx, kid, new Date(now)))) throw signingKeyNotFound();
    this.audit.record(tx, {
      type: 'key.revoked',
      actor,
      projectId: null,
      target: { type: 'SigningKey', id: kid },
    });
    tx.invalidate(...ringNotice);
    const rows = await this.store.all(tx);
    const { alg } = rows.find((row) => row.kid === kid)!;
    // The one before a key that never came to sign goes on.
    await this.settle(tx, alg);
    if (!rows.some((row) => row.alg === alg && keyState(row, now) === 'active')) {
      await this.add(tx, actor, await this.generate(alg, new Date(now)), 'key.created');
    }
  }

  /** Erases the private part of keys that sign on no node any more, its clock a minute behind included. */
  async forget(tx: Tx): Promise<void> {
    await this.store.lock(tx);
    if ((await this.store.forgetPrivate(tx, this.clock.date(-clockSkewMs))) > 0) tx.invalidate(...ringNotice);
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
    await this.settle(tx, row.alg);
    this.audit.record(tx, {
      type,
      actor,
      projectId: null,
      target: { type: 'SigningKey', id: row.kid },
      detail: { alg: row.alg },
    });
    tx.invalidate(...ringNotice);
  }

  /** Lets each key of an algorithm that has not stopped yet end when the next one begins; the last one has no end. */
  private async settle(tx: Tx, alg: SigningAlg): Promise<void> {
    const now = this.clock.now();
    const going = (await this.store.all(tx))
      .filter((row) => row.alg === alg && ['pending', 'active'].includes(keyState(row, now)))
      .sort((a, b) => a.activatesAt.getTime() - b.activatesAt.getTime());
    for (const [at, { kid, retiresAt }] of going.entries()) {
      const end = going[at + 1]?.activatesAt ?? null;
      if (end?.getTime() === retiresAt?.getTime()) continue;
      await this.store.setEnd(tx, kid, end, end && new Date(end.getTime() + overlapMs));
    }
  }

  private view(row: SigningKey): SigningKeyView {
    return viewOf(row, this.config.settings.CAREKEY_KEY_ROTATION_DAYS, this.clock.now());
  }
}
