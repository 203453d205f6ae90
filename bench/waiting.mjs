import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Browser, formOf } from './browser.mjs';
import { postgresSettings } from './fill.mjs';
import { startGenerator } from './load/generator.mjs';
import { row } from './report.mjs';
import { shownSpread, spread } from './statistics.mjs';
import { Carekey } from './systems/carekey.mjs';
import { prepareJobs } from './works.mjs';

const people = 200;
const connections = 4;

/** All come at once, which nobody does; it is over when those have been told to come back that need not wait. */
const burstSeconds = 3;

/**
 * How long a token takes while 200 people wait for their passwords to be checked, against the same without them, turn by
 * turn. The names are unknown, which costs a hash like any other; who is told to come back, comes back when told.
 */
export async function measureWaiting({ rounds, seconds }, say) {
  const server = new Carekey();
  try {
    await server.start();
    const { clientCredentials: job } = await prepareJobs(server, 1);
    const run = startGenerator();
    const watched = { ...job, origin: server.origin, watch: server.watch, connections };
    const tokens = async () => {
      const result = await run({ ...watched, warmSeconds: burstSeconds, seconds });
      if (result.count === 0)
        throw new Error(`No token within ${seconds} s: this machine is too busy to tell`);
      return result;
    };
    await tokens();
    const crowd = new Crowd(server);
    const results = { quiet: [], crowded: [] };
    for (let round = 1; round <= rounds; round++) {
      say(`round ${round} of ${rounds}`);
      results.quiet.push(await tokens());
      await crowd.come();
      results.crowded.push(await tokens());
      await crowd.leave();
    }
    const figure = (name) =>
      Object.fromEntries(
        Object.entries(results).map(([kind, all]) => [kind, spread(all.map((one) => one[name]))]),
      );
    const ratio = (name) =>
      spread(results.crowded.map((one, round) => one[name] / results.quiet[round][name]));
    return {
      p50: { ...figure('p50'), ratio: ratio('p50') },
      p99: { ...figure('p99'), ratio: ratio('p99') },
      perSecond: { ...figure('perSecond'), ratio: ratio('perSecond') },
      answers: crowd.answers,
      postgres: await postgresSettings(server),
    };
  } finally {
    await server.stop();
    server.removeData();
  }
}

/** People who post a wrong password again and again. */
class Crowd {
  answers = {};
  #here = false;
  #loops = [];

  constructor(server) {
    this.page = `${server.origin}/signin`;
  }

  /** Answers once every one of them has posted for the first time. */
  async come() {
    this.#here = true;
    let waiting = 0;
    this.#loops = Array.from({ length: people }, () => this.#signIn(() => (waiting += 1)));
    while (waiting < people) await sleep(20);
  }

  leave() {
    this.#here = false;
    return Promise.all(this.#loops);
  }

  async #signIn(posted) {
    const browser = new Browser();
    const form = formOf(await (await browser.send(this.page)).text(), '/signin');
    while (this.#here) {
      const email = `${randomBytes(8).toString('hex')}@example.org`;
      const answer = browser.submit(this.page, form, { email, password: 'not a password of anybody' });
      posted();
      posted = () => {};
      const response = await answer;
      await response.text();
      this.answers[response.status] = (this.answers[response.status] ?? 0) + 1;
      if (![400, 503].includes(response.status))
        throw new Error(`A wrong password was answered ${response.status}`);
      const wait = Number(response.headers.get('retry-after') ?? 0);
      for (let waited = 0; waited < wait * 1000 && this.#here; waited += 100) await sleep(100);
    }
  }
}

/** The table of a run. */
export function waitingTables({ p50, p99, perSecond, answers }) {
  const line = (name, { quiet, crowded, ratio }) => row([name, ...[quiet, crowded, ratio].map(shownSpread)]);
  return [
    `| client_credentials, ${connections} connections | quiet | while ${people} sign-ins wait | ratio |`,
    '| --- | --- | --- | --- |',
    line('p50, ms', p50),
    line('p99, ms', p99),
    line('requests/s', perSecond),
    '',
    `The sign-ins were answered: ${Object.entries(answers)
      .map(([status, count]) => `${status} ${count} times`)
      .join(', ')} (400: the password is wrong, after its hash; 503: come back, before it).`,
  ].join('\n');
}
