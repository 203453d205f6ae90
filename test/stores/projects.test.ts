import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId, type ProjectId } from '../../src/kernel/ids.js';
import type { Project } from '../../src/projects/project.entity.js';
import { ProjectsService } from '../../src/projects/projects.service.js';
import { until } from '../kernel/wait.js';
import { actor, type DomainNode, refusal, startDomain } from './domain-node.js';

let node: DomainNode;
let projects: ProjectsService;

beforeAll(async () => {
  node = await startDomain();
  projects = node.get(ProjectsService);
});
afterAll(() => node.close());

const make = (name: string) => node.tx((tx) => projects.create(tx, actor, { name }));
const stranger = newId<'Project'>(Date.now());

describe('projects', () => {
  it('are made with defaults and recorded', async () => {
    const made = await node.tx((tx) => projects.create(tx, actor, { name: '  Cafe\u0301 clinic ' }));
    expect(made).toMatchObject({
      name: 'Café clinic',
      description: '',
      superAdmin: false,
      active: true,
      settings: { passwordMinimum: 15, onBehalfOfWithinOwnPolicy: false },
      version: 1,
    });
    expect(await node.tx((tx) => projects.get(tx, made.id))).toEqual(made);
    expect(await node.recorded(`Project/${made.id}`)).toEqual([
      { type: 'project.created', projectId: made.id, userId: actor.userId, detail: { superAdmin: false } },
    ]);
  });

  it.each([
    ['no name', { name: ' ' }, 'name'],
    ['a long name', { name: 'x'.repeat(101) }, 'name'],
    ['a name of two lines', { name: 'a\r\nb' }, 'name'],
    ['a long description', { name: 'A', description: 'x'.repeat(501) }, 'description'],
    ['a short password', { name: 'A', settings: { passwordMinimum: 7 } }, 'settings.passwordMinimum'],
    ['a long password', { name: 'A', settings: { passwordMinimum: 16 } }, 'settings.passwordMinimum'],
  ])('refuse %s', async (_, input, field) => {
    await expect(node.tx((tx) => projects.create(tx, actor, input))).rejects.toEqual(
      refusal('invalid-input', field),
    );
  });

  it('change one at a time: who read an older version is told so', async () => {
    const { id } = await make('North');
    const changed = await node.tx((tx) =>
      projects.edit(tx, actor, id, 1, { name: 'North clinic', settings: { passwordMinimum: 8 } }),
    );
    expect(changed).toMatchObject({ name: 'North clinic', settings: { passwordMinimum: 8 }, version: 2 });
    await expect(node.tx((tx) => projects.edit(tx, actor, id, 1, { name: 'Other' }))).rejects.toEqual(
      refusal('conflict'),
    );
    const kept = await node.tx((tx) => projects.edit(tx, actor, id, 2, { description: 'A clinic' }));
    expect(kept.settings).toEqual({
      passwordMinimum: 8,
      onBehalfOfWithinOwnPolicy: false,
      secondFactorRequired: false,
    });
    await expect(
      node.tx((tx) => projects.edit(tx, actor, id, 3, { settings: { passwordMinimum: 4 } })),
    ).rejects.toEqual(refusal('invalid-input', 'passwordMinimum'));
  });

  it('are deactivated at once, on this node and on another one', async () => {
    const other = await startDomain({ database: node.database });
    try {
      const { id } = await make('South');
      const elsewhere = other.get(ProjectsService);
      expect(await projects.find(id)).toMatchObject({ active: true });
      expect(await elsewhere.find(id)).toMatchObject({ active: true });
      await node.tx((tx) => projects.deactivate(tx, actor, id));
      expect(await projects.find(id)).toMatchObject({ active: false });
      await until(async () => (await elsewhere.find(id))?.active === false, { withinMs: 1_000 });
      await node.tx((tx) => projects.activate(tx, actor, id));
      expect(await projects.find(id)).toMatchObject({ active: true });
      expect((await node.recorded(`Project/${id}`)).map(({ detail }) => detail?.['active'])).toEqual([
        undefined,
        false,
        true,
      ]);
    } finally {
      await other.close();
    }
  });

  it('of the super admins stays active', async () => {
    const { id } = await node.tx((tx) => projects.create(tx, actor, { name: 'Server', superAdmin: true }));
    await expect(node.tx((tx) => projects.deactivate(tx, actor, id))).rejects.toEqual(
      refusal('super-admin-project-stays'),
    );
    expect(await node.tx((tx) => projects.superAdminProject(tx))).toMatchObject({ id });
  });

  it('that do not exist are not found', async () => {
    expect(await projects.find(stranger)).toBeUndefined();
    const acts: ((id: ProjectId) => Promise<unknown>)[] = [
      (id) => node.tx((tx) => projects.get(tx, id)),
      (id) => node.tx((tx) => projects.edit(tx, actor, id, 1, { name: 'A' })),
      (id) => node.tx((tx) => projects.deactivate(tx, actor, id)),
      (id) => node.tx((tx) => projects.activate(tx, actor, id)),
    ];
    for (const act of acts) await expect(act(stranger)).rejects.toEqual(refusal('not-found'));
  });

  it('are listed page by page, oldest first', async () => {
    const made: Project[] = [];
    for (const name of ['One', 'Two', 'Three']) made.push(await make(name));
    const seen: ProjectId[] = [];
    let after: ProjectId | undefined;
    for (let more = true; more; ) {
      const page = await node.tx((tx) => projects.list(tx, { first: 2, after }));
      expect(page.rows.length).toBeLessThanOrEqual(2);
      seen.push(...page.rows.map(({ id }) => id));
      after = seen.at(-1);
      more = page.hasNext;
    }
    expect(seen).toEqual([...seen].sort());
    expect(seen.slice(-3)).toEqual(made.map(({ id }) => id));
    for (const first of [0, -1, 101, 1.5, Number.NaN]) {
      await expect(node.tx((tx) => projects.list(tx, { first }))).rejects.toEqual(
        refusal('invalid-input', 'first'),
      );
    }
  });
});
