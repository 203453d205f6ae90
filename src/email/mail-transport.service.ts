import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Config, isLoopbackHost, type MailSender } from '../kernel/config.js';
import { OutboundHttp } from '../kernel/outbound-http.js';
import type { RenderedMail } from './mail-rendering.js';

/** A mail server and how to get in. */
export interface MailServer {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte; else STARTTLS, which is demanded unless the server is this machine. */
  readonly implicitTls: boolean;
  readonly login?: { readonly user: string; readonly password: string } | undefined;
  /** Whether the operator named it in the configuration; a project's server must be a public one (F85). */
  readonly byOperator: boolean;
}

/** One mail, ready to leave. */
export interface OutgoingMail extends RenderedMail {
  /** Stable over all attempts, so that a second copy can be recognised (RFC 5322 section 3.6.4). */
  readonly messageId: string;
  readonly from: MailSender;
  readonly to: string;
  readonly date: Date;
}

/** What a mail server said of one mail: taken, or refused for good. Everything else is thrown and tried again. */
export type Handover =
  | { readonly taken: true; readonly words: string }
  | { readonly taken: false; readonly words: string };

type Transport = Awaited<ReturnType<typeof transportTo>>;

/** Hands mails to mail servers by SMTP (RFC 5321). */
@Injectable()
export class MailTransportService implements OnApplicationShutdown {
  /** Connections stay open for the mails that follow. */
  private readonly transports = new LRUCache<string, Promise<Transport>>({
    max: 50,
    dispose: (transport) => void transport.then((one) => one.close()),
  });

  constructor(
    private readonly config: Config,
    private readonly outbound: OutboundHttp,
  ) {}

  onApplicationShutdown(): void {
    this.transports.clear();
  }

  /** The server's own mail server. */
  ownServer(): MailServer | undefined {
    const url = this.config.smtpUrl;
    if (!url) return undefined;
    const implicitTls = url.protocol === 'smtps:';
    const login = { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
    return {
      host: url.hostname,
      port: Number(url.port) || (implicitTls ? 465 : 587),
      implicitTls,
      ...(url.username && { login }),
      byOperator: true,
    };
  }

  /**
   * Hands a mail over. A crash or a lost connection after it was taken makes a second copy with the same Message-ID.
   * @throws Error in the mail server's words when it is to be tried again
   */
  async send(server: MailServer, mail: OutgoingMail, signal: AbortSignal): Promise<Handover> {
    const address = await this.outbound.addressOf(server.host, server.port, server.byOperator);
    const { messageId, from, to, date, subject, text, html, language } = mail;
    try {
      const transport = await this.transportFor(server, address);
      const { response } = await transport.sendMail({
        from,
        to: { name: '', address: to },
        envelope: { from: from.address, to: [to] },
        messageId,
        date,
        subject,
        text,
        html,
        headers: {
          'Auto-Submitted': 'auto-generated',
          'X-Auto-Response-Suppress': 'All',
          'Content-Language': language,
        },
        signal,
      } as never);
      return { taken: true, words: oneLine(response) };
    } catch (error) {
      if (isRefusal(error)) return { taken: false, words: oneLine(String(error.response)) };
      throw error;
    }
  }

  private transportFor(server: MailServer, address: string): Promise<Transport> {
    const key = JSON.stringify([server, address]);
    const known = this.transports.get(key);
    if (known) return known;
    const made = transportTo(server, address, new URL(this.config.baseUrl).hostname);
    this.transports.set(key, made);
    return made;
  }
}

async function transportTo(server: MailServer, address: string, ownName: string) {
  // Loaded late: most starts have no mail to send.
  const { createTransport } = await import('nodemailer');
  const { host, port, implicitTls, login } = server;
  return createTransport({
    pool: true,
    maxConnections: 4,
    maxMessages: 200,
    // What a lost connection leaves unanswered is tried again by the queue, which counts.
    maxRequeues: 0,
    idleTimeout: 10_000,
    host: address,
    port,
    secure: implicitTls,
    requireTLS: !implicitTls && !isLoopbackHost(address),
    name: ownName,
    tls: { servername: host, minVersion: 'TLSv1.2' },
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 30_000,
    ...(login && { auth: { user: login.user, pass: login.password } }),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

interface RefusedMail {
  readonly response: string;
}

/** A 5xx (RFC 5321 section 4.2.1) to the recipient or the mail; one to the greeting, login or sender is ours to mend. */
function isRefusal(error: unknown): error is RefusedMail {
  const { responseCode, command, response } = error as {
    responseCode?: number;
    command?: string;
    response?: string;
  };
  return (
    response !== undefined &&
    responseCode !== undefined &&
    responseCode >= 500 &&
    responseCode <= 599 &&
    (command === 'RCPT TO' || command === 'DATA')
  );
}

function oneLine(words: string): string {
  return words.replace(/\s+/g, ' ').trim().slice(0, 500);
}
