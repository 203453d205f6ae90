import { everything, type Where } from '../kernel/where.js';
import { searchFilter, searchWhere } from '../r4/search-filter.js';
import type { SearchParameter } from '../r4/search-parameters.js';
import { plainValue } from '../r4/search-values.js';
import type { AccessPolicyEntry } from './access-policy-input.js';
import { type CompiledCriteria, compileCriteria } from './criteria.js';
import { type Interaction, interactions, opens } from './interactions.js';
import { filled, type PolicyParameters } from './policy-parameters.js';
import { constraintFor } from './write-constraint.js';

/** One entry of a policy for one member. Its criteria are compiled when they are first asked. */
export class CompiledEntry {
  private criteria: CompiledCriteria | string | undefined;

  constructor(
    private readonly entry: AccessPolicyEntry,
    private readonly parameters: PolicyParameters,
    /** Where it stands, for people: the policy's name and the entry's number. */
    readonly place: string,
  ) {}

  get resourceType(): string {
    return this.entry.resourceType;
  }

  get hiddenFields(): readonly string[] {
    return this.entry.hiddenFields ?? [];
  }

  get readonlyFields(): readonly string[] {
    return this.entry.readonlyFields ?? [];
  }

  opens(interaction: Interaction): boolean {
    return opens(this.entry, interaction);
  }

  /** As a member may read it: parameters filled in, `readonly` spelled out. `undefined` when it opens nothing. */
  get data(): AccessPolicyEntry | undefined {
    const { readonly: _, ...entry } = this.entry;
    const { criteria, compartment } = entry;
    const shown = criteria === undefined ? undefined : filled(criteria, this.parameters);
    const within = compartment && filled(compartment.reference, this.parameters);
    if ((shown !== undefined && typeof shown !== 'string') || (within && typeof within !== 'string'))
      return undefined;
    const open = interactions.filter((one) => this.opens(one));
    if (open.length === 0 || this.problem !== undefined) return undefined;
    return {
      ...entry,
      ...(shown !== undefined && { criteria: shown }),
      ...(within && { compartment: { reference: within } }),
      ...(open.length < interactions.length && { interaction: open }),
    };
  }

  /** Whether it opens every resource of its type. */
  get isWhole(): boolean {
    return this.entry.criteria === undefined && !this.entry.compartment;
  }

  /** Why it opens nothing: its criteria, or the parameters that they need, make no sense. */
  get problem(): string | undefined {
    const criteria = this.compiled();
    if (typeof criteria === 'string') return criteria;
    const constraint = this.constraints.find((one) => typeof one !== 'string');
    return constraint && `be given the parameter %${constraint.missing}`;
  }

  /** The resources that it opens. */
  get where(): Where {
    return this.usable().where;
  }

  /** What a resource must be indexed by to be compared with `where`. */
  get searchParameters(): readonly SearchParameter[] {
    return this.usable().parameters;
  }

  /** FHIRPath that must be true of a write. */
  get constraints(): (string | { readonly missing: string })[] {
    return (this.entry.writeConstraint ?? []).map(({ expression }) =>
      constraintFor(expression, this.parameters),
    );
  }

  private usable(): CompiledCriteria {
    const criteria = this.compiled();
    if (typeof criteria === 'string') throw new Error(`${this.place} cannot be used`);
    return criteria;
  }

  private compiled(): CompiledCriteria | string {
    this.criteria ??= this.compile();
    return this.criteria;
  }

  private compile(): CompiledCriteria | string {
    const { resourceType, criteria, compartment } = this.entry;
    const own = criteria === undefined ? open : compileCriteria(resourceType, criteria, this.parameters);
    if (typeof own === 'string' || !compartment) return own;
    const within = filled(compartment.reference, this.parameters);
    if (typeof within !== 'string') return `be given the parameter %${within.missing}`;
    const filter = searchFilter(resourceType, '_compartment');
    if (typeof filter === 'string') return filter;
    const also = searchWhere(filter, [plainValue(within)]);
    if (typeof also === 'string') return also;
    return { where: { all: [own.where, also] }, parameters: [...own.parameters, filter.parameter] };
  }
}

const open: CompiledCriteria = { where: everything, parameters: [] };
