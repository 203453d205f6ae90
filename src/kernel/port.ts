import { createServer } from 'node:net';
import { StartError } from './start-error.js';

/**
 * Tries whether the server could listen at an address, so that a taken port is noticed before anything is built.
 * @throws StartError in one sentence that names PORT or HOST.
 */
export function refuseBusyPort(port: number, host: string): Promise<void> {
  return new Promise((free, busy) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      busy(new StartError(portSentence(error, port, host), { cause: error }));
    });
    probe.listen(port, host, () => probe.close(() => free()));
  });
}

function portSentence({ code, message }: NodeJS.ErrnoException, port: number, host: string): string {
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is in use. Stop the program that has it, or set PORT to another one.`;
    case 'EACCES':
      return `Port ${port} may not be used by this user. Set PORT to one above 1023.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `HOST ${host} is no address of this machine. Correct HOST.`;
    default:
      return `Carekey cannot listen on ${host}, port ${port} (${message}). Correct HOST and PORT.`;
  }
}
