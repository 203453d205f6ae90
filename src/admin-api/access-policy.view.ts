import { Field, ID, Int, ObjectType } from '@nestjs/graphql';
import type { AccessPolicy } from '../access-policy/access-policy.entity.js';
import type { AccessPolicyEntry, IpAccessRule } from '../access-policy/access-policy-input.js';
import { interactions, opens } from '../access-policy/interactions.js';
import type { DefaultFor as DefaultForName } from '../memberships/membership-input.js';
import { connectionOf } from './connection.view.js';
import { DefaultFor, IpAccessAction, PolicyInteraction } from './enums.js';

@ObjectType('PolicyConstraint')
export class PolicyConstraintView {
  @Field(() => String)
  language: string;

  @Field(() => String, { nullable: true })
  description?: string | undefined;

  @Field(() => String, { description: 'FHIRPath that must hold for a write.' })
  expression: string;
}

@ObjectType('PolicyEntry', { description: 'What a policy opens of one FHIR type.' })
export class PolicyEntryView {
  @Field(() => String, { description: 'A FHIR type, or * for all.' })
  resourceType: string;

  @Field(() => String, { nullable: true, description: 'Type?search: opens only what it finds.' })
  criteria?: string | undefined;

  @Field(() => Boolean, { nullable: true })
  readonly?: boolean | undefined;

  @Field(() => [PolicyInteraction], { nullable: true, description: 'All when absent.' })
  interaction?: AccessPolicyEntry['interaction'];

  @Field(() => [String], { nullable: true })
  hiddenFields?: string[] | undefined;

  @Field(() => [String], { nullable: true })
  readonlyFields?: string[] | undefined;

  @Field(() => [PolicyConstraintView], { nullable: true })
  writeConstraint?: PolicyConstraintView[] | undefined;

  @Field(() => String, { nullable: true, description: 'Type/id, or a parameter like %patient.' })
  compartment?: string | undefined;
}

@ObjectType('IpAccessRule')
export class IpAccessRuleView {
  @Field(() => String, { nullable: true })
  name?: string | undefined;

  @Field(() => String, { description: '*, an address, a range or the beginning of an address.' })
  value: string;

  @Field(() => IpAccessAction)
  action: IpAccessRule['action'];
}

@ObjectType('AccessPolicy', { description: 'What memberships may reach, as data.' })
export class AccessPolicyView {
  @Field(() => ID)
  id: string;

  @Field(() => ID)
  projectId: string;

  @Field(() => String)
  name: string;

  @Field(() => [PolicyEntryView])
  resource: PolicyEntryView[];

  @Field(() => [IpAccessRuleView])
  ipAccessRule: IpAccessRuleView[];

  @Field(() => String, {
    nullable: true,
    description: 'Stamped as account on everything that the member creates.',
  })
  compartment: string | null;

  @Field(() => Date)
  createdAt: Date;

  @Field(() => Date)
  updatedAt: Date;

  @Field(() => Int, { description: 'Send it along with a change.' })
  version: number;

  @Field(() => [String], { description: 'What this means, in words.' })
  explain: string[];
}

export const AccessPolicyConnection = connectionOf(AccessPolicyView, 'AccessPolicy');

@ObjectType('DefaultAccessPolicy', {
  description: 'The policy that new memberships get when nobody names another.',
})
export class DefaultAccessPolicyView {
  @Field(() => DefaultFor)
  for: DefaultForName;

  @Field(() => AccessPolicyView)
  accessPolicy: AccessPolicyView;
}

/** What is shown of a policy: all of it. */
export function accessPolicyView(policy: AccessPolicy): AccessPolicyView {
  const { id, projectId, name, ipAccessRule, compartment, createdAt, updatedAt, version } = policy;
  return {
    id,
    projectId,
    name,
    resource: policy.resource.map(({ compartment: within, ...entry }) => ({
      ...entry,
      compartment: within?.reference,
    })),
    ipAccessRule: ipAccessRule.map((rule) => ({ ...rule })),
    compartment,
    createdAt,
    updatedAt,
    version,
    explain: explain(policy),
  };
}

function explain({ resource, ipAccessRule, compartment }: AccessPolicy): string[] {
  return [
    ...(resource.length === 0 ? ['The policy opens nothing.'] : []),
    ...resource.map(explainEntry),
    ...ipAccessRule.map(
      ({ action, value }) =>
        `${action === 'allow' ? 'Allows' : 'Blocks'} requests from ${value === '*' ? 'every address' : value}.`,
    ),
    ...(compartment ? [`What the member creates is stamped with the account ${compartment}.`] : []),
  ];
}

function explainEntry(entry: AccessPolicyEntry): string {
  const { resourceType, criteria, interaction, readonly, hiddenFields, readonlyFields, writeConstraint } =
    entry;
  const what = resourceType === '*' ? 'every type' : resourceType;
  const opened = interactions.filter((one) => opens(entry, one));
  const may = interaction || readonly ? opened.join(', ') || 'nothing' : 'every interaction';
  return [
    `Opens ${what} for ${may}`,
    criteria && `where ${criteria}`,
    entry.compartment && `in the compartment of ${entry.compartment.reference}`,
    hiddenFields?.length && `without ${hiddenFields.join(', ')}`,
    readonlyFields?.length && `with ${readonlyFields.join(', ')} left as they are`,
    writeConstraint?.length && `writing only what meets ${writeConstraint.length} condition(s)`,
  ]
    .filter(Boolean)
    .join(', ')
    .concat('.');
}
