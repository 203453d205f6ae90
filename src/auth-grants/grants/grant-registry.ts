import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { Grant } from './grant.types.js';
import { grants } from './index.js';

/** Finds the grant of a `grant_type`. */
@Injectable()
export class GrantRegistry {
  private readonly byType = new Map<string, Grant>();

  constructor(private readonly moduleRef: ModuleRef) {}

  /** The grant, or `undefined` for a type that is not supported. */
  find(grantType: string): Grant | undefined {
    const known = this.byType.get(grantType);
    if (known || !Object.hasOwn(grants, grantType)) return known;
    const grant: Grant = this.moduleRef.get(grants[grantType as keyof typeof grants]);
    this.byType.set(grantType, grant);
    return grant;
  }
}
