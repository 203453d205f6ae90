import { Module } from '@nestjs/common';
import { FhirpathService } from './fhirpath.service.js';

/**
 * Knows FHIR R4: resource types, search parameters and what they find, FHIRPath. The only folder that imports the FHIR
 * library, and that on first use. Owns no table. Leaves: `Where` predicates, search rows, verdicts on expressions.
 */
@Module({ providers: [FhirpathService], exports: [FhirpathService] })
export class R4Module {}
