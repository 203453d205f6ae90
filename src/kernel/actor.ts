import type { ClientId, LoginId, MembershipId, ProjectId, UserId } from './ids.js';

/** Where a request came from. `ip` is the peer, or the last untrusted hop when the peer is a trusted proxy. */
export interface RequestContext {
  readonly requestId: string;
  readonly ip: string;
  readonly userAgent: string | undefined;
}

/** For whom somebody acts: a member of the same project. */
export interface ActedFor {
  readonly membershipId: MembershipId;
  /** `Type/id` */
  readonly profile: string;
  /** Absent for a client. */
  readonly userId?: UserId;
}

/**
 * Who acts: ids, kind and request data only, no rights. Services put it into audit records.
 * `system` is the server itself (first start, workers, the `carekey` command); `anonymous` has proved nothing yet.
 */
export interface Actor {
  readonly kind: 'user' | 'client' | 'system' | 'anonymous';
  readonly userId?: UserId;
  readonly clientId?: ClientId;
  readonly membershipId?: MembershipId;
  /** The profile of that membership, as `Type/id`, where the request has loaded it. */
  readonly profile?: string;
  readonly projectId?: ProjectId;
  readonly loginId?: LoginId;
  /** Whose rights this act goes by, when not its own (wire-spec section 6). */
  readonly onBehalfOf?: ActedFor;
  readonly request: RequestContext;
}

/** The server acting on its own behalf; `purpose` shows in audit records as the request id. */
export function systemActor(purpose: string): Actor {
  return { kind: 'system', request: { requestId: purpose, ip: '', userAgent: undefined } };
}

/** Somebody who has proved nothing yet. */
export function anonymousActor(request: RequestContext): Actor {
  return { kind: 'anonymous', request };
}
