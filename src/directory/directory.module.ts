import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { DirectoryService } from './directory.service.js';
import { DirectoryStore } from './directory.store.js';
import { DirectoryResource } from './directory-resource.entity.js';

/** Owns FHIR resources kept here, so far the profiles of people: table `directory_resource`. */
@Module({
  imports: [TypeOrmModule.forFeature([DirectoryResource]), AuditModule],
  providers: [DirectoryService, DirectoryStore],
  exports: [DirectoryService],
})
export class DirectoryModule {}
