import { policyCreation } from '../dist/src/access-policy/access-policy-input.js';
import { CompiledPolicy } from '../dist/src/access-policy/compiled-policy.js';
import { parseInput } from '../dist/src/kernel/input.js';

const times = 2_000;

/** CPU milliseconds that it takes to compile a policy, the built code run in this process. */
export function compileTime(entries) {
  const policy = parseInput(policyCreation, { name: 'Bench', resource: entries });
  const subject = {
    projectId: '01980000-0000-7000-8000-000000000001',
    profile: 'Practitioner/01980000-0000-7000-8000-000000000002',
    admin: false,
    superAdmin: false,
  };
  const compile = () => {
    const compiled = new CompiledPolicy([{ policy, parameters: new Map() }], subject);
    return compiled.where('search', 'Patient');
  };
  for (let at = 0; at < times; at++) compile();
  const from = process.cpuUsage();
  for (let at = 0; at < times; at++) compile();
  const { user, system } = process.cpuUsage(from);
  return { ms: (user + system) / 1000 / times };
}
