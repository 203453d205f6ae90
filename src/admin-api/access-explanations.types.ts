import { ArgsType, Field, ID } from '@nestjs/graphql';
import type { Interaction } from '../access-policy/interactions.js';
import { PolicyInteraction } from './enums.js';
import { ProjectArgs } from './scope.types.js';

@ArgsType()
export class ExplainAccessArgs extends ProjectArgs {
  @Field(() => ID)
  membershipId: string;

  @Field(() => PolicyInteraction)
  interaction: Interaction;

  @Field(() => String, { description: 'A FHIR type.' })
  resourceType: string;

  @Field(() => String, { nullable: true, description: 'Type/id of a resource that is kept here.' })
  reference?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'FHIR JSON: the resource in question, or what it is to become.',
  })
  resource?: string | null;

  @Field(() => String, { nullable: true, description: 'The address that the request comes from.' })
  address?: string | null;

  @Field(() => [String], { nullable: true, description: 'The scopes of the token.' })
  scopes?: string[] | null;

  @Field(() => String, {
    nullable: true,
    description:
      'For whom the member acts, as X-Medplum-On-Behalf-Of says it: ProjectMembership/id, or a profile.',
  })
  onBehalfOf?: string | null;
}

@ArgsType()
export class AccessMatrixArgs extends ProjectArgs {
  @Field(() => ID)
  membershipId: string;

  @Field(() => [String], {
    nullable: true,
    description: 'FHIR types; those that the policies name and those that are kept here when left out.',
  })
  resourceTypes?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'The scopes of the token.' })
  scopes?: string[] | null;
}

@ArgsType()
export class ComparePoliciesArgs extends ProjectArgs {
  @Field(() => ID, { description: 'An access policy.' })
  first: string;

  @Field(() => ID, { description: 'Another one.' })
  second: string;
}
