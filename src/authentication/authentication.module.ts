import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { ClientsModule } from '../clients/clients.module.js';
import { IdentitiesModule } from '../identities/identities.module.js';
import { KeysModule } from '../keys/keys.module.js';
import { LoginsModule } from '../logins/logins.module.js';
import { MembershipsModule } from '../memberships/memberships.module.js';
import { ProjectsModule } from '../projects/projects.module.js';
import { AccessGuard } from './access.guard.js';
import { BearerService } from './bearer.service.js';
import { BearerStrategy } from './bearer.strategy.js';
import { LivenessService } from './liveness.service.js';

/** Says who is calling and whether access still holds. Owns no table. Leaves: a `Caller` per request. */
@Module({
  imports: [
    AuditModule,
    ClientsModule,
    IdentitiesModule,
    KeysModule,
    LoginsModule,
    MembershipsModule,
    ProjectsModule,
  ],
  providers: [AccessGuard, BearerService, BearerStrategy, LivenessService],
  exports: [AccessGuard, BearerService, LivenessService],
})
export class AuthenticationModule {}
