import { systemActor } from '../kernel/actor.js';
import { Db } from '../kernel/db.js';
import { KeyRotationService, signingAlgs } from '../keys/key-rotation.service.js';
import type { SigningKeyView } from '../keys/key-times.js';
import { KeysService } from '../keys/keys.service.js';
import { type Command, UsageError } from './command.types.js';
import { columns } from './help.js';
import { withServices } from './with-services.js';

/** `carekey keys list`. */
export const keysList: Command = {
  name: 'keys list',
  summary: 'List the signing keys and their states',
  arguments: [],
  options: {},
  run: ({ house }) =>
    withServices(house, async (services) => {
      const keys = await services.get(KeysService, { strict: false }).list();
      return { text: table(keys), json: keys };
    }),
};

/** `carekey keys rotate`. */
export const keysRotate: Command = {
  name: 'keys rotate',
  summary: 'Make new signing keys; the old ones verify for another day',
  arguments: [],
  options: { alg: { type: 'string', value: 'ES256|RS256', summary: 'Rotate one algorithm only' } },
  run: ({ house, options }) => {
    const chosen = signingAlgs.filter((alg) => options['alg'] === undefined || options['alg'] === alg);
    if (chosen.length === 0) throw new UsageError(`--alg is one of ${signingAlgs.join(', ')}.`);
    return withServices(house, async (services) => {
      const keys = services.get(KeyRotationService, { strict: false });
      const made = await services.get(Db, { strict: false }).tx(async (tx) => {
        const rotated: SigningKeyView[] = [];
        for (const alg of chosen)
          rotated.push(await keys.rotate(tx, systemActor('carekey keys rotate'), alg));
        return rotated;
      });
      const text = `${table(made)}\n\nEach is published now and signs from the time shown; the one before verifies for 25 hours more.`;
      return { text, json: made };
    });
  },
};

/** `carekey keys revoke`. */
export const keysRevoke: Command = {
  name: 'keys revoke',
  summary: 'Refuse every token of a signing key from now on',
  arguments: ['<kid>'],
  options: {},
  run: ({ house, arguments: [kid = ''] }) =>
    withServices(house, async (services) => {
      const keys = services.get(KeyRotationService, { strict: false });
      await services
        .get(Db, { strict: false })
        .tx((tx) => keys.revoke(tx, systemActor('carekey keys revoke'), kid));
      return {
        text: `The key ${kid} is revoked: no token of it is accepted any more.`,
        json: { revoked: kid },
      };
    }),
};

function table(keys: readonly SigningKeyView[]): string {
  const rows = keys.map(({ kid, alg, state, activatesAt, retiresAt, rotationDueAt }) => {
    const until = retiresAt?.toISOString() ?? (rotationDueAt ? `${rotationDueAt.toISOString()} (due)` : '');
    return [kid, alg, state, activatesAt.toISOString(), until];
  });
  return columns([['Key', 'Algorithm', 'State', 'Signs from', 'Signs until'], ...rows]).join('\n');
}
