import { SetupService } from '../account/setup.service.js';
import { SetupLinksService } from '../account/setup-links.service.js';
import { Db } from '../kernel/db.js';
import { type ProjectId, parseId } from '../kernel/ids.js';
import { StartError } from '../kernel/start-error.js';
import type { Tx } from '../kernel/tx.js';
import { ProjectsService } from '../projects/projects.service.js';
import { type Answer, type Call, type Command, UsageError } from './command.types.js';
import { type Services, withServices } from './with-services.js';

/** `carekey admin create`. */
export const adminCreate: Command = {
  name: 'admin create',
  summary: 'Make a super admin, or a link with which one is made',
  arguments: [],
  options: {
    email: { type: 'string', value: 'address', summary: 'Make the person now; the password is asked for' },
    'given-name': { type: 'string', value: 'name', summary: 'Given name, with --email' },
    'family-name': { type: 'string', value: 'name', summary: 'Family name, with --email' },
    project: { type: 'string', value: 'id', summary: 'Make the person an admin of this project too' },
  },
  run: (call) => {
    const { email, 'given-name': givenName, 'family-name': familyName } = call.options;
    if (email === undefined && (givenName !== undefined || familyName !== undefined))
      throw new UsageError('--given-name and --family-name belong to --email.');
    if (email !== undefined && (!givenName || !familyName))
      throw new UsageError('With --email, --given-name and --family-name are needed too.');
    return withServices(call.house, (services) =>
      email ? makePerson(call, services) : makeLink(call, services),
    );
  },
};

async function makeLink(call: Call, services: Services): Promise<Answer> {
  const links = services.get(SetupLinksService, { strict: false });
  const secret = await services
    .get(Db, { strict: false })
    .tx(async (tx) => links.open(tx, await projectIds(call, services, tx)));
  const url = services.config.url(`setup/${secret}`);
  const text = `${url}\n\nWhoever opens this becomes a super admin; it works once, for one hour. The server must run.`;
  return { text, json: { url } };
}

async function makePerson(call: Call, services: Services): Promise<Answer> {
  const { email, 'given-name': givenName, 'family-name': familyName } = call.options;
  const password = await call.terminal.askSecret('Password: ');
  if (call.terminal.isInteractive && password !== (await call.terminal.askSecret('Again: ')))
    throw new StartError('The two passwords differ. Try again.');
  const ids = await services.get(Db, { strict: false }).read((tx) => projectIds(call, services, tx));
  await services.get(SetupService, { strict: false }).createAdmin('carekey admin create', ids, {
    email: String(email),
    givenName: String(givenName),
    familyName: String(familyName),
    password,
  });
  return { text: `${email} is a super admin now and may sign in.`, json: { email } };
}

/** The super-admin project first. */
async function projectIds(call: Call, services: Services, tx: Tx): Promise<ProjectId[]> {
  const projects = services.get(ProjectsService, { strict: false });
  const first = await projects.superAdminProject(tx);
  if (!first)
    throw new StartError('The server has not been started yet: its first start makes the projects.');
  if (call.options['project'] === undefined) return [first.id];
  const id = parseId<'Project'>(call.options['project']);
  if (!id) throw new UsageError('--project is the id of a project.');
  return [first.id, (await projects.get(tx, id)).id];
}
