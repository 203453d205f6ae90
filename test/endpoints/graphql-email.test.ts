import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EmailService } from '../../src/email/email.service.js';
import { templateVariables } from '../../src/email/email-input.js';
import { EmailSettings } from '../../src/email/email-settings.entity.js';
import { Db } from '../../src/kernel/db.js';
import { OutboundHttp } from '../../src/kernel/outbound-http.js';
import { type AdminWorld, startAdminWorld } from '../helpers/admin-world.js';
import { type Mailbox, startMailbox } from '../helpers/mailbox.js';
import { newAddress, queueMail } from '../helpers/mails.js';
import { until } from '../kernel/wait.js';

let world: AdminWorld;
let ofServer: Mailbox;
let ofProject: Mailbox;
const logins: string[] = [];

beforeAll(async () => {
  ofServer = await startMailbox();
  ofProject = await startMailbox({
    authOptional: false,
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, done) => {
      logins.push(`${username}:${password}`);
      done(null, { user: username });
    },
  });
  world = await startAdminWorld({ env: { ...ofServer.env, CAREKEY_OUTBOUND_ALLOW: '127.0.0.1' } });
});
afterAll(async () => {
  await world.close();
  await ofServer.close();
  await ofProject.close();
});

const settingsOf = async () =>
  (
    await world.graphql(
      'admin',
      '{ emailSettings { version senderName colour mailServer { host signsIn } } }',
    )
  ).data.emailSettings;
const edit = async (changes: object, version?: number) =>
  world.graphql(
    'admin',
    'mutation ($input: EditEmailSettingsInput!) { editEmailSettings(input: $input) { emailSettings { version senderName colour mailServer { host port user from signsIn } } } }',
    { input: { version: version ?? (await settingsOf()).version, ...changes } },
  );
const save = (words: object, kind = 'RESET_PASSWORD', language = 'en') =>
  world.graphql(
    'admin',
    'mutation ($input: SaveEmailTemplateInput!) { saveEmailTemplate(input: $input) { emailTemplate { kind subject } } }',
    { input: { kind, language, words } },
  );
const ours = {
  subject: 'New password',
  heading: 'Choose again',
  body: 'Hello from {project}.\n\nBye.',
  button: 'Go on',
};
const mailServer = () => ({
  host: '127.0.0.1',
  port: Number(new URL(ofProject.url).port),
  implicitTls: false,
  user: 'clinic',
  password: 'swordfish',
  from: 'desk@clinic.example',
});
const toOwnUser = () => ({ project: world.project.id, userScope: 'project' as const, to: newAddress() });

