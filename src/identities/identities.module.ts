import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { OneTimeLink } from './one-time-link.entity.js';
import { OneTimeLinksService } from './one-time-links.service.js';
import { OneTimeLinksStore } from './one-time-links.store.js';
import { PasswordHasher } from './password-hasher.js';
import { PasswordsService } from './passwords.service.js';
import { PasswordsStore } from './passwords.store.js';
import { User } from './user.entity.js';
import { UserPassword } from './user-password.entity.js';
import { UserSearchService } from './user-search.service.js';
import { UsersService } from './users.service.js';
import { UsersStore } from './users.store.js';

/**
 * Owns people, their passwords and their one-time links: tables `user_account`, `user_password`, `one_time_link`. A
 * service for each, because a credential is checked where nothing else about a person may be changed. No sessions, no
 * tokens, no memberships.
 */
@Module({
  imports: [TypeOrmModule.forFeature([OneTimeLink, User, UserPassword]), AuditModule],
  providers: [
    OneTimeLinksService,
    OneTimeLinksStore,
    UserSearchService,
    UsersService,
    UsersStore,
    PasswordsService,
    PasswordsStore,
    PasswordHasher,
  ],
  exports: [OneTimeLinksService, UserSearchService, UsersService, PasswordsService],
})
export class IdentitiesModule {}
