import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { AccessPolicy } from './access-policy.entity.js';
import { AccessPolicyService } from './access-policy.service.js';
import { AccessPolicyStore } from './access-policy.store.js';
import { AccessPolicySearchService } from './access-policy-search.service.js';

/** Owns what memberships may reach, as data: table `access_policy`. */
@Module({
  imports: [TypeOrmModule.forFeature([AccessPolicy]), AuditModule],
  providers: [AccessPolicySearchService, AccessPolicyService, AccessPolicyStore],
  exports: [AccessPolicySearchService, AccessPolicyService],
})
export class AccessPolicyModule {}
