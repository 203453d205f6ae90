import { Client } from 'undici';

/**
 * One keep-alive connection in a closed loop: the next request leaves when the answer to the last one is there.
 * Written on undici's dispatcher, so that the generator takes as little as possible of the machine that it measures.
 */
export class Connection {
  constructor(origin) {
    this.client = new Client(origin, { pipelining: 1, keepAliveTimeout: 60_000 });
  }

  /** Sends one request; answers status and body. @throws Error when the connection fails. */
  send({ method, path, headers, body }) {
    return new Promise((resolve, reject) => {
      let status = 0;
      const chunks = [];
      this.client.dispatch(
        { method, path, headers, body },
        {
          onRequestStart() {},
          onResponseStart(_controller, statusCode) {
            status = statusCode;
          },
          onResponseData(_controller, chunk) {
            chunks.push(chunk);
          },
          onResponseEnd() {
            resolve({ status, body: (chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)).toString() });
          },
          onResponseError(_controller, error) {
            reject(error);
          },
        },
      );
    });
  }

  close() {
    return this.client.close();
  }
}
