import { Injectable } from '@nestjs/common';
import type { Caller } from '../authentication/caller.js';
import { invalidField } from '../kernel/errors.js';
import type { Tx } from '../kernel/tx.js';
import type { Resource } from '../r4/search-row.js';
import { conditionNotAllowed, multipleMatches, notSupported } from './fhir.errors.js';
import { FhirAccessService, type Reached } from './fhir-access.service.js';
import { FhirSearchService } from './fhir-search.service.js';
import { signed } from './resource-meta.js';
import type { SearchPairs } from './search-pairs.js';
import { isControl } from './search-request.js';

/** Says in the transaction of a write what is there already, and lets no other with the same condition in between. */
export type Condition = (tx: Tx) => Promise<Resource | undefined>;

const header = 'If-None-Exist';
// Of a caller that may not search, only what it made counts: few share an identifier with others.
const mostOfOthers = 100;

/**
 * Makes a resource only if there is none (FHIR R4 http.html section 3.1.0.8.1). The condition finds what the caller may search. One
 * that may not search, such as a device that sends again what got lost, finds by identifier what it made itself, and
 * learns of nothing else (docs/decisions/202).
 */
@Injectable()
export class ConditionalCreateService {
  constructor(
    private readonly access: FhirAccessService,
    private readonly searches: FhirSearchService,
  ) {}

  /**
   * Reads a condition. What it answers throws `multiple-matches`.
   * @throws AppError `not-supported`, `invalid-input`, `search-hidden`, `condition-not-allowed`
   */
  async of(
    caller: Caller,
    { policy, projectId, home }: Reached,
    type: string,
    pairs: SearchPairs,
  ): Promise<Condition> {
    const { searching, writing } = home;
    if (!searching || !writing?.takeTurn)
      throw notSupported(`"${header}" is not supported for this type.`, header);
    if (pairs.some(([name]) => isControl(name)))
      throw invalidField(header, 'says what to look for and nothing else');
    const target = { type, id: '' };
    const searches = policy.reaches('search', type).allowed;
    if (!searches && !pairs.every(isIdentifier)) {
      await this.access.refuse(caller, 'create', target, 'A condition needs the right to search');
      throw conditionNotAllowed();
    }
    const { request } = await this.searches.judged(caller, policy, target, pairs, { lenient: false });
    await searching.ready(projectId, type);
    const asked = request.query.where;
    const where = searches ? { all: [policy.where('search', type), asked] } : asked;
    const maker = makerOf(signed(caller, { resourceType: type }));
    return async (tx) => {
      await writing.takeTurn!(tx, projectId, type, JSON.stringify([...pairs].sort()));
      const limit = searches ? 2 : mostOfOthers;
      const page = await searching.search(tx, projectId, type, { ...request.query, where, limit });
      const found = page.rows
        .map(({ resource }) => resource)
        .filter((one) => searches || (maker !== undefined && makerOf(one) === maker));
      if (found.length > 1) throw multipleMatches();
      return found[0];
    };
  }
}

/** `identifier=system|value`, one. */
function isIdentifier([name, value]: SearchPairs[number]): boolean {
  return name === 'identifier' && /^[^|,\\]+\|[^|,\\]+$/.test(value);
}

/** Who made a resource, and for whom: what somebody made for another member is no answer to this one. */
function makerOf({ meta }: Resource): string | undefined {
  const [author, member] = ['author', 'onBehalfOf'].map(
    (name) => (meta?.[name] as { readonly reference?: string } | undefined)?.reference,
  );
  return author && [author, member].join(' for ');
}
