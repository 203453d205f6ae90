import { type DynamicModule, Global, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AccountModule } from './account/account.module.js';
import { AdminApiModule } from './admin-api/admin-api.module.js';
import { AdminRestModule } from './admin-rest/admin-rest.module.js';
import { AuditModule } from './audit/audit.module.js';
import { AuthGrantsModule } from './auth-grants/auth-grants.module.js';
import { grantTypes } from './auth-grants/grants/index.js';
import { PAGE_RENDERER } from './auth-grants/page-renderer.js';
import { AccessGuard } from './authentication/access.guard.js';
import { AuthenticationModule } from './authentication/authentication.module.js';
import { GRANT_TYPES } from './clients/grant-types.js';
import { EmailModule } from './email/email.module.js';
import { FhirModule } from './fhir/fhir.module.js';
import { FirstStart } from './first-start.js';
import { HealthModule } from './health/health.module.js';
import { BrowserErrorFilter } from './hosted-pages/browser-error.filter.js';
import { HostedPageRenderer } from './hosted-pages/hosted-page-renderer.js';
import { HostedPagesModule } from './hosted-pages/hosted-pages.module.js';
import { poolManners } from './kernel/db.js';
import { KernelModule, type KernelOptions } from './kernel/kernel.module.js';
import { OutcomeFilter } from './kernel/outcome.filter.js';
import { ProblemFilter } from './kernel/problem.filter.js';
import { KeysModule } from './keys/keys.module.js';
import { MembershipsModule } from './memberships/memberships.module.js';
import { ProjectsModule } from './projects/projects.module.js';
import { SignInApiModule } from './sign-in-api/sign-in-api.module.js';

/** What a process needs to run: its configuration and an open, migrated database. */
export type AppOptions = KernelOptions;

/** Binds what a lower floor declares to what a higher floor provides (design section 3). */
@Global()
@Module({
  providers: [
    { provide: GRANT_TYPES, useValue: grantTypes },
    { provide: PAGE_RENDERER, useClass: HostedPageRenderer },
  ],
  exports: [GRANT_TYPES, PAGE_RENDERER],
})
class BindingsModule {}

/** The whole server. */
@Module({})
export class AppModule {
  static register(options: AppOptions): DynamicModule {
    const { config, connection } = options;
    const { CAREKEY_DATABASE_POOL: poolSize } = config.settings;
    const { connectionString, host, port, user, database } = connection;
    return {
      module: AppModule,
      imports: [
        KernelModule.register(options),
        TypeOrmModule.forRoot({
          type: 'postgres',
          ...(connectionString ? { url: connectionString } : { host, port, username: user, database }),
          autoLoadEntities: true,
          synchronize: false,
          retryAttempts: 0,
          poolSize,
          extra: { ...poolManners, pipeline: true, application_name: 'carekey' },
          poolErrorHandler: () => {},
        } as never),
        BindingsModule,
        AccountModule,
        AdminApiModule,
        AdminRestModule,
        AuditModule,
        AuthGrantsModule,
        AuthenticationModule,
        EmailModule,
        FhirModule,
        HealthModule,
        HostedPagesModule,
        KeysModule,
        MembershipsModule,
        ProjectsModule,
        SignInApiModule,
      ],
      providers: [
        FirstStart,
        { provide: APP_GUARD, useExisting: AccessGuard },
        OutcomeFilter,
        ProblemFilter,
        { provide: APP_FILTER, useClass: BrowserErrorFilter },
      ],
    };
  }
}
