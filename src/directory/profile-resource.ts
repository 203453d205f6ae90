import { z } from 'zod';
import { lineOfText } from '../kernel/input.js';
import type { Resource } from '../r4/search-row.js';

/** The FHIR types that a person's membership may have as its profile (wire-spec section 1.3). */
export const profileTypes = ['Patient', 'Practitioner', 'RelatedPerson'] as const;

export type ProfileType = (typeof profileTypes)[number];

/** What a new profile says about its person. */
export const profilePerson = z.strictObject({
  givenName: lineOfText(1, 128),
  familyName: lineOfText(1, 128),
  email: lineOfText(3, 254).optional(),
  /** `Patient/id` that a RelatedPerson relates to (FHIR R4 RelatedPerson.patient is 1..1). */
  patient: z.string('must be text').optional(),
});
export type ProfilePerson = Readonly<z.input<typeof profilePerson>>;

/** The body of a new profile resource (FHIR R4), without id and meta. */
export function profileResource(type: ProfileType, person: ProfilePerson): Resource {
  return {
    resourceType: type,
    name: [{ given: [person.givenName], family: person.familyName }],
    ...(person.email !== undefined && {
      telecom: [{ system: 'email', use: 'work', value: person.email }],
    }),
    ...(type === 'RelatedPerson' && person.patient && { patient: { reference: person.patient } }),
  };
}

/** The compartments of a new profile (wire-spec section 1), without asking the FHIR library, which takes long to load. */
export function profileCompartments(
  projectId: string,
  { resourceType, id, ...profile }: Resource,
): { reference: string }[] {
  const patient = resourceType === 'Patient' ? { reference: `Patient/${id}` } : profile['patient'];
  const project = { reference: `Project/${projectId}` };
  return patient ? [patient as { reference: string }, project] : [project];
}

/** How people see a profile: the first HumanName (FHIR R4), its `text` or its parts; the type when it has none. */
export function displayName(content: Readonly<Record<string, unknown>>): string {
  const names = content['name'];
  const first: unknown = Array.isArray(names) ? names[0] : undefined;
  if (typeof first === 'object' && first !== null) {
    const { text, given, family } = first as { text?: unknown; given?: unknown; family?: unknown };
    if (typeof text === 'string' && text !== '') return text;
    const parts = [...(Array.isArray(given) ? given : []), family].filter(
      (part) => typeof part === 'string' && part !== '',
    );
    if (parts.length > 0) return parts.join(' ');
  }
  return String(content['resourceType'] ?? '');
}
