import { Module } from '@nestjs/common';
import { FhirpathService } from './fhirpath.service.js';
import { ValidationService } from './validation.service.js';

/**
 * Knows FHIR R4: resource types, what is valid, search parameters and what they find, FHIRPath, JSON Patch. The only folder that imports the FHIR
 * library, and that on first use. Owns no table. Leaves: `Where` predicates, search rows, verdicts on expressions.
 */
@Module({ providers: [FhirpathService, ValidationService], exports: [FhirpathService, ValidationService] })
export class R4Module {}
