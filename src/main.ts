import 'reflect-metadata';
import { keepCompiledCode, runProcess } from './process.js';

keepCompiledCode();
await runProcess('carekey', async (fatal) => (await import('./web-processes.js')).startWeb(fatal));
