import { isLoopbackHost } from '../kernel/config.js';

const maxLength = 2000;

// Printable ASCII of RFC 3986 without `*` (no wildcards) and without what parsers read differently (quotes, `\`, `^`, …).
const plainCharacters = /^[A-Za-z0-9\-._~:/?#[\]@!$&'()+,;=%]+$/;
// A scheme that is a domain name backwards (RFC 8252 section 7.1), in lower case so that there is one spelling.
const privateUseScheme = /^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+$/;
const dotSegment = /(^|[/:])(\.|%2e){1,2}($|[/?])/i;

/**
 * Judges an address that a client wants answers sent to (RFC 9700 section 2.1, RFC 8252 sections 7 and 8.4): https, or
 * http on this machine, or a private-use scheme; one spelling only, nothing that different parsers read differently.
 * @returns `undefined` when it may be registered, else what is wrong with it, to follow the words "must".
 */
export function redirectUriProblem(text: string): string | undefined {
  if (text.length > maxLength) return `have at most ${maxLength} characters`;
  if (!plainCharacters.test(text)) return 'have only plain URL characters: no wildcard, space or backslash';
  if (text.includes('#')) return 'have no fragment';
  if (/%(?![0-9A-Fa-f]{2})/.test(text) || !URL.canParse(text)) return 'be an absolute URL';
  const url = new URL(text);
  if (url.username || url.password || authority(text).includes('@')) return 'have no user name';
  if (dotSegment.test(text.split('?')[0]!)) return 'have no dot segments';
  const scheme = text.slice(0, text.indexOf(':'));
  if (scheme === 'https' || scheme === 'http') return webProblem(text, url);
  return privateUseScheme.test(scheme) && text.startsWith(`${scheme}:/`)
    ? undefined
    : 'begin with https://, with http:// and a loopback address, or with a private-use scheme such as com.example.app:/';
}

function webProblem(text: string, url: URL): string | undefined {
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname)) {
    return 'begin with https:// unless it is a loopback address';
  }
  // Its normal form must be itself: lower-case host, no default port, no other notation of an address.
  const normal =
    url.pathname === '/' && !text.startsWith(`${url.origin}/`)
      ? url.href.replace(/\/(\?|$)/, '$1')
      : url.href;
  return normal === text ? undefined : `be written in its normal form: ${url.href}`;
}

function authority(text: string): string {
  return /^[^:]*:\/\/([^/?]*)/.exec(text)?.[1] ?? '';
}

// http on a loopback IP literal, split into what must be equal and the port, which may differ (RFC 8252 section 7.3).
const loopback = /^(http:\/\/(?:127\.0\.0\.1|\[::1\]))(?::([1-9][0-9]{0,4}))?([/?].*)?$/s;

/**
 * Whether an address presented at the authorization endpoint is one that was registered: byte for byte (RFC 9700
 * section 4.1.3), save that http on 127.0.0.1 or [::1] may name another port, as native apps take what is free.
 */
export function isRegisteredRedirectUri(registered: readonly string[], presented: string): boolean {
  if (redirectUriProblem(presented) !== undefined) return false;
  if (registered.includes(presented)) return true;
  const [, host, port, rest] = loopback.exec(presented) ?? [];
  if (host === undefined || Number(port ?? 80) > 65_535) return false;
  return registered.some((uri) => {
    const [, itsHost, , itsRest] = loopback.exec(uri) ?? [];
    return itsHost === host && itsRest === rest;
  });
}

/** The web origin of an address, or `undefined` for private-use schemes, which have none. */
export function originOf(uri: string): string | undefined {
  const { origin, protocol } = new URL(uri);
  return protocol === 'https:' || protocol === 'http:' ? origin : undefined;
}

/**
 * Judges an origin that may call the API from a browser: `scheme://host[:port]` and nothing else, https unless loopback.
 * @returns `undefined` when it may be registered, else what is wrong with it, to follow the words "must".
 */
export function originProblem(text: string): string | undefined {
  if (redirectUriProblem(text) !== undefined || originOf(text) !== text) {
    return 'be an origin like https://app.example.org, https unless it is a loopback address';
  }
  return undefined;
}

/** Every origin that a client's pages may have: those allowed, and those of its redirect addresses. */
export function originsOf(settings: {
  redirectUris: readonly string[];
  allowedOrigins: readonly string[];
}): string[] {
  const all = [...settings.allowedOrigins, ...settings.redirectUris.map(originOf)];
  return [...new Set(all.filter((origin) => origin !== undefined))];
}
