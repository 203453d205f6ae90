import 'reflect-metadata';
import { expect } from '@jest/globals';
import { type DynamicModule, Global, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AccountModule } from '../../src/account/account.module.js';
import { AuditRecord } from '../../src/audit/audit-record.entity.js';
import { GRANT_TYPES } from '../../src/clients/grant-types.js';
import { EmailModule } from '../../src/email/email.module.js';
import { PasswordsService } from '../../src/identities/passwords.service.js';
import type { Actor } from '../../src/kernel/actor.js';
import { loadConfig } from '../../src/kernel/config.js';
import { Db } from '../../src/kernel/db.js';
import { newId, type ProjectId } from '../../src/kernel/ids.js';
import { KernelModule } from '../../src/kernel/kernel.module.js';
import type { Tx } from '../../src/kernel/tx.js';
import { OnboardingService } from '../../src/memberships/onboarding.service.js';
import { testSealingKey } from '../helpers/app.js';
import { TestClock } from '../helpers/clock.js';
import { freshDatabase, type TestDatabase } from '../helpers/database.js';

/** The domain folders on a real database, without doors. */
export interface DomainNode {
  readonly clock: TestClock;
  readonly database: TestDatabase;
  get<Service>(type: Type<Service>): Service;
  /** One transaction. */
  tx<Result>(body: (tx: Tx) => Promise<Result>): Promise<Result>;
  /** What was recorded for one target, oldest first. */
  recorded(target: string): Promise<Pick<AuditRecord, 'type' | 'projectId' | 'userId' | 'detail'>[]>;
  close(): Promise<void>;
}

/** Somebody who acts; his id shows in records. */
export const actor: Actor = {
  kind: 'user',
  userId: newId(1),
  request: { requestId: 'test', ip: '192.0.2.1', userAgent: undefined },
};

/** A password that every project takes. */
export const goodPassword = 'violet harbor lantern 42';

@Global()
@Module({
  providers: [
    { provide: GRANT_TYPES, useValue: ['authorization_code', 'refresh_token', 'client_credentials'] },
  ],
  exports: [GRANT_TYPES],
})
class GrantTypesModule {}

@Module({})
class DomainModule {}

/** Starts a node; give it the database of another one to have two nodes. */
export async function startDomain({
  database,
  sealingKeys = testSealingKey,
}: {
  database?: TestDatabase;
  sealingKeys?: string;
} = {}): Promise<DomainNode> {
  const own = database ?? (await freshDatabase());
  const clock = new TestClock();
  const config = loadConfig({
    DATABASE_URL: 'postgres://tests-bring-their-own-connection',
    CAREKEY_SEALING_KEYS: sealingKeys,
    CAREKEY_LOG_LEVEL: 'silent',
    CAREKEY_DATABASE_POOL: '6',
  });
  const { connectionString, host, port, user, database: name } = own.connection;
  const root: DynamicModule = {
    module: DomainModule,
    imports: [
      KernelModule.register({
        config,
        connection: own.connection,
        sealingKeys: config.sealingKeys,
        clock,
        jobs: { runsQueue: false },
      }),
      TypeOrmModule.forRoot({
        type: 'postgres',
        ...(connectionString ? { url: connectionString } : { host, port, username: user, database: name }),
        autoLoadEntities: true,
        retryAttempts: 0,
        poolSize: 6,
        poolErrorHandler: () => {},
      } as never),
      GrantTypesModule,
      AccountModule,
      EmailModule,
    ],
  };
  const app = await NestFactory.createApplicationContext(root, { logger: false, abortOnError: false });
  const db = app.get(Db, { strict: false });
  return {
    clock,
    database: own,
    get: (type) => app.get(type, { strict: false }),
    tx: (body) => db.tx(body),
    recorded: (target) =>
      db.read((tx) =>
        tx.manager.find(AuditRecord, {
          where: { target },
          order: { id: 'ASC' },
          select: { type: true, projectId: true, userId: true, detail: true },
        }),
      ),
    close: async () => {
      await app.close();
      if (!database) await own.drop();
    },
  };
}

/** Two tenants, each with a client and a person of its own, made as the doors make them. */
export async function twoProjects(node: DomainNode) {
  const onboarding = node.get(OnboardingService);
  const make = async (name: string) => {
    const project = await node.tx((tx) => onboarding.createProject(tx, actor, { name }));
    const client = await node.tx((tx) =>
      onboarding.addClient(tx, actor, project.id, {
        name: `${name} app`,
        redirectUris: [`https://${name.toLowerCase()}.example/callback`],
      }),
    );
    const person = await addPerson(node, project.id, `${name.toLowerCase()}@example.org`);
    return { id: project.id, project, client, person };
  };
  return { north: await make('North'), south: await make('South') };
}

/** A practitioner of one project, with a password. */
export async function addPerson(node: DomainNode, projectId: ProjectId, email: string) {
  const names = { givenName: 'Ada', familyName: 'Quill' };
  const password = await node.get(PasswordsService).prepare(goodPassword, { email, ...names, project: null });
  return node.tx((tx) =>
    node.get(OnboardingService).addPerson(tx, actor, projectId, {
      email,
      ...names,
      profileType: 'Practitioner',
      scope: 'project',
      password,
    }),
  );
}

/** What an error says of itself, for `rejects`. */
export function refusal(code: string, field?: string) {
  return expect.objectContaining({ code, ...(field !== undefined && { field }) });
}
