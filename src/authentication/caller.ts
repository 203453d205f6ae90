import type { CompiledPolicy } from '../access-policy/compiled-policy.js';
import type { Actor } from '../kernel/actor.js';
import type { ProjectId } from '../kernel/ids.js';
import type { Login } from '../logins/login.entity.js';
import type { Standing } from './liveness.service.js';

/** Who is calling, once per request: proved by a live access token, or by a client with its secret. */
export interface Caller {
  readonly actor: Actor;
  /** Absent for a client that called with its secret. */
  readonly login: Login | undefined;
  /** What its access stands on, as it was when the request came; its own, also when it acts for somebody else. */
  readonly standing: Standing;
  /** Granted scopes. */
  readonly scopes: ReadonlySet<string>;
  /** Admin of `projectId`; never with a token that scopes for FHIR resources limit. */
  readonly admin: boolean;
  /** Admin in the super-admin project: looks after the whole server. */
  readonly superAdmin: boolean;
  readonly projectId: ProjectId | undefined;
  /**
   * What the membership may reach, within the scopes of the token; absent where there is no membership. For whoever acts on
   * behalf of another member (`actor.onBehalfOf`), what that one may reach.
   */
  readonly policy: CompiledPolicy | undefined;
}

/** Tells those apart who ask for work that is done in turns. */
export const turnOf = ({ standing }: Caller): string => standing.membership?.id ?? standing.client.id;
