import { everything, type Where } from '../kernel/where.js';
import { searchFilter, searchWhere } from '../r4/search-filter.js';
import type { SearchParameter } from '../r4/search-parameters.js';
import { plainValue } from '../r4/search-values.js';
import type { AccessPolicyEntry } from './access-policy-input.js';
import { type CompiledCriteria, compileCriteria } from './criteria.js';
import { type Interaction, interactions, opens } from './interactions.js';
import { filled, type PolicyParameters } from './policy-parameters.js';
import { isOutsideWildcard } from './special-types.js';
import { constraintFor } from './write-constraint.js';

/** One entry of a policy for one member, or several that must all open. Criteria are compiled when they are first asked. */
export class CompiledEntry {
  private criteria: CompiledCriteria | string | undefined;

  constructor(
    private readonly entry: AccessPolicyEntry,
    private readonly parameters: PolicyParameters,
    /** Where it stands, for people: the policy's name and the entry's number. */
    readonly place: string,
    /** Entries that must open too. */
    private readonly also: readonly CompiledEntry[] = [],
    readonly resourceType: string = entry.resourceType,
  ) {}

  /** Both together: opens what each of them opens. `undefined` when that is nothing. */
  within(other: CompiledEntry): CompiledEntry | undefined {
    const type = typeInCommon(this.resourceType, other.resourceType);
    if (type === undefined || !interactions.some((one) => this.opens(one) && other.opens(one)))
      return undefined;
    const place = `${this.place} within ${other.place}`;
    return new CompiledEntry(this.entry, this.parameters, place, [...this.also, other], type);
  }

  get hiddenFields(): readonly string[] {
    return united(this.entry.hiddenFields, this.also, (one) => one.hiddenFields);
  }

  get readonlyFields(): readonly string[] {
    return united(this.entry.readonlyFields, this.also, (one) => one.readonlyFields);
  }

  opens(interaction: Interaction): boolean {
    return opens(this.entry, interaction) && this.also.every((one) => one.opens(interaction));
  }

  /** As a member may read it: parameters filled in, `readonly` spelled out. `undefined` when it opens nothing. */
  get data(): AccessPolicyEntry | undefined {
    const search = this.search;
    const open = interactions.filter((one) => this.opens(one));
    if (search === undefined || open.length === 0 || this.problem !== undefined) return undefined;
    const { readonly: _, criteria: __, compartment: ___, interaction: ____, ...entry } = this.entry;
    const { compartment } = this.entry;
    const within = compartment && filled(compartment.reference, this.parameters);
    return {
      ...entry,
      resourceType: this.resourceType,
      ...(search.length > 0 && { criteria: `${this.resourceType}?${search.join('&')}` }),
      ...(typeof within === 'string' && { compartment: { reference: within } }),
      ...(open.length < interactions.length && { interaction: open }),
      ...(this.hiddenFields.length > 0 && { hiddenFields: [...this.hiddenFields] }),
      ...(this.readonlyFields.length > 0 && { readonlyFields: [...this.readonlyFields] }),
      ...(this.also.length > 0 && withConstraints([entry, ...this.also.flatMap(({ data }) => data ?? [])])),
    };
  }

  /** Whether it opens every resource of its type. */
  get isWhole(): boolean {
    const { criteria, compartment } = this.entry;
    return criteria === undefined && !compartment && this.also.every(({ isWhole }) => isWhole);
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
    const own = (this.entry.writeConstraint ?? []).map(({ expression }) =>
      constraintFor(expression, this.parameters),
    );
    return [...own, ...this.also.flatMap(({ constraints }) => constraints)];
  }

  /** The conditions of its criteria and those of the others, parameters filled in. */
  private get search(): readonly string[] | undefined {
    const { criteria, resourceType } = this.entry;
    const own = criteria === undefined ? undefined : filled(criteria, this.parameters);
    const others = this.also.map(({ data }) => {
      const { resourceType: type = '', criteria: text, compartment } = data ?? {};
      const more = text === undefined ? [] : [text.slice(type.length + 1)];
      return data && [...more, ...(compartment ? [`_compartment=${compartment.reference}`] : [])];
    });
    if ((own !== undefined && typeof own !== 'string') || others.includes(undefined)) return undefined;
    return [
      ...(own === undefined ? [] : [own.slice(resourceType.length + 1)]),
      ...others.flatMap((one) => one ?? []),
    ];
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
    const own = this.compileOwn();
    if (typeof own === 'string' || this.also.length === 0) return own;
    const wrong = this.also.find(({ problem }) => problem !== undefined);
    if (wrong) return wrong.problem!;
    return {
      where: { all: [own.where, ...this.also.map(({ where }) => where)] },
      parameters: [...own.parameters, ...this.also.flatMap(({ searchParameters }) => searchParameters)],
    };
  }

  private compileOwn(): CompiledCriteria | string {
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

/** `*` stands for every type but those that it leaves out in a policy too. */
function typeInCommon(one: string, other: string): string | undefined {
  if (one === other) return one;
  if (one === '*') return isOutsideWildcard(other) ? undefined : other;
  if (other === '*') return isOutsideWildcard(one) ? undefined : one;
  return undefined;
}

function united(
  own: readonly string[] = [],
  others: readonly CompiledEntry[],
  fieldsOf: (one: CompiledEntry) => readonly string[],
): readonly string[] {
  return others.length === 0 ? own : [...new Set([...own, ...others.flatMap(fieldsOf)])];
}

function withConstraints(
  entries: readonly Pick<AccessPolicyEntry, 'writeConstraint'>[],
): Pick<AccessPolicyEntry, 'writeConstraint'> {
  const all = entries.flatMap(({ writeConstraint }) => writeConstraint ?? []);
  return all.length > 0 ? { writeConstraint: all } : {};
}
