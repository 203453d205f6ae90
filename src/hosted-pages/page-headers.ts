/**
 * The headers of a page. Nothing is loaded from elsewhere, nothing is framed, nothing is kept.
 * @param options.formAction an origin or scheme, besides this server, where a form may end by redirects
 * @param options.script whether the page loads a script of ours
 */
export function pageHeaders(
  options: { readonly formAction?: string; readonly script?: boolean } = {},
): Record<string, string> {
  const policy = [
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self' data:",
    ...(options.script ? ["script-src 'self'", "connect-src 'self'"] : []),
    `form-action 'self'${sourceExpression(options.formAction)}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ];
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy.join('; '),
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  };
}

/**
 * Only what is one source expression gets into the policy: anything else could end the directive and add another.
 * A policy cannot name an IPv6 address (CSP3 section 2.3.1), so such an origin opens its scheme.
 */
function sourceExpression(source: string | undefined): string {
  const scheme = /^([a-z][a-z0-9+.-]*:)(?:\/\/(?:[A-Za-z0-9.-]+|(\[[0-9a-f:.]+\]))(?::\d+)?)?$/.exec(
    source ?? '',
  );
  if (!scheme) return '';
  return ` ${scheme[2] ? scheme[1] : source}`;
}
