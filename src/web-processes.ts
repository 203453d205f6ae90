import cluster from 'node:cluster';
import { type Config, loadConfig } from './kernel/config.js';
import { Log } from './kernel/log.js';
import { refuseBusyPort } from './kernel/port.js';
import type { Fatal, Running } from './process.js';
import { tellKeeper } from './worker-news.js';

/**
 * Starts the web server: in this process, or in CAREKEY_WORKERS processes of which this one is then the keeper. A kept
 * process comes through here too.
 * @param fatal called when it may not go on, such as when another web process took over its data directory.
 * @throws ConfigError, StartError
 */
export async function startWeb(fatal: Fatal): Promise<Running> {
  const config = loadConfig(process.env);
  const { CAREKEY_WORKERS: count } = config.settings;
  if (cluster.isPrimary && count > 1) return keepWorkers(config, count);
  const { serve } = await import('./serve.js');
  const { welcome, ...running } = await serve(config, fatal, cluster.worker);
  if (cluster.isWorker) await tellKeeper({ ready: welcome });
  else process.stdout.write(welcome);
  return running;
}

async function keepWorkers(config: Config, count: number): Promise<Running> {
  await refuseBusyPort(config.port, config.host);
  const { WebWorkers } = await import('./web-workers.js');
  const workers = new WebWorkers(new Log(config), count);
  process.stdout.write(await workers.start());
  return workers;
}
