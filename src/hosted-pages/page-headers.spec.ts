import { describe, expect, it } from '@jest/globals';
import { pageHeaders } from './page-headers.js';

const formAction = (source?: string) =>
  /form-action ([^;]*);/.exec(
    pageHeaders(source === undefined ? {} : { formAction: source })['content-security-policy']!,
  )?.[1];

describe('where a form may end', () => {
  it.each([
    ['an origin', 'https://app.example', "'self' https://app.example"],
    ['an origin with a port', 'http://127.0.0.1:4711', "'self' http://127.0.0.1:4711"],
    ["a native app's scheme", 'com.example.app:', "'self' com.example.app:"],
    ['an IPv6 address, which a policy cannot name', 'http://[::1]:4711', "'self' http:"],
  ])('%s', (_name, source, expected) => {
    expect(formAction(source)).toBe(expected);
  });

  it.each([
    undefined,
    '',
    '*',
    "https://app.example; script-src 'unsafe-inline'",
    'https://a.example,b',
    'https://*',
  ])('V25 nowhere else: %s', (source) => {
    expect(formAction(source)).toBe("'self'");
  });
});

describe('script', () => {
  it('runs only where a page says so, and then only from a file of ours', () => {
    expect(pageHeaders()['content-security-policy']).not.toContain('script-src');
    expect(pageHeaders({ script: true })['content-security-policy']).toContain("script-src 'self';");
  });
});
