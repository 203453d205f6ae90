import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FairTurns } from './fair-turns.js';

let turns: FairTurns;
let done: string[];
beforeEach(() => {
  turns = new FairTurns();
  done = [];
});
afterEach(() => turns.close());

const act = (name: string) => async () => {
  await new Promise(setImmediate);
  done.push(name);
  return name;
};

describe('turns', () => {
  it('go round, however much somebody asked for before', async () => {
    const many = ['a1', 'a2', 'a3', 'a4'].map((name) => turns.take('a', act(name)));
    const few = ['b1', 'b2'].map((name) => turns.take('b', act(name)));
    expect(await Promise.all([...many, ...few, turns.take('c', act('c1'))])).toContain('c1');
    expect(done).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'a4']);
  });

  it('are one at a time, and go on after a failure', async () => {
    let running = 0;
    const careful = async () => {
      running += 1;
      expect(running).toBe(1);
      await new Promise(setImmediate);
      running -= 1;
      throw new Error('failed');
    };
    const all = await Promise.allSettled(['a', 'a', 'b'].map((whose) => turns.take(whose, careful)));
    expect(all.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(await turns.take('b', act('after'))).toBe('after');
  });

  it('are not given to who is held, until the time is over', async () => {
    turns.hold('a', 30);
    const from = performance.now();
    await Promise.all([turns.take('a', act('held')), turns.take('b', act('free'))]);
    expect(done).toEqual(['free', 'held']);
    expect(performance.now() - from).toBeGreaterThanOrEqual(29);
  });

  it('are refused to who has two hundred waiting, and to nobody else', async () => {
    const many = Array.from({ length: 201 }, (_, at) => turns.take('a', act(String(at))));
    await expect(turns.take('a', act('too many'))).rejects.toMatchObject({ kind: 'unavailable' });
    expect(await turns.take('b', act('b'))).toBe('b');
    await Promise.all(many);
    expect(await turns.take('a', act('again'))).toBe('again');
  });

  it('wait for nobody who is held when all is closed', async () => {
    turns.hold('a', 60_000);
    const held = turns.take('a', act('held'));
    await turns.close();
    expect(await held).toBe('held');
  });
});
