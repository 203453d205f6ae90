import { describe, expect, it } from '@jest/globals';
import { type ClientInput, changedClientSettings, newClientSettings } from './client-input.js';

const known = ['authorization_code', 'refresh_token', 'client_credentials'];

describe('what a client is made of', () => {
  it('is a public client of the code flow unless it says otherwise', () => {
    expect(newClientSettings({ name: ' My  app ' }, known)).toEqual({
      name: 'My  app',
      description: '',
      firstParty: false,
      redirectUris: [],
      postLogoutRedirectUris: [],
      backchannelLogoutUri: null,
      backchannelLogoutSessionRequired: false,
      allowedOrigins: [],
      defaultScope: [],
      grantTypes: ['authorization_code', 'refresh_token'],
      authenticatedGrants: [],
      pkceOptional: false,
      accessTokenLifetime: 3600,
      refreshTokenLifetime: 1_209_600,
      idTokenSignedResponseAlg: 'RS256',
      jwks: null,
      jwksUri: null,
      tokenEndpointAuthMethod: null,
      directSignIn: 'project-users',
      logoUrl: null,
      welcomeString: null,
      allowedScopes: null,
      scopesOnly: false,
      mayActForMembers: false,
    });
  });

  it('proves itself for client_credentials without being told', () => {
    expect(newClientSettings({ name: 'A', grantTypes: known }, known).authenticatedGrants).toEqual([
      'client_credentials',
    ]);
  });

  it.each<[string, string, ClientInput]>([
    ['no name', 'name', { name: '  ' }],
    ['a name with a line break', 'name', { name: 'a\nb' }],
    ['a name that runs backwards', 'name', { name: 'a\u202eb' }],
    ['a long name', 'name', { name: 'a'.repeat(101) }],
    [
      'a wild redirect address',
      'redirectUris.1',
      { name: 'A', redirectUris: ['https://a.example/', 'https://*/'] },
    ],
    [
      'a script to return to',
      'postLogoutRedirectUris.0',
      { name: 'A', postLogoutRedirectUris: ['javascript:1'] },
    ],
    ...[
      'http://app.example/out',
      'com.example.app:/out',
      'https://a.example/#f',
      'https://u@a.example/',
      '/out',
      '',
    ].map((backchannelLogoutUri): [string, string, ClientInput] => [
      `a logout address that cannot be called: ${backchannelLogoutUri}`,
      'backchannelLogoutUri',
      { name: 'A', backchannelLogoutUri },
    ]),
    ['a path as origin', 'allowedOrigins.0', { name: 'A', allowedOrigins: ['https://a.example/x'] }],
    ['a scope with a space', 'defaultScope.0', { name: 'A', defaultScope: ['openid profile'] }],
    ['an unknown grant', 'grantTypes', { name: 'A', grantTypes: ['password'] }],
    [
      'proof for a grant it has not',
      'authenticatedGrants',
      { name: 'A', authenticatedGrants: ['client_credentials'] },
    ],
    [
      'client_credentials without proof',
      'authenticatedGrants',
      { name: 'A', grantTypes: known, authenticatedGrants: [] },
    ],
    ['a public client without PKCE', 'pkceOptional', { name: 'A', pkceOptional: true }],
    ['a public client that acts for others', 'mayActForMembers', { name: 'A', mayActForMembers: true }],
    ['a token life under ten minutes', 'accessTokenLifetime', { name: 'A', accessTokenLifetime: 599 }],
    ['a token life over a day', 'accessTokenLifetime', { name: 'A', accessTokenLifetime: 86_401 }],
    ['half a second', 'accessTokenLifetime', { name: 'A', accessTokenLifetime: 3600.5 }],
    ['W-082 a short refresh life', 'refreshTokenLifetime', { name: 'A', refreshTokenLifetime: 86_399 }],
    ['a long refresh life', 'refreshTokenLifetime', { name: 'A', refreshTokenLifetime: 31_536_001 }],
    ['too many addresses', 'redirectUris', { name: 'A', redirectUris: Array(51).fill('https://a.example/') }],
  ])('refuses %s', (_, field, input) => {
    expect(() => newClientSettings(input, known)).toThrow(
      expect.objectContaining({ code: 'invalid-input', field }),
    );
  });

  it('refuses a secret that the caller chose, as it refuses any unknown member (rulings 12)', () => {
    const input = { name: 'A', secret: 'mine' } as ClientInput;
    expect(() => newClientSettings(input, known)).toThrow(expect.objectContaining({ code: 'invalid-input' }));
  });

  it('judges changes together with what stays', () => {
    const before = newClientSettings({ name: 'A', grantTypes: known }, known);
    expect(changedClientSettings(before, { name: 'B', description: undefined }, known)).toEqual({
      ...before,
      name: 'B',
    });
    expect(() => changedClientSettings(before, { authenticatedGrants: [] }, known)).toThrow(
      expect.objectContaining({ field: 'authenticatedGrants' }),
    );
    expect(() => changedClientSettings(before, { grantTypes: ['authorization_code'] }, known)).toThrow(
      expect.objectContaining({ field: 'authenticatedGrants' }),
    );
  });
});
