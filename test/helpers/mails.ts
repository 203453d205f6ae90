import { EmailService } from '../../src/email/email.service.js';
import type { Mail, MailData, MailKind } from '../../src/email/mail-kinds.js';
import { Db } from '../../src/kernel/db.js';
import type { DeliveryId } from '../../src/kernel/ids.js';
import type { TestApp } from './app.js';

const link = 'https://id.example.org/open/the-secret';
const expiresAt = new Date('2100-01-01T00:00:00Z');

/** Data for every kind. */
export const sampleData: { readonly [Kind in MailKind]: MailData[Kind] } = {
  'set-password': { projectName: 'North clinic', inviterName: 'Ada Quill', link, expiresAt },
  'welcome-to-project': {
    projectName: 'North clinic',
    personName: 'Sora',
    link: 'https://id.example.org/signin',
  },
  'reset-password': { personName: 'Sora', link, expiresAt },
  'verify-email': { link, expiresAt },
  'email-changed': { side: 'old', newAddress: 'new@example.org', link, expiresAt },
  'factor-added': { factor: 'totp' },
  'factor-removed': { factor: 'all', byAdmin: true },
  'new-sign-in': {
    at: new Date('2030-02-03T04:05:06Z'),
    device: 'Firefox on Linux',
    ip: '192.0.2.7',
    appName: 'Chart',
  },
  'magic-link': { link, expiresAt, appName: 'Chart' },
  'email-code': { code: '271828', expiresAt, appName: 'Chart' },
};

let count = 0;

/** An address that no other test writes to. */
export function newAddress(): string {
  count += 1;
  return `reader-${count}@example.org`;
}

/** Queues a mail in a transaction of its own, as a service would beside its fact. */
export function queueMail<Kind extends MailKind>(
  app: TestApp,
  kind: Kind,
  mail: Partial<Omit<Mail, 'kind' | 'data'>> & { readonly data?: Partial<MailData[Kind]> } = {},
): Promise<DeliveryId> {
  const data = { ...sampleData[kind], ...mail.data };
  const whole = { to: newAddress(), project: null, userScope: 'server', ...mail, kind, data } as Mail;
  return app.get(Db).tx((tx) => app.get(EmailService).queue(tx, whole));
}
