import cookie from '@fastify/cookie';
import cors from '@fastify/cors';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { addHeaders, defaultHeaders } from './answer-headers.js';
import { AppModule, type AppOptions } from './app.module.js';
import { ClientsService } from './clients/clients.service.js';
import type { Config } from './kernel/config.js';
import { isLoopbackHost } from './kernel/config.js';
import { Log, requestLogContext } from './kernel/log.js';
import { isOutcomePath, outcomeOf, outcomeType } from './kernel/operation-outcome.js';
import { OutcomeFilter } from './kernel/outcome.filter.js';
import { ProblemFilter } from './kernel/problem.filter.js';
import { Quotas } from './kernel/quotas.js';
import { rateLimitHeader } from './kernel/rate-limit.js';
import { RequestContexts } from './kernel/request-context.js';

const bodyLimit = 1_048_576;

/** How long requests that run may take to end when the server stops. */
const stopWithinMs = 5_000;

/**
 * Builds the web server, ready to listen: Nest on Fastify with what holds for every door (host check, body types,
 * cookies, CORS, headers). Tests use it too.
 */
export async function createWebApp(options: AppOptions): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit,
    trustProxy: false,
    requestIdHeader: false,
    return503OnClosing: true,
    // An unreadable path is answered before any hook runs, so it brings the headers itself.
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      reply.headers(defaultHeaders);
      app.get(ProblemFilter).answer(error, request, reply);
    },
    // `/api/...` is the same door under another name (rulings 14).
    rewriteUrl: (request: { url?: string }) => (request.url ?? '/').replace(/^\/api(?=\/)/, ''),
  });
  const app: NestFastifyApplication = await NestFactory.create<NestFastifyApplication>(
    AppModule.register(options),
    adapter,
    {
      logger: new Log(options.config),
      abortOnError: false,
    },
  );
  const fastify = adapter.getInstance() as unknown as FastifyInstance;
  await fastify.register(cookie as never);
  checkHost(fastify, options.config);
  await allowOrigins(fastify, options.config, app.get(ClientsService));
  addHeaders(fastify, options.config);
  endConnections(fastify);
  followRequests(fastify, app.get(RequestContexts));
  limitTraffic(fastify, options.config, app.get(Quotas), app.get(RequestContexts));
  // The SDK sends `application/fhir+json` (rulings 3); doors that take only other types say so themselves.
  // No body is no body, whatever type was named: the SDK names one always.
  const readJson = fastify.getDefaultJsonParser('error', 'error');
  fastify.addContentTypeParser<string>(
    /^application\/[\w.+-]+\+json(?:\s*;|$)/i,
    { parseAs: 'string' },
    (request, body, done) => (body === '' ? done(null, undefined) : readJson(request, body, done)),
  );
  // A body that cannot be read fails before Nest has a say.
  fastify.addHook('onRoute', (route) => {
    route.errorHandler = (error, request, reply) => {
      const filter = isOutcomePath(request.url) ? app.get(OutcomeFilter) : app.get(ProblemFilter);
      filter.answer(error, request, reply);
    };
  });
  // Unknown body types reach the handler without a body: each door refuses them in its own words.
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, _body, done) => done(null, undefined));
  await app.init();
  await fastify.ready();
  return app;
}

/** Probes ask by address, not by name, and show nothing that a page under a foreign name could use. */
const probes = /^\/(?:healthcheck|livez|readyz|metrics)(?:\?|$)/;

/** A Host that is not ours is refused with 421, so that no page can be reached under a foreign name (rulings 26). */
function checkHost(fastify: FastifyInstance, config: Config): void {
  const own = new URL(config.baseUrl).host;
  fastify.addHook('onRequest', (request, reply, done) => {
    const host = request.headers.host ?? '';
    const isOwn = host === own || (config.isLocal && isLoopbackHost(hostnameOf(host)));
    if (isOwn || probes.test(request.url)) done();
    else reply.status(421).type('text/plain').send('This server does not answer under this name.\n');
  });
}

