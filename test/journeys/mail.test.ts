import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { SMTPServerOptions } from 'smtp-server';
import { EmailService, emailSend } from '../../src/email/email.service.js';
import { EmailDelivery } from '../../src/email/email-delivery.entity.js';
import { mailKinds } from '../../src/email/mail-kinds.js';
import { Db } from '../../src/kernel/db.js';
import type { DeliveryId } from '../../src/kernel/ids.js';
import { JobRunner } from '../../src/kernel/job-runner.js';
import { OutboxEntry } from '../../src/kernel/outbox.entity.js';
import { expiredPurge, Purges } from '../../src/kernel/purges.js';
import { type AdminWorld, startAdminWorld } from '../helpers/admin-world.js';
import { startApp, type TestApp } from '../helpers/app.js';
import { keptMail, type Mailbox, startMailbox } from '../helpers/mailbox.js';
import { newAddress, queueMail, sampleData } from '../helpers/mails.js';
import { redisAbsent, startRedis, type TestRedis } from '../helpers/redis.js';
import { until } from '../kernel/wait.js';

const deliveryOf = (app: TestApp, id: DeliveryId): Promise<EmailDelivery> =>
  app.get(Db).read((tx) => tx.manager.findOneByOrFail(EmailDelivery, { id }));
const settled = (app: TestApp, id: DeliveryId, withinMs = 30_000): Promise<EmailDelivery> =>
  until(
    async () => {
      const row = await deliveryOf(app, id);
      return row.settledAt ? row : undefined;
    },
    { withinMs },
  );

/** An answer of the mail server: its number decides what happens next. */
const smtpError = (responseCode: number, words: string): Error =>
  Object.assign(new Error(words), { responseCode });

