import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { IdentitiesModule } from '../identities/identities.module.js';
import { LoginsModule } from '../logins/logins.module.js';
import { MembershipsModule } from '../memberships/memberships.module.js';
import { ProjectsModule } from '../projects/projects.module.js';
import { ChangePasswordService } from './change-password.service.js';
import { EndOfAccessService } from './end-of-access.service.js';
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
    ProjectsModule,
  ],
  providers: [ChangePasswordService, EndOfAccessService, SetupLinksService, SetupService, SetupStore],
  exports: [ChangePasswordService, SetupLinksService, SetupService],
})
export class AccountModule {}
