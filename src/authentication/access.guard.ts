import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuditService } from '../audit/audit.service.js';
import { usesBasic } from '../kernel/challenges.js';
import { forbidden, unauthenticated } from '../kernel/errors.js';
import { RequestContexts } from '../kernel/request-context.js';
import { ACCESS_RULE, type AccessRule } from './access.decorator.js';
import { addressNotAllowed, onBehalfOfRefused } from './authentication.errors.js';
import { BasicService } from './basic.service.js';
import { BearerService } from './bearer.service.js';
import type { Caller } from './caller.js';
import { ON_BEHALF_OF_RULE, type OnBehalfOfRule, onBehalfOfHeader } from './on-behalf-of.decorator.js';
import { OnBehalfOfService } from './on-behalf-of.service.js';

/** A request that may have been authenticated. */
export interface CallerRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  caller?: Caller;
}

/**
 * The guard of every door, REST and GraphQL: reads the handler's `@Access` and lets nobody in where there is none.
 * A caller proves itself with a live access token (Bearer), or a client with its secret (Basic).
 * The header that asks to act for somebody else is refused wherever `@OnBehalfOf` does not say otherwise.
 * @throws AppError `unauthenticated` (401), `forbidden` (403), `address-not-allowed` (403), `on-behalf-of-refused` (403)
 *   or, where it is not refused outright, `on-behalf-of-invalid` (400), `on-behalf-of-not-allowed` and
 *   `on-behalf-of-unknown` (403), `too-many-requests` (429)
 */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly bearer: BearerService,
    private readonly basic: BasicService,
    private readonly contexts: RequestContexts,
    private readonly audit: AuditService,
    private readonly onBehalfOf: OnBehalfOfService,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const rule = this.reflector.get<AccessRule | undefined>(ACCESS_RULE, context.getHandler());
    const request = requestOf(context);
    const asked = request.headers[onBehalfOfHeader];
    const forOthers = asked === undefined ? 'ignored' : this.onBehalfOfRule(context);
    if (rule === 'public') {
      if (forOthers !== 'ignored') throw onBehalfOfRefused();
      return true;
    }
    let caller = request.caller ?? (await this.authenticate(request));
    if (!caller) throw unauthenticated();
    request.caller = caller;
    if (caller.policy?.blockingRule(caller.actor.request.ip)) {
      await this.refuse(context, caller, 'address');
      throw addressNotAllowed();
    }
    if (forOthers === 'refused') {
      await this.refuse(context, caller, 'on-behalf-of');
      throw onBehalfOfRefused();
    }
    if (forOthers === 'allowed') {
      caller = await this.acting(context, caller, asked!);
      request.caller = caller;
    }
    if (rule === 'member') return true;
    if (rule === 'admin' && (caller.admin || caller.superAdmin)) return true;
    if (rule === 'super-admin' && caller.superAdmin) return true;
    await this.refuse(context, caller, rule ?? 'none');
    throw forbidden();
  }

  private onBehalfOfRule(context: ExecutionContext): OnBehalfOfRule {
    const places = [context.getHandler(), context.getClass()];
    return (
      this.reflector.getAllAndOverride<OnBehalfOfRule | undefined>(ON_BEHALF_OF_RULE, places) ?? 'refused'
    );
  }

  private async acting(context: ExecutionContext, caller: Caller, asked: string | string[]): Promise<Caller> {
    const result = await this.onBehalfOf.acting(caller, asked);
    if (result.kind === 'acts') return result.caller;
    const { error, named } = result;
    await this.refuse(context, caller, 'on-behalf-of', { reason: error.code, ...(named && { named }) });
    throw error;
  }

  private refuse(
    context: ExecutionContext,
    caller: Caller,
    rule: string,
    more: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    return this.audit.refuse({
      type: 'access.refused',
      actor: caller.actor,
      projectId: caller.projectId ?? null,
      detail: { handler: `${context.getClass().name}.${context.getHandler().name}`, rule, ...more },
    });
  }

  private async authenticate(request: CallerRequest): Promise<Caller | undefined> {
    const { authorization } = request.headers;
    if (typeof authorization !== 'string') return undefined;
    const context = this.contexts.of(request as never);
    if (usesBasic(authorization)) return this.basic.caller(authorization, context);
    const token = bearerToken(authorization);
    return token === undefined ? undefined : this.bearer.caller(token, context);
  }
}

/** The credentials of an `Authorization: Bearer` header (RFC 6750 section 2.1); the scheme in any case. */
export function bearerToken(header: string | string[] | undefined): string | undefined {
  if (typeof header !== 'string') return undefined;
  return /^bearer +([A-Za-z0-9\-._~+/]+=*) *$/i.exec(header)?.[1];
}

function requestOf(context: ExecutionContext): CallerRequest {
  // GraphQL resolvers get (parent, args, context, info); the context holds the Fastify request.
  if (context.getType<string>() === 'graphql')
    return (context.getArgByIndex(2) as { req: CallerRequest }).req;
  return context.switchToHttp().getRequest<CallerRequest>();
}
