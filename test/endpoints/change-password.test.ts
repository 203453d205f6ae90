import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BrowserAgent } from '../helpers/browser-agent.js';
import { LoginAgent, said } from '../helpers/login-agent.js';
import { basicHeader } from '../helpers/oauth-agent.js';
import { startWorld, type World, type WorldPerson } from '../helpers/world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const newPassword = 'amber kettle window 73';

const change = (authorization: string | undefined, body: unknown, headers: Record<string, string> = {}) =>
  world.agent.request('auth/changepassword', {
    method: 'POST',
    headers: { ...(authorization && { authorization }), 'content-type': 'application/fhir+json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

/** A person of the first project who has just signed in. */
async function someone(): Promise<WorldPerson & { bearer: string }> {
  const person = await world.addPerson(world.project.id);
  const { body } = await world.agent.codeFlow(world.project.app, person);
  return { ...person, bearer: `Bearer ${body.access_token}` };
}

const isAlive = async (bearer: string) =>
  (await world.agent.get('oauth2/userinfo', { authorization: bearer })).status === 200;

describe('POST /auth/changepassword', () => {
  it('W-415 ASVS-6.2.2 ASVS-7.4.3 changes the password and ends every other sign-in, not the one that asks', async () => {
    const person = await someone();
    const elsewhere = new BrowserAgent(world.app.baseUrl);
    const abroad = await world.agent.codeFlow(world.project.server, person, {}, elsewhere);
    const { status, body } = await change(person.bearer, { oldPassword: person.password, newPassword });
    expect([status, body.resourceType, body.issue[0].code]).toEqual([
      200,
      'OperationOutcome',
      'informational',
    ]);
    expect(await isAlive(person.bearer)).toBe(true);
    expect(await isAlive(`Bearer ${abroad.body.access_token}`)).toBe(false);
    expect((await elsewhere.get('me')).status).not.toBe(200);
    const logins = new LoginAgent(world.agent);
    expect(said(await logins.login(world.project.app, person))).toEqual([
      400,
      'Email or password is invalid',
    ]);
    const after = await logins.login(world.project.app, { ...person, password: newPassword });
    expect(after.status).toBe(200);
  });

  const right = 'violet harbor lantern 42';
  it.each<[string, unknown, number, string | RegExp, string | undefined]>([
    [
      'W-418 ASVS-6.2.3 a wrong old password',
      { oldPassword: 'not it', newPassword },
      400,
      'Incorrect password',
      'oldPassword',
    ],
    ['ASVS-6.2.3 no old password', { newPassword }, 400, 'Missing oldPassword', 'oldPassword'],
    ['an empty old password', { oldPassword: '', newPassword }, 400, 'Missing oldPassword', 'oldPassword'],
    ['no new password', { oldPassword: right }, 400, /at least/, 'newPassword'],
    [
      'NIST-01 a short one',
      { oldPassword: right, newPassword: 'short' },
      400,
      /15 characters/,
      'newPassword',
    ],
    ['W-419 a common one', { oldPassword: right, newPassword: 'passwordpassword' }, 400, /./, 'newPassword'],
    ['no text', { oldPassword: 17, newPassword }, 400, /must be text/, 'oldPassword'],
    ['a list', [], 400, /./, undefined],
    ['no JSON', '{', 400, /./, undefined],
  ])('refuses %s, and changes nothing', async (_, body, status, sentence, field) => {
    const person = await someone();
    const answer = await change(person.bearer, body);
    expect(answer.status).toBe(status);
    const [issue] = answer.body.issue;
    expect(issue.details.text).toEqual(
      typeof sentence === 'string' ? sentence : expect.stringMatching(sentence),
    );
    expect(issue.expression?.[0]).toBe(field);
    expect((await change(person.bearer, { oldPassword: right, newPassword })).status).toBe(200);
  });

  it('refuses strangers, clients, acting for others, and forms', async () => {
    const person = await someone();
    const body = { oldPassword: person.password, newPassword };
    expect((await change(undefined, body)).status).toBe(401);
    expect((await change('Bearer not-a-token', body)).status).toBe(401);
    expect((await change(basicHeader(world.project.server), body)).status).toBe(403);
    const onBehalf = { 'x-medplum-on-behalf-of': `ProjectMembership/${person.membershipId}` };
    expect((await change(person.bearer, body, onBehalf)).status).toBe(403);
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await change(person.bearer, 'oldPassword=a&newPassword=b', form)).status).toBe(415);
    expect((await change(person.bearer, body)).status).toBe(200);
  });

  it('NIST-11 counts wrong old passwords with sign-ins: a stolen token is no way around their limit', async () => {
    const person = await someone();
    const wrong = { oldPassword: 'not it', newPassword };
    const statuses = [];
    for (let at = 0; at < 11; at++) statuses.push((await change(person.bearer, wrong)).status);
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 400), 429]);
    expect((await change(person.bearer, { oldPassword: person.password, newPassword })).status).toBe(429);
    expect((await new LoginAgent(world.agent).login(world.project.app, person)).status).toBe(429);
  });

  it('of two changes at once one is made', async () => {
    const person = await someone();
    const changes = ['amber kettle window 73', 'silver garden bottle 58'].map((password) =>
      change(person.bearer, { oldPassword: person.password, newPassword: password }),
    );
    const statuses = (await Promise.all(changes)).map(({ status }) => status).sort();
    expect(statuses).toEqual([200, 400]);
  });
});
