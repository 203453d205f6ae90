import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { KeyRotationService } from './key-rotation.service.js';
import { KeysService } from './keys.service.js';
import { KeysStore } from './keys.store.js';
import { SigningKey } from './signing-key.entity.js';

/** Owns the signing keys: table `signing_key`. Leaves: signed tokens and public keys, never a private key. */
@Module({
  imports: [TypeOrmModule.forFeature([SigningKey]), AuditModule],
  providers: [KeyRotationService, KeysService, KeysStore],
  exports: [KeyRotationService, KeysService],
})
export class KeysModule {}
