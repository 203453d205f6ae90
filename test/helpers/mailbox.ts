import type { Socket } from 'node:net';
import { type AddressObject, type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { until } from '../kernel/wait.js';

/** A mail that a server under test sent, read by a parser that is not ours. */
export interface ReceivedMail {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly messageId: string;
  /** The first address in the text, and all of them. */
  readonly link: string | undefined;
  readonly links: readonly string[];
  /** The first run of 6 to 12 letters and digits that stands alone on a line. */
  readonly code: string | undefined;
  readonly parsed: ParsedMail;
}

/** A mail server on loopback that keeps what it is handed. */
export interface Mailbox {
  readonly url: string;
  /** What the server under test needs in its environment. */
  readonly env: { readonly SMTP_URL: string; readonly CAREKEY_MAIL_FROM: string };
  readonly mails: ReceivedMail[];
  /** Waits for a mail to that address, the oldest that was not taken before. */
  next(to: string): Promise<ReceivedMail>;
  /** Ends every connection without a word. */
  drop(): void;
  close(): Promise<void>;
}

/** Starts one. @param options of `smtp-server`, to make it slow, strict or broken */
export async function startMailbox(options: SMTPServerOptions = {}): Promise<Mailbox> {
  const mails: ReceivedMail[] = [];
  const taken = new Set<ReceivedMail>();
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    onData: (stream, _session, done) => {
      simpleParser(stream).then(
        (parsed) => {
          mails.push(received(parsed));
          done();
        },
        (error: Error) => done(error),
      );
    },
    ...options,
  });
  // A client that goes away in the middle is nothing to stop for.
  server.on('error', () => {});
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.server.address();
  const url = `smtp://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  return {
    url,
    env: { SMTP_URL: url, CAREKEY_MAIL_FROM: 'Carekey <id@carekey.example>' },
    mails,
    next: async (to) => {
      const mail = await until(() => mails.find((one) => one.to === to && !taken.has(one)));
      taken.add(mail);
      return mail;
    },
    drop: () => {
      for (const connection of server.connections)
        (connection as unknown as { _socket: Socket })._socket.destroy();
    },
    close: () => new Promise((closed) => server.close(closed)),
  };
}

/** Waits for the newest mail to that address at `/dev/mailbox.json` of a server without a mail server. */
export function keptMail(
  baseUrl: string,
  to: string,
  kind?: string,
): Promise<{ kind: string; subject: string; text: string; html: string; link?: string; code?: string }> {
  return until(async () => {
    const response = await fetch(`${baseUrl}dev/mailbox.json`);
    if (response.status !== 200) throw new Error(`/dev/mailbox.json answers ${response.status}`);
    const { mails } = (await response.json()) as {
      mails: { to: string; kind: string; subject: string; text: string; html: string }[];
    };
    return mails.find((mail) => mail.to === to && (kind === undefined || mail.kind === kind));
  });
}

function received(parsed: ParsedMail): ReceivedMail {
  const text = parsed.text ?? '';
  const links = text.match(/https?:\/\/\S+/g) ?? [];
  return {
    from: parsed.from?.text ?? '',
    to: [parsed.to].flat().flatMap((one: AddressObject | undefined) => one?.value ?? [])[0]?.address ?? '',
    subject: parsed.subject ?? '',
    text,
    html: parsed.html || '',
    messageId: parsed.messageId ?? '',
    link: links[0],
    links,
    code: /^\s*([A-Z0-9]{6,12})\s*$/im.exec(text)?.[1],
    parsed,
  };
}
