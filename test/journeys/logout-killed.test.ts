import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { type LogoutReceiver, outboundToLoopback, startLogoutReceiver } from '../helpers/logout-receiver.js';
import { OAuthAgent, type TestClient } from '../helpers/oauth-agent.js';
import { freePort } from '../helpers/ports.js';
import { Installation } from '../helpers/server-process.js';
import { until } from '../kernel/wait.js';

const admin = { email: 'ada@example.org', password: 'violet harbor lantern 42' };

describe('kill -9 in the middle of the delivery of a logout token', () => {
  let house: Installation;
  let receiver: LogoutReceiver;
  let env: Record<string, string>;
  beforeAll(async () => {
    house = Installation.make();
    receiver = await startLogoutReceiver();
    env = {
      ...outboundToLoopback,
      // The same address after the restart: it is the issuer.
      PORT: String(await freePort()),
      CAREKEY_DATA_DIR: house.newDataDir(),
      CAREKEY_ADMIN_EMAIL: admin.email,
      CAREKEY_ADMIN_PASSWORD: admin.password,
      CAREKEY_LOG_LEVEL: 'error',
    };
  });
  afterAll(async () => {
    await house.remove();
    await receiver.close();
  });

  async function appThatWantsToKnow(agent: OAuthAgent, firstApp: TestClient): Promise<TestClient> {
    const { body } = await agent.codeFlow(firstApp, admin, { scope: 'openid' });
    const query = `mutation($uri: String!) { createClient(input: {
      name: "Wants to know", redirectUris: ["https://app.example/callback"], backchannelLogoutUri: $uri
    }) { client { id } } }`;
    const answer = await agent.request('graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${body.access_token}` },
      body: JSON.stringify({ query, variables: { uri: receiver.uri } }),
    });
    return { id: answer.body.data.createClient.client.id, redirectUri: 'https://app.example/callback' };
  }

  it('R4 it is sent again after the restart, as a new token about the same login, until it is taken', async () => {
    const server = await house.startReady(env);
    const { CLIENT_ID: id, CLIENT_SECRET: secret } = server.firstSteps();
    const agent = new OAuthAgent(server.baseUrl);
    const app = await appThatWantsToKnow(agent, {
      id: id!,
      secret: secret!,
      redirectUri: 'http://127.0.0.1/callback',
    });
    const signedIn = async () => {
      const { body } = await agent.codeFlow(app, admin);
      return { token: body.access_token as string, sid: String(decodeJwt(body.id_token)['sid']) };
    };
    const [first, second] = [await signedIn(), await signedIn()];
    receiver.answers.push('hang');
    expect((await agent.revoke(app, first.token)).status).toBe(200);
    await until(() => receiver.about(first.sid).length === 1, { withinMs: 30_000 });
    await server.killEverything();

    await house.startReady(env);
    await until(() => receiver.about(first.sid).length === 2, { withinMs: 90_000 });
    const [lost, taken] = receiver.about(first.sid).map(({ claims }) => claims);
    expect(taken).toMatchObject({ iss: lost.iss, aud: app.id, sub: lost.sub, sid: first.sid });
    expect(taken.jti).not.toBe(lost.jti);
    // What ended stays so, and later logouts are told once.
    expect((await agent.userinfo(first.token)).status).toBe(401);
    expect((await agent.revoke(app, second.token)).status).toBe(200);
    await until(() => receiver.about(second.sid).length === 1, { withinMs: 30_000 });
    expect(receiver.about(first.sid)).toHaveLength(2);
  }, 240_000);
});
