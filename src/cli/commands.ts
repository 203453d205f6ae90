import type { CommandEntry } from './command.types.js';

/** Every command, in the order of `carekey --help`. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'doctor',
    summary: 'Check configuration, database, keys and what else the server stands on',
    load: async () => (await import('./doctor-command.js')).doctor,
  },
  {
    name: 'admin create',
    summary: 'Make a super admin, or a link with which one is made',
    load: async () => (await import('./admin-command.js')).adminCreate,
  },
  {
    name: 'users import',
    summary: 'Bring people with their password hashes over from another system',
    load: async () => (await import('./users-command.js')).usersImport,
  },
  {
    name: 'keys list',
    summary: 'List the signing keys and their states',
    load: async () => (await import('./keys-command.js')).keysList,
  },
  {
    name: 'keys rotate',
    summary: 'Make new signing keys; the old ones verify for another day',
    load: async () => (await import('./keys-command.js')).keysRotate,
  },
  {
    name: 'keys revoke',
    summary: 'Refuse every token of a signing key from now on',
    load: async () => (await import('./keys-command.js')).keysRevoke,
  },
  {
    name: 'backup',
    summary: 'Write everything into one file; what is sealed stays sealed',
    load: async () => (await import('./backup-command.js')).backup,
  },
  {
    name: 'restore',
    summary: 'Fill an empty database from a backup, also of another PostgreSQL version',
    load: async () => (await import('./restore-command.js')).restore,
  },
  {
    name: 'restored',
    summary: 'After another kind of restore: end every session, code, token and link from before',
    load: async () => (await import('./restored-command.js')).restored,
  },
];
