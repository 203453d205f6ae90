import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { StartError } from './start-error.js';

/** The operating system's user that PostgreSQL runs as; `undefined` when it is the user of this process. */
export type ServerUser = { readonly name: string; readonly uid: number; readonly gid: number } | undefined;

/**
 * PostgreSQL refuses to run as root, so root lends it an ordinary user of the machine.
 * @throws StartError when there is none.
 */
export function serverUser(): ServerUser {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const entry = users.find(([user]) => user === name);
    if (entry) return { name, uid: Number(entry[2]), gid: Number(entry[3]) };
  }
  throw new StartError(
    'PostgreSQL cannot run as root, and this machine has no user "postgres" or "nobody" for it. Start Carekey as an ordinary user, or set DATABASE_URL.',
  );
}

/** How `child_process` is told to become that user. */
export function asUser(user: ServerUser): { uid?: number; gid?: number } {
  return user ? { uid: user.uid, gid: user.gid } : {};
}

/** Whether the user may enter a directory or run a file, asked of the operating system itself. */
export function mayEnter(user: ServerUser, path: string): boolean {
  const test = spawnSync('/bin/sh', ['-c', 'test -x "$1"', 'sh', path], {
    ...asUser(user),
    cwd: '/',
    env: {},
  });
  return test.status === 0;
}

/** Whether a path belongs to the user that PostgreSQL runs as. */
export function ownedBy(user: ServerUser, path: string): boolean {
  return statSync(path).uid === (user?.uid ?? process.getuid?.());
}
