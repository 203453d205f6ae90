import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { DirectoryService } from './directory.service.js';
import { DirectoryStore } from './directory.store.js';
import { DirectoryResource } from './directory-resource.entity.js';
import { DirectoryVersion } from './directory-version.entity.js';
import { ResourcesService } from './resources.service.js';

/**
 * Owns FHIR resources kept here, so far the profiles of people: table `directory_resource`, and `directory_version` with all
 * that they ever were.
 */
@Module({
  imports: [TypeOrmModule.forFeature([DirectoryResource, DirectoryVersion]), AuditModule],
  providers: [DirectoryService, DirectoryStore, ResourcesService],
  exports: [DirectoryService, ResourcesService],
})
export class DirectoryModule {}
