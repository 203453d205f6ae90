let loaded: Promise<ReadonlySet<string>> | undefined;

/**
 * The blocklist: some 49,000 common and breached passwords, lower case (source and licence: docs/decisions/030).
 * Read on first use, because most processes never set a password.
 */
export function commonPasswords(): Promise<ReadonlySet<string>> {
  loaded ??= import('@zxcvbn-ts/language-common').then(
    ({ dictionary }) => new Set(dictionary['passwords-common']),
  );
  return loaded;
}
