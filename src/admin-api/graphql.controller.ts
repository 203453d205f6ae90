import { Body, Controller, HttpCode, Post, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ExecutionResult } from 'graphql';
import type {} from 'mercurius';
import { z } from 'zod';
import { Access } from '../authentication/access.decorator.js';
import type { CallerRequest } from '../authentication/access.guard.js';
import { isJson } from '../kernel/json-body.js';
import { badGraphqlRequest, queryTooComplex } from './admin-api.errors.js';
import type { GraphqlContext } from './graphql-context.types.js';
import { GraphqlErrorFilter } from './graphql-error.filter.js';
import { LoadersService } from './loaders.service.js';
import { looksLikeJson, maxQueryLength } from './query-limits.js';

const requestBody = z.object({
  query: z.string().min(1),
  variables: z.record(z.string(), z.unknown()).nullish(),
  operationName: z.string().nullish(),
});

/**
 * The door of the admin API. Nobody gets past it without a live token, so that nothing is parsed for, or told to, anybody
 * else; each operation then says for itself who may call it.
 */
@Controller()
@UseFilters(GraphqlErrorFilter)
export class GraphqlController {
  constructor(private readonly loaders: LoadersService) {}

  /** Executes one operation. The token is read from the header only, so no other site can spend a cookie here. */
  @Post('graphql')
  @Access('member')
  @HttpCode(200)
  async execute(
    @Req() request: FastifyRequest & CallerRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Body() body: unknown,
  ): Promise<ExecutionResult> {
    const parsed = requestBody.safeParse(isJson(request) ? body : undefined);
    if (!parsed.success) throw badGraphqlRequest();
    const { query, variables, operationName } = parsed.data;
    if (query.length > maxQueryLength) throw queryTooComplex();
    if (looksLikeJson(query)) throw badGraphqlRequest();
    const context: GraphqlContext = {
      req: request,
      caller: request.caller!,
      loaders: this.loaders.forRequest(),
      operationName: operationName ?? undefined,
    };
    return reply.graphql(query, context as never, variables ?? {}, operationName ?? undefined);
  }
}
