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

  /** The types whose resources others may contain and refer to. */
  get documentTypes(): string[] {
    return this.all.filter(({ isDocument }) => isDocument).flatMap(({ types }) => types);
  }

  /** `undefined` for a type that is not kept here. */
  of(type: string): ResourceHome | undefined {
    return this.byType.get(type);
  }
}
