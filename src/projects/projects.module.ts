import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { Project } from './project.entity.js';
import { ProjectsService } from './projects.service.js';
import { ProjectsStore } from './projects.store.js';

/** Owns tenants: table `project`. Knows no users and no clients. */
@Module({
  imports: [TypeOrmModule.forFeature([Project]), AuditModule],
  providers: [ProjectsService, ProjectsStore],
  exports: [ProjectsService],
})
export class ProjectsModule {}
