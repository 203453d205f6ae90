import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { KeysModule } from '../keys/keys.module.js';
import { RefreshFamiliesService } from './refresh-families.service.js';
import { RefreshFamiliesStore } from './refresh-families.store.js';
import { RefreshFamily } from './refresh-family.entity.js';
import { TokensService } from './tokens.service.js';

/** Owns what tokens are made of and the chains of refresh tokens: table `refresh_family`. Leaves: signed tokens. */
@Module({
  imports: [TypeOrmModule.forFeature([RefreshFamily]), KeysModule],
  providers: [TokensService, RefreshFamiliesService, RefreshFamiliesStore],
  exports: [TokensService, RefreshFamiliesService],
})
export class TokensModule {}
