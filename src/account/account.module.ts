import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { IdentitiesModule } from '../identities/identities.module.js';
import { MembershipsModule } from '../memberships/memberships.module.js';
import { SetupService } from './setup.service.js';
import { SetupStore } from './setup.store.js';
import { SetupLink } from './setup-link.entity.js';
import { SetupLinksService } from './setup-links.service.js';

/** Owns what a person changes about their own access; so far the first super admin: table `setup_link`. */
@Module({
  imports: [TypeOrmModule.forFeature([SetupLink]), AuditModule, IdentitiesModule, MembershipsModule],
  providers: [SetupLinksService, SetupService, SetupStore],
  exports: [SetupLinksService, SetupService],
})
export class AccountModule {}
