import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { AuthenticationModule } from '../authentication/authentication.module.js';
import { DirectoryModule } from '../directory/directory.module.js';
import { FhirController } from './fhir.controller.js';
import { FhirReadsService } from './fhir-reads.service.js';
import type { ResourceHome } from './resource-home.js';
import { RESOURCE_HOMES, ResourceHomesService } from './resource-homes.service.js';
import { resourceHomes } from './types.js';

/** The FHIR door, `/fhir/R4`: so far it reads. Owns no table. Leaves: FHIR resources and OperationOutcomes. */
@Module({
  imports: [AuditModule, AuthenticationModule, DirectoryModule],
  controllers: [FhirController],
  providers: [
    FhirReadsService,
    ResourceHomesService,
    ...resourceHomes,
    {
      provide: RESOURCE_HOMES,
      useFactory: (...homes: ResourceHome[]) => homes,
      inject: [...resourceHomes],
    },
  ],
})
export class FhirModule {}
