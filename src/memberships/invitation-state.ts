import type { Invitation } from './invitation.entity.js';

/**
 * What became of an invitation (rulings 48): who looks after a project is told whether mail arrived, never whether the
 * address had an account before. `unsent`: no mail was wanted, or there is no address.
 */
export const invitationStates = [
  'unsent',
  'queued',
  'handed-over',
  'refused',
  'opened',
  'accepted',
  'expired',
  'revoked',
] as const;
export type InvitationState = (typeof invitationStates)[number];

/**
 * The state of an invitation at a time.
 * @param mail what became of its newest mail, as `email` says it.
 */
export function invitationState(
  invitation: Invitation,
  mail: string | undefined,
  now: Date,
): InvitationState {
  const { acceptedAt, revokedAt, membershipId, expiresAt, openedAt } = invitation;
  if (acceptedAt) return 'accepted';
  if (revokedAt || !membershipId) return 'revoked';
  if (expiresAt <= now) return 'expired';
  if (openedAt) return 'opened';
  return mail === undefined ? 'unsent' : ofMail(mail);
}

function ofMail(mail: string): InvitationState {
  if (mail === 'queued') return 'queued';
  return mail === 'kept' || mail === 'handed-over' ? 'handed-over' : 'refused';
}
