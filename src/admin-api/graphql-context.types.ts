import type { CallerRequest } from '../authentication/access.guard.js';
import type { Caller } from '../authentication/caller.js';
import type { Loaders } from './loaders.service.js';

/** What every resolver of one request shares. `req` is where the guard looks for the caller. */
export interface GraphqlContext {
  readonly req: CallerRequest;
  readonly caller: Caller;
  readonly loaders: Loaders;
  readonly operationName: string | undefined;
}
