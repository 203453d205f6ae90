import { describe, expect, it } from '@jest/globals';
import { type Ban, bans } from './bans.js';
import { codeOf, importsOf, type Source, sourcesBelow, stringsOf } from './sources.js';

function breaches(ban: Ban, sources: readonly Source[]): string[] {
  return sources
    .filter(({ path }) => (ban.only ?? /^src\//).test(path) && !path.endsWith('.spec.ts'))
    .filter(
      ({ path }) => !ban.except.some((may) => (typeof may === 'string' ? may === path : may.test(path))),
    )
    .flatMap((source) =>
      textsOf(ban, source)
        .map((text) => ban.pattern.exec(text)?.[0])
        .filter((found) => found !== undefined)
        .map((found) => `${source.path}: "${found.trim().slice(0, 60)}"; instead, ${ban.instead}`),
    );
}

function textsOf(ban: Ban, source: Source): string[] {
  switch (ban.look) {
    case 'code':
      return [codeOf(source)];
    case 'strings':
      return stringsOf(source);
    case 'imports':
      return importsOf(source);
    case 'raw':
      return [source.text];
  }
}

describe('bans', () => {
  const sources = sourcesBelow('src');

  it.each(bans.map((ban) => [ban.name, ban] as const))('%s: only where it belongs', (_, ban) => {
    expect(breaches(ban, sources)).toEqual([]);
  });

  const path = (ban: Ban) => (ban.only ? 'src/logins/planted.ts' : 'src/hosted-pages/planted.ts');

  it.each(bans.flatMap((ban) => ban.planted.map((text) => [ban.name, text, ban] as const)))(
    'planted: %s is found in %s',
    (_, text, ban) => {
      expect(breaches(ban, [{ path: path(ban), text }])).not.toEqual([]);
    },
  );

  it.each(bans.flatMap((ban) => ban.harmless.map((text) => [ban.name, text, ban] as const)))(
    'harmless: %s is not found in %s',
    (_, text, ban) => {
      expect(breaches(ban, [{ path: path(ban), text }])).toEqual([]);
    },
  );
});
