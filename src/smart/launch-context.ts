import { isSmartScope } from './smart-scope.js';

/** Asks for a patient in context (SMART App Launch 2.2, "Scopes for requesting context data"). */
export const launchPatient = 'launch/patient';

/** The id of the patient that is in context: a member whose profile is a Patient is it. No other context exists yet. */
export function patientOf(profile: string | undefined): string | undefined {
  return profile?.startsWith('Patient/') ? profile.slice('Patient/'.length) : undefined;
}

/** Whether scopes mean nothing without a patient in context. */
export function needsPatient(scopes: readonly string[]): boolean {
  return scopes.some((one) => one === launchPatient || (isSmartScope(one) && one.startsWith('patient/')));
}

/**
 * What a token answer says about the launch (SMART App Launch 2.2, "Launch context arrives with your access_token"). An app
 * that was launched by itself has no frame around it that would show whose record this is: it needs a banner.
 */
export function launchContext(
  scopes: readonly string[],
  profile: string | undefined,
): { readonly patient?: string; readonly need_patient_banner?: true } {
  const patient = patientOf(profile);
  return patient && needsPatient(scopes) ? { patient, need_patient_banner: true } : {};
}
