import { randomBytes, randomUUID } from 'node:crypto';
import { Browser, formOf } from './browser.mjs';
import { codeFlow } from './code-flow.mjs';
import { postgresSettings } from './fill.mjs';
import { quantile, shown } from './statistics.mjs';
import { Carekey } from './systems/carekey.mjs';

/** The server's budget lets an account be tried ten times; a right password in between gives them back. */
const wrongInARow = 8;
const warmUp = 10;

/**
 * Times refusals that must not tell what there is, for something that exists and for something that does not, one after
 * the other in an order that chance decides. Sequential, so that nothing but the work itself makes a difference
 * (rulings 35).
 */
export async function measureTiming({ samples }, say) {
  const server = new Carekey();
  try {
    await server.start();
    say(`${samples} wrong passwords each for a known and an unknown name`);
    const people = await compare(samples, knownPerson(server), unknownPeople(server));
    say(`${samples} questions each for a client of another project and for none`);
    const ask = await clientQuestions(server);
    const clients = await compare(
      samples,
      () => ask(server.adminClientId),
      () => ask(randomUUID()),
    );
    return { people, clients, postgres: await postgresSettings(server) };
  } finally {
    await server.stop();
    server.removeData();
  }
}

async function compare(samples, there, nowhere) {
  for (let at = 0; at < warmUp; at++) for (const one of [there, nowhere]) await one();
  const times = { there: [], nowhere: [] };
  for (let at = 0; at < samples; at++) {
    const pair = [
      ['there', there],
      ['nowhere', nowhere],
    ];
    if (randomBytes(1)[0] & 1) pair.reverse();
    for (const [name, one] of pair) times[name].push(await one());
  }
  return times;
}

/** Asks the admin API for clients as an admin of the first project. */
async function clientQuestions(server) {
  const { access_token: token } = await codeFlow(server, server.person);
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  return async (id) => {
    const body = JSON.stringify({ query: `{ client(id: "${id}") { id } }` });
    const from = performance.now();
    const response = await fetch(`${server.origin}/graphql`, { method: 'POST', headers, body });
    const text = await response.text();
    const ms = performance.now() - from;
    if (response.status !== 200 || text.includes(`"id":"${id}"`))
      throw new Error(`A client that is none of theirs was answered ${response.status}: ${text}`);
    return ms;
  };
}

function knownPerson(server) {
  const form = signInForm(server);
  let since = 0;
  return async () => {
    if (since === wrongInARow) {
      const { status } = await form(server.person);
      if (status !== 303) throw new Error(`The right password was answered ${status}`);
      since = 0;
    }
    since += 1;
    return refused(form, { ...server.person, password: 'not the password of Ada' });
  };
}

function unknownPeople(server) {
  const form = signInForm(server);
  // As long as the known address: its length is no secret, but it must not be what is measured.
  const name = () => randomBytes(16).toString('hex').slice(0, server.person.email.indexOf('@'));
  let count = 0;
  return () =>
    refused(form, { email: `${name()}${count++ % 10}@example.org`, password: 'not the password of Ada' });
}

async function refused(form, values) {
  const { status, ms } = await form(values);
  if (status !== 400) throw new Error(`A wrong password was answered ${status}`);
  return ms;
}

/** Opens the sign-in page in a browser of its own and posts its form; answers status and milliseconds of the post. */
function signInForm(server) {
  return async (values) => {
    const browser = new Browser();
    const page = `${server.origin}/signin`;
    const form = formOf(await (await browser.send(page)).text(), '/signin');
    const from = performance.now();
    const response = await browser.submit(page, form, values);
    await response.text();
    return { status: response.status, ms: performance.now() - from };
  };
}

const shares = [0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

/** Both distributions side by side, and how well one time tells them apart. */
export function timingTables({ people, clients }) {
  return [
    ...table('Wrong password for', 'a person who exists', 'nobody', people),
    '',
    ...table('Question for', 'a client of another project', 'no client', clients),
  ].join('\n');
}

function table(what, there, nowhere, times) {
  const line = (name, values) =>
    `| ${[name, values.length, ...shares.map((one) => shown(quantile(values, one)))].join(' | ')} |`;
  return [
    `| ${what}, ms | n | p5 | p25 | p50 | p75 | p95 | p99 |`,
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    line(there, times.there),
    line(nowhere, times.nowhere),
    '',
    `Of all pairs of one time each, the first took longer in ${shown(longer(times) * 100)} %; 50 % says nothing.`,
    '',
    ...histogram(times),
  ];
}

function longer({ there, nowhere }) {
  let count = 0;
  for (const one of there) for (const other of nowhere) count += one > other ? 1 : one === other ? 0.5 : 0;
  return count / (there.length * nowhere.length);
}

const bins = 12;
const width = 30;

function histogram({ there, nowhere }) {
  const all = [...there, ...nowhere];
  const from = quantile(all, 0.01);
  const step = (quantile(all, 0.97) - from) / bins;
  const count = (values, at) =>
    values.filter((ms) => Math.min(bins - 1, Math.max(0, Math.floor((ms - from) / step))) === at).length;
  const rows = Array.from({ length: bins }, (_, at) => [count(there, at), count(nowhere, at)]);
  const most = Math.max(...rows.flat());
  const bar = (value) => '#'.repeat(Math.round((value / most) * width)).padEnd(width);
  return [
    '```text',
    `${'ms'.padStart(6)}  ${'there'.padEnd(width)}  not there`,
    ...rows.map(([a, b], at) => `${shown(from + at * step).padStart(6)}  ${bar(a)}  ${bar(b).trimEnd()}`),
    '```',
  ];
}
