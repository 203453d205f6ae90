import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { KeysModule } from '../keys/keys.module.js';
import { IdTokenHintsService } from './id-token-hints.service.js';
import { RefreshFamiliesService } from './refresh-families.service.js';
import { RefreshFamiliesStore } from './refresh-families.store.js';
import { RefreshFamily } from './refresh-family.entity.js';
import { TokensService } from './tokens.service.js';

/** Owns what tokens are made of and the chains of refresh tokens: table `refresh_family`. Leaves: signed tokens. */
@Module({
  imports: [TypeOrmModule.forFeature([RefreshFamily]), KeysModule],
  providers: [IdTokenHintsService, TokensService, RefreshFamiliesService, RefreshFamiliesStore],
  exports: [IdTokenHintsService, TokensService, RefreshFamiliesService],
})
export class TokensModule {}
