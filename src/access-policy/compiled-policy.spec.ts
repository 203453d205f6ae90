import { describe, expect, it } from '@jest/globals';
import type { AccessPolicy } from './access-policy.entity.js';
import { policyCreation } from './access-policy-input.js';
import { CompiledPolicy } from './compiled-policy.js';
import { draftWrite } from './write-draft.js';

const grant = (input: object) => ({
  policy: policyCreation.parse({ name: 'Any', ...input }) as unknown as AccessPolicy,
  parameters: new Map<string, string>(),
});
const subject = { projectId: 'p', profile: 'Practitioner/1', admin: true, superAdmin: false };

describe('what comes with rights', () => {
  it('W-531 a super admin with a policy is limited by it, but always has the identity types', () => {
    const policy = new CompiledPolicy([grant({ resource: [{ resourceType: 'Patient', readonly: true }] })], {
      ...subject,
      superAdmin: true,
    });
    expect(policy.reaches('update', 'Patient').allowed).toBe(false);
    expect(policy.reaches('read', 'Observation').allowed).toBe(false);
    for (const type of ['Project', 'User', 'ProjectMembership', 'Login', 'DomainConfiguration'])
      expect(policy.extent('delete', type)).toBe('all');
  });

  it('no policy at all opens nothing', () => {
    const policy = new CompiledPolicy([], { ...subject, admin: false });
    expect(policy.reaches('read', 'Patient')).toMatchObject({
      allowed: false,
      reason: 'No entry names Patient',
    });
    expect(policy.where('search', 'Patient')).toEqual({ any: [] });
  });

  it('an account whose parameter is missing lets nothing be written', () => {
    const open = { resource: [{ resourceType: '*' }], compartment: '%ward' };
    const policy = new CompiledPolicy([grant(open)], subject);
    const given = { resourceType: 'Observation' };
    expect(draftWrite(policy, { before: undefined, given }).verdict).toMatchObject({
      allowed: false,
      reason: 'The account to stamp on what is written is not known',
    });
    expect(policy.allows('read', given).allowed).toBe(true);
  });

  it.each([
    ['203.0.113.9', 'block'],
    ['::ffff:203.0.113.9', 'block'],
    ['::ffff:cb00:7109', 'block'],
    ['203.0.113.99', undefined],
    ['10.1.2.3', undefined],
    ['10.10.2.3', 'block'],
    ['2001:db8:1::1', 'block'],
    ['2001:0DB8::1', 'block'],
    ['2001:db9::1', undefined],
    ['fe80::1', undefined],
    ['', 'block'],
    ['unknown', 'block'],
  ])('W-114 the address %j: %s', (ip, action) => {
    const policy = new CompiledPolicy(
      [
        grant({
          ipAccessRule: [
            { value: '10.1.', action: 'allow' },
            { value: '10.', action: 'block' },
          ],
        }),
        grant({
          ipAccessRule: [
            { value: '203.0.113.9', action: 'block' },
            { value: '2001:db8:', action: 'block' },
          ],
        }),
      ],
      subject,
    );
    expect(policy.blockingRule(ip)?.action).toBe(action);
  });
});