describe('F58 rulings 23 a project and its mail', () => {
  it('words, colour, sender and mail server of a project reach its own users, and nobody else', async () => {
    expect((await save(ours)).errors).toEqual([]);
    expect((await edit({ senderName: 'Desk', colour: '#7A1FA2', mailServer: mailServer() })).errors).toEqual(
      [],
    );
    const own = toOwnUser();
    await queueMail(world.app, 'reset-password', { ...own, data: { projectName: 'North' } });
    const mail = await ofProject.next(own.to);
    expect(mail).toMatchObject({ subject: 'New password', from: '"Desk" <desk@clinic.example>' });
    expect(mail.text).toContain('Hello from North.\n\nBye.');
    expect(mail.link).toBe('https://id.example.org/open/the-secret');
    expect(mail.html).toContain('background: #7a1fa2');
    expect(mail.html).toContain('>Go on</a>');
    expect(logins).toContain('clinic:swordfish');
    for (const kind of Object.keys(templateVariables) as (keyof typeof templateVariables)[]) {
      const foreign = { ...own, userScope: 'server' as const, to: newAddress() };
      await queueMail(world.app, kind, foreign);
      const sent = await ofServer.next(foreign.to);
      expect([sent.from, sent.subject === 'New password']).toEqual(['"Carekey" <id@carekey.example>', false]);
    }
    const none = { ...own, project: null, to: newAddress() };
    await queueMail(world.app, 'reset-password', none);
    expect((await ofServer.next(none.to)).from).toBe('"Carekey" <id@carekey.example>');
    const other = { ...own, project: world.other.id, to: newAddress() };
    await queueMail(world.app, 'reset-password', other);
    expect((await ofServer.next(other.to)).subject).not.toBe('New password');
  });

  it('F116 rulings 22 the password is never shown, is sealed, and goes when the server changes', async () => {
    await edit({ mailServer: mailServer() });
    const { data } = await edit({
      mailServer: { ...mailServer(), password: null, from: 'other@clinic.example' },
    });
    expect(data.editEmailSettings.emailSettings.mailServer).toMatchObject({
      signsIn: true,
      from: 'other@clinic.example',
    });
    const stored = await world.app
      .get(Db)
      .read((tx) => tx.manager.findOneByOrFail(EmailSettings, { projectId: world.project.id }));
    expect(JSON.stringify(stored)).not.toContain('swordfish');
    for (const change of [
      { host: 'mail.evil.example', port: 587 },
      { port: 587 },
      { user: 'other' },
      { implicitTls: true },
    ]) {
      await edit({ mailServer: mailServer() });
      const changed = await edit({ mailServer: { ...mailServer(), password: null, ...change } });
      expect(changed.data.editEmailSettings.emailSettings.mailServer.signsIn).toBe(false);
    }
    expect((await edit({ mailServer: null })).data.editEmailSettings.emailSettings.mailServer).toBeNull();
  });

  it.each([
    ['colour', { colour: '#ffff00' }],
    ['colour', { colour: 'red; background: url(https://evil.example)' }],
    ['senderName', { senderName: 'A\r\nBcc: b@example.org' }],
    ['locale', { locale: 'tlh' }],
    ['mailServer.host', { mailServer: { host: 'a b', port: 25, implicitTls: false, from: 'a@b.example' } }],
    [
      'mailServer.port',
      { mailServer: { host: 'mail.example.org', port: 6379, implicitTls: false, from: 'a@b.example' } },
    ],
    [
      'mailServer.from',
      { mailServer: { host: 'mail.example.org', port: 25, implicitTls: false, from: 'A <a@b.example>' } },
    ],
  ])('a wrong %s is refused: %j', async (field, changes) => {
    const { errors } = await edit(changes);
    expect(errors.map(({ extensions }) => extensions.field)).toEqual([field]);
  });

  it('an edit of an older version is refused', async () => {
    const { version } = await settingsOf();
    await edit({ senderName: 'Desk 2' });
    expect((await edit({ senderName: 'Desk 3' }, version)).errors[0]?.extensions.reason).toBe('conflict');
    expect((await edit({ senderName: 'Desk 3' }, 0)).errors[0]?.extensions.reason).toBe('conflict');
    expect((await settingsOf()).senderName).toBe('Desk 2');
  });

  it('F85 a mail server inside our network is never called; the mail says why it waits', async () => {
    const outbound = world.app.get(OutboundHttp);
    for (const [host, address] of [
      ['inside.example', '10.0.0.1'],
      ['meta.example', '169.254.169.254'],
    ] as const) {
      const before = outbound.resolver;
      outbound.resolver = async (name) => (name === host ? [address] : before(name));
      await expect(outbound.addressOf(host, 25, false)).rejects.toMatchObject({ code: 'outbound-refused' });
      outbound.resolver = before;
    }
    await expect(outbound.addressOf('169.254.169.254', 25, true)).rejects.toMatchObject({
      code: 'outbound-refused',
    });
    expect(await outbound.addressOf('10.0.0.1', 25, true)).toBe('10.0.0.1');
  });

  it.each([
    ['subject', { subject: 'Hello {person}' }],
    ['subject', { subject: 'two\nlines' }],
    ['subject', { subject: '' }],
    ['subject', { subject: 'x'.repeat(151) }],
    ['body', { body: '{link}' }],
    ['body', { body: 'a } b' }],
    ['body', { body: '{pro{ject}' }],
    ['body', { body: '\u0007' }],
    ['button', { button: '{constructor}' }],
  ])('a template with a wrong %s is refused: %j', async (field, words) => {
    const { errors } = await save({ ...ours, ...words });
    expect(errors.map(({ extensions }) => extensions.field)).toEqual([field]);
  });

  it('a template without what it must say is refused, and a button where there is none', async () => {
    const lacking = await save({ ...ours, button: null }, 'EMAIL_CHANGED');
    expect(lacking.errors[0]?.message).toContain('must have {address}');
    const pressed = await save({ ...ours, body: '{factor}' }, 'FACTOR_ADDED');
    expect(pressed.errors[0]?.extensions.field).toBe('button');
  });

  it('markup in words stays text; a preview shows it before it is saved', async () => {
    const draft = { ...ours, body: '<img src="https://evil.example/x"> {project}' };
    const { data, errors } = await world.graphql(
      'admin',
      'query ($draft: EmailWordsInput) { emailPreview(kind: RESET_PASSWORD, language: "de", draft: $draft) { subject text html } }',
      { draft },
    );
    expect(errors).toEqual([]);
    expect(data.emailPreview.html).toContain('&lt;img src=&quot;');
    expect(data.emailPreview.html).not.toMatch(/<img/);
    expect(data.emailPreview.html).toContain('preview-of-a-link');
  });

  it('a removed template gives the mail the words of the server again', async () => {
    await save(ours, 'VERIFY_EMAIL');
    const remove =
      'mutation { removeEmailTemplate(input: { kind: VERIFY_EMAIL, language: "en" }) { removedKind } }';
    expect((await world.graphql('admin', remove)).errors).toEqual([]);
    expect((await world.graphql('admin', remove)).errors[0]?.extensions.code).toBe('NOT_FOUND');
    const own = toOwnUser();
    await queueMail(world.app, 'verify-email', own);
    expect((await ofServer.next(own.to)).subject).toContain('Confirm your e-mail address');
  });
});

describe('rulings 24 48 deliveries', () => {
  const list = (as: 'admin' | 'super', args = '') =>
    world.graphql(
      as,
      `{ emailDeliveries(${args}) { edges { node { id purpose recipient state words settledAt } } } }`,
    );

  it('are listed newest first, to whom they concern; an invitation does not tell whether the address had an account', async () => {
    const own = { project: world.project.id, to: newAddress() };
    for (const kind of ['set-password', 'welcome-to-project'] as const) await queueMail(world.app, kind, own);
    await queueMail(world.app, 'reset-password', { project: null, to: own.to });
    const mine = await until(async () => {
      const { data } = await list('admin', 'first: 2');
      const nodes = data.emailDeliveries.edges.map(({ node }: { node: { state: string } }) => node);
      return nodes.every(({ state }: { state: string }) => state === 'HANDED_OVER') ? nodes : undefined;
    });
    for (const { id: _, settledAt, words, ...shown } of mine) {
      expect(shown).toEqual({ purpose: 'INVITATION', recipient: own.to, state: 'HANDED_OVER' });
      expect([words, settledAt]).toEqual([expect.stringMatching(/^250/), expect.any(String)]);
    }
    const server = await list('super', 'scope: SERVER, first: 1');
    expect(server.data.emailDeliveries.edges[0].node).toMatchObject({
      purpose: 'RESET_PASSWORD',
      recipient: own.to,
    });
    expect((await list('admin', 'scope: SERVER')).errors[0]?.extensions.code).toBe('FORBIDDEN');
    expect(world.app.get(EmailService).keepsMail).toBe(false);
  });
});
