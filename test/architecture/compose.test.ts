import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { secretSettings, settings } from '../../src/kernel/config.js';
import { root } from './sources.js';

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly ports?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly command?: readonly string[];
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** Every variable that the server would not know. */
function unknownVariables(names: readonly string[]): string[] {
  const known = new Set([
    ...Object.keys(settings),
    ...secretSettings.map((name) => `${name}_FILE`),
    'NODE_ENV',
  ]);
  return names.filter((name) => !known.has(name));
}

/** What a compose file mentions and nothing provides. */
function dangling(compose: Compose): string[] {
  const provided = new Set([...Object.keys(compose.secrets), ...Object.keys(compose.volumes)]);
  return Object.entries(compose.services).flatMap(([name, service]) => [
    ...Object.keys(service.depends_on ?? {})
      .filter((other) => !compose.services[other]?.healthcheck)
      .map((other) => `${name} waits for ${other}, which has no health check`),
    ...(service.secrets ?? [])
      .filter((secret) => !provided.has(secret))
      .map((secret) => `${name}: secret ${secret}`),
    ...(service.volumes ?? [])
      .map((volume) => volume.split(':')[0]!)
      .filter((from) => (from.startsWith('./') ? !existsSync(join(root, from)) : !provided.has(from)))
      .map((from) => `${name}: volume ${from}`),
    ...Object.values(service.environment ?? {})
      .map((value) => /^\/run\/secrets\/(.+)$/.exec(value)?.[1])
      .filter((secret) => secret !== undefined && !service.secrets?.includes(secret))
      .map((secret) => `${name}: reads ${secret} but does not mount it`),
    ...Object.values(service.environment ?? {})
      .map((value) => /^\w+:\/\/(?:[^@/]*@)?([a-z]+):\d+/.exec(value)?.[1])
      .filter((host) => host !== undefined && host !== 'localhost' && !compose.services[host])
      .map((host) => `${name}: calls ${host}`),
  ]);
}

describe('docker-compose.yml and Dockerfile', () => {
  const compose = parse(read('docker-compose.yml')) as Compose;
  const carekey = compose.services['carekey']!;
  const dockerfile = read('Dockerfile');

  it('has the server, PostgreSQL 18 and Redis, and everything that it mentions', () => {
    expect(Object.keys(compose.services)).toEqual(['carekey', 'postgres', 'redis']);
    expect(compose.services['postgres']?.image).toBe('postgres:18');
    expect(dangling(compose)).toEqual([]);
  });

  it('gives the server only variables that its configuration knows', () => {
    const image = [...dockerfile.matchAll(/^(?:ENV|\s{4})\s*([A-Z_]+)=/gm)].map(([, name]) => name!);
    expect(image).toEqual(['NODE_ENV', 'HOST', 'PORT', 'CAREKEY_DATA_DIR']);
    expect(unknownVariables([...Object.keys(carekey.environment!), ...image])).toEqual([]);
  });

  it('publishes the port that the server listens on, to this machine only', () => {
    const port = carekey.environment!['PORT'];
    expect(carekey.ports).toEqual([`127.0.0.1:${port}:${port}`]);
    expect(carekey.environment!['CAREKEY_BASE_URL']).toBe(`http://localhost:${port}/`);
    expect(dockerfile).toContain(`EXPOSE ${port}`);
  });

  it('logs in as two roles, made by the scripts that it mounts', () => {
    const made = read('docker/compose-secrets.sh');
    const owner = compose.services['postgres']!.environment!['POSTGRES_USER'];
    expect(made).toContain(
      `postgres://${owner}:%s@postgres:5432/carekey' "$owner" > secrets/migration-database-url`,
    );
    expect(made).toContain(`postgres://carekey_app:%s@postgres:5432/carekey' "$app" > secrets/database-url`);
    expect(read('docker/postgres-roles.sh')).toContain('CREATE ROLE carekey_app LOGIN');
    for (const { file } of Object.values(compose.secrets)) expect(made).toContain(file.slice(2));
    // A script without the mark would be read into the entry point of the image instead of being run.
    expect(statSync(join(root, 'docker/postgres-roles.sh')).mode & 0o111).not.toBe(0);
  });

  it('holds no secret of its own and keeps made ones out of git and of the image', () => {
    const values = Object.values(compose.services).flatMap((service) =>
      Object.entries(service.environment ?? {}),
    );
    expect(
      values.filter(([name]) => /PASSWORD|SECRET|TOKEN|KEYS/.test(name) && !name.endsWith('_FILE')),
    ).toEqual([]);
    for (const list of ['.gitignore', '.dockerignore']) expect(read(list)).toMatch(/^\/?secrets\/?$/m);
  });

  it('runs the entry that npm start runs, built by the script that CI runs, not as root', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const command = JSON.parse(/^CMD (\[.*\])$/m.exec(dockerfile)![1]!) as string[];
    expect(command.join(' ')).toBe(scripts['start']);
    expect(dockerfile).toContain('RUN sh scripts/image-build.sh /app');
    expect(dockerfile).toMatch(/^USER node$/m);
    expect(dockerfile.match(/^FROM .*/gm)).toEqual([
      'FROM node:24-bookworm-slim AS build',
      'FROM node:24-bookworm-slim',
    ]);
    expect(read('.ci/run')).toContain('scripts/image-build.sh');
  });

  it('planted: an unknown variable, a missing secret, volume, service or health check is found', () => {
    expect(unknownVariables(['CAREKEY_BASEURL', 'PORT', 'DATABASE_URL_FILE'])).toEqual(['CAREKEY_BASEURL']);
    const bad: Compose = {
      services: {
        a: {
          environment: { X_FILE: '/run/secrets/x', URL: 'redis://cache:6379' },
          secrets: ['y'],
          volumes: ['gone:/a', './gone.sh:/b'],
          depends_on: { b: { condition: 'service_healthy' } },
        },
      },
      secrets: {},
      volumes: {},
    };
    expect(dangling(bad)).toHaveLength(6);
  });
});
