import type { LoginResult } from '../auth-grants/direct-sign-in/login-results.js';
import type { MembershipCandidate } from '../memberships/candidates.service.js';

/** What an app reads of where its login stands (wire-spec section 4.2). */
export interface LoginResultView {
  readonly login: string;
  readonly code?: string;
  readonly memberships?: readonly object[];
  readonly mfaRequired?: true;
  /** `totp`, and what this server has besides. */
  readonly mfaMethods?: readonly string[];
  readonly mfaEnrollRequired?: true;
  readonly enrollUri?: string;
  readonly enrollQrCode?: string;
  readonly recoveryCodes?: readonly string[];
}

/** Where the platform keeps the words that tell two memberships of one person apart (wire-spec section 1.3). */
const labelSystem = 'https://medplum.com/identifier/label';

export function loginResultView(result: LoginResult): LoginResultView {
  const { handle, code, choices, factors, enrolment, recoveryCodes } = result;
  return {
    login: handle,
    ...(factors && { mfaRequired: true as const, mfaMethods: factors }),
    ...(enrolment && {
      mfaEnrollRequired: true as const,
      enrollUri: enrolment.uri,
      enrollQrCode: enrolment.qrCode,
    }),
    ...(recoveryCodes && { recoveryCodes }),
    ...(code && { code }),
    ...(choices && { memberships: choices.map(membershipView) }),
  };
}

function membershipView(choice: MembershipCandidate): object {
  const { membershipId, projectId, projectName, profileType, profileId, profileName, label } = choice;
  return {
    id: membershipId,
    project: { reference: `Project/${projectId}`, display: projectName },
    profile: { reference: `${profileType}/${profileId}`, display: profileName },
    ...(label && { identifier: [{ system: labelSystem, value: label }] }),
  };
}
