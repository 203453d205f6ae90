import { fileURLToPath } from 'node:url';
import { startNode } from '../children.mjs';

const worker = fileURLToPath(new URL('worker.mjs', import.meta.url));

/** Starts the load generator. Answers a function that runs one job there and answers its figures. */
export function startGenerator() {
  const child = startNode([worker], { channel: true });
  return (job) =>
    new Promise((resolve, reject) => {
      const ended = () => reject(new Error('The load generator ended'));
      child.once('close', ended);
      child.once('message', ({ result, error }) => {
        child.off('close', ended);
        if (error === undefined) resolve(result);
        else reject(new Error(`${job.name} at ${job.origin}: ${error}`));
      });
      child.send(job);
    });
}
