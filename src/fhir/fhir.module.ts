import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { AuthenticationModule } from '../authentication/authentication.module.js';
import { DirectoryModule } from '../directory/directory.module.js';
import { FhirController } from './fhir.controller.js';
import { FhirReadsService } from './fhir-reads.service.js';

/** The FHIR door, `/fhir/R4`: so far it reads. Owns no table. Leaves: FHIR resources and OperationOutcomes. */
@Module({
  imports: [AuditModule, AuthenticationModule, DirectoryModule],
  controllers: [FhirController],
  providers: [FhirReadsService],
})
export class FhirModule {}
