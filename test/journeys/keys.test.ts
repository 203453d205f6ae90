import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  decodeProtectedHeader,
  type JSONWebKeySet,
  jwtVerify,
} from 'jose';
import pg from 'pg';
import { systemActor } from '../../src/kernel/actor.js';
import { Db } from '../../src/kernel/db.js';
import { KeyRotationService } from '../../src/keys/key-rotation.service.js';
import type { SigningKeyView } from '../../src/keys/key-times.js';
import { KeysService } from '../../src/keys/keys.service.js';
import { startApp, type TestApp } from '../helpers/app.js';
import { TestClock } from '../helpers/clock.js';
import { OAuthAgent } from '../helpers/oauth-agent.js';
import { startWorld, type World } from '../helpers/world.js';
import { until } from '../kernel/wait.js';

const minuteMs = 60_000;
const dayMs = 86_400_000;
const actor = systemActor('test');

/** Two nodes on one database; the clock of the second one is a minute ahead (R7). */
class TwoClocks {
  private constructor(
    readonly world: World,
    readonly behind: TestApp,
    readonly ahead: TestApp,
  ) {}

  static async start(env: Record<string, string> = {}): Promise<TwoClocks> {
    const world = await startWorld({ env });
    const clock = new TestClock();
    clock.advance(minuteMs);
    const ahead = await startApp({
      database: world.app.database,
      clock,
      env: { ...env, CAREKEY_BASE_URL: world.app.baseUrl },
    });
    return new TwoClocks(world, world.app, ahead);
  }

  get nodes(): readonly TestApp[] {
    return [this.behind, this.ahead];
  }

  agent(node: TestApp): OAuthAgent {
    return new OAuthAgent(node.listensOn);
  }

  advance(ms: number): void {
    for (const { clock } of this.nodes) clock.advance(ms);
  }

  async kids(node: TestApp): Promise<string[]> {
    const { body } = await this.agent(node).get('.well-known/jwks.json');
    return (body.keys as { kid: string }[]).map(({ kid }) => kid);
  }

  async token(node: TestApp): Promise<string> {
    const { status, body } = await this.agent(node).clientCredentials(this.world.project.server);
    expect(status).toBe(200);
    return body.access_token;
  }

  /** Whether a node takes a token of either kind of door. */
  async accepts(node: TestApp, token: string): Promise<boolean> {
    return (await this.agent(node).introspect(this.world.project.server, token)).body.active;
  }

  rotate(node: TestApp, alg: 'ES256' | 'RS256' = 'ES256'): Promise<SigningKeyView> {
    return node.get(Db).tx((tx) => node.get(KeyRotationService).rotate(tx, actor, alg));
  }

  revoke(node: TestApp, kid: string): Promise<void> {
    return node.get(Db).tx((tx) => node.get(KeyRotationService).revoke(tx, actor, kid));
  }

  async state(kid: string): Promise<string | undefined> {
    return (await this.behind.get(KeysService).list()).find((key) => key.kid === kid)?.state;
  }

  /** Whether the database still holds the private part of a key. */
  async holdsPrivate(kid: string): Promise<boolean> {
    const client = new pg.Client(this.behind.database.ownerConnection);
    await client.connect();
    try {
      const text = 'SELECT sealed_private_jwk IS NOT NULL AS held FROM signing_key WHERE kid = $1';
      return (await client.query<{ held: boolean }>(text, [kid])).rows[0]!.held;
    } finally {
      await client.end();
    }
  }

  async close(): Promise<void> {
    await this.ahead.close();
    await this.world.close();
  }
}

const kidOf = (token: string) => decodeProtectedHeader(token).kid!;

