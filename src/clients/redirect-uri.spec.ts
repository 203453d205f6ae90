import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isRegisteredRedirectUri, originOf, originProblem, redirectUriProblem } from './redirect-uri.js';

const good = [
  'https://app.example.org',
  'https://app.example.org/',
  'https://app.example.org/callback',
  'https://app.example.org:8443/callback?from=login',
  'https://192.0.2.7/callback',
  'http://localhost:3000/callback',
  'http://127.0.0.1/callback',
  'http://127.0.0.2:8080/',
  'http://[::1]:8080/callback',
  'com.example.app:/callback',
  'com.example.app://callback',
];

const bad: [string, string][] = [
  ['empty', ''],
  ['relative', '/callback'],
  ['no scheme', 'app.example.org/callback'],
  ['http elsewhere', 'http://app.example.org/callback'],
  ['http that begins like loopback', 'http://localhost.example.org/'],
  ['http that begins like a loopback literal', 'http://127.0.0.1.example.org/'],
  ['another notation of loopback', 'http://127.1/callback'],
  ['loopback in decimal', 'http://2130706433/callback'],
  ['fragment', 'https://app.example.org/callback#here'],
  ['empty fragment', 'https://app.example.org/callback#'],
  ['user name', 'https://app.example.org@evil.example/callback'],
  ['empty user name', 'https://@app.example.org/callback'],
  ['user name of a private-use scheme', 'com.example.app://me@host/callback'],
  ['wildcard host', 'https://*.example.org/callback'],
  ['wildcard path', 'https://app.example.org/*'],
  ['script', 'javascript:alert(1)'],
  ['script in capitals', 'JavaScript://app.example.org/%0aalert(1)'],
  ['data', 'data:text/html,hello'],
  ['file', 'file:///etc/passwd'],
  ['blob', 'blob:https://app.example.org/1'],
  ['view-source', 'view-source:https://app.example.org/'],
  ['ftp', 'ftp://app.example.org/'],
  ['scheme without a dot', 'myapp:/callback'],
  ['scheme in capitals', 'Com.Example.App:/callback'],
  ['opaque private-use address', 'com.example.app:callback'],
  ['line break', 'https://app.example.org/call\nback'],
  ['tab', 'https://app.example.org/call\tback'],
  ['zero byte', 'https://app.example.org/\0'],
  ['space', 'https://app.example.org/call back'],
  ['leading space', ' https://app.example.org/'],
  ['backslash', 'https://app.example.org\\@evil.example/'],
  ['letters of another script', 'https://аpp.example.org/'],
  ['dot segments', 'https://app.example.org/callback/../admin'],
  ['one dot segment', 'https://app.example.org/./callback'],
  ['coded dot segments', 'https://app.example.org/callback/%2E%2e/admin'],
  ['half-coded dot segment', 'https://app.example.org/callback/.%2e'],
  ['capital host', 'https://App.example.org/callback'],
  ['default port', 'https://app.example.org:443/callback'],
  ['port out of range', 'https://app.example.org:70000/callback'],
  ['broken percent', 'https://app.example.org/%zz'],
  ['no host', 'https:///callback'],
  ['one slash', 'https:/app.example.org/callback'],
  ['very long', `https://app.example.org/${'a'.repeat(2000)}`],
];

describe('what may be registered (BCP-26, BCP-27, V33, V34)', () => {
  it.each(good)('%s', (uri) => {
    expect(redirectUriProblem(uri)).toBeUndefined();
  });

  it.each(bad)('not: %s', (_, uri) => {
    expect(redirectUriProblem(uri)).toEqual(expect.any(String));
  });

  it('holds for any text: what passes is its own normal form', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.webUrl({ withFragments: true, withQueryParameters: true }), fc.string()),
        (text) => {
          if (redirectUriProblem(text) !== undefined) return;
          const { href, hash, username, password, protocol } = new URL(text);
          expect([text, `${text}/`]).toContain(
            href.replace(/^([^?]*[^/?])\/\?/, '$1?') === text ? text : href,
          );
          expect([hash, username, password]).toEqual(['', '', '']);
          expect(protocol === 'https:' || protocol === 'http:' || protocol.includes('.')).toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('what matches at use (BCP-01, V07, V27, W-029, W-032, W-033, W-035)', () => {
  const registered = [
    'https://app.example.org/callback',
    'https://app.example.org/call.back?a=b',
    'http://localhost:3000/callback',
    'com.example.app:/callback',
  ];
  const loopback = ['http://127.0.0.1/callback', 'http://[::1]:9000/callback?x=1'];

  it.each([...registered, ...loopback])('itself: %s', (uri) => {
    expect(isRegisteredRedirectUri([...registered, ...loopback], uri)).toBe(true);
  });

  it.each([
    ['http://127.0.0.1:51004/callback', true],
    ['http://127.0.0.1:1/callback', true],
    ['http://[::1]:51004/callback?x=1', true],
    ['http://[::1]/callback?x=1', true],
    ['http://localhost:51004/callback', false],
    ['http://127.0.0.2:51004/callback', false],
    ['https://127.0.0.1:51004/callback', false],
    ['http://127.0.0.1:51004/callback/', false],
    ['http://127.0.0.1:51004/callback?x=1', false],
    ['http://127.0.0.1:51004', false],
    ['http://127.0.0.1:051004/callback', false],
    ['http://127.0.0.1:99999/callback', false],
    ['http://127.0.0.1:/callback', false],
    ['http://127.0.0.1:51004@evil.example/callback', false],
    ['http://[::1]:51004/callback', false],
  ])('port of a loopback literal: %s -> %s', (uri, expected) => {
    expect(isRegisteredRedirectUri([...registered, ...loopback], uri)).toBe(expected);
  });

  it('nothing else than the very bytes: any edit of a registered address is refused', () => {
    const edit = fc.record({
      uri: fc.constantFrom(...registered),
      at: fc.nat(60),
      remove: fc.nat(3),
      insert: fc.oneof(
        fc.string({ maxLength: 3 }),
        fc.constantFrom('*', '.', '/', '..', '%2e', '@', '\\', '#', '?'),
      ),
    });
    fc.assert(
      fc.property(edit, ({ uri, at, remove, insert }) => {
        const edited = uri.slice(0, at) + insert + uri.slice(at + remove);
        expect(isRegisteredRedirectUri(registered, edited)).toBe(registered.includes(edited));
      }),
      { numRuns: 5000 },
    );
  });

  it('never in other letters', () => {
    for (const uri of registered) expect(isRegisteredRedirectUri(registered, uri.toUpperCase())).toBe(false);
  });

  it('not an address that could not be registered, even where it got into the list', () => {
    expect(isRegisteredRedirectUri(['javascript:alert(1)'], 'javascript:alert(1)')).toBe(false);
    expect(isRegisteredRedirectUri(['https://a.example/*'], 'https://a.example/*')).toBe(false);
  });
});

describe('origins', () => {
  it.each(['https://app.example.org', 'https://app.example.org:8443', 'http://localhost:3000'])(
    '%s',
    (origin) => {
      expect(originProblem(origin)).toBeUndefined();
    },
  );

  it.each([
    'https://app.example.org/',
    'https://app.example.org/path',
    'http://app.example.org',
    'null',
    '*',
    'com.example.app:/',
    'https://app.example.org:443',
  ])('not: %s', (origin) => {
    expect(originProblem(origin)).toEqual(expect.any(String));
  });

  it('are taken from web addresses only', () => {
    expect(originOf('https://app.example.org:8443/callback')).toBe('https://app.example.org:8443');
    expect(originOf('com.example.app:/callback')).toBeUndefined();
  });
});
