import type { AccessPolicyInput } from '../access-policy/access-policy-input.js';
import type { DefaultFor } from './membership-input.js';

const reading = ['read', 'search', 'vread', 'history'] as const;
const writing = [...reading, 'create', 'update'] as const;

/** What is written in the course of care. */
const record = [
  'AllergyIntolerance',
  'Appointment',
  'CarePlan',
  'CareTeam',
  'Communication',
  'Condition',
  'Coverage',
  'DiagnosticReport',
  'DocumentReference',
  'Encounter',
  'EpisodeOfCare',
  'Goal',
  'Immunization',
  'MedicationAdministration',
  'MedicationDispense',
  'MedicationRequest',
  'MedicationStatement',
  'Observation',
  'Patient',
  'Procedure',
  'QuestionnaireResponse',
  'RelatedPerson',
  'ServiceRequest',
  'Specimen',
  'Task',
];
/** What care refers to, and others keep. */
const surroundings = [
  'Device',
  'HealthcareService',
  'Location',
  'Medication',
  'Organization',
  'Practitioner',
  'PractitionerRole',
  'Questionnaire',
  'Schedule',
  'Slot',
];
/** What a patient may read of the own record. */
const ownRecord = [
  'AllergyIntolerance',
  'Appointment',
  'CarePlan',
  'CareTeam',
  'Condition',
  'Coverage',
  'DiagnosticReport',
  'DocumentReference',
  'Encounter',
  'Goal',
  'Immunization',
  'MedicationRequest',
  'MedicationStatement',
  'Observation',
  'Procedure',
  'QuestionnaireResponse',
  'ServiceRequest',
];

/**
 * What a member may reach in a new project until an admin decides otherwise (docs/decisions/032): staff the clinical
 * record without deleting, servers all of it, patients their own to read, related people nothing but themselves, admins
 * every type save the identity types, which no `*` opens.
 */
export const defaultPolicies: Readonly<Record<DefaultFor, AccessPolicyInput>> = {
  Practitioner: {
    name: 'Default for practitioners',
    resource: [
      ...record.map((resourceType) => ({ resourceType, interaction: [...writing] })),
      ...surroundings.map((resourceType) => ({ resourceType, interaction: [...reading] })),
    ],
  },
  ClientApplication: {
    name: 'Default for clients',
    resource: [...record, ...surroundings].map((resourceType) => ({ resourceType })),
  },
  Patient: {
    name: 'Default for patients',
    resource: [
      { resourceType: 'Patient', criteria: 'Patient?_id=%profile.id', interaction: [...reading] },
      ...ownRecord.map((resourceType) => ({
        resourceType,
        criteria: `${resourceType}?_compartment=%profile`,
        interaction: [...reading],
      })),
    ],
  },
  RelatedPerson: {
    name: 'Default for related people',
    resource: [
      { resourceType: 'RelatedPerson', criteria: 'RelatedPerson?_id=%profile.id', interaction: [...reading] },
    ],
  },
  Admin: { name: 'Default for admins', resource: [{ resourceType: '*' }] },
};
