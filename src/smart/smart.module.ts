import { Module } from '@nestjs/common';
import { ScopeLimits } from './scope-limits.js';

/**
 * SMART App Launch 2.2: the grammar of scopes, what they leave of a policy, who may ask for them, and the context of a
 * launch. Owns no table and issues no tokens. Leaves: parsed scopes, limits of a policy, capabilities for discovery.
 */
@Module({ providers: [ScopeLimits], exports: [ScopeLimits] })
export class SmartModule {}
