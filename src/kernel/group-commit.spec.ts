import { describe, expect, it } from '@jest/globals';
import { GroupCommit } from './group-commit.js';

/** A group whose transactions end when the test says so; it writes down who was in which. */
function heldGroup(maxRunning = 2, maxMembers = 64) {
  const commits: { members: string[]; end: (error?: Error) => void }[] = [];
  const group = new GroupCommit<string[]>(
    (fill) =>
      new Promise((resolve, reject) => {
        const members: string[] = [];
        fill(members);
        commits.push({ members, end: (error) => (error ? reject(error) : resolve()) });
      }),
    maxRunning,
    maxMembers,
  );
  const join = (name: string) => group.join((sink) => void sink.push(name));
  const begun = async (count: number) => {
    while (commits.length < count) await new Promise((resolve) => setImmediate(resolve));
    return commits[count - 1]!;
  };
  return { commits, join, begun };
}

describe('GroupCommit', () => {
  it('puts what comes at once into one transaction, and answers when that is committed', async () => {
    const { join, begun } = heldGroup();
    const answered: string[] = [];
    const all = ['a', 'b', 'c'].map((name) => join(name).then(() => answered.push(name)));
    const { members, end } = await begun(1);
    expect(members).toEqual(['a', 'b', 'c']);
    expect(answered).toEqual([]);
    end();
    await Promise.all(all);
    expect(answered).toEqual(['a', 'b', 'c']);
  });

  it('fails every member when the transaction fails, and goes on with the next', async () => {
    const { join, begun } = heldGroup();
    const all = Promise.allSettled([join('a'), join('b')]);
    (await begun(1)).end(new Error('no commit'));
    expect((await all).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const next = join('c');
    const { members, end } = await begun(2);
    end();
    await next;
    expect(members).toEqual(['c']);
  });

  it('lets work wait for the next transaction while as many run as may', async () => {
    const { commits, join, begun } = heldGroup(1);
    const first = join('a');
    const { end } = await begun(1);
    const waiting = [join('b'), join('c')];
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(commits).toHaveLength(1);
    end();
    await first;
    const next = await begun(2);
    expect(next.members).toEqual(['b', 'c']);
    next.end();
    await Promise.all(waiting);
  });

  it('never puts more members into a transaction than it may have', async () => {
    const { join, begun } = heldGroup(2, 2);
    const all = ['a', 'b', 'c'].map(join);
    const first = await begun(1);
    const second = await begun(2);
    expect([first.members, second.members]).toEqual([['a', 'b'], ['c']]);
    first.end();
    second.end();
    await Promise.all(all);
  });
});