describe.each([
  ['PostgreSQL', undefined],
  ['Redis', redisAbsent],
])('mail with the queue on %s', (backend, absent) => {
  if (absent) {
    it.skip(`skipped: ${absent}`, () => {});
    return;
  }

  let world: AdminWorld;
  let app: TestApp;
  let mailbox: Mailbox;
  let redis: TestRedis | undefined;
  /** What the mail server says to the next recipients; nothing: it takes them. */
  const recipientFaults: Error[] = [];

  beforeAll(async () => {
    if (backend === 'Redis') redis = await startRedis();
    const options: SMTPServerOptions = {
      onRcptTo: (_address, _session, done) => done(recipientFaults.shift()),
    };
    mailbox = await startMailbox(options);
    world = await startAdminWorld({ env: { ...mailbox.env, ...(redis && { REDIS_URL: redis.url }) } });
    app = world.app;
  });
  afterAll(async () => {
    await world.close();
    await mailbox.close();
    await redis?.stop();
  });
  afterEach(() => {
    recipientFaults.length = 0;
  });

  const rowOf = async (id: DeliveryId): Promise<OutboxEntry | undefined> => {
    const rows = await app.get(Db).read((tx) => tx.manager.findBy(OutboxEntry, { topic: emailSend.name }));
    return rows.find(({ payload }) => (payload as { deliveryId?: string }).deliveryId === id);
  };

  it('F122 a mail is handed over once, read by a parser, and what it held is erased', async () => {
    const to = newAddress();
    const id = await queueMail(app, 'reset-password', {
      to,
      locale: 'de',
      data: { personName: 'Zoë "Z" Ωmega' },
    });
    const mail = await mailbox.next(to);
    expect(mail).toMatchObject({
      from: '"Carekey" <id@carekey.example>',
      messageId: `<${id}@carekey.example>`,
      link: 'https://id.example.org/open/the-secret',
      subject: 'Passwort zurücksetzen bei Carekey',
    });
    expect(mail.text).toContain('Guten Tag Zoë "Z" Ωmega,');
    expect(mail.html).toContain('Zoë &quot;Z&quot; Ωmega');
    expect(mail.parsed.headers.get('auto-submitted')).toBe('auto-generated');
    expect(mail.parsed.attachments).toEqual([]);
    const row = await settled(app, id);
    expect(row).toMatchObject({ state: 'handed-over', sealed: null, words: expect.stringMatching(/^250 /) });
    const states = await app.get(Db).read((tx) => app.get(EmailService).states(tx, [id]));
    expect(states.get(id)?.state).toBe('handed-over');
  });

  it.each(Object.keys(mailKinds) as (keyof typeof mailKinds)[])('%s arrives', async (kind) => {
    const to = newAddress();
    await queueMail(app, kind, { to });
    const { link, code } = await mailbox.next(to);
    const data = sampleData[kind];
    expect(link).toBe('link' in data ? data.link : undefined);
    if ('code' in data) expect(code).toBe(data.code);
  });

  it('a mail whose transaction is rolled back is never sent', async () => {
    const to = newAddress();
    const mail = {
      kind: 'factor-added',
      to,
      project: null,
      userScope: 'server',
      data: { factor: 'totp' },
    } as const;
    const failing = app.get(Db).tx(async (tx) => {
      await app.get(EmailService).queue(tx, mail);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    const later = newAddress();
    await queueMail(app, 'factor-added', { to: later });
    await mailbox.next(later);
    expect(mailbox.mails.filter((one) => one.to === to)).toEqual([]);
  });

  it.each([
    'a@example.org, b@example.org',
    'a@example.org\r\nBcc: b@example.org',
    '<a@example.org>',
    '',
    'a b@c.example',
  ])('the recipient %j is refused before anything is written', async (to) => {
    await expect(queueMail(app, 'factor-added', { to })).rejects.toMatchObject({
      code: 'invalid-input',
      field: 'email',
    });
  });

  it('names with line ends add no header and no recipient', async () => {
    const to = newAddress();
    const evil = 'Clinic\r\nBcc: victim@example.org\r\n\r\nBody';
    await queueMail(app, 'set-password', {
      to,
      data: { projectName: evil, inviterName: evil, personName: evil },
    });
    const mail = await mailbox.next(to);
    expect(mail.parsed.bcc).toBeUndefined();
    expect(mail.subject).toBe(
      'Welcome to Clinic Bcc: victim@\u2060example.\u2060org Body: choose your password',
    );
    expect(mailbox.mails.filter((one) => one.to === 'victim@example.org')).toEqual([]);
  });

  it('"not now" (4xx) is tried again; other mail passes meanwhile', async () => {
    recipientFaults.push(smtpError(451, 'Greylisted, come back'));
    const to = newAddress();
    const id = await queueMail(app, 'reset-password', { to });
    await until(async () => (await rowOf(id))?.lastError);
    expect((await rowOf(id))?.lastError).toContain('Greylisted');
    const other = newAddress();
    await queueMail(app, 'reset-password', { to: other });
    await mailbox.next(other);
    await mailbox.next(to);
    expect((await settled(app, id)).state).toBe('handed-over');
  });

  it('"never" (5xx) to a recipient ends it with the words of the mail server, and is in the record', async () => {
    recipientFaults.push(smtpError(550, 'No such person here'));
    const to = newAddress();
    const id = await queueMail(app, 'verify-email', { to, project: world.project.id });
    expect(await settled(app, id)).toMatchObject({
      state: 'refused',
      sealed: null,
      words: expect.stringContaining('No such person here'),
    });
    const records = 'query { auditRecords(types: [EMAIL_SENT]) { edges { node { outcome target } } } }';
    expect(JSON.stringify((await world.graphql('admin', records)).data)).toContain(`EmailDelivery/${id}`);
  });

  it('a revoked mail, and one whose link has ended, does not leave', async () => {
    const runner = app.get(JobRunner);
    recipientFaults.push(smtpError(451, 'later'), smtpError(451, 'later'));
    const revoked = await queueMail(app, 'set-password', {});
    const expired = await queueMail(app, 'set-password', { data: { expiresAt: app.clock.date(1) } });
    await until(async () => (await rowOf(revoked))?.lastError);
    await app.get(Db).tx((tx) => app.get(EmailService).revoke(tx, revoked));
    for (const id of [revoked, expired]) {
      const row = await rowOf(id);
      if (row) await until(async () => (await runner.run(row.id, emailSend.name)) === 'done');
    }
    expect(await deliveryOf(app, revoked)).toMatchObject({ state: 'revoked', sealed: null });
    expect(await settled(app, expired)).toMatchObject({ state: 'expired', sealed: null });
  });

  it('F122 what opens something is erased when it is given up; a notice can be tried again by a super admin', async () => {
    const runner = app.get(JobRunner);
    for (const kind of ['reset-password', 'factor-added'] as const) {
      recipientFaults.push(...Array.from({ length: 18 }, () => smtpError(450, 'Mailbox busy')));
      const to = newAddress();
      const id = await queueMail(app, kind, { to });
      const row = await until(() => rowOf(id));
      await until(async () => (await runner.run(row.id, emailSend.name)) === 'dead', { withinMs: 60_000 });
      recipientFaults.length = 0;
      const failed = await deliveryOf(app, id);
      expect(failed).toMatchObject({ state: 'failed', words: expect.stringContaining('Mailbox busy') });
      expect(failed.sealed === null).toBe(mailKinds[kind].secret);
      const retry = 'mutation($id: ID!) { retryDeadLetter(input: { id: $id }) { retriedId } }';
      expect((await world.graphql('super', retry, { id: row.id })).errors).toEqual([]);
      await until(async () => (await rowOf(id)) === undefined);
      const arrived = mailbox.mails.some((mail) => mail.to === to);
      expect(arrived).toBe(!mailKinds[kind].secret);
    }
  });
});

describe('a mail server that takes a mail and drops the connection', () => {
  it('gets it again, with the same Message-ID: nothing is lost', async () => {
    const copies: string[] = [];
    const mailbox = await startMailbox({
      onData(stream, _session, done) {
        let text = '';
        stream.on('data', (chunk: Buffer) => {
          text += chunk.toString();
        });
        stream.on('end', () => {
          copies.push(/^Message-ID: (.*)$/im.exec(text)?.[1]?.trim() ?? '');
          if (copies.length === 1) mailbox.drop();
          else done();
        });
      },
    });
    const app = await startApp({ env: mailbox.env });
    try {
      const id = await queueMail(app, 'reset-password');
      expect((await settled(app, id)).state).toBe('handed-over');
      expect(copies).toEqual([`<${id}@carekey.example>`, `<${id}@carekey.example>`]);
    } finally {
      await app.close();
      await mailbox.close();
    }
  });
});

describe('without a mail server', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  it('mail stays here and is shown to a person at this machine', async () => {
    const to = newAddress();
    const id = await queueMail(app, 'set-password', { to });
    const kept = await keptMail(app.baseUrl, to, 'set-password');
    expect(kept).toMatchObject({ link: sampleData['set-password'].link, kind: 'set-password' });
    const page = await (await fetch(`${app.baseUrl}dev/mailbox`)).text();
    expect(page).toContain(`<a class="mail-link" href="${sampleData['set-password'].link}">`);
    const html = await fetch(`${app.baseUrl}dev/mailbox/${id}`);
    expect([html.status, html.headers.get('content-security-policy')]).toEqual([
      200,
      expect.stringMatching(/^default-src 'none'; style-src 'unsafe-inline';/),
    ]);
    expect((await settled(app, id)).state).toBe('kept');
    expect((await keptMail(app.baseUrl, to)).subject).toBe(kept.subject);
  });

  it.each(['mailbox', 'mailbox.json', 'mailbox/x'])('F77 nobody else sees /dev/%s', async (path) => {
    const response = await fetch(`${app.baseUrl}dev/${path}`, {
      headers: { 'x-forwarded-for': '192.0.2.1' },
    });
    expect(response.status).toBe(404);
  });

  it('F122 rulings 47 it is erased when its link ends, and gone after 90 days', async () => {
    const id = await queueMail(app, 'magic-link', { data: { expiresAt: app.clock.date(60_000) } });
    await settled(app, id);
    app.clock.advance(61_000);
    await app.get(Purges).send({}, { signal: AbortSignal.timeout(30_000) });
    expect(await deliveryOf(app, id)).toMatchObject({ sealed: null, state: 'expired' });
    app.clock.advance(91 * 86_400_000);
    await app.get(Purges).send({}, { signal: AbortSignal.timeout(30_000) });
    await expect(deliveryOf(app, id)).rejects.toThrow();
    expect(expiredPurge.name).toBe('expired.purge');
  });
});

describe('with a mail server', () => {
  it('F77 there is no /dev/mailbox', async () => {
    const app = await startApp({
      env: { SMTP_URL: 'smtp://127.0.0.1:9', CAREKEY_MAIL_FROM: 'id@example.org' },
    });
    try {
      for (const path of ['mailbox', 'mailbox.json'])
        expect((await fetch(`${app.baseUrl}dev/${path}`)).status).toBe(404);
    } finally {
      await app.close();
    }
  });
});
