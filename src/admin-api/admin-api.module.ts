import { Module } from '@nestjs/common';
import { GraphQLModule } from '@nestjs/graphql';
import { MercuriusDriver, type MercuriusDriverConfig } from '@nestjs/mercurius';
import type { ExecutionResult } from 'graphql';
import { AccessPolicyModule } from '../access-policy/access-policy.module.js';
import { AccountModule } from '../account/account.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { AuthenticationModule } from '../authentication/authentication.module.js';
import { ClientsModule } from '../clients/clients.module.js';
import { DirectoryModule } from '../directory/directory.module.js';
import { EmailModule } from '../email/email.module.js';
import { IdentitiesModule } from '../identities/identities.module.js';
import { Log } from '../kernel/log.js';
import { KeysModule } from '../keys/keys.module.js';
import { LoginsModule } from '../logins/logins.module.js';
import { MembershipsModule } from '../memberships/memberships.module.js';
import { MfaModule } from '../mfa/mfa.module.js';
import { ProjectsModule } from '../projects/projects.module.js';
import { AccessExplanationsResolver } from './access-explanations.resolver.js';
import { AccessPoliciesResolver } from './access-policies.resolver.js';
import { AuditRecordsResolver } from './audit-records.resolver.js';
import { ClientSecretsResolver } from './client-secrets.resolver.js';
import { ClientsResolver } from './clients.resolver.js';
import { DeadLettersResolver } from './dead-letters.resolver.js';
import { EmailDeliveriesResolver } from './email-deliveries.resolver.js';
import { EmailSettingsResolver } from './email-settings.resolver.js';
import { EmailTemplatesResolver } from './email-templates.resolver.js';
import { FactorsResolver } from './factors.resolver.js';
import { GraphiqlController } from './graphiql.controller.js';
import { GraphqlController } from './graphql.controller.js';
import { formattedError } from './graphql-errors.js';
import { InvitationsResolver } from './invitations.resolver.js';
import { LoadersService } from './loaders.service.js';
import { LoginsResolver } from './logins.resolver.js';
import { MeResolver } from './me.resolver.js';
import { MembershipRelationsResolver } from './membership-relations.resolver.js';
import { MembershipsResolver } from './memberships.resolver.js';
import { PagingService } from './paging.service.js';
import { PreparedPasswordsService } from './prepared-passwords.service.js';
import { ProjectsResolver } from './projects.resolver.js';
import { checkExecution, graphqlOptions, limitRules } from './query-limits.js';
import { ScopedService } from './scoped.service.js';
import { SessionsResolver } from './sessions.resolver.js';
import { SigningKeysResolver } from './signing-keys.resolver.js';
import { UserCreationResolver } from './user-creation.resolver.js';
import { UserLockoutsResolver } from './user-lockouts.resolver.js';
import { UsersResolver } from './users.resolver.js';

/** What makes the schema; `npm run generate` prints it to schema.graphql. */
export const resolvers = [
  AccessExplanationsResolver,
  AccessPoliciesResolver,
  AuditRecordsResolver,
  ClientSecretsResolver,
  ClientsResolver,
  DeadLettersResolver,
  EmailDeliveriesResolver,
  EmailSettingsResolver,
  EmailTemplatesResolver,
  FactorsResolver,
  InvitationsResolver,
  LoginsResolver,
  MeResolver,
  MembershipRelationsResolver,
  MembershipsResolver,
  ProjectsResolver,
  SessionsResolver,
  SigningKeysResolver,
  UserCreationResolver,
  UserLockoutsResolver,
  UsersResolver,
];

function mercurius(log: Log): Omit<MercuriusDriverConfig, 'driver'> {
  const options = {
    autoSchemaFile: true,
    sortSchema: true,
    // The one route is a Nest controller, so that the guard stands before it.
    routes: false,
    graphiql: false,
    cache: 256,
    graphql: graphqlOptions,
    validationRules: limitRules,
    hooks: { preExecution: checkExecution },
    errorFormatter: ({ data, errors = [] }: ExecutionResult) => ({
      statusCode: 200,
      response: { data: data ?? null, errors: errors.map((error) => formattedError(error, log)) },
    }),
  };
  return options as unknown as Omit<MercuriusDriverConfig, 'driver'>;
}

/** The admin API: GraphQL at `/graphql`. Owns no table; only maps. What leaves it are views, never rows. */
@Module({
  imports: [
    AccessPolicyModule,
    AccountModule,
    AuditModule,
    AuthenticationModule,
    ClientsModule,
    DirectoryModule,
    EmailModule,
    IdentitiesModule,
    KeysModule,
    LoginsModule,
    MembershipsModule,
    MfaModule,
    ProjectsModule,
    GraphQLModule.forRootAsync<MercuriusDriverConfig>({
      driver: MercuriusDriver,
      inject: [Log],
      useFactory: mercurius,
    }),
  ],
  controllers: [GraphiqlController, GraphqlController],
  providers: [...resolvers, LoadersService, PagingService, PreparedPasswordsService, ScopedService],
})
export class AdminApiModule {}
