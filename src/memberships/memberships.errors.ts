import { defineError } from '../kernel/errors.js';

export const externalIdTaken = defineError(
  'external-id-taken',
  'conflict',
  'Another member of this project has this external id. Choose another one.',
);
export const alreadyMember = defineError(
  'already-member',
  'conflict',
  'This user is a member of this project already. Change that membership, or ask for another one on purpose.',
);
export const profileTaken = defineError(
  'profile-taken',
  'conflict',
  'This profile, or this client, has a membership already. Change that membership, or name another profile.',
);
export const passwordNeedsProjectScope = defineError(
  'password-needs-project-scope',
  'invalid',
  'Only a user of this project can be given a password. Leave the password out, or make the user project-scoped.',
);
export const policyNeeded = defineError(
  'membership-needs-policy',
  'invalid',
  'A membership needs an access policy. Name one, or leave it as it is.',
);
export const policyMissing = defineError(
  'access-policy-missing',
  'forbidden',
  'The access policy of this membership does not exist. Ask an admin of the project to name another one.',
);
export const policyInUse = defineError(
  'access-policy-in-use',
  'conflict',
  'Members, or the defaults for new ones, have this access policy. Give them another one first.',
);
export const ownClient = defineError(
  'own-client',
  'conflict',
  'You are signed in through this client. Delete it through another one.',
);
export const lastAdmin = defineError(
  'last-super-admin',
  'conflict',
  'This is the last active super admin. Make another one first.',
);
export const policyUnknown = defineError(
  'access-policy-unknown',
  'invalid',
  'This access policy does not exist. Name one of the project.',
);
export const grantsTooMuch = defineError(
  'grants-too-much',
  'forbidden',
  'The access policy reaches further than your own access. Name another one, or ask somebody who has that access.',
);
export const otherProfile = defineError(
  'member-with-other-profile',
  'conflict',
  'User is already a member of this project with a different profile',
);
export const severalProfiles = defineError(
  'several-profiles',
  'precondition-failed',
  'Several profiles of the project have this e-mail address. Name the one that is meant.',
);
export const wrongProfile = defineError(
  'wrong-profile',
  'invalid',
  'Profile does not belong to project, or is of another type than the invitation.',
);
export const emailOrExternalId = defineError(
  'email-or-external-id-required',
  'invalid',
  'Either email or externalId is required',
);
export const serverScopeNeedsEmail = defineError(
  'server-scope-needs-email',
  'invalid',
  'Only a user of this project can be without an e-mail address. Give an address, or make the user project-scoped.',
);
export const invitationOver = defineError(
  'invitation-over',
  'conflict',
  'This invitation was accepted or revoked already. Invite the person again.',
);
export const invitationExpired = defineError(
  'invitation-expired',
  'gone',
  'This invitation has expired. Ask an admin of the project to send it again.',
);
