import { Injectable } from '@nestjs/common';
import type { CompiledPolicy } from '../access-policy/compiled-policy.js';
import { visible } from '../access-policy/visible.js';
import { AuditService } from '../audit/audit.service.js';
import type { Caller } from '../authentication/caller.js';
import { Config } from '../kernel/config.js';
import { Db } from '../kernel/db.js';
import type { ProjectId } from '../kernel/ids.js';
import { looksAtAny } from '../r4/looked-at.js';
import type { Resource } from '../r4/search-row.js';
import { searchHidden } from './fhir.errors.js';
import { FhirAccessService, type Target } from './fhir-access.service.js';
import type { SearchPairs } from './search-pairs.js';
import { readSearch, type SearchRequest } from './search-request.js';
import { type Searchset, searchset } from './searchset.js';

/** Searches FHIR resources as far as the caller's policy goes. Every search is recorded, every refusal too. */
@Injectable()
export class FhirSearchService {
  constructor(
    private readonly db: Db,
    private readonly access: FhirAccessService,
    private readonly audit: AuditService,
    private readonly config: Config,
  ) {}

  /**
   * The resources of a type that match and that the policy opens, without the fields that it hides. Others are neither
   * read nor counted.
   * @param lenient leaves out parameters that are not supported instead of refusing the search.
   * @throws AppError `forbidden` where the policy opens no search of the type, `search-hidden`, `not-found` for a type
   * that is not kept here, `not-supported`, `invalid-input`
   */
  async search(
    caller: Caller,
    type: string,
    pairs: SearchPairs,
    { lenient }: { readonly lenient: boolean },
  ): Promise<Searchset> {
    const target = { type, id: '' };
    const { policy, projectId, home } = await this.access.reach(caller, 'search', target);
    const searching = home.searching!;
    const { request, hidden } = await this.judged(caller, policy, target, pairs, { lenient });
    await searching.ready(projectId, type);
    const where = { all: [policy.where('search', type), request.query.where] };
    const page = await this.db.read((tx) =>
      searching.search(tx, projectId, type, { ...request.query, where }),
    );
    const resources = page.rows.map(({ resource }) => seen(policy, hidden, resource));
    await this.record(caller, projectId, type, request, resources.length);
    return searchset(request, page, resources, this.config.url(`fhir/R4/${type}`));
  }

  /**
   * A search of a type as it was understood, and what the policy hides of what it finds.
   * @throws AppError `search-hidden`, `not-supported`, `invalid-input`
   */
  async judged(
    caller: Caller,
    policy: CompiledPolicy,
    target: Target,
    pairs: SearchPairs,
    { lenient }: { readonly lenient: boolean },
  ): Promise<{ readonly request: SearchRequest; readonly hidden: readonly string[] }> {
    const { type } = target;
    const request = readSearch(type, pairs, { own: this.config.url('fhir/R4/'), lenient });
    const hidden = policy.hiddenFields('search', type);
    const asked = request.parameters.find((one) => looksAtAny(type, one, hidden));
    if (!asked) return { request, hidden };
    await this.access.refuse(caller, 'search', target, `The policy hides what ${asked.name} asks about`);
    throw searchHidden({ field: asked.name });
  }

  private record(
    { actor }: Caller,
    projectId: ProjectId,
    type: string,
    { parameters }: SearchRequest,
    count: number,
  ): Promise<void> {
    // Names only: what was searched for may say who is a patient here.
    const names = [...new Set(parameters.map(({ name }) => name))].sort().join(' ');
    const detail = { type, count: String(count), ...(names && { parameters: names }) };
    return this.db.gather((sink) =>
      this.audit.record(sink, { type: 'resource.searched', actor, projectId, detail }),
    );
  }
}

/** The entry that opens a resource says what of it is hidden; where none hides anything, nobody has to be asked. */
function seen(policy: CompiledPolicy, hidden: readonly string[], resource: Resource): Resource {
  if (hidden.length === 0) return resource;
  // The two readers of a policy agree; should they not, all that any entry hides stays hidden.
  return visible(resource, policy.allows('search', resource).entry?.hiddenFields ?? hidden);
}
