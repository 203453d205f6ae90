import { Inject, Injectable } from '@nestjs/common';
import type { ResourceHome } from './resource-home.js';

/** The homes of `types.ts`, made. */
export const RESOURCE_HOMES = Symbol('RESOURCE_HOMES');

/** Says where the resources of a type are kept. */
@Injectable()
export class ResourceHomesService {
  private readonly byType: ReadonlyMap<string, ResourceHome>;

  constructor(@Inject(RESOURCE_HOMES) readonly all: readonly ResourceHome[]) {
    const byType = all.flatMap((home) => home.types.map((type) => [type, home] as const));
    this.byType = new Map(byType);
    if (this.byType.size < byType.length) throw new Error('A resource type has two homes');
  }

  /** Every type that is kept here. */
  get types(): string[] {
    return [...this.byType.keys()];
  }

  /** `undefined` for a type that is not kept here. */
  of(type: string): ResourceHome | undefined {
    return this.byType.get(type);
  }
}
