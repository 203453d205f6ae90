import { SetupService } from '../account/setup.service.js';
import { Clock } from '../kernel/clock.js';
import { Db } from '../kernel/db.js';
import type { ProjectId } from '../kernel/ids.js';
import { Outbox } from '../kernel/outbox.js';
import type { Tx } from '../kernel/tx.js';
import { KeysService } from '../keys/keys.service.js';
import type { Project } from '../projects/project.entity.js';
import { ProjectsService } from '../projects/projects.service.js';
import { type Check, ok, warn } from './check.types.js';
import { judgeKeys } from './key-check.js';
import type { Services } from './with-services.js';

const oldestWaitMs = 600_000;
const nistMinimum = 15;

/** What the services know about themselves. A folder with something to check adds a line here. */
export function serviceChecks({ get }: Services): Check[] {
  const db = get(Db, { strict: false });
  return [
    {
      name: 'signing keys',
      run: async () =>
        judgeKeys(await get(KeysService, { strict: false }).list(), get(Clock, { strict: false }).now()),
    },
    {
      name: 'super admin',
      run: async () => {
        const project = await db.read((tx) => get(ProjectsService, { strict: false }).superAdminProject(tx));
        if (project && (await get(SetupService, { strict: false }).hasAdmin(project.id))) {
          return ok('There is one who may sign in.');
        }
        return warn('There is none. Make a link for one with "carekey admin create".');
      },
    },
    {
      name: 'passwords',
      run: async () => {
        const projects = await db.read((tx) => allProjects(tx, get(ProjectsService, { strict: false })));
        const below = projects.filter(({ settings }) => settings.passwordMinimum < nistMinimum);
        if (below.length === 0) return ok('Every project asks for what NIST SP 800-63B-4 asks for.');
        return warn(
          `${below.map(({ name }) => `"${name}"`).join(', ')} allow passwords below the 15 characters of NIST SP 800-63B-4. Raise passwordMinimum.`,
        );
      },
    },
    {
      name: 'jobs',
      run: async () => {
        const { open, dead, oldest } = await db.read((tx) => get(Outbox, { strict: false }).counts(tx));
        if (dead > 0) return warn(`${dead} were given up; see the outbox in the admin API.`);
        const waits = oldest ? get(Clock, { strict: false }).now() - oldest.getTime() : 0;
        if (waits <= oldestWaitMs) return ok(`${open} wait, none was given up.`);
        return warn(`The oldest waits for ${Math.round(waits / 60_000)} minutes. Does a worker run?`);
      },
    },
  ];
}

async function allProjects(tx: Tx, projects: ProjectsService): Promise<Project[]> {
  const found: Project[] = [];
  for (let after: ProjectId | undefined; ; after = found.at(-1)?.id) {
    const { rows, hasNext } = await projects.list(tx, { first: 100, after });
    found.push(...rows);
    if (!hasNext) return found;
  }
}
