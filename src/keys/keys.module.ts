import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { KeysService } from './keys.service.js';
import { KeysStore } from './keys.store.js';
import { SigningKey } from './signing-key.entity.js';

/** Owns the signing keys: table `signing_key`. Leaves: signed tokens and public keys, never a private key. */
@Module({
  imports: [TypeOrmModule.forFeature([SigningKey]), AuditModule],
  providers: [KeysService, KeysStore],
  exports: [KeysService],
})
export class KeysModule {}
