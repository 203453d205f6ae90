/** Jest on ES modules: TypeScript through SWC, one real PostgreSQL for the run, a database of its own per test file. */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test', '<rootDir>/src'],
  testRegex: '\\.(spec|test)\\.ts$',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: { '\\.(ts|m?js)$': '<rootDir>/test/jest-transformer.mjs' },
  transformIgnorePatterns: [],
  globalSetup: '<rootDir>/test/helpers/global-setup.mjs',
  globalTeardown: '<rootDir>/test/helpers/global-teardown.mjs',
  testTimeout: 120_000,
  maxWorkers: 2,
  // Each file loads every module anew and V8 keeps much of it: near its limit a worker does little but collect garbage.
  workerIdleMemoryLimit: '1500MB',
};
