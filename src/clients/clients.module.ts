import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { ClientApplication } from './client-application.entity.js';
import { ClientSecret } from './client-secret.entity.js';
import { ClientSecretsService } from './client-secrets.service.js';
import { ClientsService } from './clients.service.js';
import { ClientsStore } from './clients.store.js';

/**
 * Owns client applications and their secrets: tables `client_application`, `client_secret`. Two services,
 * because rotation is an act of its own. Needs `GRANT_TYPES` from a
 * global module. Knows no grant but by name.
 */
@Module({
  imports: [TypeOrmModule.forFeature([ClientApplication, ClientSecret]), AuditModule],
  providers: [ClientsService, ClientSecretsService, ClientsStore],
  exports: [ClientsService, ClientSecretsService],
})
export class ClientsModule {}
