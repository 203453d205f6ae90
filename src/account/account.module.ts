import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { EmailModule } from '../email/email.module.js';
import { IdentitiesModule } from '../identities/identities.module.js';
import { LoginsModule } from '../logins/logins.module.js';
import { MembershipsModule } from '../memberships/memberships.module.js';
import { MfaModule } from '../mfa/mfa.module.js';
import { ProjectsModule } from '../projects/projects.module.js';
import { AddressLinksService } from './address-links.service.js';
import { AppFactorsService } from './app-factors.service.js';
import { ChangePasswordService } from './change-password.service.js';
import { EndOfAccessService } from './end-of-access.service.js';
import { OwnFactorsService } from './own-factors.service.js';
import { PasswordLinksService } from './password-links.service.js';
import { PeopleFactorsService } from './people-factors.service.js';
import { ProofsService } from './proofs.service.js';
import { ResetMailsService } from './reset-mails.service.js';
import { ResetPasswordService } from './reset-password.service.js';
import { SetupService } from './setup.service.js';
import { SetupStore } from './setup.store.js';
import { SetupLink } from './setup-link.entity.js';
import { SetupLinksService } from './setup-links.service.js';

/**
 * Owns what a person changes about their own access: the password, by the old one or by a link, the proof of an address, the
 * first super admin; and the end of access: table `setup_link`. Leaves: ended sessions and logins.
 */
@Module({
  imports: [
    TypeOrmModule.forFeature([SetupLink]),
    AuditModule,
    EmailModule,
    IdentitiesModule,
    LoginsModule,
    MembershipsModule,
    MfaModule,
    ProjectsModule,
  ],
  providers: [
    AddressLinksService,
    AppFactorsService,
    ChangePasswordService,
    EndOfAccessService,
    OwnFactorsService,
    PasswordLinksService,
    PeopleFactorsService,
    ProofsService,
    ResetMailsService,
    ResetPasswordService,
    SetupLinksService,
    SetupService,
    SetupStore,
  ],
  exports: [
    AddressLinksService,
    AppFactorsService,
    ChangePasswordService,
    OwnFactorsService,
    PasswordLinksService,
    PeopleFactorsService,
    ResetMailsService,
    ResetPasswordService,
    SetupLinksService,
    SetupService,
  ],
})
export class AccountModule {}
