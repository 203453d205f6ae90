import { Field, ObjectType } from '@nestjs/graphql';
import type { Verdict } from '../access-policy/compiled-policy.js';
import type { Extent } from '../access-policy/extent.js';
import type { Interaction } from '../access-policy/interactions.js';
import type { PolicyComparison } from '../access-policy/policy-comparison.js';
import type { AccessMatrixRow } from '../authentication/explain.service.js';
import { AccessExtent, PolicyInteraction } from './enums.js';

@ObjectType('AccessExplanation', { description: 'Whether access is given, and what decides.' })
export class AccessExplanationView {
  @Field(() => Boolean)
  allowed: boolean;

  @Field(() => String, { description: 'The rule that decides, in words.' })
  reason: string;

  @Field(() => [String], { description: 'Left out of what is read.' })
  hiddenFields: string[];

  @Field(() => [String], { description: 'Kept as they are by a write.' })
  readonlyFields: string[];
}

@ObjectType('AccessMatrixRow', { description: 'What a membership may do to one type.' })
export class AccessMatrixRowView implements Record<Interaction, Extent> {
  @Field(() => String)
  resourceType: string;

  @Field(() => AccessExtent)
  create: Extent;

  @Field(() => AccessExtent)
  read: Extent;

  @Field(() => AccessExtent)
  update: Extent;

  @Field(() => AccessExtent)
  delete: Extent;

  @Field(() => AccessExtent)
  search: Extent;

  @Field(() => AccessExtent)
  history: Extent;

  @Field(() => AccessExtent)
  vread: Extent;
}

@ObjectType('PolicyDifference')
export class PolicyDifferenceView {
  @Field(() => String, { description: 'A FHIR type, or * for all.' })
  resourceType: string;

  @Field(() => PolicyInteraction)
  interaction: Interaction;

  @Field(() => AccessExtent)
  first: Extent;

  @Field(() => AccessExtent)
  second: Extent;
}

@ObjectType('PolicyComparison', {
  description: 'What two policies open. Address rules and accounts are not compared.',
})
export class PolicyComparisonView {
  @Field(() => Boolean, {
    description:
      'Whoever has the first may do all that the second allows. No where only resources could tell.',
  })
  firstCoversSecond: boolean;

  @Field(() => Boolean)
  secondCoversFirst: boolean;

  @Field(() => [PolicyDifferenceView])
  differences: PolicyDifferenceView[];
}

/** What is shown of a verdict. */
export function explanationView({ allowed, reason, entry }: Verdict): AccessExplanationView {
  return {
    allowed,
    reason: `${reason}.`,
    hiddenFields: [...(entry?.hiddenFields ?? [])],
    readonlyFields: [...(entry?.readonlyFields ?? [])],
  };
}

/** A row of a matrix with a field for each interaction. */
export function matrixRowView({ resourceType, extents }: AccessMatrixRow): AccessMatrixRowView {
  return { resourceType, ...extents };
}

/** A comparison as it is shown. */
export function comparisonView(comparison: PolicyComparison): PolicyComparisonView {
  return { ...comparison, differences: comparison.differences.map((one) => ({ ...one })) };
}
