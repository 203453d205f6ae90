import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../kernel/wait.js';

const root = process.env['TEST_APACHE_ROOT'] ?? '';
const program = `${root}/usr/sbin/apache2`;
const modules = `${root}/usr/lib/apache2/modules`;

/** Why tests with Apache are skipped here, or `undefined` when it and its OpenID Connect module are installed. */
export const noApache = [program, `${modules}/mod_auth_openidc.so`].every((file) => existsSync(file))
  ? undefined
  : "Debian's apache2-bin and libapache2-mod-auth-openidc are not installed";

/** A web server that lets signed-in people see `/protected/`, on loopback, as the current user. */
export interface TestApache {
  close(): Promise<void>;
}

/** Starts one with a configuration and a folder of its own. */
export async function startApache(settings: {
  readonly port: number;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUri: string;
}): Promise<TestApache> {
  const home = await mkdtemp(join(tmpdir(), 'carekey-apache-'));
  await chmod(home, 0o755);
  await mkdir(join(home, 'htdocs/protected'), { recursive: true });
  await writeFile(join(home, 'htdocs/protected/index.html'), 'the page');
  await writeFile(join(home, 'apache.conf'), configuration(home, settings));
  const child: ChildProcess = spawn(program, ['-D', 'FOREGROUND', '-f', join(home, 'apache.conf')], {
    env: { PATH: process.env['PATH'], LD_LIBRARY_PATH: process.env['LD_LIBRARY_PATH'] },
    stdio: 'ignore',
  });
  const log = () => readFile(join(home, 'error.log'), 'utf8').catch(() => '');
  const answers = () =>
    fetch(`http://localhost:${settings.port}/`).then(
      () => true,
      () => false,
    );
  try {
    await until(() => child.exitCode !== null || answers());
    if (child.exitCode !== null) throw new Error(`Apache ended: ${await log()}`);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return {
    close: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      await rm(home, { recursive: true, force: true });
    },
  };
}

function configuration(
  home: string,
  { port, issuer, clientId, clientSecret, redirectUri }: Parameters<typeof startApache>[0],
): string {
  const loaded = ['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'dir', 'headers', 'auth_openidc'];
  return [
    `ServerRoot ${home}`,
    'ServerName localhost',
    `Listen 127.0.0.1:${port}`,
    `PidFile ${home}/pid`,
    `ErrorLog ${home}/error.log`,
    `DefaultRuntimeDir ${home}`,
    ...(process.getuid?.() === 0 ? ['User nobody', 'Group nogroup'] : []),
    ...loaded.map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`),
    `DocumentRoot ${home}/htdocs`,
    'DirectoryIndex index.html',
    `OIDCProviderMetadataURL ${issuer}.well-known/openid-configuration`,
    `OIDCClientID ${clientId}`,
    `OIDCClientSecret ${clientSecret}`,
    `OIDCRedirectURI ${redirectUri}`,
    `OIDCCryptoPassphrase ${randomBytes(24).toString('hex')}`,
    'OIDCScope "openid profile email"',
    'OIDCPKCEMethod S256',
    'OIDCSessionType server-cache',
    'OIDCPassClaimsAs environment',
    '<Location /protected>',
    '  AuthType openid-connect',
    '  Require valid-user',
    // Requests of Node say that a script made them; without this they would get 401 and no redirect.
    '  OIDCUnAuthAction auth true',
    '  Header always set X-Signed-In-As "%{OIDC_CLAIM_email}e %{OIDC_CLAIM_sub}e"',
    '</Location>',
    '',
  ].join('\n');
}
