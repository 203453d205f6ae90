import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { DirectoryService } from './directory.service.js';
import { DirectoryStore } from './directory.store.js';
import { DirectoryIndexStore } from './directory-index.store.js';
import { DirectoryReindexWorker } from './directory-reindex.worker.js';
import { DirectoryResource } from './directory-resource.entity.js';
import { DirectorySearchService } from './directory-search.service.js';
import { DirectorySearchStore } from './directory-search.store.js';
import { DirectorySpan } from './directory-span.entity.js';
import { DirectoryVersion } from './directory-version.entity.js';
import { ResourcesService } from './resources.service.js';

/**
 * Owns FHIR resources kept here, so far the profiles of people: table `directory_resource`, `directory_span`
 * with dates that they are found by, and `directory_version` with all that they ever were.
 */
@Module({
  imports: [TypeOrmModule.forFeature([DirectoryResource, DirectorySpan, DirectoryVersion]), AuditModule],
  providers: [
    DirectoryIndexStore,
    DirectoryReindexWorker,
    DirectorySearchService,
    DirectorySearchStore,
    DirectoryService,
    DirectoryStore,
    ResourcesService,
  ],
  exports: [DirectorySearchService, DirectoryService, ResourcesService],
})
export class DirectoryModule {}
