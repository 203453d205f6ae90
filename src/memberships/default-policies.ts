import type { AccessPolicyInput } from '../access-policy/access-policy-input.js';
import type { MemberProfileType } from './membership-input.js';

const clinical = [
  'AllergyIntolerance',
  'Appointment',
  'CarePlan',
  'CareTeam',
  'Communication',
  'Condition',
  'Coverage',
  'Device',
  'DiagnosticReport',
  'DocumentReference',
  'Encounter',
  'EpisodeOfCare',
  'Goal',
  'Immunization',
  'Location',
  'Medication',
  'MedicationAdministration',
  'MedicationDispense',
  'MedicationRequest',
  'MedicationStatement',
  'Observation',
  'Organization',
  'Patient',
  'Practitioner',
  'PractitionerRole',
  'Procedure',
  'Questionnaire',
  'QuestionnaireResponse',
  'RelatedPerson',
  'Schedule',
  'ServiceRequest',
  'Slot',
  'Specimen',
  'Task',
];
const ownRecord = [
  'AllergyIntolerance',
  'Appointment',
  'CarePlan',
  'Condition',
  'Coverage',
  'DiagnosticReport',
  'DocumentReference',
  'Encounter',
  'Immunization',
  'MedicationRequest',
  'Observation',
  'Procedure',
  'QuestionnaireResponse',
  'ServiceRequest',
];
const reading = ['read', 'search', 'vread', 'history'] as const;

/**
 * What a member of each type may reach in a new project until an admin decides otherwise: staff and servers the
 * clinical record, patients their own, related people nothing but themselves. No type reaches identity resources.
 */
export const defaultPolicies: Readonly<Record<MemberProfileType, AccessPolicyInput>> = {
  Practitioner: {
    name: 'Default for practitioners',
    resource: clinical.map((resourceType) => ({ resourceType })),
  },
  ClientApplication: {
    name: 'Default for clients',
    resource: clinical.map((resourceType) => ({ resourceType })),
  },
  Patient: {
    name: 'Default for patients',
    resource: [
      { resourceType: 'Patient', criteria: 'Patient?_id=%profile.id', interaction: [...reading, 'update'] },
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
};