describe('two nodes whose clocks are a minute apart', () => {
  let two: TwoClocks;
  beforeAll(async () => {
    two = await TwoClocks.start({ CAREKEY_KEY_ROTATION_DAYS: '0' });
  });
  afterAll(() => two.close());

  it('R7 tokens of either are good on both, and a login begun on one is refreshed on the other', async () => {
    const { app, person } = two.world.project;
    for (const [from, to] of [
      [two.behind, two.ahead],
      [two.ahead, two.behind],
    ] as const) {
      const token = await two.token(from);
      expect(await two.accepts(to, token)).toBe(true);
      expect(await two.kids(to)).toContain(kidOf(token));
      const tokens = (await two.agent(from).codeFlow(app, person)).body;
      expect((await two.agent(to).userinfo(tokens.access_token)).status).toBe(200);
      const refreshed = await two.agent(to).refresh(app, tokens.refresh_token);
      expect(refreshed.status).toBe(200);
      expect((await two.agent(from).userinfo(refreshed.body.access_token)).status).toBe(200);
    }
  });

  it('F123 several nodes that rotate at once make one key, published on all before it signs anywhere', async () => {
    const old = kidOf(await two.token(two.behind));
    const made = await Promise.all(
      Array.from({ length: 8 }, (_, at) => two.rotate(two.nodes[at % 2]!, 'ES256')),
    );
    const { kid } = made[0]!;
    expect(new Set(made.map((key) => key.kid))).toEqual(new Set([kid]));
    for (const node of two.nodes) {
      await until(async () => (await two.kids(node)).includes(kid), { withinMs: 1_000 });
      expect(kidOf(await two.token(node))).toBe(old);
    }
    // A JWK Set that was fetched just before the key came is used up before the clock ahead lets it sign.
    two.advance(5 * minuteMs);
    expect(kidOf(await two.token(two.ahead))).toBe(old);
    two.advance(1.5 * minuteMs);
    const [late, early] = [await two.token(two.behind), await two.token(two.ahead)];
    expect([kidOf(late), kidOf(early)]).toEqual([old, kid]);
    for (const node of two.nodes) {
      expect(await two.accepts(node, late)).toBe(true);
      expect(await two.accepts(node, early)).toBe(true);
    }
    two.advance(minuteMs);
    for (const node of two.nodes) expect(kidOf(await two.token(node))).toBe(kid);
    expect(await two.state(old)).toBe('retiring');
  });

  it('F123 the private part of a key is gone once no node signs with it, its tokens stay good to their end', async () => {
    const token = await two.token(two.behind);
    const old = kidOf(token);
    const { kid } = await two.rotate(two.ahead);
    expect(await two.state(kid)).toBe('pending');
    two.advance(7.5 * minuteMs);
    expect(await two.holdsPrivate(old)).toBe(true);
    two.advance(6 * minuteMs);
    await until(async () => !(await two.holdsPrivate(old)), { withinMs: 30_000 });
    for (const node of two.nodes) {
      expect(await two.accepts(node, token)).toBe(true);
      expect(await two.kids(node)).toContain(old);
      expect(kidOf(await two.token(node))).toBe(kid);
    }
    two.advance(25 * 60 * minuteMs);
    expect(await two.state(old)).toBe('erased');
    for (const node of two.nodes) expect(await two.kids(node)).not.toContain(old);
  });

  it('an emergency bites on both within a second, whichever clock is ahead, and signing never stops', async () => {
    for (const node of [two.behind, two.ahead, two.ahead, two.behind]) {
      const tokens = await Promise.all(two.nodes.map((one) => two.token(one)));
      expect(new Set(tokens.map(kidOf)).size).toBe(1);
      await two.revoke(node, kidOf(tokens[0]!));
      for (const one of two.nodes) {
        await until(async () => !(await two.accepts(one, tokens[0]!)), { withinMs: 1_000 });
        expect(await two.kids(one)).not.toContain(kidOf(tokens[0]!));
        const fresh = await two.token(one);
        for (const other of two.nodes) expect(await two.accepts(other, fresh)).toBe(true);
      }
    }
  });

  it('revoking a key that waits lets the one before go on; revoking that one bridges the time until the new one', async () => {
    const old = kidOf(await two.token(two.behind));
    const withdrawn = await two.rotate(two.behind);
    await two.revoke(two.behind, withdrawn.kid);
    two.advance(30 * minuteMs);
    expect(kidOf(await two.token(two.behind))).toBe(old);
    expect(await two.state(old)).toBe('active');

    const next = await two.rotate(two.behind);
    await two.revoke(two.behind, old);
    const bridge = kidOf(await two.token(two.behind));
    expect([old, next.kid, withdrawn.kid]).not.toContain(bridge);
    two.advance(10 * minuteMs);
    expect(kidOf(await two.token(two.behind))).toBe(next.kid);
    expect(await two.state(bridge)).toBe('retiring');
    await until(async () => !(await two.holdsPrivate(bridge)), { withinMs: 30_000 });
  });
});

