import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditService } from './audit.service.js';
import { AuditStore } from './audit.store.js';
import { AuditFold } from './audit-fold.entity.js';
import { AuditRecord } from './audit-record.entity.js';
import { AuditUnfoldService } from './audit-unfold.service.js';

/** Owns the record of who did what for whom: tables `audit_record` (insert-only) and `audit_fold`. */
@Module({
  imports: [TypeOrmModule.forFeature([AuditRecord, AuditFold])],
  providers: [AuditService, AuditStore, AuditUnfoldService],
  exports: [AuditService],
})
export class AuditModule {}
