import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  type JWK,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT,
} from 'jose';

/** A key pair of a client. */
export interface ClientKey {
  readonly alg: string;
  readonly privateKey: CryptoKey;
  /** Public, with `kid` and `alg`. */
  readonly jwk: JWK;
}

/** A new key for one algorithm. */
export async function newClientKey(alg: string, kid = `${alg}-${randomUUID()}`): Promise<ClientKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg } };
}

/** The parameters of a request that carries a client assertion. */
export const assertionForm = (assertion: string) => ({
  client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  client_assertion: assertion,
});

/** Signs client assertions as a client would; claims and header members can be replaced, `undefined` leaves one out. */
export class AssertionSigner {
  constructor(
    readonly clientId: string,
    readonly audience: string,
    private readonly key: ClientKey,
    /** Seconds since the epoch. */
    private readonly now: () => number = () => Math.floor(Date.now() / 1000),
  ) {}

  sign(
    claims: JWTPayload | Record<string, unknown> = {},
    header: Record<string, unknown> = {},
  ): Promise<string> {
    const now = this.now();
    const all = {
      iss: this.clientId,
      sub: this.clientId,
      aud: this.audience,
      jti: randomUUID(),
      iat: now,
      exp: now + 300,
      ...claims,
    };
    const protectedHeader = { alg: this.key.alg, kid: this.key.jwk.kid, typ: 'JWT', ...header };
    return new SignJWT(without(all) as JWTPayload)
      .setProtectedHeader(without(protectedHeader) as unknown as JWTHeaderParameters)
      .sign(this.key.privateKey, { crit: { x: true } });
  }

  async form(claims?: Record<string, unknown>, header?: Record<string, unknown>) {
    return assertionForm(await this.sign(claims, header));
  }
}

function without(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

/** A web server of a client: publishes its keys, counts who asks, and can be out of order. */
export interface JwksHost {
  readonly url: string;
  /** `host:port`, for CAREKEY_OUTBOUND_ALLOW. */
  readonly host: string;
  keys: JWK[];
  status: number;
  asked: number;
  close(): Promise<void>;
}

export async function startJwksHost(): Promise<JwksHost> {
  const server = createServer((_request, response) => {
    host.asked += 1;
    response.writeHead(host.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ keys: host.keys }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const host: JwksHost = {
    url: `http://127.0.0.1:${port}/jwks.json`,
    host: `127.0.0.1:${port}`,
    keys: [],
    status: 200,
    asked: 0,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return host;
}
