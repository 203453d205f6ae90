import { Args, Context, Mutation, Resolver } from '@nestjs/graphql';
import { Access } from '../authentication/access.decorator.js';
import { MembershipsService } from '../memberships/memberships.service.js';
import { OnboardingService } from '../memberships/onboarding.service.js';
import type { GraphqlContext } from './graphql-context.types.js';
import { membershipView } from './membership.view.js';
import { membershipOptions } from './memberships.types.js';
import { PreparedPasswordsService } from './prepared-passwords.service.js';
import { Scope } from './scope.types.js';
import { ScopedService } from './scoped.service.js';
import { CreateUserInput, CreateUserPayload } from './users.types.js';

/** Brings people in: user, profile and membership in one act. */
@Resolver()
export class UserCreationResolver {
  constructor(
    private readonly scoped: ScopedService,
    private readonly passwords: PreparedPasswordsService,
    private readonly onboarding: OnboardingService,
    private readonly memberships: MembershipsService,
  ) {}

  @Mutation(() => CreateUserPayload, {
    description:
      'Brings a person into a project. For scope SERVER the answer is the same whether the address had an account or not.',
  })
  @Access('admin')
  async createUser(
    @Context() { caller }: GraphqlContext,
    @Args('input') input: CreateUserInput,
  ): Promise<CreateUserPayload> {
    const password = await this.passwords.of(caller, input);
    const { projectId, idempotencyKey: key, scope, another, membership, ...person } = input;
    return this.scoped.write(caller, { projectId }, async (tx, project) => {
      const { idempotencyKey: _, ...said } = input;
      const creation = { operation: 'createUser', key, input: this.passwords.fingerprint(said) };
      const { id } = await this.scoped.once(tx, caller, project, creation, async () => {
        const made = await this.onboarding.addPerson(tx, caller.actor, project, {
          ...person,
          scope: scope ?? Scope.PROJECT,
          password,
          another: another ?? false,
          membership: membershipOptions(membership),
        });
        return { id: made.membership.id };
      });
      return { membership: membershipView(await this.memberships.get(tx, project, id)) };
    });
  }
}
