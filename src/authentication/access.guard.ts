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

/** A request that may have been authenticated. */
export interface CallerRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  caller?: Caller;
}

/**
 * The guard of every door, REST and GraphQL: reads the handler's `@Access` and lets nobody in where there is none.
 * A caller proves itself with a live access token (Bearer), or a client with its secret (Basic).
 * The header that asks to act for somebody else is refused wherever `@OnBehalfOf` does not say otherwise.
 * @throws AppError `unauthenticated` (401), `forbidden` (403), `address-not-allowed` (403), `on-behalf-of-refused` (403),
 *   `too-many-requests` (429)
 */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly bearer: BearerService,
    private readonly basic: BasicService,
    private readonly contexts: RequestContexts,
    private readonly audit: AuditService,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const rule = this.reflector.get<AccessRule | undefined>(ACCESS_RULE, context.getHandler());
    const request = requestOf(context);
    if (rule === 'public') {
      if (this.refusesOnBehalfOf(context, request)) throw onBehalfOfRefused();
      return true;
    }
    const caller = request.caller ?? (await this.authenticate(request));
    if (!caller) throw unauthenticated();
    request.caller = caller;
    if (caller.policy?.blockingRule(caller.actor.request.ip)) {
      await this.refuse(context, caller, 'address');
      throw addressNotAllowed();
    }
    if (this.refusesOnBehalfOf(context, request)) {
      await this.refuse(context, caller, 'on-behalf-of');
      throw onBehalfOfRefused();
    }
    if (rule === 'member') return true;
    if (rule === 'admin' && (caller.admin || caller.superAdmin)) return true;
    if (rule === 'super-admin' && caller.superAdmin) return true;
    await this.refuse(context, caller, rule ?? 'none');
    throw forbidden();
  }

  private refusesOnBehalfOf(context: ExecutionContext, { headers }: CallerRequest): boolean {
    if (headers[onBehalfOfHeader] === undefined) return false;
    const places = [context.getHandler(), context.getClass()];
    const rule = this.reflector.getAllAndOverride<OnBehalfOfRule | undefined>(ON_BEHALF_OF_RULE, places);
    return rule !== 'ignored';
  }

  private refuse(context: ExecutionContext, caller: Caller, rule: string): Promise<void> {
    return this.audit.refuse({
      type: 'access.refused',
      actor: caller.actor,
      projectId: caller.projectId ?? null,
      detail: { handler: `${context.getClass().name}.${context.getHandler().name}`, rule },
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
