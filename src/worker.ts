import 'reflect-metadata';
import { runProcess } from './process.js';
import { work } from './work.js';

await runProcess('carekey worker', work);