function hostnameOf(host: string): string {
  return host.replace(/:\d+$/, '');
}

// Below /graphql are the files of its page for people; the door itself is the one path.
const corsPaths =
  /^\/(?:graphql(?:\?|$)|(?:auth|admin|fhir|\.well-known|oauth2\/(?:token|userinfo|revoke|introspect|logout))(?:[/?]|$))/;
const openPaths = /^\/(?:\.well-known\/|fhir\/R4\/(?:\.well-known\/|metadata))/;

/** Rulings 13: registered origins are echoed on the API, every origin on discovery; never on pages or authorize. */
async function allowOrigins(
  fastify: FastifyInstance,
  config: Config,
  clients: ClientsService,
): Promise<void> {
  const allowed = async (request: FastifyRequest): Promise<boolean> => {
    const { origin } = request.headers;
    if (origin === undefined || !corsPaths.test(request.url)) return false;
    if (openPaths.test(request.url) || config.allowedOrigins.includes(origin)) return true;
    return clients.isKnownOrigin(origin);
  };
  await fastify.register(cors as never, {
    delegator: (request: FastifyRequest, done: (error: Error | null, options?: object) => void) => {
      if (request.headers.origin === undefined) return done(null, corsRefused);
      allowed(request).then(
        (origin) => done(null, origin ? corsOptions : corsRefused),
        (error: Error) => done(error),
      );
    },
  });
}

const corsOptions = {
  origin: true,
  credentials: true,
  methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
  allowedHeaders: [
    'Authorization',
    'Content-Type',
    'X-Medplum',
    'X-Medplum-On-Behalf-Of',
    'If-Match',
    'If-None-Exist',
    'Prefer',
    'X-Security-Context',
    'Cache-Control',
  ],
  exposedHeaders: ['RateLimit', 'ETag', 'Location', 'Content-Location', 'Last-Modified'],
  maxAge: 600,
  strictPreflight: false,
};

const corsRefused = { origin: false, strictPreflight: false };

/**
 * Node closes idle connections when the server stops, but counts one on which nothing was asked yet as busy: whoever
 * opens one and keeps silent, as browsers do ahead of need, would keep the server from ever stopping.
 */
function endConnections(fastify: FastifyInstance): void {
  fastify.addHook('preClose', (done) => {
    setTimeout(() => fastify.server.closeAllConnections(), stopWithinMs).unref();
    done();
  });
}

/** Puts the request id on every log line of a request, and on the answer. */
function followRequests(fastify: FastifyInstance, contexts: RequestContexts): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    const { requestId } = contexts.of(request);
    reply.header('x-request-id', requestId);
    requestLogContext.run({ requestId }, done);
  });
}

/** Requests a minute of one address: beyond them 429, in a form that both API clients and people can read. */
function limitTraffic(
  fastify: FastifyInstance,
  config: Config,
  quotas: Quotas,
  contexts: RequestContexts,
): void {
  const { CAREKEY_RATE_LIMIT_REQUESTS: perMinute } = config.settings;
  if (perMinute < 0) return;
  fastify.addHook('onRequest', async (request, reply) => {
    const state = await quotas.takeForAddress('requests', contexts.of(request).ip, perMinute);
    reply.header('ratelimit', rateLimitHeader(state, !state.allowed));
    if (state.allowed) return;
    const wait = Math.max(3, state.resetSeconds);
    const detail = `Too many requests. Wait ${wait} seconds, then try again`;
    reply.status(429).header('retry-after', String(wait));
    if (isOutcomePath(request.url)) {
      const failure = { status: 429, code: 'too-many-requests', detail };
      reply.header('content-type', outcomeType);
      reply.send(JSON.stringify(outcomeOf(failure, contexts.of(request).requestId)));
    } else reply.send({ error: 'temporarily_unavailable', error_description: detail });
    return reply;
  });
}
