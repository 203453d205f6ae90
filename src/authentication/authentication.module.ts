import { Module } from '@nestjs/common';
import { AccessPolicyModule } from '../access-policy/access-policy.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { ClientsModule } from '../clients/clients.module.js';
import { DirectoryModule } from '../directory/directory.module.js';
import { IdentitiesModule } from '../identities/identities.module.js';
import { KeysModule } from '../keys/keys.module.js';
import { LoginsModule } from '../logins/logins.module.js';
import { MembershipsModule } from '../memberships/memberships.module.js';
import { ProjectsModule } from '../projects/projects.module.js';
import { R4Module } from '../r4/r4.module.js';
import { SmartModule } from '../smart/smart.module.js';
import { AccessGuard } from './access.guard.js';
import { ActingProjectService } from './acting-project.service.js';
import { AddressRulesService } from './address-rules.service.js';
import { BasicService } from './basic.service.js';
import { BearerService } from './bearer.service.js';
import { BearerStrategy } from './bearer.strategy.js';
import { CallersService } from './callers.service.js';
import { ClientProofService } from './client-proof.service.js';
import { ExplainService } from './explain.service.js';
import { LivenessService } from './liveness.service.js';
import { MemberRightsService } from './member-rights.service.js';
import { OnBehalfOfService } from './on-behalf-of.service.js';
import { TrafficQuotasService } from './traffic-quotas.service.js';

/** Says who is calling and whether access still holds. Owns no table. Leaves: a `Caller` per request. */
@Module({
  imports: [
    AccessPolicyModule,
    AuditModule,
    ClientsModule,
    DirectoryModule,
    IdentitiesModule,
    KeysModule,
    LoginsModule,
    MembershipsModule,
    ProjectsModule,
    R4Module,
    SmartModule,
  ],
  providers: [
    AccessGuard,
    ActingProjectService,
    AddressRulesService,
    BasicService,
    BearerService,
    BearerStrategy,
    CallersService,
    ClientProofService,
    ExplainService,
    LivenessService,
    MemberRightsService,
    OnBehalfOfService,
    TrafficQuotasService,
  ],
  exports: [
    AccessGuard,
    ActingProjectService,
    AddressRulesService,
    BasicService,
    BearerService,
    ClientProofService,
    ExplainService,
    LivenessService,
    TrafficQuotasService,
  ],
})
export class AuthenticationModule {}