describe('F123 rotation by schedule', () => {
  let two: TwoClocks;
  beforeAll(async () => {
    two = await TwoClocks.start({ CAREKEY_KEY_ROTATION_DAYS: '30' });
  });
  afterAll(() => two.close());

  const keys = () => two.behind.get(KeysService).list();

  it('replaces a key when its days are over, once, whatever runs it and how often', async () => {
    const first = await keys();
    expect(first.map(({ alg, state }) => `${alg} ${state}`).sort()).toEqual(['ES256 active', 'RS256 active']);
    expect(first[0]!.rotationDueAt).toEqual(new Date(first[0]!.activatesAt.getTime() + 30 * dayMs));
    two.advance(30 * dayMs - 30 * minuteMs);
    await Promise.all(
      two.nodes.map((node) => node.get(Db).tx((tx) => node.get(KeyRotationService).rotateDue(tx, actor))),
    );
    expect(await keys()).toHaveLength(2);
    two.advance(25 * minuteMs);
    await Promise.all(
      two.nodes.map((node) => node.get(Db).tx((tx) => node.get(KeyRotationService).rotateDue(tx, actor))),
    );
    const both = await keys();
    expect(both.map(({ alg, state }) => `${alg} ${state}`).sort()).toEqual([
      'ES256 active',
      'ES256 pending',
      'RS256 active',
      'RS256 pending',
    ]);
    for (const key of both) {
      expect(key.rotationDueAt === null).toBe(key.state === 'active');
      expect(key.retiresAt === null).toBe(key.state === 'pending');
    }
  });

  it('runs by itself', async () => {
    const before = (await keys()).length;
    two.advance(31 * dayMs);
    await until(async () => (await keys()).length === before + 2, { withinMs: 30_000 });
  });
});

/** A verifier that trusts its copy of the JWK Set for as long as the answer allowed, and asks for no key in between. */
class PatientVerifier {
  private set: { readonly keys: JSONWebKeySet; readonly until: number } | undefined;

  constructor(private readonly clock: TestClock) {}

  async verify(agent: OAuthAgent, token: string): Promise<void> {
    const now = this.clock.now();
    if (!this.set || now >= this.set.until) {
      const { body, headers } = await agent.get('.well-known/jwks.json');
      const maxAge = Number(/max-age=(\d+)/.exec(headers.get('cache-control')!)![1]);
      this.set = { keys: body, until: now + maxAge * 1000 };
    }
    await jwtVerify(token, createLocalJWKSet(this.set.keys), {
      currentDate: new Date(now),
      clockTolerance: 61,
    });
  }
}

describe('R5 rotation under load', () => {
  let two: TwoClocks;
  beforeAll(async () => {
    two = await TwoClocks.start({ CAREKEY_KEY_ROTATION_DAYS: '0' });
  });
  afterAll(() => two.close());

  it('of hundreds of tokens over several rotations not one fails, for patient and for curious verifiers', async () => {
    const { app, person } = two.world.project;
    let refreshToken: string = (await two.world.agent.codeFlow(app, person)).body.refresh_token;
    const patient = [new PatientVerifier(two.behind.clock), new PatientVerifier(two.ahead.clock)];
    const curious = createRemoteJWKSet(new URL('.well-known/jwks.json', two.ahead.listensOn), {
      cooldownDuration: 0,
    });
    const kids = new Set<string>();
    let verified = 0;
    const stepMs = 40_000;
    // Three quarters of an hour in steps of 40 seconds, with a rotation of each key every ten minutes.
    for (let step = 0; step < 68; step++) {
      if (step % 15 === 2) await two.rotate(two.nodes[step % 2]!, 'ES256');
      if (step % 15 === 3) await two.rotate(two.nodes[step % 2]!, 'RS256');
      const minted = await Promise.all([two.token(two.behind), two.token(two.ahead)]);
      const refreshed = await two.agent(two.nodes[step % 2]!).refresh(app, refreshToken);
      expect(refreshed.status).toBe(200);
      refreshToken = refreshed.body.refresh_token;
      const tokens: string[] = [...minted, refreshed.body.access_token, refreshed.body.id_token];
      const currentDate = new Date(two.behind.clock.now());
      await Promise.all(
        tokens.flatMap((token) => [
          jwtVerify(token, curious, { currentDate, clockTolerance: 61 }),
          ...patient.map((one, at) => one.verify(two.agent(two.nodes[at]!), token)),
        ]),
      );
      for (const node of two.nodes) expect(await two.accepts(node, minted[step % 2]!)).toBe(true);
      for (const token of tokens) kids.add(kidOf(token));
      verified += tokens.length;
      two.advance(stepMs);
    }
    expect(verified).toBe(272);
    // Both first keys, and four rotations of each (the last of which still waits).
    expect(kids.size).toBeGreaterThanOrEqual(8);
  });
});
