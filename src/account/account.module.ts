import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { IdentitiesModule } from '../identities/identities.module.js';
import { LoginsModule } from '../logins/logins.module.js';
import { MembershipsModule } from '../memberships/memberships.module.js';
import { MfaModule } from '../mfa/mfa.module.js';
import { ProjectsModule } from '../projects/projects.module.js';
import { AppFactorsService } from './app-factors.service.js';
import { ChangePasswordService } from './change-password.service.js';
import { EndOfAccessService } from './end-of-access.service.js';
import { OwnFactorsService } from './own-factors.service.js';
import { PeopleFactorsService } from './people-factors.service.js';
import { SetupService } from './setup.service.js';
import { SetupStore } from './setup.store.js';
import { SetupLink } from './setup-link.entity.js';
import { SetupLinksService } from './setup-links.service.js';

/**
 * Owns what a person changes about their own access, so far the password and the first super admin, and the end of
 * access: table `setup_link`. Leaves: ended sessions and logins.
 */
@Module({
  imports: [
    TypeOrmModule.forFeature([SetupLink]),
    AuditModule,
    IdentitiesModule,
    LoginsModule,
    MembershipsModule,
    MfaModule,
    ProjectsModule,
  ],
  providers: [
    AppFactorsService,
    ChangePasswordService,
    EndOfAccessService,
    OwnFactorsService,
    PeopleFactorsService,
    SetupLinksService,
    SetupService,
    SetupStore,
  ],
  exports: [
    AppFactorsService,
    ChangePasswordService,
    OwnFactorsService,
    PeopleFactorsService,
    SetupLinksService,
    SetupService,
  ],
})
export class AccountModule {}
