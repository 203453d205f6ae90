import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { EmailModule } from '../email/email.module.js';
import type { Factor } from './factor.types.js';
import { FactorNoticesService } from './factor-notices.service.js';
import { FactorRequirement } from './factor-requirement.entity.js';
import { FactorRequirementsService } from './factor-requirements.service.js';
import { FactorRequirementsStore } from './factor-requirements.store.js';
import { FactorTriesService } from './factor-tries.service.js';
import { FACTORS, factors } from './factors/index.js';
import { FactorsService } from './factors.service.js';
import { RecoveryCode } from './recovery-code.entity.js';
import { RecoveryCodesStore } from './recovery-codes.store.js';
import { TotpEnrolment } from './totp-enrolment.entity.js';
import { TotpEnrolmentsService } from './totp-enrolments.service.js';
import { TotpFactorRow } from './totp-factor.entity.js';
import { TotpFactorsStore } from './totp-factors.store.js';

/**
 * Owns second factors: tables `totp_factor`, `totp_enrolment`, `recovery_code`, `factor_requirement`. Leaves: what a person
 * has, and whether a response is right; secrets only once, to whoever is about to enrol. Never decides when one is needed.
 */
@Module({
  imports: [
    TypeOrmModule.forFeature([FactorRequirement, RecoveryCode, TotpEnrolment, TotpFactorRow]),
    AuditModule,
    EmailModule,
  ],
  providers: [
    ...factors,
    { provide: FACTORS, useFactory: (...all: Factor[]) => all, inject: [...factors] },
    FactorNoticesService,
    FactorRequirementsService,
    FactorRequirementsStore,
    FactorTriesService,
    FactorsService,
    RecoveryCodesStore,
    TotpEnrolmentsService,
    TotpFactorsStore,
  ],
  exports: [FactorRequirementsService, FactorsService, TotpEnrolmentsService],
})
export class MfaModule {}
