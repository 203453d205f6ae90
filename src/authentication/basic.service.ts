import { Injectable } from '@nestjs/common';
import { anonymousActor, type RequestContext } from '../kernel/actor.js';
import { tooMany } from '../kernel/errors.js';
import { MembershipsService } from '../memberships/memberships.service.js';
import { readBasic } from './basic-credentials.js';
import type { Caller } from './caller.js';
import { CallersService } from './callers.service.js';
import { ClientProofService } from './client-proof.service.js';
import { LivenessService } from './liveness.service.js';

/**
 * Says which client calls with `Authorization: Basic` straight at a door (wire-spec section 7.1). It acts as itself, as with
 * a token of client_credentials, but leaves no login behind: nothing to revoke but the secret, the client or its membership.
 * Nothing is remembered between calls (docs/decisions/111).
 */
@Injectable()
export class BasicService {
  constructor(
    private readonly proofs: ClientProofService,
    private readonly memberships: MembershipsService,
    private readonly liveness: LivenessService,
    private readonly callers: CallersService,
  ) {}

  /**
   * The client that calls, or `undefined` when its secret is wrong or what it stands on has ended.
   * @throws AppError `too-many-requests` after too many wrong secrets
   */
  async caller(header: string, request: RequestContext): Promise<Caller | undefined> {
    const credentials = readBasic(header);
    if (typeof credentials === 'string') return undefined;
    const { clientId, secrets } = credentials;
    const found = await this.proofs.prove(
      { clientId, methods: ['client_secret_basic'], proof: { secrets } },
      anonymousActor(request),
    );
    if (found.kind === 'wrong') {
      if (found.retryAfter === undefined) return undefined;
      throw tooMany({ retryAfter: found.retryAfter });
    }
    const { client } = found;
    // It acts as itself here, which is the same right as client_credentials.
    if (!client.grantTypes.includes('client_credentials')) return undefined;
    const membership = await this.memberships.findForClient(client.id);
    if (!membership) return undefined;
    const parts = {
      clientId: client.id,
      projectId: membership.projectId,
      membershipId: membership.id,
      userId: null,
    };
    const standing = await this.liveness.ofParts(parts);
    return standing && this.callers.of({ ...parts, login: undefined, scope: '' }, standing, request);
  }
}
