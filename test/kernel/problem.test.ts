import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Body, ConflictException, Controller, Get, Module, Post } from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  conflict,
  forbidden,
  invalidInput,
  notFound,
  tooMany,
  unauthenticated,
  unavailable,
} from '../../src/kernel/errors.js';
import { KernelModule } from '../../src/kernel/kernel.module.js';
import { ProblemFilter } from '../../src/kernel/problem.filter.js';
import { freshDatabase, type TestDatabase } from '../helpers/database.js';
import { testConfig } from './node.js';

const failures: Record<string, () => Error> = {
  invalid: () => invalidInput({ sentence: '"name" is not valid.', field: 'name', detail: 'private words' }),
  unauthenticated: () => unauthenticated(),
  forbidden: () => forbidden(),
  missing: () => notFound({ detail: 'private words' }),
  conflict: () => conflict(),
  many: () => tooMany({ retryAfter: 17 }),
  busy: () => unavailable({ retryAfter: 3, cause: new Error('private words') }),
  unexpected: () => new Error('private words'),
  nest: () => new ConflictException('private words'),
};

@Controller()
class FailingController {
  @Get('fail/:how')
  never(): void {}

  @Post('echo')
  echo(@Body() body: unknown): unknown {
    return body;
  }
}

for (const [name, make] of Object.entries(failures)) {
  const method = `throw_${name}`;
  Object.defineProperty(FailingController.prototype, method, {
    value: () => {
      throw make();
    },
  });
  Get(`made/${name}`)(
    FailingController.prototype,
    method,
    Object.getOwnPropertyDescriptor(FailingController.prototype, method)!,
  );
}

describe('problem details (RFC 9457)', () => {
  let database: TestDatabase;
  let app: NestFastifyApplication;

  beforeAll(async () => {
    database = await freshDatabase();
    const { connection } = database;
    const { connectionString, host, port, user, database: name } = connection;
    const config = testConfig();

    @Module({
      imports: [
        KernelModule.register({
          config,
          connection,
          sealingKeys: config.sealingKeys,
          jobs: { runsQueue: false },
        }),
        TypeOrmModule.forRoot({
          type: 'postgres',
          ...(connectionString ? { url: connectionString } : { host, port, username: user, database: name }),
          autoLoadEntities: true,
        } as never),
      ],
      controllers: [FailingController],
      providers: [ProblemFilter, { provide: APP_FILTER, useExisting: ProblemFilter }],
    })
    class App {}
    const adapter = new FastifyAdapter({
      bodyLimit: 1000,
      frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) =>
        app.get(ProblemFilter).answer(error, request, reply),
    });
    app = await NestFactory.create<NestFastifyApplication>(App, adapter, {
      logger: false,
      abortOnError: false,
    });
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
  });

  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  const json = { 'content-type': 'application/json' };

  it.each([
    [
      'a refusal',
      'GET',
      '/made/invalid',
      {},
      400,
      'invalid-input',
      { field: 'name', detail: '"name" is not valid.' },
    ],
    ['nobody', 'GET', '/made/unauthenticated', {}, 401, 'unauthenticated', {}],
    ['somebody else', 'GET', '/made/forbidden', {}, 403, 'forbidden', {}],
    ['what is not there', 'GET', '/made/missing', {}, 404, 'not-found', {}],
    ['a conflict', 'GET', '/made/conflict', {}, 409, 'conflict', {}],
    ['too many', 'GET', '/made/many', {}, 429, 'too-many-requests', {}],
    ['a busy server', 'GET', '/made/busy', {}, 503, 'unavailable', {}],
    ['the unexpected', 'GET', '/made/unexpected', {}, 500, 'internal', {}],
    ['an exception of Nest', 'GET', '/made/nest', {}, 409, 'http-409', {}],
    ['no route', 'GET', '/nowhere', {}, 404, 'http-404', {}],
    ['a method that no route takes', 'DELETE', '/echo', {}, 404, 'http-404', {}],
    ['broken JSON', 'POST', '/echo', { headers: json, payload: '{"a":' }, 400, 'http-400', {}],
    [
      'JSON with a poisoned prototype',
      'POST',
      '/echo',
      { headers: json, payload: '{"__proto__":1}' },
      400,
      'http-400',
      {},
    ],
    ['an empty JSON body', 'POST', '/echo', { headers: json, payload: '' }, 400, 'http-400', {}],
    [
      'a large body',
      'POST',
      '/echo',
      { headers: json, payload: JSON.stringify('x'.repeat(2000)) },
      413,
      'http-413',
      {},
    ],
    [
      'an unknown content type',
      'POST',
      '/echo',
      { headers: { 'content-type': 'text/html' }, payload: 'a' },
      415,
      'http-415',
      {},
    ],
    ['broken percent encoding', 'GET', '/%', {}, 400, 'http-400', {}],
    ['broken percent encoding further on', 'GET', '/fail/%E0%A4%A', {}, 400, 'http-400', {}],
  ] as const)('%s', async (_, method, url, options, status, code, more) => {
    const answer = await app.inject({ method, url, ...options } as never);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    const problem = answer.json() as Record<string, unknown>;
    expect(problem).toMatchObject({
      type: 'about:blank',
      title: expect.any(String),
      status,
      detail: expect.stringMatching(/\.$/),
      code,
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      ...more,
    });
    expect(answer.statusCode).toBe(status);
    expect(answer.body).not.toMatch(/private words|stack|at .*\(|FST_|node_modules/);
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('says when to come back', async () => {
    expect((await app.inject('/made/many')).headers['retry-after']).toBe('17');
    expect((await app.inject('/made/busy')).headers['retry-after']).toBe('3');
  });
});
