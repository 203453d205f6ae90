import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startWorld, type World } from '../helpers/world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

describe('redirect addresses at registration', () => {
  const register = (redirectUri: string) =>
    world.addClient(world.project.id, { name: 'App', redirectUris: [redirectUri] }).then(
      () => 'accepted',
      (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
    );

  it.each([
    'https://app.example/cb',
    'https://app.example/cb?tenant=1',
    'http://localhost:3000/cb',
    'http://127.0.0.1/cb',
    'http://[::1]/cb',
    'com.example.app:/cb',
  ])('BCP-26 accepts %s', async (redirectUri) => {
    expect(await register(redirectUri)).toBe('accepted');
  });

  it.each([
    'http://app.example/cb',
    'app:/cb',
    'javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'vbscript:x',
    'blob:https://app.example/1',
    'https://app.example/cb#x',
    'https://user:pass@app.example/cb',
    'https://*.example/cb',
    'https://app.example/a/../cb',
    'https://app.example\\cb',
    '//app.example/cb',
    '/cb',
    '',
  ])('BCP-26 BCP-27 V33 refuses %s', async (redirectUri) => {
    expect(await register(redirectUri)).toMatch(/^invalid-input: /);
  });
});
