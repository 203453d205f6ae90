import { describe, expect, it } from '@jest/globals';
import { needsConsent } from './interaction-decision.js';

const request = (more: object = {}) =>
  ({
    parameters: { redirectUri: 'https://app.example/callback', scope: ['openid', 'profile'], ...more },
  }) as never;
const client = (more: object = {}) =>
  ({ firstParty: false, projectId: 'north', authenticatedGrants: [], ...more }) as never;
const member = { projectId: 'north', pending: false };
const never = { asked: false, scope: [] };
const once = { asked: true, scope: ['profile'] };

describe('whether a person is asked for consent', () => {
  it.each([
    ['the first time', request(), client(), member, never, true],
    ['not again for the same', request(), client(), member, once, false],
    ['again for more', request({ scope: ['openid', 'email'] }), client(), member, once, true],
    ['when the app says so', request({ freshConsent: true }), client(), member, once, true],
    ['not by the project’s own app', request(), client({ firstParty: true }), member, never, false],
    [
      'by the project’s own app before a membership that was never accepted (F60)',
      request(),
      client({ firstParty: true }),
      { ...member, pending: true },
      once,
      true,
    ],
    [
      'by another project’s own app',
      request(),
      client({ firstParty: true, projectId: 'south' }),
      member,
      never,
      true,
    ],
    [
      'by a public app that any program of the device could be (RFC 8252)',
      request({ redirectUri: 'org.example.app:/callback' }),
      client(),
      member,
      once,
      true,
    ],
  ])('%s', (_, asked, of, choice, remembered, expected) => {
    expect(needsConsent(asked, of, choice, remembered)).toBe(expected);
  });
});
