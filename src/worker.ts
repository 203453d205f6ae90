import 'reflect-metadata';
import { keepCompiledCode, runProcess } from './process.js';

keepCompiledCode();
await runProcess('carekey worker', async (fatal) => (await import('./work.js')).work(fatal));
