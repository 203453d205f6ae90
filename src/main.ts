import 'reflect-metadata';
import { runProcess } from './process.js';
import { serve } from './serve.js';

await runProcess('carekey', serve);
