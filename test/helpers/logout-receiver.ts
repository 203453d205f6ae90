import { createServer, type Server } from 'node:http';

/** What an app got at its back-channel logout address. */
export interface ReceivedLogout {
  readonly contentType: string;
  readonly token: string;
  /** The claims, not verified. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever was sent
  readonly claims: any;
}

/** An app's back-channel logout address on loopback, which answers what it is told to. */
export interface LogoutReceiver {
  readonly uri: string;
  readonly received: ReceivedLogout[];
  /** Statuses of the next answers; `otherwise` when there is none left. `hang` never answers. */
  readonly answers: (number | 'hang')[];
  otherwise: number;
  /** The tokens about one login. */
  about(loginId: string): ReceivedLogout[];
  close(): Promise<void>;
}

/** Starts one. The server under test needs `outboundToLoopback` in its environment. */
export function startLogoutReceiver(): Promise<LogoutReceiver> {
  const received: ReceivedLogout[] = [];
  const answers: (number | 'hang')[] = [];
  return new Promise((resolve, reject) => {
    let receiver: LogoutReceiver;
    const server: Server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        const token = new URLSearchParams(body).get('logout_token') ?? '';
        const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? 'e30', 'base64url').toString());
        received.push({ contentType: request.headers['content-type'] ?? '', token, claims });
        const answer = answers.shift() ?? receiver.otherwise;
        if (answer === 'hang') return;
        response.writeHead(answer, { location: 'https://elsewhere.example/' }).end();
      });
    });
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      receiver = {
        otherwise: 200,
        uri: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/logout`,
        received,
        answers,
        about: (loginId) => received.filter(({ claims }) => claims.sid === loginId),
        close: () =>
          new Promise((done) => {
            server.close(() => done());
            server.closeAllConnections();
          }),
      };
      resolve(receiver);
    });
  });
}

/** Lets the server under test call apps of this machine, as a developer's set-up would. */
export const outboundToLoopback = { CAREKEY_OUTBOUND_ALLOW: '127.0.0.1,localhost' } as const;
