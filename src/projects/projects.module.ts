import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { Project } from './project.entity.js';
import { ProjectHistoryService } from './project-history.service.js';
import { ProjectsService } from './projects.service.js';
import { ProjectsStore } from './projects.store.js';

/** Owns tenants: table `project`. Knows no users and no clients. */
@Module({
  imports: [TypeOrmModule.forFeature([Project]), AuditModule],
  providers: [ProjectHistoryService, ProjectsService, ProjectsStore],
  exports: [ProjectHistoryService, ProjectsService],
})
export class ProjectsModule {}
