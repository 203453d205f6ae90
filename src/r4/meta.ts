import type { Resource } from './search-row.js';

type Meta = NonNullable<Resource['meta']>;

const free = ['id', 'extension', 'profile', 'security', 'source', 'tag'] as const;

/** What of `meta` whoever writes a resource says; the rest the server says (FHIR R4 resource.html, Meta). */
export function freeMeta(meta: Meta | undefined): Meta {
  return Object.fromEntries(
    free.filter((name) => meta?.[name] !== undefined).map((name) => [name, meta![name]]),
  );
}

/** The accounts that a resource belongs to: `meta.account` and `meta.accounts` (wire-spec section 1). */
export function accountsOf({ account, accounts }: Meta = {}): string[] {
  const all = [account, accounts]
    .flat()
    .map((one) => (one as { reference?: unknown } | undefined)?.reference);
  return [...new Set(all.filter((one) => typeof one === 'string'))];
}

/** `meta` for those accounts; the first is also the one of older clients. */
export function accountMeta(references: readonly string[]): Meta {
  const accounts = references.map((reference) => ({ reference }));
  return accounts.length > 0 ? { account: accounts[0], accounts } : {};
}
