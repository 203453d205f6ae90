import { SetupLinksService } from '../account/setup-links.service.js';
import { OneTimeLinksService } from '../identities/one-time-links.service.js';
import { systemActor } from '../kernel/actor.js';
import { Db } from '../kernel/db.js';
import { RestoredService } from '../logins/restored.service.js';
import type { Command } from './command.types.js';
import { withServices } from './with-services.js';

/** `carekey restored`: for restores that PostgreSQL's own tools made, such as a base backup or a point in time. */
export const restored: Command = {
  name: 'restored',
  summary: 'After another kind of restore: end every session, code, token and link from before',
  arguments: [],
  options: {},
  run: ({ house }) =>
    withServices(house, async (services) => {
      const forgotten = await services.get(Db, { strict: false }).tx(async (tx) => {
        await services.get(SetupLinksService, { strict: false }).forget(tx);
        await services.get(OneTimeLinksService, { strict: false }).forgetAll(tx);
        const actor = systemActor('carekey restored');
        return services.get(RestoredService, { strict: false }).forgetSignIns(tx, actor);
      });
      return {
        text: `${forgotten.sessions} sessions and ${forgotten.logins} logins are ended, with their codes and tokens; links that were mailed open nothing more. Restart every server that runs.`,
        json: forgotten,
      };
    }),
};
