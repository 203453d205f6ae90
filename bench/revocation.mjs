import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { basic, codeFlow } from './code-flow.mjs';
import { postgresSettings, socketOf } from './fill.mjs';
import { quantile, shown } from './statistics.mjs';
import { Carekey, main } from './systems/carekey.mjs';
import { ServerProcess } from './systems/server-process.mjs';

const shares = [0.5, 0.9, 0.99, 1];

/**
 * Two web processes on one database: from the answer to a revocation at one of them to the first 401 of the other, which
 * has just answered for that token and asks without pause.
 */
export async function measureRevocation({ samples }, say) {
  const first = new Carekey();
  const second = new SecondNode(first);
  try {
    await first.start();
    await second.start();
    say(`${samples} logins end at one node, each is asked for at the other`);
    const times = [];
    for (let at = 0; at < samples; at++) times.push(await once(first, second));
    return { times, postgres: await postgresSettings(first) };
  } finally {
    await second.stop();
    await first.stop();
    second.removeData();
    first.removeData();
  }
}

async function once(first, second) {
  const { access_token: token } = await codeFlow(first, first.person);
  const headers = { authorization: `Bearer ${token}` };
  const status = async () => {
    const response = await fetch(second.origin + first.paths.userinfo, { headers });
    await response.arrayBuffer();
    return response.status;
  };
  if ((await status()) !== 200) throw new Error('The other node does not know a token that was just made');
  const answer = await fetch(`${first.origin}/oauth2/revoke`, {
    method: 'POST',
    headers: { authorization: basic(first.client) },
    body: new URLSearchParams({ token }),
  });
  if (answer.status !== 200) throw new Error(`The revocation was answered ${answer.status}`);
  const from = performance.now();
  for (;;) {
    const now = await status();
    if (now === 401) return performance.now() - from;
    if (now !== 200) throw new Error(`The other node answered ${now}`);
  }
}

/** A web process that joins the database of another, with its sealing keys and under its issuer. */
class SecondNode extends ServerProcess {
  name = 'second node';

  constructor(first) {
    super();
    this.first = first;
  }

  command() {
    const { origin, dataDir } = this.first;
    const { host, port } = socketOf(dataDir);
    const address = (role) => `postgres://${role}@localhost:${port}/carekey?host=${encodeURIComponent(host)}`;
    return {
      args: [main],
      env: {
        ...this.first.command().env,
        PORT: String(this.port),
        CAREKEY_BASE_URL: `${origin}/`,
        CAREKEY_DATA_DIR: this.dataDir,
        CAREKEY_SEALING_KEYS: readFileSync(join(dataDir, 'keys/sealing-keys'), 'utf8').trim(),
        DATABASE_URL: address('carekey_app'),
        CAREKEY_MIGRATION_DATABASE_URL: address('carekey_owner'),
      },
    };
  }
}

/** The table of a run. */
export function revocationTables({ times }) {
  return [
    '| From the answer to a revocation to 401 on the other node, ms | n | p50 | p90 | p99 | longest |',
    '| --- | --- | --- | --- | --- | --- |',
    `| requests one after the other, without pause | ${times.length} | ${shares
      .map((share) => shown(quantile(times, share)))
      .join(' | ')} |`,
  ].join('\n');
}
