import type { ProjectId, UserId } from '../kernel/ids.js';

/** What every mail may say. Names are shown as text only, never as markup or a link (F98). */
export interface CommonData {
  /** The project that the mail speaks for; left out: Carekey itself. */
  readonly projectName?: string | undefined;
  /** How to greet the person; left out: without a name. */
  readonly personName?: string | undefined;
}

/** A link that opens something once. */
interface LinkData extends CommonData {
  /** Absolute, made from the configured base URL only (V20); its secret is stored nowhere but as a hash. */
  readonly link: string;
  /** When it ends: said in the mail as a length of time, and after it the mail is not sent any more. */
  readonly expiresAt: Date;
}

/** kind -> what it needs. One entry per mail that the server sends. */
export interface MailData {
  /** Invitation of somebody new: sets the first password. */
  'set-password': LinkData & { readonly inviterName?: string | undefined };
  /** Invitation of somebody who has an account already. The link is the sign-in page; it holds no secret. */
  'welcome-to-project': CommonData & {
    readonly link: string;
    readonly inviterName?: string | undefined;
  };
  /** Asked for at the sign-in page, or by an admin. */
  'reset-password': LinkData;
  /** Proves that the address is the person's: at registration and for a changed address. */
  'verify-email': LinkData;
  /** To the old address, with the link that undoes the change; and to the new one, as a confirmation. */
  'email-changed': CommonData &
    (
      | {
          readonly side: 'old';
          readonly newAddress: string;
          readonly link: string;
          readonly expiresAt: Date;
        }
      | { readonly side: 'new'; readonly newAddress: string }
    );
  /** A second factor was enrolled. */
  'factor-added': CommonData & { readonly factor: MailFactor };
  /** A second factor was removed by the person, or reset by an admin. */
  'factor-removed': CommonData & { readonly factor: MailFactor; readonly byAdmin: boolean };
  /** A sign-in from a browser not seen before. */
  'new-sign-in': CommonData & {
    readonly at: Date;
    /** In words, as the account page says it: "Firefox on Linux". */
    readonly device?: string | undefined;
    readonly ip: string;
    readonly appName?: string | undefined;
  };
  /** Signs in without a password, or opens an activation. */
  'magic-link': LinkData & { readonly appName?: string | undefined };
  /** A code to type in. */
  'email-code': CommonData & {
    readonly code: string;
    readonly expiresAt: Date;
    readonly appName?: string | undefined;
  };
}

/** The second factors that mails speak of. */
export type MailFactor = 'totp' | 'passkey' | 'recovery-codes' | 'email-code' | 'all';

/** The name of a mail. */
export type MailKind = keyof MailData;

/** Every kind, and whether its data hold something that opens (a link with a secret, a code). */
export const mailKinds: Readonly<Record<MailKind, { readonly secret: boolean }>> = {
  'set-password': { secret: true },
  'welcome-to-project': { secret: false },
  'reset-password': { secret: true },
  'verify-email': { secret: true },
  'email-changed': { secret: true },
  'factor-added': { secret: false },
  'factor-removed': { secret: false },
  'new-sign-in': { secret: false },
  'magic-link': { secret: true },
  'email-code': { secret: true },
};

/** To whom and for whom. */
interface MailAddress {
  /** One address, as `normalizeEmail` made it. */
  readonly to: string;
  /** The reader's language (BCP 47) where it is known: `de`, `en-GB`. */
  readonly locale?: string | undefined;
  /**
   * In whose name it is sent, and whose admins see its delivery; `null` for what concerns a server-scoped person alone (reset,
   * factors, address, sign-ins; rulings 25).
   */
  readonly project: ProjectId | null;
  /** Whose account it is: mail to a server-scoped user leaves by the server's mail server and templates only (rulings 23). */
  readonly userScope: 'server' | 'project';
  readonly userId?: UserId | undefined;
}

/** One mail to one person. */
export type Mail = {
  readonly [Kind in MailKind]: MailAddress & { readonly kind: Kind; readonly data: MailData[Kind] };
}[MailKind];
