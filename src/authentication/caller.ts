import type { CompiledPolicy } from '../access-policy/compiled-policy.js';
import type { Actor } from '../kernel/actor.js';
import type { ProjectId } from '../kernel/ids.js';
import type { AccessTokenClaims } from '../tokens/tokens.service.js';

/** Who is calling, once per request: proved by a live access token. */
export interface Caller {
  readonly actor: Actor;
  readonly claims: AccessTokenClaims;
  /** Granted scopes. */
  readonly scopes: ReadonlySet<string>;
  /** Admin of `projectId`. */
  readonly admin: boolean;
  /** Admin in the super-admin project: looks after the whole server. */
  readonly superAdmin: boolean;
  readonly projectId: ProjectId | undefined;
  /** What the membership may reach; absent where there is no membership. */
  readonly policy: CompiledPolicy | undefined;
}
