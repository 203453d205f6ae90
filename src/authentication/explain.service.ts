import { Injectable } from '@nestjs/common';
import { AccessPolicyService } from '../access-policy/access-policy.service.js';
import type { CompiledPolicy, Verdict } from '../access-policy/compiled-policy.js';
import type { Extent } from '../access-policy/extent.js';
import { type Interaction, interactions } from '../access-policy/interactions.js';
import { comparePolicies, type PolicyComparison } from '../access-policy/policy-comparison.js';
import { needsAdminRights } from '../access-policy/special-types.js';
import { draftWrite, meetsConditions, type WriteDraft } from '../access-policy/write-draft.js';
import { DirectoryService } from '../directory/directory.service.js';
import { type ProfileType, profileTypes } from '../directory/profile-resource.js';
import { invalidInput, notFound } from '../kernel/errors.js';
import { type MembershipId, type PolicyId, type ProjectId, parseId } from '../kernel/ids.js';
import type { Tx } from '../kernel/tx.js';
import { FhirpathService } from '../r4/fhirpath.service.js';
import { isResourceType } from '../r4/resource-types.js';
import type { Resource } from '../r4/search-row.js';
import { type Coming, MemberRightsService } from './member-rights.service.js';

/** May this membership do this to that? */
export interface AccessQuestion extends Coming {
  readonly interaction: Interaction;
  readonly resourceType: string;
  /** `Type/id` of a resource that is kept here. */
  readonly reference?: string | undefined;
  /** FHIR JSON: the resource itself, or what it is to become. */
  readonly resource?: string | undefined;
}

/** One type in a matrix of rights. */
export interface AccessMatrixRow {
  readonly resourceType: string;
  readonly extents: Readonly<Record<Interaction, Extent>>;
}

const maxResourceCharacters = 200_000;

/** Says why access is given or refused, with the same compiled policy that judges requests. Changes nothing. */
@Injectable()
export class ExplainService {
  constructor(
    private readonly rights: MemberRightsService,
    private readonly policies: AccessPolicyService,
    private readonly directory: DirectoryService,
    private readonly fhirpath: FhirpathService,
  ) {}

  /**
   * Yes or no, and the rule that decides; of a write, what it comes to, for `judge`.
   * @throws AppError `not-found` for a membership or resource of another project, `invalid-input`
   */
  async explain(tx: Tx, projectId: ProjectId, question: AccessQuestion): Promise<Verdict | WriteDraft> {
    const { interaction, resourceType } = question;
    const before = await this.stored(tx, projectId, question);
    const given = resourceOf(question);
    const rights = await this.rights.of(tx, projectId, question);
    if ('refused' in rights) return refused(rights.refused);
    const { policy, admin } = rights;
    if (!admin && needsAdminRights(interaction, resourceType))
      return refused(`It takes admin rights to ${interaction} ${resourceType}`);
    if (interaction === 'create' && given)
      return draftWrite(policy, { before: undefined, given: policy.stamped(given) });
    if (interaction === 'update' && before && given) {
      const { id, meta } = before;
      const written = { ...given, ...(id && { id }), ...(meta && { meta }) };
      return draftWrite(policy, { before, given: written });
    }
    const resource = before ?? given;
    return resource ? policy.allows(interaction, resource) : policy.reaches(interaction, resourceType);
  }

  /**
   * The answer in the end. Not inside a transaction: the conditions of a write may take a while.
   * @param asker who waits when that takes long
   */
  async judge(asker: string, answer: Verdict | WriteDraft): Promise<Verdict> {
    return 'after' in answer ? meetsConditions(this.fhirpath, asker, answer) : answer;
  }

  /**
   * What a membership may do to each type; without types, to those that its policies name and those that are kept here.
   * @param asked with the scopes of a token: those that no token has open nothing.
   * @throws AppError `not-found`
   */
  async matrix(
    tx: Tx,
    projectId: ProjectId,
    membershipId: MembershipId,
    {
      types,
      scopes,
    }: { readonly types?: readonly string[] | undefined; readonly scopes?: readonly string[] | undefined },
  ): Promise<AccessMatrixRow[]> {
    const policy = await this.rights.policyOf(tx, projectId, membershipId, scopes);
    const rows = types ?? [
      ...new Set([...policy.namedTypes.filter((type) => type !== '*'), ...profileTypes]),
    ];
    return [...rows]
      .sort()
      .map((resourceType) => ({ resourceType, extents: extentsOf(policy, resourceType) }));
  }

  /** What two policies of a project open differently. @throws AppError `not-found` */
  async compare(tx: Tx, projectId: ProjectId, first: PolicyId, second: PolicyId): Promise<PolicyComparison> {
    return comparePolicies(
      await this.policies.get(tx, projectId, first),
      await this.policies.get(tx, projectId, second),
    );
  }

  private async stored(
    tx: Tx,
    projectId: ProjectId,
    { resourceType, reference }: AccessQuestion,
  ): Promise<Resource | undefined> {
    if (reference === undefined) return undefined;
    const [type, text, ...more] = reference.split('/');
    const id = parseId(text);
    if (type !== resourceType || !id || more.length > 0 || !isProfileType(type)) throw notFound();
    return (await this.directory.read(tx, projectId, type, id)).content as Resource;
  }
}

function extentsOf(policy: CompiledPolicy, resourceType: string): Record<Interaction, Extent> {
  const each = interactions.map((one): [Interaction, Extent] => [one, policy.extent(one, resourceType)]);
  return Object.fromEntries(each) as Record<Interaction, Extent>;
}

function resourceOf({ resource, resourceType }: AccessQuestion): Resource | undefined {
  if (!isResourceType(resourceType)) throw wrong('resourceType', 'must be a FHIR type');
  if (resource === undefined) return undefined;
  if (resource.length > maxResourceCharacters)
    throw wrong('resource', `must have at most ${maxResourceCharacters} characters`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(resource);
  } catch {
    throw wrong('resource', 'must be JSON');
  }
  if (typeof parsed === 'object' && (parsed as Partial<Resource> | null)?.resourceType === resourceType)
    return parsed as Resource;
  throw wrong('resource', `must be a ${resourceType}`);
}

function isProfileType(type: string): type is ProfileType {
  return (profileTypes as readonly string[]).includes(type);
}

function wrong(field: string, what: string) {
  return invalidInput({ sentence: `"${field}" is not valid: ${what}.`, field });
}

function refused(reason: string): Verdict {
  return { allowed: false, reason };
}
