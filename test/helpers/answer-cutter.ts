import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Stands between a client and a server and loses answers as networks do: the request arrives, its answer does not. */
export class AnswerCutter {
  /** How many of the next answers are lost. */
  losing = 0;
  /** How many were lost. */
  lost = 0;
  private readonly sockets = new Set<Socket>();

  private constructor(
    /** Where the client goes instead of to the server. */
    readonly baseUrl: string,
    private readonly stop: () => Promise<void>,
  ) {}

  /** @param target the server's address. */
  static async open(target: string): Promise<AnswerCutter> {
    const { hostname, port } = new URL(target);
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const { port: own } = server.address() as AddressInfo;
    const stop = () => new Promise<void>((closed) => server.close(() => closed()));
    const cutter = new AnswerCutter(`http://127.0.0.1:${own}/`, stop);
    server.on('connection', (line) => cutter.join(line, connect(Number(port), hostname)));
    return cutter;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await this.stop();
  }

  private join(line: Socket, upstream: Socket): void {
    for (const socket of [line, upstream]) {
      this.sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.sockets.delete(socket);
        line.destroy();
        upstream.destroy();
      });
    }
    line.on('data', (data) => upstream.write(data));
    upstream.on('data', (data) => {
      if (this.losing === 0) {
        line.write(data);
        return;
      }
      // The first bytes of an answer: the server is done with the request.
      this.losing -= 1;
      this.lost += 1;
      line.destroy();
    });
  }
}
