import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { PasswordHasher } from './password-hasher.js';
import { PasswordsService } from './passwords.service.js';
import { PasswordsStore } from './passwords.store.js';
import { User } from './user.entity.js';
import { UserPassword } from './user-password.entity.js';
import { UserSearchService } from './user-search.service.js';
import { UsersService } from './users.service.js';
import { UsersStore } from './users.store.js';

/**
 * Owns people and their passwords: tables `user_account`, `user_password`. Two services, because a password is checked
 * where nothing else about a person may be changed. No sessions, no tokens, no memberships.
 */
@Module({
  imports: [TypeOrmModule.forFeature([User, UserPassword]), AuditModule],
  providers: [UserSearchService, UsersService, UsersStore, PasswordsService, PasswordsStore, PasswordHasher],
  exports: [UserSearchService, UsersService, PasswordsService],
})
export class IdentitiesModule {}
