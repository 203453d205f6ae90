import { expect, it } from '@jest/globals';
import { BrowserAgent } from '../helpers/browser-agent.js';
import { startWorld } from '../helpers/world.js';

it('BCP-44 F129 the log of a whole journey, refusals included, holds no secret, name or address', async () => {
  const lines: string[] = [];
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = ((chunk: string | Uint8Array) => {
    lines.push(String(chunk));
    return true;
  }) as typeof process.stdout.write;
  const world = await startWorld({ env: { CAREKEY_LOG_LEVEL: 'debug' } });
  try {
    const { app, person, server } = world.project;
    const browser = new BrowserAgent(world.app.baseUrl);
    const tokens = (await world.agent.codeFlow(app, person, { nonce: 'nonce-in-the-log' }, browser)).body;
    const refreshed = (await world.agent.refresh(app, tokens.refresh_token)).body;
    await world.agent.refresh(app, 'refresh-token-in-the-log');
    await world.agent.clientCredentials(server);
    await world.agent.clientCredentials({ ...server, secret: 'wrong-secret-in-the-log' });
    await world.agent.post('oauth2/introspect', { token: tokens.access_token }, { basic: server });
    await world.agent.get(`oauth2/userinfo?access_token=${tokens.access_token}`);
    const secrets = [
      tokens.access_token,
      tokens.refresh_token,
      tokens.id_token,
      refreshed.refresh_token,
      server.secret!,
      person.password,
      person.email,
      browser.cookie('carekey-session')!,
      'nonce-in-the-log',
      'refresh-token-in-the-log',
      'wrong-secret-in-the-log',
    ];
    const text = lines.join('');
    expect(lines.length).toBeGreaterThan(0);
    for (const secret of secrets) expect(text).not.toContain(secret);
  } finally {
    process.stdout.write = write;
    await world.close();
  }
});
