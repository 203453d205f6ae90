import { Module } from '@nestjs/common';
import { AccessPolicyModule } from '../access-policy/access-policy.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { AuthenticationModule } from '../authentication/authentication.module.js';
import { ClientsModule } from '../clients/clients.module.js';
import { DirectoryModule } from '../directory/directory.module.js';
import { IdentitiesModule } from '../identities/identities.module.js';
import { MembershipsModule } from '../memberships/memberships.module.js';
import { ProjectsModule } from '../projects/projects.module.js';
import { R4Module } from '../r4/r4.module.js';
import { ConditionalCreateService } from './conditional-create.service.js';
import { FhirController } from './fhir.controller.js';
import { FhirAccessService } from './fhir-access.service.js';
import { FhirHistoryController } from './fhir-history.controller.js';
import { FhirReadsService } from './fhir-reads.service.js';
import { FhirSearchController } from './fhir-search.controller.js';
import { FhirSearchService } from './fhir-search.service.js';
import { FhirWritesService } from './fhir-writes.service.js';
import { MetadataController } from './metadata.controller.js';
import type { ResourceHome } from './resource-home.js';
import { RESOURCE_HOMES, ResourceHomesService } from './resource-homes.service.js';
import { SoundnessService } from './soundness.service.js';
import { resourceHomes } from './types.js';

/** The FHIR door, `/fhir/R4`: it reads, searches and writes. Owns no table. Leaves: FHIR resources and OperationOutcomes. */
@Module({
  imports: [
    AccessPolicyModule,
    AuditModule,
    AuthenticationModule,
    ClientsModule,
    DirectoryModule,
    IdentitiesModule,
    MembershipsModule,
    ProjectsModule,
    R4Module,
  ],
  controllers: [MetadataController, FhirController, FhirHistoryController, FhirSearchController],
  providers: [
    ConditionalCreateService,
    FhirAccessService,
    FhirReadsService,
    FhirSearchService,
    FhirWritesService,
    ResourceHomesService,
    SoundnessService,
    ...resourceHomes,
    {
      provide: RESOURCE_HOMES,
      useFactory: (...homes: ResourceHome[]) => homes,
      inject: [...resourceHomes],
    },
  ],
})
export class FhirModule {}
