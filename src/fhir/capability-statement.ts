import type { Interaction } from '../access-policy/interactions.js';
import type { Config } from '../kernel/config.js';
import { searchParametersOf } from '../r4/search-parameters.js';
import { interactionsOf, type ResourceHome } from './resource-home.js';

/** How FHIR calls what can be done (FHIR R4 valueset-type-restful-interaction); a patch is an update to a policy. */
const names: Partial<Record<Interaction, readonly string[]>> = {
  history: ['history-instance'],
  search: ['search-type'],
  update: ['update', 'patch'],
};

/**
 * What this server does with FHIR, and where tokens for it come from (FHIR R4 capabilitystatement.html; SMART App Launch
 * 1.0.0, oauth-uris). It follows from the homes: what none of them does is not said.
 */
export function capabilityStatement(config: Config, homes: readonly ResourceHome[], date: Date): object {
  const uris = {
    authorize: 'oauth2/authorize',
    token: 'oauth2/token',
    introspect: 'oauth2/introspect',
    revoke: 'oauth2/revoke',
  };
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: date.toISOString(),
    kind: 'instance',
    software: { name: 'Carekey' },
    implementation: {
      description: 'Identities of people, under access policies',
      url: config.url('fhir/R4'),
    },
    fhirVersion: '4.0.1',
    format: ['json', 'application/fhir+json'],
    patchFormat: ['application/json-patch+json'],
    rest: [
      {
        mode: 'server',
        security: {
          extension: [
            {
              url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris',
              extension: Object.entries(uris).map(([url, path]) => ({ url, valueUri: config.url(path) })),
            },
          ],
          cors: true,
          service: [
            {
              coding: [
                {
                  system: 'http://terminology.hl7.org/CodeSystem/restful-security-service',
                  code: 'SMART-on-FHIR',
                },
              ],
            },
          ],
        },
        resource: homes.flatMap((home) => home.types.map((type) => resourceOf(type, home))),
      },
    ],
  };
}

function resourceOf(type: string, home: ResourceHome): object {
  const searchParam = home.searching
    ? searchParametersOf(type).map(({ name, kind }) => ({ name, type: kind }))
    : [];
  return {
    type,
    interaction: interactionsOf(home)
      .flatMap((one) => names[one] ?? [one])
      .map((code) => ({ code })),
    ...(home.history && { versioning: 'versioned', readHistory: true }),
    ...(home.writing?.update && { updateCreate: false, conditionalUpdate: false }),
    ...(home.writing?.create && { conditionalCreate: home.writing.takeTurn !== undefined }),
    ...(searchParam.length > 0 && { searchParam }),
  };
}
