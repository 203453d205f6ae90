// TypeScript becomes ES modules. ES modules of packages become CommonJS only where CommonJS requires them: Jest on
// Node before 24.9 cannot require an ES module, plain Node can.
import { createHash } from 'node:crypto';
import { transformSync } from '@swc/core';

const typescript = {
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
    keepClassNames: true,
  },
};
const javascript = { jsc: { target: 'es2022', parser: { syntax: 'ecmascript' } } };
const isModule = (source) => /^\s*(?:import(?:\s+\w|\s*[*{'"])|export\s+[\w*{])/m.test(source);

export default {
  canInstrument: false,
  getCacheKey: (source, file, { supportsStaticESM }) =>
    createHash('sha1').update(`2 ${file} ${supportsStaticESM} `).update(source).digest('hex'),
  process(source, file, { supportsStaticESM }) {
    if (file.endsWith('.ts')) {
      const type = supportsStaticESM ? 'es6' : 'commonjs';
      return transformSync(source, {
        ...typescript,
        filename: file,
        module: { type },
        sourceMaps: 'inline',
        swcrc: false,
      });
    }
    if (supportsStaticESM || !isModule(source)) return { code: source };
    return transformSync(source, {
      ...javascript,
      filename: file,
      module: { type: 'commonjs' },
      swcrc: false,
    });
  },
};
