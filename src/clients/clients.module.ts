import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { ClientApplication } from './client-application.entity.js';
import { ClientAssertion } from './client-assertion.entity.js';
import { ClientAssertionsService } from './client-assertions.service.js';
import { ClientAssertionsStore } from './client-assertions.store.js';
import { ClientKeysService } from './client-keys.service.js';
import { ClientSearchService } from './client-search.service.js';
import { ClientSecret } from './client-secret.entity.js';
import { ClientSecretsService } from './client-secrets.service.js';
import { ClientsService } from './clients.service.js';
import { ClientsStore } from './clients.store.js';
import { RemoteKeysService } from './remote-keys.service.js';

/**
 * Owns client applications, their secrets and what they prove themselves with: tables `client_application`,
 * `client_secret`, `client_assertion`. Several services, because rotating a secret, checking a signature, fetching keys and
 * using an assertion up are acts of their own. Needs `GRANT_TYPES` from a global module. Knows no grant but by name.
 */
@Module({
  imports: [TypeOrmModule.forFeature([ClientApplication, ClientAssertion, ClientSecret]), AuditModule],
  providers: [
    ClientAssertionsService,
    ClientAssertionsStore,
    ClientKeysService,
    ClientSearchService,
    ClientsService,
    ClientSecretsService,
    ClientsStore,
    RemoteKeysService,
  ],
  exports: [
    ClientAssertionsService,
    ClientKeysService,
    ClientSearchService,
    ClientsService,
    ClientSecretsService,
  ],
})
export class ClientsModule {}
