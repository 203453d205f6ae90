/**
 * The headers of a page. Nothing is loaded from elsewhere, nothing is framed, nothing is kept.
 * @param options.formAction an origin or scheme, besides this server, where a form may end by redirects
 */
export function pageHeaders(
  options: { readonly formAction?: string; readonly script?: boolean } = {},
): Record<string, string> {
  const policy = [
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self' data:",
    ...(options.script ? ["script-src 'self'", "connect-src 'self'"] : []),
    `form-action 'self'${options.formAction ? ` ${options.formAction}` : ''}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ];
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy.join('; '),
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  };
}
