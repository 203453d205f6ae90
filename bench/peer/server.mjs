// The peer: oidc-provider on a PostgreSQL of its own, of the same version and with the same settings as Carekey's.
//   node bench/peer/server.mjs <port> <data directory>
// Ends in good order on SIGTERM, and when the process that started it is gone.
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';
import { EmbeddedPostgres } from '../../dist/src/kernel/embedded-postgres.js';
import { postgresAdapter } from './adapter.mjs';
import { configuration } from './configuration.mjs';
import { interaction } from './interaction.mjs';

const poolSize = 20;
const [port, dataDir] = process.argv.slice(2);

const postgres = await EmbeddedPostgres.open(dataDir, { purpose: 'web' });
const { PostgresAdapter, close } = await postgresAdapter(postgres.connection('carekey_owner'), poolSize);
const provider = new Provider(`http://localhost:${port}`, configuration(PostgresAdapter, dataDir));
provider.on('server_error', (_ctx, error) => console.error(error));

const answer = provider.callback();
const server = createServer((request, response) => {
  if (request.url === '/healthcheck') return response.end('{"ok":true}');
  if (!request.url.startsWith('/interaction/')) return answer(request, response);
  interaction(provider, request, response).catch((error) => {
    console.error(error);
    response.writeHead(500).end();
  });
});
server.listen(Number(port), '127.0.0.1');

let stopping = false;
async function stop() {
  if (stopping) return;
  stopping = true;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await close();
  await postgres.close();
  process.exit(0);
}
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
process.on('disconnect', stop);
